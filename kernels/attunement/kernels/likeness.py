"""How far two sounds move alike, one of them a while before, band by band of their spectra."""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from attunement.kernels.jit import kernel
from attunement.kernels.lanes import WIDTH, load, spread, summed

Array = NDArray[np.float32]
Flags = NDArray[np.bool_]

BANDS = WIDTH
_LEAST = 1e-12  # of the product of two spreads


@kernel
def _spread(square: Any, mean: Any, share: Any) -> float:
    return float(summed(square * share - mean * mean))


@kernel
def likeness(
    mine: Array, spoken: Flags, other: Array, heard: Flags, lags: int, least: int
) -> NDArray[np.float64]:
    """
    Correlation (lags,) of mine with the other lag blocks before, every band without its mean, over
    the blocks that count for both; 0 where fewer than `least` do.

    mine, other (n, BANDS): levels of blocks of sound, of the same times; spoken, heard (n,): which
    of them count. The first lags - 1 of mine never do, so that each has one of the other's.
    """
    out = np.zeros(lags)
    for lag in range(lags):
        n = 0
        zero = spread(np.float32(0))
        a, b, aa, ab, bb = zero, zero, zero, zero, zero
        for t in range(lags - 1, spoken.size):
            if spoken[t] and heard[t - lag]:
                x, y = load(mine, t), load(other, t - lag)
                a, b, aa, ab, bb = a + x, b + y, aa + x * x, ab + x * y, bb + y * y
                n += 1
        if n < least:
            continue
        share = np.float32(1 / n)
        a, b = a * share, b * share
        size = _spread(aa, a, share) * _spread(bb, b, share)
        out[lag] = summed(ab * share - a * b) / math.sqrt(max(size, _LEAST))
    return out
