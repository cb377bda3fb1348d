"""
BlazeFace: where faces are in a picture, for whoever knows nothing of it yet.

V. Bazarevsky et al., "BlazeFace: sub-millisecond neural face detection on mobile GPUs", 2019.
Short range: faces up to some two metres from the camera.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from attunement.pipelines.models.tflite import Net

SIDE = 128  # pixels of the picture that the net sees
CERTAIN = 0.5  # score from which a box is a face
SAME = 0.3  # boxes that overlap by more, intersection over union, are one face

_GRIDS = ((16, 2), (8, 6))  # cells on a side, boxes to a cell


@dataclass(frozen=True, slots=True, eq=False)
class Detected:
    """In pixels of the picture, x and y."""

    score: float
    corners: NDArray[np.float32]  # (2, 2): least and greatest
    marks: NDArray[np.float32]  # (6, 2): eyes, tip of the nose, mouth, before the ears


class FaceDetector:
    def __init__(self, content: bytes) -> None:
        """content: face_detector.tflite. Raises what `Net` raises."""
        self._net = Net(content)
        self._centres = _centres()

    def __call__(self, image: NDArray[np.uint8]) -> list[Detected]:
        """image (height, width, 3), RGB. The surest first."""
        seen, scale, rim = _fitted(image)
        boxes, scores = self._net(seen)
        certain = _sigmoid(scores[0, :, 0])
        kept = np.flatnonzero(certain >= CERTAIN)
        if not kept.size:
            return []
        # Each box: its centre, its size, then the marks; from the centre of its cell, in pixels.
        points = boxes[0, kept].reshape(-1, 8, 2) / SIDE
        half = points[:, 1] / 2
        points += self._centres[kept, None]
        middle = points[:, 0]
        places = np.concatenate(
            (middle[:, None] - half[:, None], middle[:, None] + half[:, None], points[:, 2:]), 1
        )
        places = (places * SIDE - rim) / scale
        return _merged(certain[kept], places.astype(np.float32))


def _fitted(image: NDArray[np.uint8]) -> tuple[NDArray[np.float32], float, NDArray[np.float64]]:
    """The whole picture as the net wants it, black where it is not square; scale and rim of it."""
    import cv2

    height, width = image.shape[:2]
    scale = SIDE / max(height, width)
    rim = (SIDE - scale * np.array((width, height))) / 2
    warp = np.array(((scale, 0, rim[0]), (0, scale, rim[1])))
    small = cv2.warpAffine(image, warp, (SIDE, SIDE), flags=cv2.INTER_LINEAR)
    return (small[None].astype(np.float32) - 127.5) / np.float32(127.5), scale, rim


def _merged(scores: NDArray[np.float32], places: NDArray[np.float32]) -> list[Detected]:
    """Boxes of one face made one, each as much as it is sure: weighted non-maximum suppression."""
    faces = []
    left = np.argsort(-scores, kind="stable")
    while left.size:
        same = _overlap(places[left[0], :2], places[left, :2]) > SAME
        mine, left = left[same], left[~same]
        mean = np.average(places[mine], axis=0, weights=scores[mine]).astype(np.float32)
        faces.append(Detected(float(scores[mine[0]]), mean[:2], mean[2:]))
    return faces


def _overlap(one: NDArray[np.float32], many: NDArray[np.float32]) -> NDArray[np.float32]:
    """Intersection over union of boxes (2, 2) and (n, 2, 2): corners."""
    least, greatest = np.maximum(one[0], many[:, 0]), np.minimum(one[1], many[:, 1])
    shared = np.prod(np.maximum(greatest - least, 0), axis=1)
    areas = np.prod(one[1] - one[0]) + np.prod(many[:, 1] - many[:, 0], axis=1)
    return np.asarray(shared / (areas - shared), np.float32)


def _centres() -> NDArray[np.float32]:
    """(896, 2), 0 to 1: the centre of each box's cell, in the order of the net's boxes."""
    every = []
    for side, boxes in _GRIDS:
        along = (np.arange(side) + 0.5) / side
        y, x = np.meshgrid(along, along, indexing="ij")
        every.append(np.repeat(np.stack((x, y), axis=-1).reshape(-1, 2), boxes, axis=0))
    return np.concatenate(every).astype(np.float32)


def _sigmoid(x: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.asarray(1 / (1 + np.exp(-np.clip(x, -80, 80))), np.float32)
