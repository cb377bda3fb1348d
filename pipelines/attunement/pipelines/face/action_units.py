"""
A first set of FACS action units: whether each is there, and how strong, as two signals.

Presence is a logistic of the coefficient around the level at which an onset shows; intensity maps
the coefficient onto FACS's five steps, up to the level that the net gives at full strength. The
coefficients are ARKit's blendshapes as MediaPipe's net estimates them; nobody coded them by FACS.

The map follows the definitions of both sets: AU1 browInnerUp, AU2 browOuterUp, AU4 browDown,
AU6 the larger of cheekSquint and eyeSquint (the net leaves cheekSquint near nothing), AU12
mouthSmile, AU25 the gap between the lips, from landmarks, over the distance of the eyes, AU26
jawOpen, AU45 eyeBlink. Left and right are averaged.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from attunement.engine.frame import Frame
from attunement.engine.signal import (
    Card,
    Context,
    Group,
    Missing,
    Reading,
    Readings,
    Spec,
    Stage,
    StageSpec,
    Why,
)
from attunement.pipelines.derived import Face
from attunement.pipelines.face.seen import Seen

UPPER_LIP, LOWER_LIP = 13, 14  # landmarks of the lips' inner edges
EYES = 33, 263  # outer corners
GAPING = 0.35  # gap of the lips over the distance of the eyes that counts as 1
STRONGEST = 5.0  # FACS: A = 1 to E = 5


@dataclass(frozen=True, slots=True)
class Unit:
    """One action unit. Levels are of its coefficient, 0 to 1."""

    number: int
    label: str
    onset: float  # at which presence is a half
    full: float  # at which intensity is 5
    caution: str


BROWS = "A fringe, glasses or raised chin change it; brows move with emphasis in speech."
UNITS = (
    Unit(1, "inner brow raised", 0.3, 0.9, BROWS),
    Unit(2, "outer brow raised", 0.3, 0.9, BROWS),
    Unit(4, "brows lowered", 0.25, 0.8, "Screen glare, concentration and poor sight lower brows."),
    Unit(6, "cheeks raised", 0.4, 0.85, "Narrowed eyes (AU7) cannot be told from raised cheeks."),
    Unit(12, "lip corners raised", 0.4, 0.95, "A movement, not a feeling; speech can show it."),
    Unit(25, "lips parted", 0.15, 0.8, "Speaking and breathing part the lips, too."),
    Unit(26, "jaw dropped", 0.2, 0.7, "Speaking drops the jaw, too."),
    Unit(45, "eyes shut", 0.35, 0.8, "Shut for most of the second; looking down resembles it."),
)
SPREAD = 0.06  # of the logistic
PAIRED = {2: "browOuterUp", 4: "browDown", 12: "mouthSmile", 45: "eyeBlink"}


class ActionUnits(Stage[Face]):
    def __init__(self) -> None:
        self._seen = Seen()

    def push(self, face: Face, /) -> Sequence[Frame]:
        self._seen.add(face)
        return ()

    def measure(self) -> Readings:
        seen = self._seen
        pictures = [
            coefficients(face.blendshapes, face.landmarks)
            for face in seen.good
            if face.blendshapes is not None and face.landmarks is not None
        ]
        if seen.good and not pictures:  # the face net knows no landmarks
            seen.clear()
            return dict.fromkeys(NAMES, Missing(Why.NO_MODEL))
        readings: dict[str, Reading] = {}
        for unit in UNITS:
            levels = [picture[unit.number] for picture in pictures]
            readings[f"face.au{unit.number:02}_p"] = seen.middle(
                [presence(unit, x) for x in levels]
            )
            readings[f"face.au{unit.number:02}_i"] = seen.middle(
                [intensity(unit, x) for x in levels]
            )
        seen.clear()
        return readings


def coefficients(shapes: Mapping[str, float], points: NDArray[np.float32]) -> dict[int, float]:
    """How strongly each unit shows, 0 to 1, by its number. points (478, 3)."""
    found = {number: _both(shapes, name) for number, name in PAIRED.items()}
    found[1] = shapes["browInnerUp"]
    found[6] = max(_both(shapes, "cheekSquint"), _both(shapes, "eyeSquint"))
    found[25] = min(1.0, lip_gap(points) / GAPING)
    found[26] = shapes["jawOpen"]
    return found


def lip_gap(points: NDArray[np.float32]) -> float:
    """Distance of the lips' inner edges over that of the eyes' outer corners. points (478, 3)."""
    eyes = float(np.linalg.norm(points[EYES[0]] - points[EYES[1]]))
    return float(np.linalg.norm(points[UPPER_LIP] - points[LOWER_LIP])) / max(eyes, 1e-6)


def presence(unit: Unit, level: float) -> float:
    return 1 / (1 + math.exp((unit.onset - level) / SPREAD))


def intensity(unit: Unit, level: float) -> float:
    return STRONGEST * min(1.0, max(0.0, level / unit.full))


def _both(shapes: Mapping[str, float], name: str) -> float:
    return (shapes[f"{name}Left"] + shapes[f"{name}Right"]) / 2


def _make(context: Context) -> Stage[Face]:
    return ActionUnits()


def _specs(unit: Unit) -> tuple[Spec, Spec]:
    name, number = f"face.au{unit.number:02}", unit.number
    evidence = "Median of up to ten pictures of one second in which the face is clear."
    source = "FACS (Ekman, Friesen, Hager 2002); blendshapes of MediaPipe Face Landmarker."
    there = f"Whether action unit {number} shows: 0 no, 1 yes, between them undecided."
    strong = (
        f"How strongly action unit {number} shows, in the steps of FACS: 0 none, 1 trace, 5 full."
    )
    uncoded = f"{unit.caution} Estimated by a net, not coded by a person."
    return (
        Spec(f"{name}_p", unit.label, "1", 0.0, 1.0, Card(there, evidence, source, uncoded)),
        Spec(
            f"{name}_i",
            f"{unit.label}, strength",
            "1",
            0.0,
            STRONGEST,
            Card(strong, evidence, source, uncoded),
        ),
    )


STAGE = StageSpec(
    name="action_units",
    group=Group.FACE,
    takes=(Face,),
    make=_make,
    signals=tuple(spec for unit in UNITS for spec in _specs(unit)),
)
NAMES = tuple(spec.name for spec in STAGE.signals)
