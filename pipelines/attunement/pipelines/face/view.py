"""How well a face can be seen: size, light, sharpness, how the head is held, what covers it."""

import math

import numpy as np
from numpy.typing import NDArray

from attunement.engine.signal import Why
from attunement.pipelines.models.face_cover import Covered

BLIND = 8.0  # mean grey below which nothing can be told
DARK, LIT = 20.0, 60.0  # mean grey of a face at which quality is 0 and 1
BURNT, GLARING = 250.0, 235.0
TINY, LARGE = 24.0, 72.0  # height of a face in pixels at which quality is 0 and 1
BLURRED, SHARP = 0.03, 0.07  # mean bend between neighbours over the standard deviation
FINE = 64  # rows and columns of a face, that sharpness is judged by at any size
FRONTAL, TURNED = 25.0, 65.0  # degrees at which quality is 1 and 0
UPRIGHT, LYING = 35.0, 70.0  # degrees of roll at which quality is 1 and 0
HIDDEN, OPEN = 0.62, 0.27  # share that is covered at which quality is 0 and 1

Box = tuple[float, float, float, float]  # left, top, right, bottom, in 0..1 of the picture


def brightness(image: NDArray[np.uint8]) -> float:
    """Mean grey of a picture, 0 to 255, from every eighth pixel."""
    return float(image[::8, ::8].mean())


def box(points: NDArray[np.float32]) -> Box:
    """points (n, 3). What they span; may reach out of the picture."""
    left, top = points[:, :2].min(axis=0).tolist()
    right, bottom = points[:, :2].max(axis=0).tolist()
    return left, top, right, bottom


def turned(matrix: NDArray[np.float32]) -> float:
    """Angle between the face's direction and the camera's, degrees."""
    return math.degrees(math.acos(min(1.0, max(-1.0, float(matrix[2, 2])))))


def tilted(matrix: NDArray[np.float32]) -> float:
    """
    Angle between the face's height and the picture's, degrees, 0 to 180.

    Faces that lie or hang are found, but the landmarker's shapes were learned of upright ones.
    """
    return abs(math.degrees(math.atan2(float(matrix[1, 0]), float(matrix[1, 1]))))


def quality(
    image: NDArray[np.uint8], points: NDArray[np.float32], matrix: NDArray[np.float32]
) -> tuple[float, Why]:
    """0 to 1; the worst of what can be wrong, as one fault is enough to spoil a picture; which."""
    height, width = image.shape[:2]
    left, top, right, bottom = box(points)
    x0, x1 = max(0, int(left * width)), min(width, math.ceil(right * width))
    y0, y1 = max(0, int(top * height)), min(height, math.ceil(bottom * height))
    if x1 - x0 < 4 or y1 - y0 < 4:
        tiny = min((right - left) * width, (bottom - top) * height) < 4
        return 0.0, Why.TOO_SMALL if tiny else Why.CUT_OFF
    grey = _small(image[y0:y1, x0:x1, 1])  # green is most of what is seen as light
    light = float(grey.mean())
    inside = (x1 - x0) * (y1 - y0) / max(1.0, (right - left) * width * (bottom - top) * height)
    return min(
        (_ramp(light, DARK, LIT), Why.TOO_DARK),
        (_ramp(light, BURNT, GLARING), Why.TOO_BRIGHT),
        (_ramp((bottom - top) * height, TINY, LARGE), Why.TOO_SMALL),
        (_ramp(turned(matrix), TURNED, FRONTAL), Why.TURNED_AWAY),
        (_ramp(tilted(matrix), LYING, UPRIGHT), Why.TURNED_AWAY),
        (_ramp(inside, 0.4, 0.9), Why.CUT_OFF),
        (_ramp(_sharpness(grey), BLURRED, SHARP), Why.BLURRED),
        key=lambda one: one[0],
    )


def openness(covered: Covered) -> tuple[float, Why]:
    """0 to 1, as quality()."""
    return _ramp(covered.worst, HIDDEN, OPEN), Why.OCCLUDED


def _small(grey: NDArray[np.uint8]) -> NDArray[np.float32]:
    """A face of any size as (FINE, FINE)."""
    import cv2

    part = np.ascontiguousarray(grey)
    return np.asarray(cv2.resize(part, (FINE, FINE), interpolation=cv2.INTER_AREA), np.float32)


def _sharpness(grey: NDArray[np.float32]) -> float:
    """How far rows bend from one pixel to the next, which light and size leave as it is."""
    bend = float(np.abs(np.diff(grey, 2, axis=1)).mean())
    return bend / max(1.0, float(grey.std()))


def _ramp(x: float, worst: float, best: float) -> float:
    return min(1.0, max(0.0, (x - worst) / (best - worst)))
