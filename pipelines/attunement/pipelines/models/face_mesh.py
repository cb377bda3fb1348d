"""
478 landmarks of the face in a square cut out of a picture.

Y. Kartynnik et al., "Real-time facial surface geometry from monocular video on mobile GPUs",
2019; I. Grishchenko et al., "Attention mesh", 2020.
"""

import math
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from attunement.pipelines.models.tflite import Net

SIDE = 256  # pixels of the picture that the net sees
ROOM = 1.5  # sides of the square round a face, in sides of the face
PRESENT = 0.5  # how sure the net must be that there is a face
LEFT, RIGHT = 33, 263  # landmarks: outer corners of the eyes, as they lie in the picture


@dataclass(frozen=True, slots=True, eq=False)
class Cut:
    """What is cut out of a picture: upright for the face, whichever way it leans. Pixels."""

    x: float
    y: float
    side: float
    lean: float  # radians, clockwise as seen

    @classmethod
    def around(cls, points: NDArray[np.floating], left: int = LEFT, right: int = RIGHT) -> Self:
        """points (n, 2), pixels, two of which are the eyes."""
        least, greatest = points.min(0), points.max(0)
        x, y = (least + greatest) / 2
        across, down = points[right] - points[left]
        side = ROOM * float((greatest - least).max())
        return cls(float(x), float(y), side, math.atan2(down, across))

    def warp(self) -> NDArray[np.float64]:
        """(2, 3): from pixels of the cut to those of the picture."""
        scale = self.side / SIDE
        along, across = scale * math.cos(self.lean), scale * math.sin(self.lean)
        turn = np.array(((along, -across), (across, along)))
        return np.column_stack((turn, (self.x, self.y) - turn @ (SIDE / 2, SIDE / 2)))


class FaceMesh:
    def __init__(self, content: bytes) -> None:
        """content: face_landmarks_detector.tflite. Raises what `Net` raises."""
        self._net = Net(content)

    def __call__(self, image: NDArray[np.uint8], cut: Cut) -> NDArray[np.float64] | None:
        """image (height, width, 3), RGB. (478, 3) in its pixels, z as x; None: there is no face."""
        import cv2

        warp = cut.warp()
        how = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        rim = cv2.BORDER_REPLICATE
        seen = cv2.warpAffine(image, warp, (SIDE, SIDE), flags=how, borderMode=rim)
        points, presence, *_ = self._net(seen[None].astype(np.float32) / np.float32(255))
        if presence.item() < math.log(PRESENT / (1 - PRESENT)):
            return None
        points = points.reshape(-1, 3).astype(np.float64)
        flat = points[:, :2] @ warp[:, :2].T + warp[:, 2]
        return np.column_stack((flat, points[:, 2] * (cut.side / SIDE)))
