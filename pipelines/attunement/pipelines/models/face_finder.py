"""
Finds a face and follows it without any file that has to be pulled.

A cascade of local binary patterns that comes inside scikit-image (Liao et al. 2007; trained by
OpenCV's) finds candidates, in 10 to 25 ms; the face net says which of them are faces, and from then
on where the face goes, in 3 ms a picture. Frontal faces are found, turned ones are only followed.
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from attunement.engine.clock import MILLISECOND
from attunement.engine.errors import ModelUnavailable
from attunement.pipelines.models.face_net import SPAN, Crop, Shaped, Shapes, Square, cut

SMALL = 160  # pixels: the longer side of the picture that is searched
LEAST = 22  # pixels of it, that a face is wide
STEP = 1.15  # from one size that is searched to the next
AGAIN = 300 * MILLISECOND  # between two searches
MOST = 4  # candidates that are looked at
SIDE = 1.07  # of a face's square, in sides of what the cascade finds
LOWER = 0.03  # of its middle, likewise
FOUND, KEPT = 0.7, 0.4  # presence from which a candidate is a face, and a face stays one
STEADY = 0.5  # of the way to where the net sees the face, that the square goes
TALL, NARROW = 1 / SPAN, 0.9 / SPAN  # of the square, that a face from brow to chin fills

_INSTALL = "install it with: pip install 'attunement[face]'"


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """One face in one picture."""

    square: Square
    crop: Crop
    shaped: Shaped
    corners: NDArray[np.float32]  # (2, 3): what the face spans, in 0..1 of the picture; z is 0
    matrix: NDArray[np.float32]  # (4, 4), face to camera, as Landmarks has it, without a place

    @property
    def blendshapes(self) -> dict[str, float]:
        return self.shaped.blendshapes


class FaceFinder:
    """Follows one person's face through the pictures."""

    def __init__(self) -> None:
        """Raises ModelUnavailable if a package or the net's file is not usable."""
        self._shapes = Shapes()
        self._cascade = _cascade()
        self._square: Square | None = None
        self._size: tuple[int, ...] = ()
        self._searched = -AGAIN

    def __call__(self, image: NDArray[np.uint8], t: int) -> Found | None:
        """image (height, width, 3), RGB; t ns. None: no face."""
        if image.shape != self._size:
            self._square, self._size, self._searched = None, image.shape, t - AGAIN
        found = None
        if self._square is not None:
            found = self._look(image, self._square, KEPT)
        if found is None and t - self._searched >= AGAIN:
            self._searched = t
            found = self._search(image)
        self._square = None if found is None else found.square
        return found

    def count(self, image: NDArray[np.uint8]) -> int:
        """How many faces there are in the picture that look at the camera."""
        return len(self._confirmed(image))

    def _search(self, image: NDArray[np.uint8]) -> Found | None:
        """The largest of the faces."""
        return max(self._confirmed(image), key=lambda one: one.square.side, default=None)

    def _confirmed(self, image: NDArray[np.uint8]) -> list[Found]:
        confirmed: list[Found] = []
        for square in self._candidates(image)[:MOST]:
            first = self._look(image, square, FOUND / 2)
            second = first and self._look(image, first.square, FOUND)
            if second and not any(_overlap(second.square, one.square) for one in confirmed):
                confirmed.append(second)
        return confirmed

    def _candidates(self, image: NDArray[np.uint8]) -> list[Square]:
        """Largest first."""
        import cv2

        shrink = min(1.0, SMALL / max(image.shape[:2]))
        grey = cv2.cvtColor(np.ascontiguousarray(image), cv2.COLOR_RGB2GRAY)
        if shrink < 1:
            grey = cv2.resize(grey, None, fx=shrink, fy=shrink, interpolation=cv2.INTER_AREA)
        if min(grey.shape) <= LEAST:
            return []
        boxes = self._cascade.detect_multi_scale(
            img=grey,
            scale_factor=STEP,
            step_ratio=1,
            min_size=(LEAST, LEAST),
            max_size=(min(grey.shape),) * 2,
        )
        squares = [
            Square(
                (box["c"] + box["width"] / 2) / shrink,
                (box["r"] + (0.5 + LOWER) * box["height"]) / shrink,
                SIDE * box["width"] / shrink,
            )
            for box in boxes
        ]
        return sorted(squares, key=lambda one: -one.side)

    def _look(self, image: NDArray[np.uint8], at: Square, least: float) -> Found | None:
        crop = cut(image, at)
        shaped = self._shapes(crop)
        height, width = image.shape[:2]
        if shaped.presence < least:
            return None
        x, y = (share * at.side for share in shaped.offset)
        square = Square(
            at.x + STEADY * x, at.y + STEADY * y, at.side * math.exp(STEADY * math.log(shaped.zoom))
        )
        if not (0 < square.x < width and 0 < square.y < height and square.side >= 8):
            return None
        if square.side > 3 * max(height, width):
            return None
        middle = np.array((at.x + x, at.y + y)) / (width, height)
        half = at.side * shaped.zoom * np.array((NARROW / width, TALL / height)) / 2
        corners = np.zeros((2, 3), np.float32)
        corners[0, :2], corners[1, :2] = middle - half, middle + half
        return Found(square, crop, shaped, corners, rotation(*shaped.pose))


def rotation(yaw: float, pitch: float, roll: float) -> NDArray[np.float32]:
    """(4, 4), of angles in degrees as face/pose.py has them: Ry(yaw) Rx(-pitch) Rz(roll)."""
    (cy, sy), (cp, sp), (cr, sr) = (
        (math.cos(math.radians(angle)), math.sin(math.radians(angle)))
        for angle in (yaw, pitch, roll)
    )
    aside = np.array(((cy, 0, sy), (0, 1, 0), (-sy, 0, cy)))
    up = np.array(((1, 0, 0), (0, cp, sp), (0, -sp, cp)))
    tilt = np.array(((cr, -sr, 0), (sr, cr, 0), (0, 0, 1)))
    matrix = np.eye(4, dtype=np.float32)
    matrix[:3, :3] = aside @ up @ tilt
    return matrix


def _overlap(one: Square, other: Square) -> bool:
    """The middle of the smaller lies in the larger."""
    reach = max(one.side, other.side) / 2
    return abs(one.x - other.x) < reach and abs(one.y - other.y) < reach


def _cascade() -> Any:
    try:
        from skimage import data
        from skimage.feature import Cascade
    except ImportError:
        raise ModelUnavailable("scikit-image", "the package is not installed", _INSTALL) from None
    file: Any = data.lbp_frontal_face_cascade_filename  # it has no types
    return Cascade(file())
