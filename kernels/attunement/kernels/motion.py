"""
Motion energy: how much of a region changed between two pictures, light and noise left out.

F. Ramseyer & W. Tschacher, "Nonverbal synchrony in psychotherapy", J. Consulting and Clinical
Psychology 79 (2011): pixels of a region that differ by more than a threshold, over its area. A
camera that adapts or a lamp that is switched changes all of the picture in the same way; that is
found and taken back first. The threshold rises with the camera's own noise.
"""

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


LEAST_FIT = 0.6  # share of the blocks that one change of light has to explain
GAIN = 0.5, 2.0  # of light, that is looked for
ROUNDS = 4  # of leaving out what moved
STEPS, FINEST = 256, 0.125  # of the histogram that the median difference is read from; grey levels
SD = 1.4826  # standard deviation over median absolute deviation, of normal noise


@kernel
def light(
    before: NDArray[np.float32], now: NDArray[np.float32], threshold: float
) -> tuple[float, float, float]:
    """
    Gain and offset (grey levels) by which the light of `now` differs from that of `before`, (1, 0)
    unless one change explains most blocks to within `threshold`; and the standard deviation of
    what noise is left between the two, grey levels.

    before, now (rows, columns), of equal size: see grey().
    """
    as_it_is, noise = _left(before, now, 1.0, 0.0, threshold)
    if as_it_is >= LEAST_FIT:
        return 1.0, 0.0, noise
    gain, offset, reach = 1.0, 0.0, 1e9
    for _ in range(ROUNDS):
        gain, offset, reach = _fit(before, now, gain, offset, reach)
    explained, left = _left(before, now, gain, offset, threshold)
    if explained >= LEAST_FIT and GAIN[0] <= gain <= GAIN[1]:
        return gain, offset, left
    return 1.0, 0.0, noise


@kernel
def _left(
    before: NDArray[np.float32],
    now: NDArray[np.float32],
    gain: float,
    offset: float,
    threshold: float,
) -> tuple[float, float]:
    """Share of the blocks that the light explains, and SD of the differences, by their median."""
    counts = np.zeros(STEPS, np.int64)
    within = 0
    for row in range(now.shape[0]):
        for column in range(now.shape[1]):
            apart = abs(now[row, column] - gain * before[row, column] - offset)
            within += apart <= threshold
            counts[min(STEPS - 1, int(apart / FINEST))] += 1
    half, seen, step = now.size / 2, 0, 0
    while seen + counts[step] < half:
        seen += counts[step]
        step += 1
    return within / now.size, SD * (step + 0.5) * FINEST


@kernel
def _fit(
    before: NDArray[np.float32], now: NDArray[np.float32], gain: float, offset: float, reach: float
) -> tuple[float, float, float]:
    """Gain and offset anew, from the blocks within `reach` of the old ones; and the next reach."""
    n = x = y = xx = xy = apart_in_all = 0.0
    for row in range(now.shape[0]):
        for column in range(now.shape[1]):
            a, b = float(before[row, column]), float(now[row, column])
            apart = abs(b - gain * a - offset)
            if apart <= reach:
                n += 1
                x += a
                y += b
                xx += a * a
                xy += a * b
    if n < 2:
        return 1.0, 0.0, reach
    spread = xx - x * x / n
    gain = (xy - x * y / n) / spread if spread > n else 1.0
    offset = (y - gain * x) / n
    for row in range(now.shape[0]):
        for column in range(now.shape[1]):
            apart_in_all += abs(now[row, column] - gain * before[row, column] - offset)
    return gain, offset, apart_in_all / now.size


@kernel
def changed(
    before: NDArray[np.float32],
    now: NDArray[np.float32],
    top: int,
    bottom: int,
    left: int,
    right: int,
    threshold: float,
    gain: float,
    offset: float,
) -> float:
    """
    Share of the box's blocks that differ by more than `threshold` grey levels, once the light of
    `before` is that of `now`: times `gain`, plus `offset`.

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
            if abs(now[row, column] - gain * before[row, column] - offset) > threshold:
                count += 1
    return count / ((bottom - top) * (right - left))
