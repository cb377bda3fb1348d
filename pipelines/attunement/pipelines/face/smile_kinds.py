"""
Smiles in which the cheeks rise, too, and smiles of the mouth alone: Duchenne's, and the others.

A smile is one of the mouth (AU12); when it ends, what the cheeks (AU6) did in its stronger half
tells which kind it was. Quality: seconds seen of the sixty x how clear the face is x how well its
rest is known.
"""

from collections import deque
from collections.abc import Sequence
from statistics import fmean, median

from attunement.engine.clock import MILLISECOND, SECOND
from attunement.engine.frame import Frame
from attunement.engine.signal import (
    Card,
    Context,
    Group,
    Measured,
    Missing,
    Reading,
    Readings,
    Spec,
    Stage,
    StageSpec,
    Why,
)
from attunement.pipelines.derived import Face
from attunement.pipelines.face.episodes import LEAST, Episodes
from attunement.pipelines.face.levels import Levels
from attunement.pipelines.face.second import Second
from attunement.pipelines.face.units import NUMBERS

WINDOW = 60 * SECOND
SHORTEST, LONGEST = 500 * MILLISECOND, 30 * SECOND  # felt smiles last half a second at least
ON, OFF = 0.25, 0.15  # of AU12's full strength: begins where the unit does; and ends
CHEEKS = 0.35  # of AU6's, from which they rise with it
MOUTH, CHEEK = NUMBERS.index(12), NUMBERS.index(6)
MOST = 1_024  # pictures of a smile, and smiles, that are remembered
FASTEST = 60.0  # per minute
KINDS = "duchenne", "other"


class SmileKinds(Stage[Face | Levels]):
    def __init__(self) -> None:
        self._second = Second()
        self._smiles = Episodes(WINDOW, ON, OFF, SHORTEST, LONGEST)
        self._now: deque[tuple[float, float]] = deque(maxlen=MOST)  # AU12, AU6 of this smile
        self._ended: deque[tuple[int, bool]] = deque(maxlen=MOST)  # ns, did the cheeks rise?

    def push(self, frame: Face | Levels, /) -> Sequence[Frame]:
        self._second.add(frame)
        if isinstance(frame, Levels):
            self._follow(frame)
        return ()

    def _follow(self, shown: Levels) -> None:
        mouth, cheek = shown.both[[MOUTH, CHEEK]].tolist()
        before = self._smiles.began
        if self._smiles.add(shown.t, mouth):
            self._ended.append((shown.t, duchenne(self._now)))
        if self._smiles.began != before:
            self._now.clear()
        if self._smiles.began is not None:
            self._now.append((mouth, cheek))
        while self._ended and self._ended[0][0] <= shown.t - WINDOW:
            self._ended.popleft()

    def measure(self) -> Readings:
        readings = {f"face.smile_{kind}_rate": self._rate(kind == "duchenne") for kind in KINDS}
        self._second.clear()
        return readings

    def _rate(self, raised: bool) -> Reading:
        second, seen = self._second, self._smiles.seen
        why = second.why_not() or (Why.WARMING if seen < LEAST else None)
        if why:
            return Missing(why)
        count = sum(cheeks == raised for _, cheeks in self._ended)
        share = min(1.0, seen * SECOND / WINDOW)
        clear = fmean(each.quality for each in second.of) * second.learned
        return Measured(min(FASTEST, 60 * count / seen), share * clear, count)


def duchenne(smile: Sequence[tuple[float, float]]) -> bool:
    """AU12 and AU6 of each picture of one smile, 0 to 1. Did the cheeks rise at its height?"""
    half = median(mouth for mouth, _ in smile)
    return median(cheek for mouth, cheek in smile if mouth >= half) >= CHEEKS


def _make(context: Context) -> Stage[Face | Levels]:
    return SmileKinds()


def _spec(kind: str, label: str, which: str) -> Spec:
    card = Card(
        f"How many times per minute the person smiled {which}.",
        "The last 60 s in which the face is clear, after 20 s in which its rest is learned. A "
        "smile counts when it ends, if it lasted from 0.5 to 30 s.",
        "Duchenne (1862); Ekman, Davidson, Friesen (1990); action units 6 and 12 as estimated.",
        "Not true against false: people raise their cheeks in posed smiles, and a broad smile does "
        "so by itself (Girard et al. 2021). AU6 is told by the lower lids alone.",
    )
    return Spec(f"face.smile_{kind}_rate", label, "/min", 0.0, FASTEST, card, window=0)


STAGE = StageSpec(
    name="smile_kinds",
    group=Group.FACE,
    takes=(Face, Levels),
    make=_make,
    signals=(
        _spec("duchenne", "smiles with the cheeks", "with mouth and cheeks"),
        _spec("other", "smiles of the mouth alone", "with the mouth alone"),
    ),
)
