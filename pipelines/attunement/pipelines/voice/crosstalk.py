"""
Is what this microphone takes for its person's voice the other person's, out of the loudspeaker?

An echo moves as the other's voice did a moment before, in every band of the spectrum. So the levels
of eight bands every 16 ms are correlated with the other's, up to 480 ms earlier, over the last two
seconds, and only where both count as speech: who speaks when is alike in many conversations, how
the sound of it moves is not. Both people in one room hear each other at once, and then both are
told so: whose voice it is cannot be told.

Nothing is asked of people of whom one did not agree to have the voice measured.
"""

from collections.abc import Sequence

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from attunement.engine.clock import SECOND
from attunement.engine.frame import Frame
from attunement.engine.signal import Context, Group, Readings, Scope, Stage, StageSpec
from attunement.pipelines.voice.condition import Crosstalk
from attunement.pipelines.voice.stretch import CHUNK, SAMPLE, SPEECH, Stretch

BLOCK = CHUNK // 2  # samples, 16 ms
HOP = BLOCK * SAMPLE  # ns
EDGES = (3, 5, 8, 12, 18, 26, 38, 54, 76)  # of bands, in bins of 62.5 Hz: 190 Hz to 4.7 kHz
BANDS = len(EDGES) - 1
WINDOW = 125  # blocks, 2 s
LAGS = 31  # blocks, 0 to 480 ms
HELD = WINDOW + LAGS - 1
RECENT = SECOND // HOP  # blocks that this second has
LEAST = 25  # blocks in which both speak, 0.4 s
DEEP = 2.5  # log10 of power: a block this far under the loudest is no evidence
ALIKE = 0.6  # correlation: of unrelated talkers 1 second in 100 comes so high
MOSTLY = 0.5  # share of this second's speech that the other's must have come before

_TAPER = np.hanning(BLOCK + 1)[:-1].astype(np.float32)
_FLOOR = np.float32(1e-6)  # of a band's power, -110 dBFS or so


def shape(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """Levels (n, BANDS), log10 of power, of samples (n * BLOCK,)."""
    spectra = np.fft.rfft(samples.reshape(-1, BLOCK) * _TAPER, axis=1)
    power = spectra.real**2 + spectra.imag**2
    levels = np.log10(np.add.reduceat(power, EDGES, axis=1)[:, :-1] + _FLOOR)
    return levels.astype(np.float32)


class Talk:
    """How one person's speech moved in the last blocks, on a grid of time that all share."""

    def __init__(self) -> None:
        self._levels = np.zeros((HELD, BANDS), np.float32)
        self._speech = np.zeros(HELD, np.bool_)
        self.end = 0  # block after the newest
        self.spoke = False  # in this second

    def add(self, stretch: Stretch) -> None:
        begin = round(stretch.t / HOP)
        speech = np.repeat(stretch.speech >= SPEECH, 2)
        self.until(begin + speech.size)
        if speech.any():
            place = HELD - (self.end - begin)
            self._levels[place : place + speech.size] = shape(stretch.samples)
            self._speech[place : place + speech.size] = speech
            self.spoke = True

    def until(self, end: int) -> None:
        """Time has come to this block; nothing is known of those before it yet."""
        gone = min(max(0, end - self.end), HELD)
        self._levels = np.concatenate((self._levels[gone:], np.zeros((gone, BANDS), np.float32)))
        self._speech = np.concatenate((self._speech[gone:], np.zeros(gone, np.bool_)))
        self.end = max(self.end, end)

    def heard(self) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
        """Levels (HELD, BANDS), and in which blocks they are those of speech."""
        height = self._levels.mean(axis=1)
        loud = height > np.where(self._speech, height, -np.inf).max() - DEEP
        return self._levels, self._speech & loud


def echoes(mine: Talk, other: Talk) -> bool:
    """Is most of what I seem to have said in this second what the other said a moment before?"""
    levels, speech = mine.heard()
    theirs, their_speech = other.heard()
    if np.count_nonzero(speech) < LEAST or np.count_nonzero(their_speech) < LEAST:
        return False
    a, spoken = levels[-WINDOW:], speech[-WINDOW:]
    b = sliding_window_view(theirs, WINDOW, axis=0)[::-1].transpose(0, 2, 1)  # (LAGS, WINDOW, B)
    both = sliding_window_view(their_speech, WINDOW)[::-1] & spoken  # (LAGS, WINDOW)
    r = likeness(a, b, both)
    best = int(r.argmax())
    explained = np.count_nonzero(both[best, -RECENT:])
    return bool(r[best] >= ALIKE and explained >= MOSTLY * np.count_nonzero(spoken[-RECENT:]))


def likeness(
    a: NDArray[np.float32], b: NDArray[np.float32], both: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """
    Correlation (LAGS,) of a (WINDOW, BANDS) with each b (LAGS, WINDOW, BANDS), where `both` (LAGS,
    WINDOW); every band without its mean. 0 where fewer than LEAST blocks count.
    """
    weight = both.astype(np.float64)
    n = np.maximum(weight.sum(axis=1), 1)[:, None]
    mean_a = weight @ a / n
    mean_b = np.einsum("lt,ltb->lb", weight, b) / n
    cross = np.einsum("lt,tb,ltb->lb", weight, a, b) / n - mean_a * mean_b
    spread_a = weight @ (a * a) / n - mean_a**2
    spread_b = np.einsum("lt,ltb,ltb->lb", weight, b, b) / n - mean_b**2
    size = np.sqrt(np.maximum(spread_a.sum(axis=1) * spread_b.sum(axis=1), 1e-12))
    found: NDArray[np.float64] = np.where(n[:, 0] >= LEAST, cross.sum(axis=1) / size, 0)
    return found


class Crosstalks(Stage[Stretch]):
    """Of everybody; works when the second is over, as then both people's sound is there."""

    def __init__(self, people: Sequence[str]) -> None:
        self._talk = {who: Talk() for who in people}

    def push(self, stretch: Stretch, /) -> Sequence[Frame]:
        self._talk[stretch.participant].add(stretch)
        return ()

    def finish(self) -> Sequence[Frame]:
        now = max(talk.end for talk in self._talk.values())
        for talk in self._talk.values():
            talk.until(now)
        found = [
            Crosstalk(who, now * HOP)
            for who, mine in self._talk.items()
            if mine.spoke
            and any(echoes(mine, talk) for other, talk in self._talk.items() if other != who)
        ]
        for talk in self._talk.values():
            talk.spoke = False
        return found

    def measure(self) -> Readings:
        return {}


def _make(context: Context) -> Stage[Stretch]:
    return Crosstalks([person.id for person in context.people])


STAGE = StageSpec(
    name="crosstalk",
    group=Group.VOICE,
    takes=(Stretch,),
    make=_make,
    emits=(Crosstalk,),
    scope=Scope.SESSION,
)
