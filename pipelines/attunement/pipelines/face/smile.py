"""How often the person smiles. Quality: seconds seen of the sixty x how clear the face is."""

from collections.abc import Mapping, Sequence

from attunement.engine.clock import MILLISECOND, SECOND
from attunement.engine.frame import Frame
from attunement.engine.signal import (
    Card,
    Context,
    Group,
    Readings,
    Spec,
    Stage,
    StageSpec,
)
from attunement.pipelines.derived import Face
from attunement.pipelines.face.episodes import Episodes
from attunement.pipelines.face.seen import CLEAR, Seen

WINDOW = 60 * SECOND
SHORTEST, LONGEST = 250 * MILLISECOND, 30 * SECOND
ON, OFF = 0.5, 0.3  # of the smile coefficient
FASTEST = 60.0  # per minute


class Smile(Stage[Face]):
    def __init__(self) -> None:
        self._seen = Seen()
        self._smiles = Episodes(WINDOW, ON, OFF, SHORTEST, LONGEST)

    def push(self, face: Face, /) -> Sequence[Frame]:
        self._seen.add(face)
        if face.blendshapes is not None and face.quality >= CLEAR:
            self._smiles.add(face.t, smiling(face.blendshapes))
        return ()

    def measure(self) -> Readings:
        reading = self._smiles.rate(self._seen, FASTEST)
        self._seen.clear()
        return {"face.smile_rate": reading}


def smiling(blendshapes: Mapping[str, float]) -> float:
    """0 to 1, both corners of the mouth."""
    return (blendshapes["mouthSmileLeft"] + blendshapes["mouthSmileRight"]) / 2


def _make(context: Context) -> Stage[Face]:
    return Smile()


STAGE = StageSpec(
    name="smile",
    group=Group.FACE,
    takes=(Face,),
    make=_make,
    signals=(
        Spec(
            "face.smile_rate",
            "smiles",
            "/min",
            0.0,
            FASTEST,
            Card(
                "How many times per minute the corners of the mouth rose and sank again.",
                "Up to fifteen pictures per second over the last 60 s in which the face is clear; "
                "3.5 s at least. A smile counts when it ends, if it lasted from 0.25 to 30 s.",
                "MediaPipe Face Landmarker, blendshapes mouthSmileLeft and mouthSmileRight.",
                "A movement of the mouth, not a feeling: people smile out of politeness, "
                "embarrassment or pain, and speaking can look like it.",
            ),
            window=0,
        ),
    ),
)
