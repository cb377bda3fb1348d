"""
Points that stand still while they tremble and follow at once when they go.

G. Casiez, N. Roussel, D. Vogel, "1 euro filter: a simple speed-based low-pass filter for noisy
input in interactive systems", CHI 2012.
"""

import math

import numpy as np
from numpy.typing import NDArray

SLOWEST = 0.05  # Hz: how much of a point at rest is let through
EAGER = 80.0  # Hz more for each size of the face per second
CHANGE = 1.0  # Hz: the speed itself is smoothed

Points = NDArray[np.float64]


class OneEuro:
    """Of any points, as many in each call."""

    def __init__(self) -> None:
        self._t: float | None = None

    def __call__(self, points: Points, t: float) -> Points:
        """points (n, 3), of which x and y span the face that speeds are measured by; t s, later."""
        if self._t is None:
            self._before, self._speed, self._smooth = points, np.zeros_like(points), points
        elif t > self._t:
            past, size = t - self._t, np.ptp(points[:, :2], axis=0).mean()
            speed = (points - self._before) / (size * past)
            self._speed = self._speed + _share(CHANGE, past) * (speed - self._speed)
            share = _share(SLOWEST + EAGER * np.abs(self._speed), past)
            self._smooth = self._smooth + share * (points - self._smooth)
            self._before = points
        else:
            return points
        self._t = t
        return self._smooth

    def forget(self) -> None:
        self._t = None


def _share(cutoff: Points | float, past: float) -> Points | float:
    """How much of what is new comes through a low-pass of that cut-off, Hz, after `past` s."""
    return 1 / (1 + 1 / (2 * math.pi * cutoff * past))
