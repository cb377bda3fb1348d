"""Whether there is a face, how many, how large; quality: share of pictures that show anything."""

from collections.abc import Sequence
from statistics import median_high

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
)
from attunement.pipelines.derived import Face
from attunement.pipelines.face import view
from attunement.pipelines.face.seen import Seen

MOST = 10  # faces that are told apart in number


class Presence(Stage[Face]):
    def __init__(self) -> None:
        self._seen = Seen()

    def push(self, face: Face, /) -> Sequence[Frame]:
        self._seen.add(face)
        return ()

    def measure(self) -> Readings:
        seen = self._seen
        why = seen.why_not()
        presence: Reading = Missing(why) if why else _share(seen)
        count: Reading = Missing(why) if why else _count(seen)
        size = seen.middle([_height(face) for face in seen.good])
        seen.clear()
        return {"face.presence": presence, "face.count": count, "face.size": size}


def _share(seen: Seen) -> Measured:
    pictures = len(seen.counts)
    return Measured(len(seen.faces) / pictures, seen.coverage, pictures)


def _count(seen: Seen) -> Measured:
    return Measured(min(MOST, median_high(seen.counts)), seen.coverage, len(seen.counts))


def _height(face: Face) -> float:
    assert face.points is not None
    _, top, _, bottom = view.box(face.points)
    return min(1.0, bottom - top)


def _make(context: Context) -> Stage[Face]:
    return Presence()


SOURCE = "MediaPipe Face Landmarker (BlazeFace detector and face mesh)."

STAGE = StageSpec(
    name="presence",
    group=Group.FACE,
    takes=(Face,),
    make=_make,
    signals=(
        Spec(
            "face.presence",
            "face in view",
            "1",
            0.0,
            1.0,
            Card(
                "The share of the second in which a face was in the picture.",
                "Up to fifteen pictures of one second, four at least, not black, dark or frozen.",
                SOURCE,
                "A face that is covered or turned far away counts as absent. It does not tell "
                "whose face it is, nor whether the person attends.",
            ),
        ),
        Spec(
            "face.count",
            "faces in view",
            "1",
            0.0,
            float(MOST),
            Card(
                "How many faces were in the picture.",
                "Counted once a second while a face is followed; median of the second.",
                SOURCE,
                "A portrait on the wall counts. Faces that are small or far apart may be missed.",
            ),
        ),
        Spec(
            "face.size",
            "size of the face",
            "1",
            0.0,
            1.0,
            Card(
                "The height of the face, from brow to chin, as a share of the picture's height.",
                "Median of up to fifteen pictures of one second.",
                SOURCE,
                "It follows the distance to the camera, and also how the camera is set.",
            ),
        ),
    ),
)
