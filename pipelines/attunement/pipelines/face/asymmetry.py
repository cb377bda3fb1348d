"""
How far the two halves of the face differ in what they do: brows, lids, mouth.

Brows and mouth are told by how much higher the left stands than the right, which turning, nodding
and tilting the head leave as it is; the mouth by its smile, too; lids by how far each is shut. All
of it against the person's own face at rest: a face that always hangs on one side is no asymmetry
here. The sides are the person's own.

Of blendshapes the smile alone counts, and the mouth is the mean of both tellings: the net leans
by itself when a mouth moves, to the same side of the picture in a mirror, and the unit that
differs most is mostly the one in which it does so.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from attunement.engine.frame import Frame
from attunement.engine.signal import Card, Context, Group, Readings, Spec, Stage, StageSpec
from attunement.pipelines.derived import Face
from attunement.pipelines.face import geometry
from attunement.pipelines.face.levels import Levels
from attunement.pipelines.face.neutral import Neutral
from attunement.pipelines.face.pose import angles
from attunement.pipelines.face.second import Second
from attunement.pipelines.face.seen import CLEAR
from attunement.pipelines.face.units import MIDDLE, NUMBERS

SMILE, SHUT = NUMBERS.index(12), NUMBERS.index(43)
# Noses by which one end of a brow or mouth rises at most, as `units.py` has it of brows.
BROW, CORNER = 0.16, 0.15
PARTS = "brows", "lids", "mouth"

Leans = tuple[float, float, float]  # of PARTS


class Asymmetry(Stage[Face | Levels]):
    def __init__(self) -> None:
        self._second = Second()
        self._usual = Neutral(np.full(2, MIDDLE))
        self._higher: dict[int, NDArray[np.float64]] = {}  # by the picture's t, as `higher` has it

    def push(self, frame: Face | Levels, /) -> Sequence[Frame]:
        self._second.add(frame)
        if isinstance(frame, Face):
            self._look(frame)
        return ()

    def _look(self, face: Face) -> None:
        if face.quality < CLEAR or face.landmarks is None:
            return
        placed = geometry.own(face.landmarks)
        if placed is None:
            return
        higher = self._higher[face.t] = geometry.higher(placed)
        yaw = 0.0 if face.matrix is None else angles(face.matrix)[0]
        self._usual.add(face.t, higher, yaw, face.sitting)

    def measure(self) -> Readings:
        self._usual.settle()
        leans = self._leans()
        readings = {
            f"face.asymmetry_{part}": self._second.middle([of[i] for of in leans])
            for i, part in enumerate(PARTS)
        }
        self._second.clear()
        self._higher.clear()
        return readings

    def _leans(self) -> list[Leans]:
        """Of those pictures of the second of which all is known."""
        rest, second = self._usual.rest, self._second
        second.of = [] if rest is None else [of for of in second.of if of.t in self._higher]
        return [] if rest is None else [lean(of, self._higher[of.t] - rest) for of in second.of]


def lean(of: Levels, risen: NDArray[np.float64]) -> Leans:
    """
    Of PARTS, -1 to 1; positive: the person's own left. risen (2,): noses that the left brow, and
    corner of the mouth, stand higher over the right than they do at rest.
    """
    right, left = of.sides
    brow, corner = np.clip(risen / (BROW, CORNER), -1, 1).tolist()
    smile, shut = (left - right)[[SMILE, SHUT]].tolist()
    return brow, shut, (corner + smile) / 2


def _make(context: Context) -> Stage[Face | Levels]:
    return Asymmetry()


def _spec(part: str, label: str, measures: str, caution: str = "") -> Spec:
    card = Card(
        measures,
        "Median of the pictures of one second in which the face is clear, against the person's own "
        "face at rest; after 20 s of it.",
        "Landmarks, and left and right blendshapes, of MediaPipe Face Landmarker.",
        f"{caution}A turned head and light from one side look like it. Everybody is a little "
        "lopsided. It is no sign of an illness.",
    )
    return Spec(f"face.asymmetry_{part}", label, "1", -1.0, 1.0, card, expert=True)


STAGE = StageSpec(
    name="asymmetry",
    group=Group.FACE,
    takes=(Face, Levels),
    make=_make,
    signals=(
        _spec(
            "brows",
            "brows, left against right",
            "How much higher the left brow stands than the right. Positive: the person's own left "
            "is raised more, or lowered less; 1: by 0.16 lengths of the nose.",
        ),
        _spec(
            "lids",
            "lids, left against right",
            "How much further the left eye is shut (action unit 43) than the right. Positive: the "
            "person's own left; 1 is shut against open.",
        ),
        _spec(
            "mouth",
            "mouth, left against right",
            "How much higher the left corner of the mouth stands than the right, and how much more "
            "of action unit 12 shows there; the mean of both. Positive: the person's own left is "
            "raised more, or lowered less; 1: by 0.15 lengths of the nose, and full against none.",
            "The net itself leans a little when a mouth moves. ",
        ),
    ),
)
