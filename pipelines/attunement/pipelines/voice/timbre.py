"""
Timbre: the voice's own sound, apart from its pitch and loudness, where it is voiced.

The descriptors of eGeMAPS, formants as resonances of the predictor. They are found of the frames
whose pitch the pitch stage decided in this second, and of the one before each voiced stretch, as
the flux needs it: nothing unvoiced enters any value. Means as eGeMAPS has them; medians where
single frames go far astray (jitter, shimmer, formants). What a frame has no value of (fewer than
two periods, no harmonic near a formant) is left out of that signal.

Quality: evidence (50 voiced frames are plenty) x how far speech stands out from the background (20
dB, or 40 for what noise moves most, are enough) x how little of it is clipped. Under about 3 dB of
signal to noise, and where the voice is the other person's, nothing is said.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from attunement.engine.frame import Frame
from attunement.engine.signal import (
    Context,
    Group,
    Measured,
    Missing,
    Readings,
    Stage,
    StageSpec,
    Why,
)
from attunement.kernels import descriptors, formants, middle, perturbation
from attunement.kernels.descriptors import COLUMNS, ENERGY, HOP, LONG, NAMES
from attunement.pipelines.derived import Pitch
from attunement.pipelines.voice.condition import CLEAR, UNKNOWN, VERY_CLEAR, Condition
from attunement.pipelines.voice.stretch import Heard, Stretch
from attunement.pipelines.voice.timbre_signals import SIGNALS

LEAST = 20  # voiced frames of a second
PLENTY = 50
EARLY = 1  # pitch frames before the descriptors' first: theirs is centred 9 ms later

_F3 = NAMES.index("F3frequency")  # bandwidth and amplitude follow
_MEDIAN = np.array([signal.median for signal in SIGNALS])
_AFTER = np.zeros(perturbation.AFTER, np.float32)  # must be there, and counts for nothing

Array = NDArray[np.float32]


def _needed(column: int) -> tuple[int, int, int, int]:
    """
    The column, others without which it means nothing, and the one that must be over 0: a root
    outside the circle resonates nowhere.
    """
    if NAMES[column] == "logRelF0-H1-A3":
        return column, _F3, _F3 + 2, _F3 + 1
    if NAMES[column].startswith(("F1", "F2", "F3")):
        frequency = NAMES.index(f"{NAMES[column][:2]}frequency")
        return column, frequency, column, frequency + 1
    return column, column, column, middle.NONE


_TABLE = np.array([_needed(NAMES.index(signal.column)) for signal in SIGNALS])
_NEEDED, _POSITIVE = _TABLE[:, :3].copy(), _TABLE[:, 3].copy()


class Describer:
    """Descriptors of the voiced frames of one unbroken run of sound."""

    def __init__(self) -> None:
        self._bench = descriptors.bench()
        self.restart()

    def restart(self) -> None:
        self._sound = np.zeros(0, np.float32)  # from the next frame's first sample on
        self._hz = np.zeros(0, np.float32)  # pitch of the next frames, NaN without voice
        self._before = descriptors.before()
        self._early = EARLY

    def know(self, hz: Array) -> None:
        """The pitch of the next frames."""
        skipped = min(self._early, hz.size)
        self._early -= skipped
        self._hz = np.concatenate((self._hz, hz[skipped:]))

    def describe(self, samples: Array) -> Array:
        """Descriptors (n, ENERGY) of the voiced frames that these samples complete."""
        self._sound = np.concatenate((self._sound, samples))
        ready = min(max(0, (self._sound.size - LONG) // HOP + 1), self._hz.size)
        voiced = self._hz[:ready] > 0
        rows = self._of(voiced) if voiced.any() else np.zeros((0, ENERGY), np.float32)
        self._sound = self._sound[ready * HOP :]
        self._hz = self._hz[ready:]
        return rows

    def _of(self, voiced: NDArray[np.bool_]) -> Array:
        chosen = voiced.copy()
        chosen[:-1] |= voiced[1:]
        frame = chosen.nonzero()[0]
        out = np.empty((frame.size, COLUMNS), np.float32)
        descriptors.describe(
            np.concatenate((self._sound, _AFTER)),
            frame * HOP,
            np.zeros(frame.size, np.int64),
            self._hz[frame],
            formants.RESONANCES,
            self._before,
            self._bench,
            out,
        )
        return out[voiced[frame], :ENERGY]


class Timbre(Stage[Stretch | Pitch | Condition]):
    """The pitch of a stretch comes before the stretch itself, as the catalog has it."""

    def __init__(self) -> None:
        self._heard = Heard()
        self._describer = Describer()
        self._pitch: list[Pitch] = []
        self._rows: list[Array] = []
        self._condition = UNKNOWN

    def push(self, frame: Stretch | Pitch | Condition, /) -> Sequence[Frame]:
        if isinstance(frame, Condition):
            self._condition = frame
        elif isinstance(frame, Pitch):
            self._pitch.append(frame)
        else:
            self._hear(frame)
        return ()

    def _hear(self, stretch: Stretch) -> None:
        self._heard.add(stretch.speech, stretch.muted)
        if not stretch.joined:
            self._describer.restart()
        for pitch in self._pitch:
            self._describer.know(pitch.hz)
        self._pitch.clear()
        self._rows.append(self._describer.describe(stretch.samples))

    def measure(self) -> Readings:
        rows = np.concatenate((np.zeros((0, ENERGY), np.float32), *self._rows))
        condition = self._condition
        why = (
            self._heard.why_no_speech()
            or condition.why_not()
            or (Why.WARMING if len(rows) < LEAST else None)
        )
        self._heard.clear()
        self._rows.clear()
        self._condition = UNKNOWN
        if why:
            return {signal.spec.name: Missing(why) for signal in SIGNALS}
        values, counts = summaries(rows)
        clear = {enough: condition.clear(enough) for enough in (CLEAR, VERY_CLEAR)}
        found = zip(SIGNALS, values.tolist(), counts.tolist(), strict=True)
        return {
            s.spec.name: Measured(
                value, min(1.0, n / PLENTY) * clear[s.clear] * condition.intact, n
            )
            if n >= LEAST and not (s.wide and condition.narrow)
            else Missing(Why.LOW_QUALITY)  # voiced frames enough, but too few that have it
            for s, value, n in found
        }


def summaries(rows: Array) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """
    Mean or median of every signal over rows (n, ENERGY) of voiced frames, n > 0, and how many of
    them had it; NaN where none had.
    """
    return middle.middles(rows, _NEEDED, _POSITIVE, _MEDIAN)


def _make(context: Context) -> Stage[Stretch | Pitch | Condition]:
    return Timbre()


STAGE = StageSpec(
    name="timbre",
    group=Group.VOICE,
    takes=(Stretch, Pitch, Condition),
    make=_make,
    signals=tuple(signal.spec for signal in SIGNALS),
)
