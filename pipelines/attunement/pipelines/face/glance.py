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
CHANGED = 0.3  # of the eyes' own contrast
REACH = 0.12  # of an eye's width that a head moves between two pictures without being looked at
CORNERS = ((33, 133), (362, 263))  # landmarks: outer and inner corner of the right and left eye
TALL = 0.35  # half the height that is compared, over the eye's width
LIDS = ((159, 145), (386, 374))  # upper and lower, in their middle
SETTLED = 0.05  # widths of an eye that the gap may still change by
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


class Glance:
    """
    Says of each picture, in order, whether the model must see it.

    A change is worth more than one look, as the model follows slowly: of lids that have just opened
    it says that they are half shut. It is shown pictures until what it says has come to rest.
    """

    def __init__(self) -> None:
        self._eyes: tuple[Eye, ...] = ()  # of the picture that was looked at last; (): none seen
        self._size: tuple[int, ...] = ()  # of that picture
        self._t = 0  # ns, of that picture
        self._gap = 0.0  # of the lids in it
        self._changed = False  # in the last picture
        self._settling = False

    def is_worth_a_look(self, image: NDArray[np.uint8], t: int) -> bool:
        """image (height, width, 3); t ns."""
        known = self._eyes and image.shape == self._size
        self._changed = not known or any(eye.changed(image) for eye in self._eyes)
        return self._changed or self._settling or t - self._t > LONGEST

    def looked(self, image: NDArray[np.uint8], points: NDArray[np.float32] | None, t: int) -> None:
        """The model saw that picture; points (478, 3): x, y in 0..1 of it. None: no landmarks."""
        self._size, self._t, self._eyes = image.shape, t, ()
        if points is None:
            return
        self._eyes = tuple(Eye.of(image, points[list(pair), :2]) for pair in CORNERS)
        before, self._gap = self._gap, _gap(points, image.shape[1] / image.shape[0])
        self._settling = abs(self._gap - before) > SETTLED


def _gap(points: NDArray[np.float32], aspect: float) -> float:
    """Between the lids, over the eye's width; mean of both. aspect: of the picture."""
    tall = sum(abs(float(points[low, 1] - points[high, 1])) for high, low in LIDS)
    wide = sum(abs(float(points[a, 0] - points[b, 0])) for a, b in CORNERS) * aspect
    return tall / max(wide, 1e-6)
