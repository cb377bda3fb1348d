"""
How far the two halves of the face differ in what they do: brows, lids, mouth.

Left minus right of the action units of each, against the person's own face at rest: a face that
always hangs on one side is no asymmetry here. The sides are the person's own.
"""

from collections.abc import Sequence

from attunement.engine.frame import Frame
from attunement.engine.signal import Card, Context, Group, Readings, Spec, Stage, StageSpec
from attunement.pipelines.derived import Face
from attunement.pipelines.face.levels import Levels
from attunement.pipelines.face.second import Second
from attunement.pipelines.face.units import NUMBERS

PARTS = {"brows": (1, 2, 4), "lids": (43,), "mouth": (10, 12, 14, 15, 20)}
COLUMNS = {part: [NUMBERS.index(number) for number in units] for part, units in PARTS.items()}


class Asymmetry(Stage[Face | Levels]):
    def __init__(self) -> None:
        self._second = Second()

    def push(self, frame: Face | Levels, /) -> Sequence[Frame]:
        self._second.add(frame)
        return ()

    def measure(self) -> Readings:
        readings = {
            f"face.asymmetry_{part}": self._second.middle(
                [lean(of, part) for of in self._second.of]
            )
            for part in PARTS
        }
        self._second.clear()
        return readings


def lean(of: Levels, part: str) -> float:
    """-1 to 1; positive: the person's own left does more. The unit that differs most counts."""
    right, left = of.sides[:, COLUMNS[part]]
    return float(max((left - right).tolist(), key=abs))


def _make(context: Context) -> Stage[Face | Levels]:
    return Asymmetry()


def _spec(part: str, label: str) -> Spec:
    units = ", ".join(map(str, PARTS[part]))
    card = Card(
        f"Left minus right of action units {units}, the one that differs most. Positive: the "
        "person's own left shows more; 1 is full strength against none.",
        "Median of the pictures of one second in which the face is clear; after 20 s of it.",
        "Left and right blendshapes and landmarks of MediaPipe Face Landmarker.",
        "A turned head and light from one side look like it. Everybody is a little lopsided. It "
        "is no sign of an illness.",
    )
    return Spec(f"face.asymmetry_{part}", label, "1", -1.0, 1.0, card, expert=True)


STAGE = StageSpec(
    name="asymmetry",
    group=Group.FACE,
    takes=(Face, Levels),
    make=_make,
    signals=(
        _spec("brows", "brows, left against right"),
        _spec("lids", "lids, left against right"),
        _spec("mouth", "mouth, left against right"),
    ),
)
