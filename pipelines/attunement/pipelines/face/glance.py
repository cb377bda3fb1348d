"""
Is it worth looking again? The model costs ten times all else; a face at rest needs it rarely.

What changes fastest in a face are the lids. The eyes are compared, as the means of a coarse grid,
with the eyes of the picture that was looked at last: a blink, or a head that moves, changes them; a
camera's noise does not. Everything else in a face is slow enough for a look every LONGEST.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from attunement.engine.clock import MILLISECOND

LONGEST = 390 * MILLISECOND  # that a face may stand for the pictures after it
CHANGED = 0.3  # of the eyes' own contrast
ROWS, COLUMNS = 4, 6  # of the grid over an eye
CORNERS = ((33, 133), (362, 263))  # landmarks: outer and inner corner of the right and left eye
TALL = 0.35  # half the height that is compared, over the eye's width

Grid = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Eyes:
    """The eyes of a picture that was looked at."""

    t: int  # ns
    boxes: tuple[tuple[int, int, int, int], ...]  # top, bottom, left, right, in pixels
    grids: tuple[Grid, ...]

    @staticmethod
    def of(image: NDArray[np.uint8], points: NDArray[np.float32], t: int) -> "Eyes":
        """points (478, 3): x, y in 0..1 of the picture."""
        boxes = tuple(_box(points[list(corners), :2], image.shape) for corners in CORNERS)
        return Eyes(t, boxes, tuple(_grid(image, box) for box in boxes))

    def worth_another_look(self, image: NDArray[np.uint8], t: int) -> bool:
        """Must the model see this picture, of the same size, too?"""
        if t - self.t > LONGEST:
            return True
        return any(
            _change(before, _grid(image, box)) > CHANGED
            for box, before in zip(self.boxes, self.grids, strict=True)
        )


def _box(corners: NDArray[np.float32], shape: tuple[int, ...]) -> tuple[int, int, int, int]:
    size = np.array([shape[1], shape[0]], np.float32)
    (x0, y0), (x1, y1) = np.clip(corners * size, 0, size - 1).tolist()
    middle, half = (y0 + y1) / 2, max(TALL * abs(x1 - x0), 2.0)
    left, right = min(x0, x1), max(x0, x1) + 1
    return int(max(0, middle - half)), int(middle + half) + 1, int(left), int(right) + 1


def _grid(image: NDArray[np.uint8], box: tuple[int, int, int, int]) -> Grid:
    """Mean green of each cell, shape (ROWS, COLUMNS), or of each pixel of a smaller eye."""
    top, bottom, left, right = box
    eye = image[top:bottom, left:right, 1].astype(np.float32)
    rows = np.linspace(0, eye.shape[0], min(ROWS, eye.shape[0]), endpoint=False, dtype=np.int64)
    columns = np.linspace(
        0, eye.shape[1], min(COLUMNS, eye.shape[1]), endpoint=False, dtype=np.int64
    )
    sums = np.add.reduceat(np.add.reduceat(eye, rows, axis=0), columns, axis=1)
    areas = np.outer(
        np.diff(np.append(rows, eye.shape[0])), np.diff(np.append(columns, eye.shape[1]))
    )
    return np.asarray(sums / areas, np.float32)


def _change(before: Grid, now: Grid) -> float:
    """How different two eyes are: mean change over the contrast of the one before."""
    contrast = max(float(before.std()), 4.0)
    return float(np.abs(now - now.mean() - before + before.mean()).mean()) / contrast
