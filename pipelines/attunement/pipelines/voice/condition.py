"""
How good one person's sound is, said once a second to all stages that measure the voice.

Noise: how far speech stands out from what is heard while nobody speaks. Clipping: the share of the
samples of speech that are at full scale. Gain control: by how much the floor rises in the course of
a pause, as it does where the gain is turned up whenever nobody speaks. Bandwidth: whether there is
anything over 4.6 kHz in speech at all, which a telephone or a codec short of bits leaves out.
Cross-talk comes from the one who hears both people (`crosstalk.py`).
"""

import math
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

import numpy as np
from numpy.typing import NDArray

from attunement.engine.frame import Frame
from attunement.engine.signal import Context, Group, Readings, Stage, StageSpec, Why
from attunement.kernels import bandpower, level
from attunement.pipelines.voice.stretch import CHUNK, SAMPLE, SPEECH, Stretch

NOBODY = 0.1  # probability of speech under which a chunk tells of the background
SILENT = 1e-12  # mean square; -120 dBFS, below which there is no level
CLEAR = 20.0  # dB of speech over the rest, from which noise costs no quality
# The same of what noise moves more: by over 0.75 of its own SD, when it is white and 10 dB under
# the voice (found on nEMO, which benchmarks/voice_robustness.py leaves alone).
VERY_CLEAR = 40.0
BURIED = 5.0  # dB; under it the noise is measured as much as the voice (SNR of about 3 dB)
CLIPPED = 0.1  # share of samples of speech from which the rest is not the voice any more
STEADY, UNSTEADY = 3.0, 15.0  # dB that the floor rises in pauses: nothing wrong, nothing right

_TAPER = np.hanning(CHUNK).astype(np.float32)


@dataclass(frozen=True, slots=True)
class Condition:
    """Of one second of one person's sound. Never leaves the voice."""

    participant: str
    t: int  # ns of session time, of the last sound
    over_noise: float = math.nan  # dB of speech over the background; NaN: one of them is unknown
    clipped: float = 0.0  # share of the samples of speech
    pumping: float = 0.0  # dB that the floor rises during a pause; 0 while too few were heard
    narrow: bool = False  # nothing over 4.6 kHz ever came
    crosstalk: bool = False  # what is heard as this person's speech is somebody else's

    def clear(self, enough: float = CLEAR) -> float:
        """0 where speech does not stand out at all, 1 from `enough` dB on, a half where unknown."""
        return 0.5 if math.isnan(self.over_noise) else _share(self.over_noise, 0, enough)

    @property
    def intact(self) -> float:
        return 1 - _share(self.clipped, 0, CLIPPED)

    @property
    def steady(self) -> float:
        return 1 - _share(self.pumping, STEADY, UNSTEADY)

    def of_level(self, enough: float = CLEAR) -> float:
        """How far a level can be trusted, 0 to 1; `enough` as in clear()."""
        return self.clear(enough) * self.intact * self.steady

    def why_not(self) -> Why | None:
        """Why the sound of this voice cannot be told; None if it can."""
        if self.crosstalk:
            return Why.OVERLAP
        buried = self.over_noise < BURIED  # not, where it is unknown
        return Why.LOW_QUALITY if buried or self.clipped >= CLIPPED else None


UNKNOWN = Condition("", 0)


@dataclass(frozen=True, slots=True)
class Crosstalk:
    """In the second up to `t`, this person's microphone heard the other rather than them."""

    participant: str
    t: int  # ns of session time


def _share(x: float, low: float, high: float) -> float:
    return min(1.0, max(0.0, (x - low) / (high - low)))


def decibels(square: float) -> float:
    return 10 * math.log10(max(square, SILENT))


class Background:
    """Mean square of what is heard while nobody speaks: sinks fast, rises slowly."""

    UP, DOWN = 0.02, 0.2  # of the way per chunk

    def __init__(self) -> None:
        self._square = -1.0

    def add(self, squares: NDArray[np.float64]) -> None:
        for square in squares.tolist():
            before = self._square if self._square >= 0 else square
            rate = self.UP if square > before else self.DOWN
            self._square = before + rate * (square - before)

    def clearness(self, square: float) -> float:
        """How far speech of this mean square stands out, 0 to 1."""
        return Condition("", 0, self.under(square)).clear()

    def under(self, square: float) -> float:
        """dB by which this mean square is over it; NaN while nothing is known."""
        return decibels(square) - decibels(self._square) if self._square >= 0 else math.nan


