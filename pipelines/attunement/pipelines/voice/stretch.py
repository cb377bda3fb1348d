"""One person's sound, cut into chunks that voice activity is known of, and what a second had."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from attunement.engine.clock import MILLISECOND, SECOND
from attunement.engine.errors import BadFrame
from attunement.engine.frame import AudioFrame
from attunement.engine.signal import Why

RATE = 16_000  # Hz
SAMPLE = SECOND // RATE  # ns
CHUNK = 512  # samples
HOP = CHUNK * SAMPLE  # ns, 32 ms
SEAM = 5 * MILLISECOND  # a jump of time no longer than this is no hole
BRIDGE = 240 * MILLISECOND  # a hole no longer than this leaves it known who speaks
PAST = BRIDGE // SAMPLE  # samples that a bridge is made of

SPEECH = 0.5  # probability from which a chunk counts as speech
LEAST = SECOND // 2 // HOP  # chunks of a second, under which too little of it came


@dataclass(frozen=True, slots=True, eq=False)
class Stretch:
    """Whole chunks of sound, for the stages that listen closer. Never leaves the voice."""

    participant: str
    t: int  # ns of session time of the first sample
    samples: NDArray[np.float32]  # (n * CHUNK,), finite, full scale 1.0
    speech: NDArray[np.float32]  # (n,), probability of speech
    joined: bool  # it follows the stretch before it without a hole
    muted: bool = False  # exact digital silence


class Sound:
    """
    Samples that have come and are not worked off yet, without a hole in them.

    Time is counted in samples; where the frames' own time has run away from it by more than SEAM,
    a few milliseconds are jumped rather than the sound be taken for broken.

    A short hole is bridged with the sound before it, backwards, so that voice activity does not
    take it for a pause; whatever holds a sample of a bridge is told to be guessed, and is not
    measured.
    """

    def __init__(self) -> None:
        self._waiting = np.zeros(0, np.float32)
        self._coming: list[NDArray[np.float32]] = []
        self._bridges: list[tuple[int, int]] = []  # first sample and end, among those that wait
        self._past: deque[NDArray[np.float32]] = deque()  # what came last, PAST or a little more
        self._known = 0  # samples in it
        self._size = 0
        self._due = -1  # ns at which the next frame would begin without a hole; -1: no frame yet
        self.t = 0  # ns of the first sample that waits

    def breaks(self, frame: AudioFrame) -> bool:
        """Is there a hole in front of this frame that cannot be bridged?"""
        hole = frame.t - self._due
        return hole < -SEAM or hole > max(SEAM, min(self._known, PAST) * SAMPLE)

    def restart(self) -> None:
        """Forget what waits: it is followed by a hole."""
        self._waiting = np.zeros(0, np.float32)
        self._coming.clear()
        self._bridges.clear()
        self._past.clear()
        self._known = self._size = 0

    def put(self, frame: AudioFrame) -> None:
        """Raises BadFrame for anything but mono sound at RATE."""
        if frame.rate != RATE:
            raise BadFrame("sound at", f"{frame.rate} Hz", f"{RATE} Hz")
        if frame.samples.ndim != 1:
            raise BadFrame("sound of shape", f"{frame.samples.shape}", "(n,)")
        if self._known and frame.t - self._due > SEAM:
            self._bridge((frame.t - self._due) // SAMPLE)
        end = self.t + self._size * SAMPLE
        if self._size == 0 or abs(frame.t - end) > SEAM:
            self.t = frame.t - self._size * SAMPLE
        self._append(np.asarray(frame.samples, np.float32))
        self._due = frame.t + frame.samples.size * SAMPLE

    def chunks_until(self, limit: int) -> int:
        """How many whole chunks wait that end no later than `limit`, in ns."""
        return max(0, min(self._size // CHUNK, (limit - self.t) // HOP))

    def take(self, chunks: int) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
        """(chunks, CHUNK) of the oldest samples, and (chunks,) which of them are guessed."""
        held = np.concatenate((self._waiting, *self._coming))
        self._coming.clear()
        size = chunks * CHUNK
        self._waiting = held[size:]
        self._size -= size
        self.t += size * SAMPLE
        guessed = np.zeros(chunks, np.bool_)
        for begin, end in self._bridges:
            guessed[begin // CHUNK : -(-end // CHUNK)] = True
        self._bridges = [(max(0, b - size), e - size) for b, e in self._bridges if e > size]
        return held[:size].reshape(chunks, CHUNK), guessed

    def _bridge(self, samples: int) -> None:
        self._bridges.append((self._size, self._size + samples))
        self._append(np.concatenate(tuple(self._past))[-PAST:][::-1][:samples])

    def _append(self, samples: NDArray[np.float32]) -> None:
        self._coming.append(samples)
        self._size += samples.size
        self._past.append(samples)
        self._known += samples.size
        while self._known - self._past[0].size >= PAST:
            self._known -= self._past.popleft().size


class Heard:
    """What a second had in sound, as far as chunks tell."""

    def __init__(self) -> None:
        self.clear()

    def add(self, speech: NDArray[np.float32], muted: bool) -> None:
        self.chunks += speech.size
        self.muted += speech.size if muted else 0
        self.spoken += int(np.count_nonzero(speech >= SPEECH))

    def clear(self) -> None:
        self.chunks = 0
        self.muted = 0
        self.spoken = 0

    def why_not(self) -> Why | None:
        """Why nothing can be measured in it; None if something can."""
        if self.chunks == 0:
            return Why.NO_MEDIA
        if self.chunks == self.muted:
            return Why.MUTED
        if self.chunks < LEAST:
            return Why.LOW_QUALITY
        return None

    def why_no_speech(self) -> Why | None:
        """Why nothing can be measured of a voice in it."""
        return self.why_not() or (Why.SILENCE if self.spoken == 0 else None)


def uniform(flags: NDArray[np.int64]) -> Sequence[tuple[int, int]]:
    """Where runs of equal flags begin and end: [0 0 1] -> (0, 2), (2, 3)."""
    borders = (np.flatnonzero(flags[1:] != flags[:-1]) + 1).tolist()
    return list(zip([0, *borders], [*borders, flags.size], strict=True))
