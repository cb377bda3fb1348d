"""A person's own usual way of speaking: running mean and spread of what describes it."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

MEAN_AFTER = 6.0  # s of speech, for which the mean of others counts as much as one's own
SPREAD_AFTER = 20.0  # s of speech, likewise for the spread
LONGEST = 600.0  # s of speech, of which the usual is made; what is older fades
WIDEST = 5.0  # no number is taken to be further from the usual than this many spreads
THINNEST = 0.25  # of the spread among others: nobody's own is taken for less


class Others(NamedTuple):
    """What is usual in the voices that the net learned from."""

    mean: NDArray[np.float32]  # (size,)
    spread: NDArray[np.float32]  # (size,), of everybody together


class Usual:
    """Of one person; begins as that of the others and becomes the person's own with speech."""

    def __init__(self, others: Others) -> None:
        self._others = others
        self._sum = np.zeros(others.mean.size)
        self._squares = np.zeros(others.mean.size)
        self.seconds = 0.0

    @property
    def share(self) -> float:
        """How far the usual is the person's own, 0 to 1."""
        return self.seconds / (self.seconds + MEAN_AFTER)

    def compare(self, described: NDArray[np.float32]) -> NDArray[np.float32]:
        """
        How far each number is from the usual, in spreads, within -WIDEST..WIDEST, and how far the
        usual is the person's own: (size,) -> (size + 1,).
        """
        mean, spread = self._mean_and_spread()
        z = np.clip((described - mean) / spread, -WIDEST, WIDEST)
        return np.append(z, self.share).astype(np.float32)

    def learn(self, described: NDArray[np.float32], seconds: float) -> None:
        """`seconds` of speech that were not in any description before."""
        x = (described.astype(np.float64) - self._others.mean) / self._others.spread
        self._sum += x * seconds
        self._squares += x * x * seconds
        self.seconds += seconds
        if self.seconds > LONGEST:
            fade = LONGEST / self.seconds
            self._sum *= fade
            self._squares *= fade
            self.seconds = LONGEST

    def _mean_and_spread(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        own = self._sum / max(self.seconds, 1e-9)
        variance = np.maximum(self._squares / max(self.seconds, 1e-9) - own**2, THINNEST**2)
        spread = np.sqrt((SPREAD_AFTER + self.seconds * variance) / (SPREAD_AFTER + self.seconds))
        others = self._others
        return others.mean + self.share * own * others.spread, spread * others.spread
