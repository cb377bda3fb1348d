"""Whether a small piece of a picture is still the same, wherever it has moved to."""

import numpy as np
from numpy.typing import NDArray

from attunement.kernels.jit import kernel


@kernel
def difference(
    before: NDArray[np.uint8], image: NDArray[np.uint8], top: int, left: int, reach: int
) -> float:
    """
    The least mean absolute difference, in grey levels, over shifts of up to `reach` pixels.

    before (rows, columns): a piece of an earlier picture, seen at top, left. image (height, width).
    A change of light as a whole does not count: means are taken off. Infinite if no shift fits.
    """
    rows, columns = before.shape
    least = np.inf
    for y in range(max(0, top - reach), min(image.shape[0] - rows, top + reach) + 1):
        for x in range(max(0, left - reach), min(image.shape[1] - columns, left + reach) + 1):
            total = 0
            for i in range(rows):
                for j in range(columns):
                    total += int(image[y + i, x + j]) - int(before[i, j])
            mean = total // (rows * columns)
            apart = 0
            for i in range(rows):
                for j in range(columns):
                    apart += abs(int(image[y + i, x + j]) - int(before[i, j]) - mean)
            least = min(least, apart / (rows * columns))
    return least
