"""
A person's face at rest, learned from the first minute in which it is seen.

What a muscle moves to one side only (a smile coefficient) rests near the low end of what is seen,
and what goes both ways (the height of a brow) near the middle: each feature has its own quantile,
so that somebody who talks or smiles for half of that minute does not shift it. Half profiles and
poor pictures are left out. After SHOWN it is known well enough to begin; it goes on improving until
LEARNED, and stays, until somebody else may have taken the seat.
"""

import numpy as np
from numpy.typing import NDArray

from attunement.engine.clock import MILLISECOND, SECOND

SHOWN, LEARNED = 20 * SECOND, 60 * SECOND  # of the face seen, frontal and clear
AGAIN = 5 * SECOND  # seen, after which it is found anew
GAP = SECOND // 2  # pictures further apart than this say nothing of the time between them
STEP = 60 * MILLISECOND  # pictures nearer than this are not taken both
FRONTAL = 20.0  # degrees of yaw


class Neutral:
    def __init__(self, quantiles: NDArray[np.float64]) -> None:
        """quantiles (features,), 0 to 1: at which a feature rests."""
        self._quantiles = quantiles
        self._sitting = 0
        self._begin()

    def _begin(self) -> None:
        self._rows: list[NDArray[np.float64]] = []
        self._before: int | None = None
        self._seen = 0  # ns
        self._rest: NDArray[np.float64] | None = None
        self._settled = 0  # ns seen when it was found last

    def add(self, t: int, features: NDArray[np.float64], yaw: float, sitting: int = 0) -> None:
        """t ns; features (features,); yaw in degrees; another sitting is learned anew."""
        if sitting != self._sitting:
            self._sitting = sitting
            self._begin()
        if self._seen >= LEARNED or abs(yaw) > FRONTAL:
            return
        step = GAP if self._before is None else t - self._before
        if step < STEP:
            return
        self._seen += step if step <= GAP and self._before is not None else 0
        self._before = t
        self._rows.append(features)

    @property
    def share(self) -> float:
        """How much of it is learned, 0 to 1."""
        return min(1.0, self._seen / LEARNED)

    @property
    def known(self) -> bool:
        return self._seen >= SHOWN

    def settle(self) -> None:
        """To be called once a second: takes in what has been seen since, from time to time."""
        done = self._seen >= LEARNED
        due = SHOWN if self._rest is None else self._settled + AGAIN
        if not self._rows or (self._seen < due and not done):
            return
        sorted_ = np.sort(np.ascontiguousarray(np.array(self._rows).T))  # one feature in a row
        places = np.rint(self._quantiles * (len(self._rows) - 1)).astype(np.intp)
        self._rest, self._settled = sorted_[np.arange(len(places)), places], self._seen
        if done:
            self._rows.clear()

    @property
    def rest(self) -> NDArray[np.float64] | None:
        """(features,); None as long as too little was seen."""
        return self._rest
