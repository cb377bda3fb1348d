"""One person of a script, as the frames that their microphone and camera give."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from attunement.engine.clock import SECOND
from attunement.engine.frame import AudioFrame, VideoFrame
from attunement.simulator.face import Artist, expression
from attunement.simulator.script import Part, Script
from attunement.simulator.voice import RATE, speak

BLOCK = RATE // 50  # samples, 20 ms: what Opus carries in a packet


def sound(script: Script, name: str, participant: str | None = None) -> Iterator[AudioFrame]:
    """Blocks of 20 ms at 48 kHz. Utterances are synthesised when their time comes."""
    part = script.part(name)
    rng = np.random.default_rng((script.seed, 2, _place(name)))
    room = (10 ** (part.noise / 20) * rng.standard_normal(2 * RATE)).astype(np.float32)
    mouth = _Mouth(part)
    for index in range(round(script.seconds * 50)):
        start = index * BLOCK
        if _off(part, "mute", start / RATE):
            mouth.take(start)
            samples = np.zeros(BLOCK, np.float32)
        else:
            at = int(rng.integers(room.size - BLOCK))
            samples = np.clip(room[at : at + BLOCK] + mouth.take(start), -1, 1)
        yield AudioFrame(participant or name, start * SECOND // RATE, samples, RATE)


def pictures(
    script: Script,
    name: str,
    participant: str | None = None,
    *,
    size: tuple[int, int] = (640, 480),
    fps: int = 25,
) -> Iterator[VideoFrame]:
    """`size`: width and height. Each is drawn when it is asked for."""
    part = script.part(name)
    artist = Artist(part.look, size, seed=script.seed * 2 + _place(name))
    for index in range(round(script.seconds * fps)):
        t = index / fps
        drawn = artist.draw(expression(part, t))
        image = np.zeros_like(drawn) if _off(part, "camera_off", t) else drawn
        yield VideoFrame(participant or name, index * SECOND // fps, image)


class _Mouth:
    """The part's utterances laid end to end, drawn one at a time."""

    def __init__(self, part: Part) -> None:
        self._voice = part.voice
        self._to_come = list(reversed(part.utterances))
        self._begin = 0  # sample at which the utterance that is going on began
        self._spoken: NDArray[np.float32] = np.zeros(0, np.float32)

    def take(self, start: int) -> NDArray[np.float32]:
        """What is said in the block from sample `start` on, shape (BLOCK,)."""
        block = np.zeros(BLOCK, np.float32)
        self._add(block, start)
        while self._to_come and round(self._to_come[-1].begin * RATE) < start + BLOCK:
            spoken = self._to_come.pop()
            self._begin, self._spoken = round(spoken.begin * RATE), speak(self._voice, spoken)
            self._add(block, start)
        return block

    def _add(self, block: NDArray[np.float32], start: int) -> None:
        first = max(start, self._begin)
        last = min(start + BLOCK, self._begin + self._spoken.size)
        if first < last:
            block[first - start : last - start] += self._spoken[
                first - self._begin : last - self._begin
            ]


def _off(part: Part, kind: str, t: float) -> bool:
    return any(f.kind == kind and f.begin <= t < f.end for f in part.faults)


def _place(name: str) -> int:
    return ("therapist", "patient").index(name)
