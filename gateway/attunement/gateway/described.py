"""The voices of a recording as researchers know them: functionals of eGeMAPSv02 per window."""

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from attunement.engine.clock import SECOND
from attunement.engine.frame import AudioFrame, Frame
from attunement.kernels.descriptor_stream import Descriptors
from attunement.kernels.descriptors import COLUMNS, F0, HOP, LONG, NAMES, SHORT
from attunement.kernels.functionals import FUNCTIONALS, STEP, functionals
from attunement.kernels.listening import EARLY
from attunement.kernels.periods import Chain
from attunement.kernels.subharmonic import Subharmonic
from attunement.pipelines.voice.pitch import Track
from attunement.pipelines.voice.stretch import CHUNK, RATE, SAMPLE, Stretch

JITTER = NAMES.index("jitterLocal")  # and shimmer after it
STEP_NS = HOP * SAMPLE
HOLE = SECOND // 200  # ns; a longer one begins a new run
AFTER = 4 * CHUNK  # samples of silence after which pitch and descriptors have caught up
MOST = 16 * CHUNK  # samples that are worked off at once
ROOM = 2 * RATE  # samples that the descriptors may be ahead of the pitch
LEAST = LONG / RATE  # s of sound, under which there is no pitch and most functionals have no value
LEFT_OUT = 2  # frames at the end whose voice the published functionals do not count

COLUMNS_OF_TABLE: Mapping[str, type] = {
    "recording": str,
    "participant": str,
    "begin_s": float,
    "end_s": float,
    **dict.fromkeys(FUNCTIONALS, float),
}

Array = NDArray[np.float32]


class Pitch(StrEnum):
    """Whose pitch the functionals are of, and whose word that there is a voice."""

    PUBLISHED = "published"  # subharmonic summation, as the set was published with
    OWN = "own"  # the live one, which errs less


class _Own:
    """The live pitch, at the frames of the descriptors."""

    def __init__(self) -> None:
        self._track = Track()
        self._waiting = np.zeros(0, np.float32)
        self._t = 0  # samples
        self._early = EARLY

    def push(self, sound: Array) -> Array:
        held = np.concatenate((self._waiting, sound))
        count = held.size // CHUNK
        if not count:
            self._waiting = held
            return np.zeros(0, np.float32)
        chunks, self._waiting = held[: count * CHUNK], held[count * CHUNK :]
        speech = np.ones(count, np.float32)
        hz = self._track.follow(Stretch("", self._t * SAMPLE, chunks, speech, self._t > 0)).hz
        self._t += chunks.size
        skipped = min(self._early, hz.size)
        self._early -= skipped
        return hz[skipped:]

    def finish(self) -> Array:
        return self.push(np.zeros(AFTER, np.float32))


