"""A wall clock drawn into pictures, as 20 black and white cells: how old is what is seen?"""

import av
import numpy as np
from numpy.typing import NDArray

ACROSS, DOWN = 5, 4  # the lowest bit first, row by row
BITS = ACROSS * DOWN
WRAPS = 1 << BITS  # ms: after 17 minutes
DARK, BRIGHT = 40, 210  # luma


def draw(ms: int, size: tuple[int, int]) -> NDArray[np.uint8]:
    """`size`: width, height. Luma (height, width)."""
    bits = (ms >> np.arange(BITS)) & 1
    cells = np.where(bits, BRIGHT, DARK).astype(np.uint8).reshape(DOWN, ACROSS)
    return cells.repeat(size[1] // DOWN, 0).repeat(size[0] // ACROSS, 1)


def read(picture: av.VideoFrame) -> int | None:
    """The ms that were drawn; None where a cell is neither black nor white."""
    plane = picture.planes[0]
    luma = np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)
    return read_luma(luma[: plane.height, : plane.width])


def read_luma(luma: NDArray[np.uint8]) -> int | None:
    height, width = luma.shape[0] // DOWN, luma.shape[1] // ACROSS
    if height < 8 or width < 8:
        return None
    cells = luma[: height * DOWN, : width * ACROSS].reshape(DOWN, height, ACROSS, width)
    means = cells[:, height // 4 : -(height // 4), :, width // 4 : -(width // 4)].mean((1, 3))
    if np.any((means > 85) & (means < 165)):
        return None
    return int(((means > 125).ravel() << np.arange(BITS)).sum())


def age(drawn: int, wall_ms: float) -> float:
    """ms since it was drawn, for ages of minutes at most."""
    half = WRAPS / 2
    return (wall_ms - drawn + half) % WRAPS - half
