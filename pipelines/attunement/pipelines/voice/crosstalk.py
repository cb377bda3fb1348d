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
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from attunement.engine.clock import SECOND
from attunement.engine.frame import Frame
from attunement.engine.signal import Context, Group, Readings, Scope, Stage, StageSpec
from attunement.kernels import bandpower
from attunement.kernels.held import Held
from attunement.kernels.likeness import BANDS, likeness
from attunement.pipelines.voice.condition import Crosstalk
from attunement.pipelines.voice.stretch import CHUNK, SAMPLE, SPEECH, Stretch

BLOCK = CHUNK // 2  # samples, 16 ms
HOP = BLOCK * SAMPLE  # ns
EDGES = (3, 5, 8, 12, 18, 26, 38, 54, 76)  # of bands, in bins of 62.5 Hz: 190 Hz to 4.7 kHz
WINDOW = 125  # blocks, 2 s
LAGS = 31  # blocks, 0 to 480 ms
HELD = WINDOW + LAGS - 1
RECENT = SECOND // HOP  # blocks that this second has
LEAST = 25  # blocks in which both speak, 0.4 s
DEEP = 2.5  # log10 of power: a block this far under the loudest is no evidence
ALIKE = 0.6  # correlation: of unrelated talkers 1 second in 100 comes so high
MOSTLY = 0.5  # share of this second's speech that the other's must have come before

_FLOOR = np.float32(1e-6)  # of a band's power, -110 dBFS or so
_TAPER = np.hanning(BLOCK + 1)[:-1].astype(np.float32)

Array = NDArray[np.float32]


def bench() -> Held:
    """What shape() needs beside the samples; not for two threads at once."""
    return bandpower.bench(_TAPER, tuple(pairwise(EDGES)))


def shape(samples: Array, blocks: NDArray[np.int64], bench: Held) -> Array:
    """Levels (n, BANDS), log10 of power, of these blocks of the samples."""
    levels: Array = np.log10(bandpower.powers(samples, blocks * BLOCK, bench) + _FLOOR)
    return levels


class Talk:
    """How one person's speech moved in the last blocks, on a grid of time that all share."""

    def __init__(self, bench: Held) -> None:
        self._bench = bench
        self._levels = np.zeros((HELD, BANDS), np.float32)
        self._speech = np.zeros(HELD, np.bool_)
        self.end = 0  # block after the newest
        self.spoke = False  # in this second

    def add(self, stretch: Stretch) -> None:
        begin = round(stretch.t / HOP)
        speech = np.repeat(stretch.speech >= SPEECH, 2)
        self.until(begin + speech.size)
        blocks = speech.nonzero()[0]
        if blocks.size:
            place = HELD - (self.end - begin)
            self._levels[place + blocks] = shape(stretch.samples, blocks, self._bench)
            self._speech[place + blocks] = True
            self.spoke = True

    def until(self, end: int) -> None:
        """Time has come to this block; nothing is known of those before it yet."""
        gone = min(max(0, end - self.end), HELD)
        if gone:
            for kept in (self._levels, self._speech):
                kept[: HELD - gone] = kept[gone:]
                kept[HELD - gone :] = 0
        self.end = max(self.end, end)

    def heard(self) -> tuple[Array, NDArray[np.bool_]]:
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
    r = likeness(levels, speech, theirs, their_speech, LAGS, LEAST)
    best = int(r.argmax())
    if r[best] < ALIKE:
        return False
    spoken, before = speech[-RECENT:], their_speech[HELD - RECENT - best : HELD - best]
    return bool(np.count_nonzero(spoken & before) >= MOSTLY * np.count_nonzero(spoken))


class Crosstalks(Stage[Stretch]):
    """Of everybody; works when the second is over, as then both people's sound is there."""

    def __init__(self, people: Sequence[str]) -> None:
        room = bench()
        self._talk = {who: Talk(room) for who in people}

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