class Listener:
    """
    Pitch and descriptors of one unbroken run of sound, as it comes.

    Voice is looked for throughout; no voice activity is asked. With the published pitch jitter and
    shimmer are the published ones, too.
    """

    def __init__(self, pitch: Pitch = Pitch.PUBLISHED) -> None:
        own = pitch is Pitch.OWN
        self._pitch: _Own | Subharmonic = _Own() if own else Subharmonic()
        self._chain = None if own else Chain()
        self._left_out = 0 if own else LEFT_OUT
        self._descriptors = Descriptors(room=ROOM)
        self._samples = self._pitches = self._frames = 0

    def push(self, samples: Array) -> Array:
        """samples (n,) at 16 kHz, full scale 1. The frames that they decide, (k, COLUMNS)."""
        self._samples += samples.size
        sound = np.nan_to_num(samples, posinf=0, neginf=0)
        parts = [np.zeros((0, COLUMNS), np.float32)]
        for at in range(0, sound.size, MOST):
            part = sound[at : at + MOST]
            parts.append(self._describe(part, self._pitch.push(part)))
        return np.concatenate(parts)

    def finish(self) -> Array:
        """
        The frames that were not decided yet, to the last one whose 20 ms came. Those whose 60 ms
        did not come have NaN for a pitch: nobody knows it.
        """
        known = max(0, (self._samples - LONG) // HOP + 1)
        every = max(0, (self._samples - SHORT) // HOP + 1)
        begun = self._frames
        hz = self._pitch.finish()[: max(0, known - self._pitches)]
        hz = np.pad(hz, (0, max(0, every - self._pitches - hz.size)))
        rows = self._describe(np.zeros(LONG, np.float32), hz)[: every - begun]
        rows[max(0, known - self._left_out - begun) :, F0] = np.nan
        return rows

    def _describe(self, sound: Array, hz: Array) -> Array:
        rows = self._descriptors.push([sound], [hz])[0]
        if self._chain:
            rows[:, JITTER : JITTER + 2] = self._chain.push(sound, hz)
        self._pitches += hz.size
        self._frames += len(rows)
        return rows


class Window(NamedTuple):
    """One person in [begin, end) of a recording, in s; values (88,), see FUNCTIONALS."""

    participant: str
    begin: float
    end: float
    values: NDArray[np.float64]

    def row(self, recording: str) -> dict[str, str | float | None]:
        """As a table has it: nothing where there is no value."""
        found: dict[str, str | float | None] = {
            name: None if math.isnan(value) else value
            for name, value in zip(FUNCTIONALS, self.values.tolist(), strict=True)
        }
        return {
            "recording": recording,
            "participant": self.participant,
            "begin_s": self.begin,
            "end_s": self.end,
            **found,
        }


class _Voice:
    """One person's frames of the window that is open."""

    def __init__(self, participant: str, length: int, pitch: Pitch) -> None:
        self._participant, self._length, self._pitch = participant, length, pitch
        self._run = Listener(pitch)
        self._next = self._due = -1  # ns of the next frame's beginning, and of the next sample
        self._rows: list[Array] = []
        self._begin = 0  # frames

    def hear(self, frame: AudioFrame) -> Iterator[Window]:
        if self._due < 0 or abs(frame.t - self._due) > HOLE:
            yield from self._end_run()
            self._next = -(-frame.t // STEP_NS) * STEP_NS
        self._due = frame.t + frame.samples.size * SAMPLE
        yield from self._keep(self._run.push(frame.samples))

    def finish(self) -> Iterator[Window]:
        yield from self._end_run()
        if self._rows:
            yield self._window(self._next // STEP_NS)

    def _end_run(self) -> Iterator[Window]:
        if self._due >= 0:
            yield from self._keep(self._run.finish())
            self._run = Listener(self._pitch)

    def _keep(self, rows: Array) -> Iterator[Window]:
        while len(rows):
            at = self._next // STEP_NS
            while self._length and at >= self._begin + self._length:
                if self._rows:
                    yield self._window(self._begin + self._length)
                self._begin += self._length
            room = self._begin + self._length - at if self._length else len(rows)
            self._rows.append(rows[:room])
            self._next += len(rows[:room]) * STEP_NS
            rows = rows[room:]

    def _window(self, end: int) -> Window:
        values = functionals(np.concatenate(self._rows))
        self._rows.clear()
        return Window(self._participant, self._begin * STEP, end * STEP, values)


class Voices:
    """
    Functionals of every person's windows of `seconds`, the last one shorter; of everything at 0.

    A frame belongs to the window that it begins in. Where there is no sound, there is no window.
    """

    def __init__(self, seconds: float, pitch: Pitch = Pitch.PUBLISHED) -> None:
        self._length, self._pitch = round(seconds / STEP), pitch
        self._voices: dict[str, _Voice] = {}
        self._samples: Counter[str] = Counter()

    def windows(self, frames: Iterable[Frame]) -> Iterator[Window]:
        for frame in frames:
            if isinstance(frame, AudioFrame):
                name = frame.participant
                if name not in self._voices:
                    self._voices[name] = _Voice(name, self._length, self._pitch)
                self._samples[name] += frame.samples.size
                yield from self._voices[name].hear(frame)
        for voice in self._voices.values():
            yield from voice.finish()

    def heard(self, participant: str) -> float:
        """s of sound that this person had so far."""
        return self._samples[participant] / RATE
