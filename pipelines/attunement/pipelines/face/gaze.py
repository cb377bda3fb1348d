"""
Where the eyes look, in degrees against the camera's axis, and how much of the time at the screen.

The pupil's way from the middle of the eye's corners, over the eyeball's radius, is the turn of the
eye in the head; the head's turn is added. The eyeball's radius is taken as 0.40 of the opening of
the lids, corner to corner (12 of 30 mm), and 0.235 of the nose (12 of 51 mm): nobody is measured.
Looking ahead, a pupil stands a little over the line of the corners.

The screen is where the person looked most in their first minute (`neutral.py`), as no camera knows
where the screen is. On it: within HALF_WIDE and HALF_HIGH of that direction.
"""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

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
from attunement.pipelines.face import geometry
from attunement.pipelines.face.neutral import Neutral
from attunement.pipelines.face.pose import angles
from attunement.pipelines.face.seen import CLEAR, Seen

# Of the right eye and the left: outer and inner corner, upper and lower lid, centre of the iris.
EYES = np.array(((33, 133, 159, 145, 468), (263, 362, 386, 374, 473)))
NARROWEST = 1e-3  # distances of the eyes, corner to corner
ACROSS, DOWN = 0.40, 0.235  # the eyeball's radius over the lids' opening, and over the nose
# Noses that the pupils stand over the line of the eye's corners when they look straight ahead. Ten
# speakers of GRID, and neutral faces of FER+, have them there in the median: 9 to 10 degrees up.
LEVEL = 0.038
OPEN = 0.07  # noses between the lids, below which no pupil shows
HALF_WIDE, HALF_HIGH = 15.0, 12.0  # degrees: a laptop's screen at 50 cm, and what gaze is off by
FARTHEST = 90.0
MIDDLE = np.array((0.5, 0.5))

Angles = tuple[float, float]  # yaw, pitch; degrees


class Gaze(Stage[Face]):
    def __init__(self) -> None:
        self._seen = Seen()
        self._usual = Neutral(MIDDLE)
        self._looks: list[Angles] = []

    def push(self, face: Face, /) -> Sequence[Frame]:
        self._seen.add(face)
        if face.quality < CLEAR or face.landmarks is None or face.matrix is None:
            return ()
        look = gaze(face.landmarks, face.matrix)
        if look is not None:
            self._looks.append(look)
            self._usual.add(face.t, np.array(look), angles(face.matrix)[0], face.sitting)
        return ()

    def measure(self) -> Readings:
        self._usual.settle()
        why = self._why_not()
        if why:
            readings: dict[str, Reading] = dict.fromkeys(NAMES, Missing(why))
        else:
            yaw, pitch = zip(*self._looks, strict=True)
            readings = {
                "gaze.yaw": self._seen.middle(list(yaw)),
                "gaze.pitch": self._seen.middle(list(pitch)),
                "gaze.on_screen": self._share(),
            }
        self._seen.clear()
        self._looks.clear()
        return readings

    def _why_not(self) -> Why | None:
        why = self._seen.why_no_face()
        if why:
            return why
        if all(face.landmarks is None for face in self._seen.good):
            return Why.NO_MODEL  # the face net knows no landmarks
        return None if self._looks else Why.LOW_QUALITY  # shut for all of the second

    def _share(self) -> Reading:
        usual = self._usual.rest
        if usual is None:
            return Missing(Why.WARMING)
        off = np.abs(np.array(self._looks) - usual)
        on = (off[:, 0] <= HALF_WIDE) & (off[:, 1] <= HALF_HIGH)
        clear = self._seen.middle([0.0])
        assert isinstance(clear, Measured)
        return Measured(float(on.mean()), clear.quality * self._usual.share, len(self._looks))


def gaze(points: NDArray[np.float32], matrix: NDArray[np.float32]) -> Angles | None:
    """points (478, 3), matrix (4, 4). Camera-relative; None where no pupil can be seen."""
    placed = geometry.own(points)
    if placed is None:
        return None
    turn = in_head(placed)
    if turn is None:
        return None
    yaw, pitch, _ = angles(matrix)
    return _held(yaw + turn[0]), _held(pitch + turn[1])


def in_head(placed: NDArray[np.float64]) -> Angles | None:
    """
    How far the eyes are turned in the head, mean of both. placed (478, 2), as geometry.own has it.
    Positive: to the person's own left, and up, as the head's.
    """
    across = down = tall = 0.0
    for outer, inner, upper, lower, iris in placed[EYES].tolist():
        wide = abs(outer[0] - inner[0])
        if wide < NARROWEST:
            return None
        across += (iris[0] - (outer[0] + inner[0]) / 2) / wide / 2
        down += (iris[1] - (outer[1] + inner[1]) / 2) / 2
        tall += (lower[1] - upper[1]) / 2
    return (_turn(across / ACROSS), -_turn((down + LEVEL) / DOWN)) if tall >= OPEN else None


def _turn(sine: float) -> float:
    return math.degrees(math.asin(min(1.0, max(-1.0, sine))))


def _held(degrees: float) -> float:
    return min(FARTHEST, max(-FARTHEST, degrees))


def _make(context: Context) -> Stage[Face]:
    return Gaze()


SOURCE = "Landmarks of the iris and pose of the head, MediaPipe Face Landmarker."
EVIDENCE = "Median of the pictures of one second in which the eyes are open and the face is clear."
CAUTION = (
    "Against the camera, not the screen, and some degrees off for each person: eyes are not "
    "measured, and nobody calibrates. A look at the face on the screen is a look beside the camera."
)


def _angle(name: str, label: str, measures: str) -> Spec:
    card = Card(measures, EVIDENCE, SOURCE, CAUTION)
    return Spec(name, label, "deg", -FARTHEST, FARTHEST, card)


STAGE = StageSpec(
    name="gaze",
    group=Group.FACE,
    takes=(Face,),
    make=_make,
    signals=(
        _angle("gaze.yaw", "gaze aside", "Degrees of the gaze; positive: to the person's left."),
        _angle("gaze.pitch", "gaze up or down", "Degrees of the gaze; positive: up."),
        Spec(
            "gaze.on_screen",
            "looks at the screen",
            "1",
            0.0,
            1.0,
            Card(
                "The share of the second in which the gaze was within 15 degrees aside and 12 up "
                "or down of where it usually was in the first minute: most likely, the screen.",
                "Pictures in which the eyes are open and the face is clear; after 20 s of them.",
                SOURCE,
                "Nobody knows where the screen is. Notes, a second screen and the window are all "
                "elsewhere; looking away is how people think.",
            ),
        ),
    ),
)
NAMES = tuple(spec.name for spec in STAGE.signals)
