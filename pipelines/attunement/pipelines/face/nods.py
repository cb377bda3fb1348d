"""
How often the person nods and shakes the head.

A nod is one or more quick dips of the head in a row, down and up; a shake goes to and fro at least
one and a half times, as once is a look aside. Each row counts once, however many dips it has.

A nod turns the head about its joint with the neck, some two lengths of the nose behind and below
the nose's tip: how far the tip sinks tells its angle better than the pose, which follows slowly and
takes the half of a quick dip away. A shake is told by the pose.

Quality: seconds seen of the thirty x how clear the face is.
"""

import math
from collections import deque
from collections.abc import Sequence
from statistics import median

import numpy as np
from numpy.typing import NDArray

from attunement.engine.clock import SECOND
from attunement.engine.frame import Frame
from attunement.engine.signal import (
    Card,
    Context,
    Group,
    Missing,
    Readings,
    Spec,
    Stage,
    StageSpec,
    Why,
)
from attunement.pipelines.derived import Face
from attunement.pipelines.face.episodes import Episodes
from attunement.pipelines.face.pose import angles
from attunement.pipelines.face.seen import CLEAR, Seen
from attunement.pipelines.face.swings import Swings

WINDOW = 30 * SECOND
LONGEST = 10 * SECOND  # in one row
FASTEST = 60.0  # per minute
NOD, SHAKE = (2, 2.5), (3, 3.0)  # swings in a row, and degrees of each
TIP, BRIDGE, BASE = 1, 168, 2  # landmarks of the nose
JOINT = 2.0  # noses from the tip to where the head nods
REMEMBERED = 30  # pictures over which the nose has one length: it trembles more than a head does


class Nods(Stage[Face]):
    def __init__(self) -> None:
        self._seen = Seen()
        self._nodding, self._shaking = Swings(*NOD), Swings(*SHAKE)
        self._nods, self._shakes = (Episodes(WINDOW, 0.5, 0.5, 1, LONGEST) for _ in range(2))
        self._noses: deque[float] = deque(maxlen=REMEMBERED)  # lengths, in heights of the picture

    def push(self, face: Face, /) -> Sequence[Frame]:
        self._seen.add(face)
        if face.matrix is None or face.landmarks is None or face.quality < CLEAR:
            return ()
        yaw, dip = angles(face.matrix)[0], self._dip(face.landmarks)
        self._nods.add(face.t, float(self._nodding.add(face.t, dip, yaw)))
        self._shakes.add(face.t, float(self._shaking.add(face.t, yaw, dip)))
        return ()

    def _dip(self, points: NDArray[np.float32]) -> float:
        """Degrees the head is raised, from anywhere: only its changes tell something."""
        self._noses.append(abs(float(points[BASE, 1] - points[BRIDGE, 1])))
        return -math.degrees(float(points[TIP, 1]) / (JOINT * max(median(self._noses), 1e-3)))

    def measure(self) -> Readings:
        seen = self._seen
        if not seen.why_no_face() and all(face.landmarks is None for face in seen.good):
            seen.clear()
            return dict.fromkeys(NAMES, Missing(Why.NO_MODEL))  # the face net knows no landmarks
        readings = {
            "face.nod_rate": self._nods.rate(seen, FASTEST),
            "face.shake_rate": self._shakes.rate(seen, FASTEST),
        }
        seen.clear()
        return readings


def _make(context: Context) -> Stage[Face]:
    return Nods()


def _spec(name: str, label: str, measures: str) -> Spec:
    card = Card(
        measures,
        "Pose of the head and place of the nose over the last 30 s in which the face is clear; "
        "3.5 s at least.",
        "MediaPipe Face Landmarker: a canonical face fitted to 478 landmarks.",
        "Speaking moves the head alike. What a nod or a shake means differs between cultures; it "
        "is no yes and no no. Dips under 2.5 degrees, and turns under 3, are not seen.",
    )
    return Spec(name, label, "/min", 0.0, FASTEST, card, window=0)


STAGE = StageSpec(
    name="nods",
    group=Group.FACE,
    takes=(Face,),
    make=_make,
    signals=(
        _spec("face.nod_rate", "nods", "How many times per minute the head nodded, once or more."),
        _spec("face.shake_rate", "head shakes", "How many times per minute the head was shaken."),
    ),
)
NAMES = tuple(spec.name for spec in STAGE.signals)
