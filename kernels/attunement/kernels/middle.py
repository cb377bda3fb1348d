"""Means and medians of the columns of a table, over the rows that have a value."""

import math

import numpy as np
from numpy.typing import NDArray

from attunement.kernels.jit import kernel

NONE = -1  # in place of a column


@kernel
def middles(
    rows: NDArray[np.float32],
    needed: NDArray[np.int64],
    positive: NDArray[np.int64],
    median: NDArray[np.bool_],
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """
    Mean or median (k,) of column needed[i, 0] of rows (n, columns) for each i, and of how many rows
    it is; NaN of none.

    A row counts where all columns needed[i] (k, m) are not 0, and column positive[i] (k,) is over
    0, unless that is NONE; median (k,): which are medians.
    """
    values, counts = np.empty(needed.shape[0]), np.zeros(needed.shape[0], np.int64)
    found = np.empty(rows.shape[0])
    for i in range(values.size):
        n, total = 0, 0.0
        for r in range(rows.shape[0]):
            known = positive[i] == NONE or rows[r, positive[i]] > 0
            for c in needed[i]:
                known = known and rows[r, c] != 0
            if known:
                found[n] = rows[r, needed[i, 0]]
                total += found[n]
                n += 1
        counts[i] = n
        if n == 0:
            values[i] = math.nan
        else:
            values[i] = np.median(found[:n]) if median[i] else total / n
    return values, counts