class Pauses:
    """How the floor moves from the beginning of a pause to its end."""

    SETTLED = 6  # chunks, 190 ms, until the room has rung off
    EDGE = 6  # chunks at either end whose median counts
    LAST = 2  # chunks before speech, which may be its breath
    MOST = 300  # chunks of one pause, 10 s
    ENOUGH, KEPT = 3, 9  # pauses
    GATED = 1e-9  # mean square, -90 dBFS: a floor under it was put there by software

    def __init__(self) -> None:
        self._floor: list[float] = []  # mean squares of the pause that lasts
        self._rises: deque[float] = deque(maxlen=self.KEPT)

    def add(self, squares: NDArray[np.float64], speech: NDArray[np.float32]) -> None:
        for square, likely in zip(squares.tolist(), speech.tolist(), strict=True):
            if likely < NOBODY:
                if len(self._floor) < self.MOST:
                    self._floor.append(square)
            elif likely >= SPEECH:
                self._close()

    def broken(self) -> None:
        """A hole or a mute: what lies after it is another pause."""
        self._floor.clear()

    def rise(self) -> float:
        """Median rise of the last pauses in dB; 0 while there were too few."""
        return median(self._rises) if len(self._rises) >= self.ENOUGH else 0.0

    def _close(self) -> None:
        if not self._floor:
            return
        inner = self._floor[self.SETTLED : len(self._floor) - self.LAST]
        self._floor = []
        if len(inner) < 3 * self.EDGE:
            return
        first, last = (median(part) for part in (inner[: self.EDGE], inner[-self.EDGE :]))
        if min(first, last) > self.GATED:
            self._rises.append(decibels(last) - decibels(first))


class Bandwidth:
    """Whether speech has anything to say over 4.6 kHz, by every fourth chunk of it."""

    EVERY = 4
    MIDDLE, HIGH = (32, 128), (147, CHUNK // 2 + 1)  # bins of 31 Hz: 1 to 4 kHz, from 4.6 kHz on
    NOTHING = 10**-4.5  # of the middle's power; the quietest of wide voices have a hundredth
    MEMORY = 0.97  # of a chunk that counts, at the next: 4 s of speech

    def __init__(self) -> None:
        self._bench = bandpower.bench(_TAPER, (self.MIDDLE, self.HIGH))
        self._middle = self._high = 0.0

    def add(self, samples: NDArray[np.float32], spoken: NDArray[np.int64]) -> None:
        """samples (n * CHUNK,); spoken: which of the chunks are speech."""
        powers = bandpower.powers(samples, spoken[:: self.EVERY] * CHUNK, self._bench)
        for middle, high in powers.tolist():
            self._middle = self.MEMORY * self._middle + middle
            self._high = self.MEMORY * self._high + high

    def narrow(self) -> bool:
        return self._high < self.NOTHING * self._middle


class Conditions(Stage[Stretch | Crosstalk]):
    def __init__(self) -> None:
        self._background = Background()
        self._pauses = Pauses()
        self._bandwidth = Bandwidth()
        self._clear()

    def push(self, frame: Stretch | Crosstalk, /) -> Sequence[Frame]:
        if isinstance(frame, Crosstalk):
            self._crosstalk = True
            return ()
        if frame.muted or not frame.joined:
            self._pauses.broken()
        if not frame.muted:
            self._hear(frame)
        self._whose = frame.participant
        self._end = frame.t + frame.samples.size * SAMPLE
        return ()

    def finish(self) -> Sequence[Frame]:
        if not self._end:
            return ()
        condition = Condition(
            self._whose,
            self._end,
            self._background.under(self._square / self._chunks) if self._chunks else math.nan,
            self._clipped / (self._chunks * CHUNK) if self._chunks else 0.0,
            self._pauses.rise(),
            self._bandwidth.narrow(),
            self._crosstalk,
        )
        self._clear()
        return (condition,)

    def measure(self) -> Readings:
        return {}

    def _hear(self, stretch: Stretch) -> None:
        squares, clipped = level.levels(stretch.samples.reshape(-1, CHUNK))
        spoken = (stretch.speech >= SPEECH).nonzero()[0]
        if spoken.size:
            self._bandwidth.add(stretch.samples, spoken)
            self._square += float(squares[spoken].sum())
            self._clipped += int(clipped[spoken].sum())
            self._chunks += spoken.size
        if spoken.size < squares.size:
            self._background.add(squares[stretch.speech < NOBODY])
        self._pauses.add(squares, stretch.speech)

    def _clear(self) -> None:
        self._end = 0  # ns up to which the second's sound has come; 0: none came
        self._crosstalk = False
        self._square = 0.0  # sum over chunks of speech
        self._clipped = 0  # samples of speech
        self._chunks = 0  # of speech


def _make(context: Context) -> Stage[Stretch | Crosstalk]:
    return Conditions()


STAGE = StageSpec(
    name="condition",
    group=Group.VOICE,
    takes=(Stretch, Crosstalk),
    make=_make,
    emits=(Condition,),
)
