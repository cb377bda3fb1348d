"""How much sound there is, block by block."""

import numpy as np
from numpy.typing import NDArray

from attunement.kernels.jit import kernel

FULL = 0.999  # of full scale, from which a sample counts as clipped


@kernel
def levels(blocks: NDArray[np.float32]) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """
    Mean square without the DC, and number of clipped samples, of each block.

    blocks (n, size), full scale 1.0. Returns (n,), (n,).
    """
    n, size = blocks.shape
    square = np.empty(n, np.float64)
    clipped = np.zeros(n, np.int64)
    for i in range(n):
        total, squares = 0.0, 0.0
        for j in range(size):
            x = float(blocks[i, j])
            total += x
            squares += x * x
            if abs(x) >= FULL:
                clipped[i] += 1
        square[i] = max(0.0, squares / size - (total / size) ** 2)
    return square, clipped
