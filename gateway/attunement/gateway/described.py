"""The voices of a recording as researchers know them: functionals of eGeMAPSv02 per window."""

import math
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from attunement.engine.clock import SECOND
from attunement.engine.frame import AudioFrame, Frame
from attunement.kernels.descriptors import COLUMNS, HOP, LONG, Descriptors
from attunement.kernels.functionals import FUNCTIONALS, STEP, functionals
from attunement.pipelines.voice.pitch import Track
from attunement.pipelines.voice.stretch import CHUNK, RATE, SAMPLE, Stretch

STEP_NS = HOP * SAMPLE
HOLE = SECOND // 200  # ns; a longer one begins a new run
AFTER = 4 * CHUNK  # samples of silence after which pitch and descriptors have caught up
MOST = 16 * CHUNK  # samples that are worked off at once
EARLY = 1  # pitch frames before the descriptors' first: theirs is centred 9 ms later

COLUMNS_OF_TABLE: Mapping[str, type] = {
    "recording": str,
    "participant": str,
    "begin_s": float,
    "end_s": float,
    **dict.fromkeys(FUNCTIONALS, float),
}

Array = NDArray[np.float32]


class Listener:
    """
    Pitch and descriptors of one unbroken run of sound, as it comes.

    Voice is looked for throughout; no voice activity is asked.
    """

    def __init__(self) -> None:
        self._track = Track()
        self._descriptors = Descriptors(room=RATE)
        self._waiting = np.zeros(0, np.float32)
        self._samples = self._chunks = self._frames = 0
        self._early = EARLY

    def push(self, samples: Array) -> Array:
        """samples (n,) at 16 kHz, full scale 1. The frames that they decide, (k, COLUMNS)."""
        self._samples += samples.size
        return self._listen(samples)

    def finish(self) -> Array:
        """The frames that were not decided yet, as they look with silence after them."""
        whole = max(0, (self._samples - LONG) // HOP + 1)
        left = whole - self._frames
        return self._listen(np.zeros(AFTER, np.float32))[:left]

    def _listen(self, samples: Array) -> Array:
        held = np.concatenate((self._waiting, np.nan_to_num(samples, posinf=0, neginf=0)))
        size = held.size // CHUNK * CHUNK
        self._waiting = held[size:]
        parts = [self._chunks_of(held[at : min(at + MOST, size)]) for at in range(0, size, MOST)]
        return np.concatenate((np.zeros((0, COLUMNS), np.float32), *parts))

    def _chunks_of(self, sound: Array) -> Array:
        t, count = self._chunks * CHUNK * SAMPLE, sound.size // CHUNK
        stretch = Stretch("", t, sound, np.ones(count, np.float32), self._chunks > 0)
        self._chunks += count
        hz = self._track.follow(stretch).hz
        skipped = min(self._early, hz.size)
        self._early -= skipped
        rows = self._descriptors.push([sound], [hz[skipped:]])[0]
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

    def __init__(self, participant: str, length: int) -> None:
        self._participant, self._length = participant, length
        self._run = Listener()
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
            self._run = Listener()

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


def windows(frames: Iterable[Frame], seconds: float) -> Iterator[Window]:
    """
    Functionals of every person's windows of `seconds`, the last one shorter; of everything at 0.

    A frame belongs to the window that it begins in. Where there is no sound, there is no window.
    """
    voices: dict[str, _Voice] = {}
    for frame in frames:
        if isinstance(frame, AudioFrame):
            name = frame.participant
            if name not in voices:
                voices[name] = _Voice(name, round(seconds / STEP))
            yield from voices[name].hear(frame)
    for voice in voices.values():
        yield from voice.finish()
