"""
Is it worth looking again? The model costs ten times all else; a face at rest needs it rarely.

What changes fastest in a face are the lids. The eyes are compared with the eyes of the picture that
was looked at last, wherever they have moved to in the meantime: a blink changes them, a camera's
noise and a head that turns slowly do not. Everything else is slow enough for a look every LONGEST.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from attunement.engine.clock import MILLISECOND
from attunement.kernels.patch import difference

LONGEST = 490 * MILLISECOND  # that a face may stand for the pictures after it
CHANGED = 0.25  # of the eyes' own contrast
REACH = 0.12  # of an eye's width that a head moves between two pictures without being looked at
CORNERS = ((33, 133), (362, 263))  # landmarks: outer and inner corner of the right and left eye
TALL = 0.35  # half the height that is compared, over the eye's width
FLAT = 4.0  # grey levels: the least contrast that an eye is credited with

GREEN = 1  # most of what is seen as light


@dataclass(frozen=True, slots=True, eq=False)
class Eye:
    top: int  # pixels
    left: int
    reach: int
    piece: NDArray[np.uint8]  # green of the eye
    contrast: float  # grey levels, SD

    @staticmethod
    def of(image: NDArray[np.uint8], corners: NDArray[np.float32]) -> "Eye":
        """corners (2, 2): x, y in 0..1 of the picture."""
        size = np.array([image.shape[1], image.shape[0]], np.float32)
        (x0, y0), (x1, y1) = np.clip(corners * size, 0, size - 1).tolist()
        wide = max(abs(x1 - x0), 2.0)
        middle, half = (y0 + y1) / 2, max(TALL * wide, 2.0)
        top, left = int(max(0, middle - half)), int(min(x0, x1))
        piece = image[top : int(middle + half) + 1, left : int(left + wide) + 1, GREEN].copy()
        return Eye(top, left, max(1, round(REACH * wide)), piece, max(float(piece.std()), FLAT))

    def changed(self, image: NDArray[np.uint8]) -> bool:
        green = image[..., GREEN]
        apart = difference(self.piece, green, self.top, self.left, self.reach)
        return apart > CHANGED * self.contrast


@dataclass(frozen=True, slots=True, eq=False)
class Eyes:
    """The eyes of a picture that was looked at."""

    t: int  # ns
    both: tuple[Eye, ...]

    @staticmethod
    def of(image: NDArray[np.uint8], points: NDArray[np.float32], t: int) -> "Eyes":
        """points (478, 3): x, y in 0..1 of the picture."""
        return Eyes(t, tuple(Eye.of(image, points[list(pair), :2]) for pair in CORNERS))

    def worth_another_look(self, image: NDArray[np.uint8], t: int) -> bool:
        """Must the model see this picture, of the same size, too?"""
        return t - self.t > LONGEST or any(eye.changed(image) for eye in self.both)
