"""
Arousal without labels: D. Bone, C.-C. Lee, S. Narayanan, "Robust unsupervised arousal rating: a
rule-based framework with knowledge-inspired vocal features", IEEE Trans. Affective Computing 5
(2014). Pitch, level and high-frequency energy rise with arousal, in everybody, each against the
person's own; how far each is over what that person did before is a rank, from -1 to 1, and the
ranks are weighed by how well each goes along with their mean.

Departure: the paper's neutral recordings are here whatever the person said before.
"""

from collections import deque

import numpy as np
from numpy.typing import NDArray

F64 = NDArray[np.float64]
FEATURES = 3  # logarithm of pitch, level, logarithm of energy over 500 Hz to that under it
KEPT = 600  # stretches of speech that a person is compared with
LEAST = 15  # stretches, before which there is nothing to compare with
PLENTY = 60


class OwnRank:
    """Of one person. Holds KEPT times FEATURES numbers."""

    def __init__(self) -> None:
        self._before: deque[F64] = deque(maxlen=KEPT)

    @property
    def stretches(self) -> int:
        return len(self._before)

    def rate(self, features: F64) -> float | None:
        """Arousal, -1 to 1; None while too little is known of the person. features (FEATURES,)."""
        if len(self._before) < LEAST:
            return None
        before = np.array(self._before)
        return float(np.clip(_rank(before, features) @ _weights(before), -1.0, 1.0))

    def learn(self, features: F64) -> None:
        self._before.append(np.array(features, np.float64))


def _rank(before: F64, features: F64) -> F64:
    """-1 where the feature is under all that came before, 1 where it is over; ties are half."""
    under, equal = (before < features).mean(axis=0), (before == features).mean(axis=0)
    return np.asarray(2 * (under + equal / 2) - 1)


def _weights(before: F64) -> F64:
    """Spearman's correlation of each feature's rank with the mean of them; sums to 1."""
    ranks = np.argsort(np.argsort(before, axis=0, kind="stable"), axis=0, kind="stable")
    together = np.argsort(np.argsort(ranks.sum(axis=1), kind="stable"), kind="stable")
    centred = ranks - ranks.mean(axis=0)
    mean = together - together.mean()
    weights = np.maximum(0.0, mean @ centred)
    total = weights.sum()
    return np.asarray(weights / total if total > 0 else np.full(FEATURES, 1 / FEATURES))
