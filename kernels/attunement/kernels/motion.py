"""Motion energy: how much of a region changed between two pictures."""

import numpy as np
from numpy.typing import NDArray

from attunement.kernels.jit import kernel


@kernel
def grey(image: NDArray[np.uint8], block: int) -> NDArray[np.float32]:
    """
    Mean of each block x block pixels over the three colours: quiet enough to compare.

    image (height, width, 3). Returns (height // block, width // block), 0 to 255.
    """
    rows, columns = image.shape[0] // block, image.shape[1] // block
    means = np.empty((rows, columns), np.float32)
    for row in range(rows):
        for column in range(columns):
            total = 0
            for y in range(row * block, (row + 1) * block):
                for x in range(column * block, (column + 1) * block):
                    total += int(image[y, x, 0]) + int(image[y, x, 1]) + int(image[y, x, 2])
            means[row, column] = total / (3 * block * block)
    return means


@kernel
def changed(
    before: NDArray[np.float32],
    now: NDArray[np.float32],
    top: int,
    bottom: int,
    left: int,
    right: int,
    threshold: float,
) -> float:
    """
    Share of the box's pixels that differ by more than `threshold` grey levels (Ramseyer & Tschacher
    2011, motion energy analysis, over the box's area).

    before, now (rows, columns). The box is top..bottom, left..right, its ends not in it; the part
    of it that lies outside of the picture counts as not there. NaN if nothing of it is inside.
    """
    top, left = max(0, top), max(0, left)
    bottom, right = min(now.shape[0], bottom), min(now.shape[1], right)
    if bottom <= top or right <= left:
        return np.nan
    count = 0
    for row in range(top, bottom):
        for column in range(left, right):
            if abs(now[row, column] - before[row, column]) > threshold:
                count += 1
    return count / ((bottom - top) * (right - left))
