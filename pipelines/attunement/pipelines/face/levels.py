"""How strongly each action unit shows in one picture, left and right, against the face at rest."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from operator import itemgetter

import numpy as np
from numpy.typing import NDArray

from attunement.pipelines.face import geometry
from attunement.pipelines.face.units import LOW, MIDDLE, MIDDLING, NUMBERS, UNITS, Evidence

NARROWEST = 0.25  # the least way from rest to full that a blendshape is credited with
SLIT = 0.02  # that of a length
SHUT = 0.5, 0.8  # closure at which what lids tell of AU5, AU6 and AU7 begins to be, and is, nothing
# Noses by which the one end of a length lies before the other: a raised head lengthens it. Between
# those of MediaPipe's canonical face (0.25, 0.04) and of neutral faces of FER+ (0.33, 0.10).
BEFORE = {"brow_inner": 0.28, "brow_outer": 0.07}
OVERHANG = np.array([BEFORE.get(name, 0.0) for name in geometry.MEASURES])
LIDS = np.array([NUMBERS.index(number) for number in (5, 6, 7)])
CLOSURE = NUMBERS.index(43)

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Levels:
    """Of one picture; what those stages take that need to know more than one second of units."""

    participant: str
    t: int  # ns of session time
    quality: float  # 0 to 1
    sides: Array  # (2, units): right and left, 0 to 1 of the strongest, in the order of UNITS
    learned: float  # share of the face at rest that is learned, 0 to 1

    @property
    def both(self) -> Array:
        """(units,): mean of right and left."""
        mean: Array = (self.sides[0] + self.sides[1]) / 2
        return mean


def _shapes() -> list[str]:
    listed: list[str] = []
    for unit in UNITS:
        for one in unit.evidence:
            if one.name not in geometry.MEASURES:
                listed += (
                    [one.name + side for side in ("Right", "Left")] if one.paired else [one.name]
                )
    return sorted(set(listed))


SHAPES = _shapes()
MEASURED = len(SHAPES)  # features from here on are lengths, right before left
FEATURES = MEASURED + 2 * len(geometry.MEASURES)
_pick = itemgetter(*SHAPES)


def features(shapes: Mapping[str, float], placed: Array, pitch: float = 0.0) -> Array:
    """
    (FEATURES,): blendshapes and lengths of one face. placed (478, 2), as geometry.own has it;
    pitch in degrees, as `pose.angles` has it.
    """
    lengths = geometry.measures(placed) - OVERHANG * math.sin(math.radians(pitch))
    return np.concatenate((_pick(shapes), lengths.ravel()))


def quantiles() -> Array:
    """(FEATURES,): where in a first minute each feature rests."""
    middling = [MIDDLE if name in MIDDLING else LOW for name in geometry.MEASURES]
    return np.array([LOW] * MEASURED + middling * 2)


def _column(one: Evidence, side: int) -> int:
    if one.name in geometry.MEASURES:
        return MEASURED + side * len(geometry.MEASURES) + geometry.MEASURES.index(one.name)
    return SHAPES.index(one.name + ("Right", "Left")[side] if one.paired else one.name)


_EVIDENCE = [one for unit in UNITS for one in unit.evidence]
_COLUMNS = np.array([[_column(one, side) for one in _EVIDENCE] for side in (0, 1)])
_FULL = np.array([one.full for one in _EVIDENCE])
_SIGN = np.sign(_FULL)
_BEGIN = np.array([one.begin for one in _EVIDENCE])
_WEIGHT = np.array([one.weight for one in _EVIDENCE])
_IS_LENGTH = np.array([one.name in geometry.MEASURES for one in _EVIDENCE])
_RELATIVE = np.array([one.relative for one in _EVIDENCE])
_STARTS = np.cumsum([0, *(len(unit.evidence) for unit in UNITS[:-1])])
_STRONGEST = np.flatnonzero([unit.strongest for unit in UNITS])


class Scale:
    """The way from one person's rest to the strongest."""

    def __init__(self, rest: Array) -> None:
        """rest (FEATURES,)."""
        self._rest = rest[_COLUMNS]
        length = np.where(_RELATIVE, np.abs(_FULL) * self._rest, np.abs(_FULL))
        way = np.where(
            _IS_LENGTH, np.maximum(length, SLIT), np.maximum(_FULL - self._rest, NARROWEST)
        )
        self._way = np.maximum(way - _BEGIN, SLIT / 2)

    def __call__(self, found: Array) -> Array:
        """found (FEATURES,). Returns (2, units): right and left, 0 to 1."""
        rise = (found[_COLUMNS] - self._rest) * _SIGN - _BEGIN
        shown = np.minimum(np.maximum(rise / self._way, 0.0), 1.0)
        levels: Array = np.add.reduceat(shown * _WEIGHT, _STARTS, axis=1)
        levels[:, _STRONGEST] = np.maximum.reduceat(shown, _STARTS, axis=1)[:, _STRONGEST]
        begin, nothing = SHUT
        for side in levels:
            shut = side[CLOSURE]
            if shut > begin:
                side[LIDS] *= max(0.0, (nothing - shut) / (nothing - begin))
        return levels
