"""
FACS action units: whether each is there, and how strong, as two signals.

Presence is a logistic of the level around that at which an onset shows; intensity maps the level
onto FACS's five steps. Levels are told of blendshapes and of lengths in the face (`units.py`), each
against the person's own face at rest (`neutral.py`), left and right averaged; nobody coded them by
FACS. Of a second, the median of its pictures; of a blink, which is shorter than that, the deepest
picture over the median.
"""

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
from attunement.pipelines.face import geometry, levels
from attunement.pipelines.face.levels import Levels, Scale
from attunement.pipelines.face.neutral import Neutral
from attunement.pipelines.face.pose import angles
from attunement.pipelines.face.seen import CLEAR, Seen
from attunement.pipelines.face.units import NUMBERS, STRONGEST, UNITS, Unit

SPREAD = 0.05  # of the logistic
BLINK, SHUT = NUMBERS.index(45), NUMBERS.index(43)
ONSETS = np.array([unit.onset for unit in UNITS])


class ActionUnits(Stage[Face]):
    def __init__(self) -> None:
        self._seen = Seen()
        self._neutral = Neutral(levels.quantiles())
        self._scale: Scale | None = None
        self._shown: list[NDArray[np.float64]] = []  # levels of this second, (units,) each
        self._known = False  # did a good picture of this second have landmarks?

    def push(self, face: Face, /) -> Sequence[Frame]:
        self._seen.add(face)
        if face.quality < CLEAR or face.landmarks is None or face.blendshapes is None:
            return ()
        self._known = True
        placed = geometry.own(face.landmarks)
        if placed is None:
            return ()
        yaw, pitch, _ = (0.0, 0.0, 0.0) if face.matrix is None else angles(face.matrix)
        found = levels.features(face.blendshapes, placed, pitch)
        self._neutral.add(face.t, found, yaw, face.sitting)
        if self._neutral.rest is None:
            self._scale = None
        if self._scale is None:
            return ()
        learned = self._neutral.share
        shown = Levels(face.participant, face.t, face.quality, self._scale(found), learned)
        self._shown.append(shown.both)
        return (shown,)

    def measure(self) -> Readings:
        readings = self._readings()
        self._seen.clear()
        self._shown.clear()
        self._known = False
        self._learn()
        return readings

    def _learn(self) -> None:
        before = self._neutral.rest
        self._neutral.settle()
        rest = self._neutral.rest
        if rest is not None and rest is not before:
            self._scale = Scale(rest)

    def _readings(self) -> dict[str, Reading]:
        why = self._seen.why_no_face()
        if why is None and not self._known:
            why = Why.NO_MODEL  # the face net knows no landmarks
        if why is None and not self._shown:
            why = Why.WARMING
        if why is not None:
            return dict.fromkeys(NAMES, Missing(why))
        clear = self._seen.middle([0.0])
        assert isinstance(clear, Measured)
        quality, n = clear.quality * self._neutral.share, len(self._shown)
        level = of_second(np.array(self._shown))
        there, strong = presence(level), STRONGEST * level
        return {
            name: Measured(float(value), quality, n)
            for name, value in zip(NAMES, np.stack((there, strong), axis=1).ravel(), strict=True)
        }


def of_second(shown: NDArray[np.float64]) -> NDArray[np.float64]:
    """shown (pictures, units), levels. Returns (units,)."""
    level: NDArray[np.float64] = np.median(shown, axis=0)
    level[BLINK] = max(0.0, float(shown[:, BLINK].max()) - float(level[SHUT]))
    return level


def presence(level: NDArray[np.float64]) -> NDArray[np.float64]:
    """level (units,). Returns (units,), 0 to 1."""
    there: NDArray[np.float64] = 1 / (1 + np.exp((ONSETS - level) / SPREAD))
    return there


def _make(context: Context) -> Stage[Face]:
    return ActionUnits()


def _specs(unit: Unit) -> tuple[Spec, Spec]:
    name, number = f"face.au{unit.number:02}", unit.number
    evidence = (
        "Pictures of one second in which the face is clear, against the person's own face at rest, "
        "which is learned from the first minute and shown from 20 s on."
    )
    source = "FACS (Ekman, Friesen, Hager 2002); blendshapes, landmarks: MediaPipe Face Landmarker."
    there = f"Whether action unit {number} shows: 0 no, 1 yes, between them undecided."
    strong = (
        f"How strongly action unit {number} shows, in the steps of FACS: 0 none, 1 trace, 5 full."
    )
    uncoded = f"{unit.caution} Estimated by a net, not coded by a person."
    return (
        Spec(
            f"{name}_p",
            unit.label,
            "1",
            0.0,
            1.0,
            Card(there, evidence, source, uncoded),
            expert=unit.expert,
        ),
        Spec(
            f"{name}_i",
            f"{unit.label}, strength",
            "1",
            0.0,
            STRONGEST,
            Card(strong, evidence, source, uncoded),
            expert=unit.expert,
        ),
    )


STAGE = StageSpec(
    name="action_units",
    group=Group.FACE,
    takes=(Face,),
    make=_make,
    signals=tuple(spec for unit in UNITS for spec in _specs(unit)),
    emits=(Levels,),
)
NAMES = tuple(spec.name for spec in STAGE.signals)
