"""
Where the head is turned, in degrees against the camera's axis.

Yaw is positive where the person turns to their own left (to the right of an unmirrored picture),
pitch where they look up, roll where the head tilts to their own right shoulder (the crown moves to
the left of an unmirrored picture).
"""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from attunement.engine.frame import Frame
from attunement.engine.signal import Card, Context, Group, Readings, Spec, Stage, StageSpec
from attunement.pipelines.derived import Face
from attunement.pipelines.face.seen import Seen


class Pose(Stage[Face]):
    def __init__(self) -> None:
        self._seen = Seen()

    def push(self, face: Face, /) -> Sequence[Frame]:
        self._seen.add(face)
        return ()

    def measure(self) -> Readings:
        seen = self._seen
        poses = [angles(face.matrix) for face in seen.good if face.matrix is not None]
        readings = {
            name: seen.middle([pose[axis] for pose in poses])
            for axis, name in enumerate(("face.yaw", "face.pitch", "face.roll"))
        }
        seen.clear()
        return readings


def angles(matrix: NDArray[np.float32]) -> tuple[float, float, float]:
    """
    matrix (4, 4): face to camera; x right, y up, z towards the camera. Returns degrees.

    R = Ry(yaw) Rx(-pitch) Rz(roll): the third column is where the face looks.
    """
    turn = matrix[:3, :3].astype(np.float64)
    turn /= np.linalg.norm(turn, axis=0)  # the matrix scales, too
    x, y, z = turn[:, 2].tolist()
    yaw = math.degrees(math.atan2(x, z))
    pitch = math.degrees(math.asin(min(1.0, max(-1.0, y))))
    roll = math.degrees(math.atan2(turn[1, 0], turn[1, 1]))
    return yaw, pitch, roll


def _make(context: Context) -> Stage[Face]:
    return Pose()


def _spec(name: str, label: str, measures: str) -> Spec:
    card = Card(
        measures,
        "Median of up to fifteen pictures of one second in which the face is clear.",
        "MediaPipe Face Landmarker: a canonical face fitted to 478 landmarks.",
        "Against the camera, not the screen: who looks at a picture beside the camera is turned. "
        "It is no gaze, and no attention.",
    )
    return Spec(name, label, "deg", -90.0, 90.0, card)


STAGE = StageSpec(
    name="pose",
    group=Group.FACE,
    takes=(Face,),
    make=_make,
    signals=(
        _spec("face.yaw", "head turn", "Degrees the head is turned; positive: to its own left."),
        _spec("face.pitch", "head up or down", "Degrees the head is raised; positive: up."),
        _spec("face.roll", "head tilt", "Degrees the head tilts; positive: to its own right."),
    ),
)
