"""Points of a head in space, and shapes between them, on a picture."""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from attunement.simulator.acting import Expression

Points = NDArray[np.float64]  # (n, 2) in pixels of the picture, or (n, 3) of the head
Color = tuple[float, float, float]

# Units are pixels of a picture 480 high; x right, y down, z to the camera, from mid-head.
# The face is round from side to side and nearly straight from forehead to chin: half axes of what
# its features lie on, where heights count by their fourth power. With the nose, lips and sockets of
# `face.py` it has the depths of MediaPipe's canonical face, by which the pose of a head is told.
WIDE, ABOVE, BELOW, DEEP = 104.0, 158.0, 210.0, 106.0
NECK = np.array((0.0, 120.0, -30.0))  # the head turns about it
AWAY = 900.0  # of the camera
FINE = 4  # bits of a pixel's fraction


class Head:
    """Where a head's points come to lie in the picture."""

    def __init__(self, shown: Expression, centre: tuple[float, float], scale: float) -> None:
        self._turn = _rotation(shown)
        self._centre, self.scale = np.array(centre), scale

    def place(self, points: Points) -> Points:
        """points (n, 3), of the head; returns (n, 2), pixels."""
        turned: Points = (points - NECK) @ self._turn.T + NECK
        near = AWAY / (AWAY - turned[:, 2:])
        placed: Points = turned[:, :2] * near * self.scale + self._centre
        return placed

    def on(self, x: Any, y: Any, out: Any = 0.0) -> Points:
        """The points of the face that lie at x, y seen from the front; `out` of its surface."""
        x, y, out = np.broadcast_arrays(*(np.atleast_1d(np.asarray(v, float)) for v in (x, y, out)))
        tall = (y / np.where(y < 0, ABOVE, BELOW)) ** 2
        rest = 1 - (x / WIDE) ** 2 - tall * tall
        return self.place(np.stack((x, y, DEEP * np.sqrt(np.maximum(rest, 0.02)) + out), axis=1))


def _rotation(shown: Expression) -> NDArray[np.float64]:
    yaw, pitch, roll = (math.radians(v) for v in (shown.yaw, shown.pitch, shown.roll))
    c, s = math.cos(yaw), math.sin(yaw)
    aside = np.array(((c, 0, s), (0, 1, 0), (-s, 0, c)))
    c, s = math.cos(pitch), math.sin(pitch)
    up = np.array(((1, 0, 0), (0, c, -s), (0, s, c)))
    c, s = math.cos(roll), math.sin(roll)
    turn: Points = aside @ up @ np.array(((c, -s, 0), (s, c, 0), (0, 0, 1)))
    return turn


def fill(picture: NDArray[np.uint8], points: Points, color: Color) -> None:
    import cv2

    cv2.fillPoly(picture, [_fixed(points)], color, cv2.LINE_AA, FINE)


def stroke(picture: NDArray[np.uint8], points: Points, color: Color, width: float) -> None:
    """An open line."""
    import cv2

    thick = max(1, round(width))
    cv2.polylines(picture, [_fixed(points)], False, color, thick, cv2.LINE_AA, FINE)


def disc(picture: NDArray[np.uint8], centre: Points, radius: float, color: Color) -> None:
    import cv2

    x, y = _fixed(centre.reshape(1, 2))[0].tolist()
    cv2.circle(picture, (x, y), round(radius * 2**FINE), color, -1, cv2.LINE_AA, FINE)


def _fixed(points: Points) -> NDArray[np.int32]:
    return np.asarray(np.rint(points * 2**FINE), np.int32)


def mixed(one: Color, other: Color, share: float) -> Color:
    """`share` of the other."""
    r, g, b = (a + (b - a) * share for a, b in zip(one, other, strict=True))
    return r, g, b


def darker(color: Color, share: float) -> Color:
    return mixed(color, (0.0, 0.0, 0.0), share)


def lighter(color: Color, share: float) -> Color:
    return mixed(color, (255.0, 255.0, 255.0), share)
