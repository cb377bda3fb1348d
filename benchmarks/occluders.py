"""
What is held before a face in occlusion_eval: other hands than those that training/face draws, real
textures of pictures that nobody learned from, a medical mask, dark glasses. In colour.
"""

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]
Plane = NDArray[np.float32]
Rng = np.random.Generator
CHEEK, BRIDGE, CHIN, BROW = 50, 6, 152, 10  # landmarks
EYES, LIPS = (33, 133, 362, 263), (61, 291, 0, 17)
LOWER_FACE = (6, 120, 234, 132, 58, 172, 150, 152, 379, 397, 288, 361, 454, 349)


@dataclass(frozen=True, slots=True, eq=False)
class Before:
    """What lies before one picture."""

    alpha: Plane  # (height, width), 0 to 1
    color: Plane  # (height, width, 3), or (3,)


Points = NDArray[np.float64]  # (478, 2), in pixels
Hold = Callable[[Rng, Image, Points, str, Image], Before]


def over(image: Image, what: Before, soft: float = 0.6) -> Image:
    alpha = cv2.GaussianBlur(what.alpha, (0, 0), soft)[..., None]
    return np.asarray(np.clip(image * (1 - alpha) + what.color * alpha, 0, 255), np.uint8)


def spot(points: Points, part: str) -> tuple[Points, float]:
    """Its middle, and half of what has to be covered."""
    high = float(np.ptp(points[:, 1]))
    if part == "mouth":
        return points[list(LIPS)].mean(axis=0), 0.21 * high
    if part == "eyes":
        return points[list(EYES)].mean(axis=0), 0.3 * high
    if part == "beside":  # the cheek and the jaw, from outside
        return points[454] + (0.2 * high, 0.15 * high), 0.19 * high
    left = points[:, 0].min()
    return np.array(((left + points[BRIDGE, 0]) / 2 - 0.05 * high, points[BRIDGE, 1])), 0.5 * high


def hand(rng: Rng, image: Image, points: Points, part: str, other: Image) -> Before:
    """A palm with four fingers that taper, a thumb, nails and an arm, of the cheek's own colour."""
    middle, size = spot(points, part)
    flat = {"mouth": rng.uniform(1.2, 1.9), "eyes": rng.uniform(1.3, 1.8)}.get(part, 0.0)
    turn = flat * float(rng.choice((-1, 1))) if part in ("mouth", "eyes") else rng.normal(0, 0.25)
    away = np.array((np.sin(turn), -np.cos(turn)))  # where the fingers point
    aside = np.array((-away[1], away[0]))
    palm = middle - away * size * rng.uniform(0.3, 0.7)
    alpha, shade = np.zeros(image.shape[:2], np.uint8), np.ones(image.shape[:2], np.float32)
    arm = _quad(palm, palm - away * size * 6, aside, 0.75 * size, 0.6 * size)
    _fill(alpha, arm)
    box = (tuple(palm.tolist()), (2.1 * size, 2.0 * size), float(np.degrees(turn)))
    cv2.ellipse(alpha, box, 255, -1)  # type: ignore[call-overload]
    for index, long in enumerate((1.3, 1.5, 1.4, 1.1)):
        root = palm + aside * (index - 1.5) * 0.5 * size + away * 0.7 * size
        tip = root + away * size * long + aside * rng.normal(0, 0.06) * size
        finger = _quad(root, tip, aside, 0.26 * size, 0.19 * size)
        _fill(alpha, finger)
        cv2.circle(alpha, _whole(tip), max(1, round(0.19 * size)), 255, -1)
        between = root + aside * 0.26 * size
        cv2.line(shade, _whole(between), _whole(between + away * size * long), 0.72, 1, cv2.LINE_8)
        cv2.circle(shade, _whole(tip), max(1, round(0.1 * size)), 1.1, -1)
    thumb = _quad(palm, palm + 1.3 * size * aside + 0.6 * size * away, away, 0.3 * size, 0.2 * size)
    _fill(alpha, thumb)
    light = 1 + 0.18 * np.sin(_along(image, palm, aside) / size + rng.uniform(0, 6))
    tone = _skin(image, points) * rng.uniform(0.85, 1.15)
    shade = cv2.GaussianBlur(shade, (0, 0), 0.02 * size + 0.5)
    return Before(alpha / np.float32(255), _colored(tone, light * shade, rng, 2.0))


def own_skin(rng: Rng, image: Image, points: Points, part: str, other: Image) -> Before:
    """A round of the person's own forehead and cheek, as real as skin is, without fingers."""
    middle, size = spot(points, part)
    high = float(np.ptp(points[:, 1]))
    x, y = points[CHEEK] if rng.random() < 0.5 else points[BROW] + (0, 0.1 * high)
    half = max(3, round(0.09 * high))
    left, top = max(0, round(x) - half), max(0, round(y) - half)
    piece = image[top : top + 2 * half, left : left + 2 * half]
    return Before(_round(rng, image, middle, size), _mirrored(piece, image, rng))


def cloth(rng: Rng, image: Image, points: Points, part: str, other: Image) -> Before:
    """A sleeve, or whatever is of the texture of a piece of another picture."""
    middle, size = spot(points, part)
    low = other[int(0.72 * len(other)) :]  # clothes, mostly
    side = min(int(rng.integers(40, 81)), *low.shape[:2])
    top, left = (int(rng.integers(0, length - side + 1)) for length in low.shape[:2])
    piece = low[top : top + side, left : left + side]
    alpha, away = np.zeros(image.shape[:2], np.uint8), _direction(rng.normal(0, 0.4))
    bar = _quad(middle - away * 8 * size, middle + away * 1.3 * size, _across(away), size, size)
    _fill(alpha, bar if part == "half" else _ring(rng, middle, size))
    return Before(alpha / np.float32(255), _mirrored(piece, image, rng))


def sheet(rng: Rng, image: Image, points: Points, part: str, other: Image) -> Before:
    """Paper, a card, a phone: of one colour, a little shaded."""
    middle, size = spot(points, part)
    away, alpha = _direction(rng.normal(0, 0.3)), np.zeros(image.shape[:2], np.uint8)
    wide = {"mouth": 1.3, "half": 0.75}.get(part, 1.2) * size
    high = {"mouth": 0.9, "half": 1.3}.get(part, 0.7) * size
    _fill(alpha, _quad(middle - away * high, middle + away * high, _across(away), wide, wide))
    light = 1 + 0.1 * np.sin(_along(image, middle, away) / size)
    return Before(alpha / np.float32(255), _colored(rng.uniform(20, 240, 3), light, rng, 2.0))


def mask(rng: Rng, image: Image, points: Points, part: str, other: Image) -> Before:
    """A medical mask, from the nose to the chin."""
    alpha = np.zeros(image.shape[:2], np.uint8)
    _fill(alpha, points[list(LOWER_FACE)])
    high = float(np.ptp(points[:, 1]))
    folds = 1 + 0.08 * np.sin(_along(image, points[CHIN], np.array((0, 1.0))) / (0.03 * high))
    tone = np.array((170.0, 200.0, 220.0)) * rng.uniform(0.7, 1.1)
    return Before(alpha / np.float32(255), _colored(tone, folds, rng, 2.0))


def dark_glasses(rng: Rng, image: Image, points: Points, part: str, other: Image) -> Before:
    alpha = np.zeros(image.shape[:2], np.uint8)
    for outer, inner in ((33, 133), (263, 362)):
        middle, wide = points[[outer, inner]].mean(axis=0), np.ptp(points[[outer, inner], 0])
        axes = max(2, round(0.95 * wide)), max(2, round(0.72 * wide))
        cv2.ellipse(alpha, _whole(middle + (0, 0.15 * wide)), axes, 0, 0, 360, 255, -1)
    cv2.line(alpha, _whole(points[33]), _whole(points[263]), 255, 2)
    tone = rng.uniform(5, 45, 3)
    return Before(alpha / np.float32(255), _colored(tone, np.ones(image.shape[:2]), rng, 3.0))


KINDS: dict[str, tuple[Hold, tuple[str, ...]]] = {
    "hand": (hand, ("mouth", "eyes", "half")),
    "own skin": (own_skin, ("mouth", "eyes", "half")),
    "cloth": (cloth, ("mouth", "eyes", "half")),
    "sheet": (sheet, ("mouth", "eyes", "half")),
    "medical mask": (mask, ("mouth",)),
    "dark glasses": (dark_glasses, ("eyes",)),
}


def _skin(image: Image, points: Points) -> NDArray[np.float64]:
    x, y = _whole(points[CHEEK])
    piece = image[max(0, y - 4) : max(1, y + 5), max(0, x - 4) : max(1, x + 5)]
    return np.asarray(piece.reshape(-1, 3).mean(axis=0)) if piece.size else np.full(3, 150.0)


def _colored(tone: NDArray[np.float64], light: Plane, rng: Rng, grain: float) -> Plane:
    noise = rng.normal(0, grain, (*light.shape, 1))
    return np.asarray(light[..., None] * tone + noise, np.float32)


def _mirrored(piece: Image, image: Image, rng: Rng) -> Plane:
    """A piece as large as the picture, going on as its own mirror image."""
    height, width = image.shape[:2]
    rows, columns = (np.arange(size) for size in (height, width))
    folded = [
        np.minimum(at % (2 * n), 2 * n - 1 - at % (2 * n))
        for at, n in ((rows, piece.shape[0]), (columns, piece.shape[1]))
    ]
    return piece[folded[0]][:, folded[1]].astype(np.float32) * np.float32(rng.uniform(0.85, 1.1))


def _round(rng: Rng, image: Image, middle: Points, size: float) -> Plane:
    alpha = np.zeros(image.shape[:2], np.uint8)
    _fill(alpha, _ring(rng, middle, size))
    return alpha / np.float32(255)


def _ring(rng: Rng, middle: Points, size: float) -> Points:
    angle = np.linspace(0, 2 * np.pi, 40, endpoint=False)
    radius = size * (1.25 + 0.08 * np.sin(3 * angle + rng.uniform(0, 6)))
    return np.asarray(middle + radius[:, None] * np.stack((np.cos(angle), np.sin(angle)), axis=1))


def _quad(first: Points, last: Points, aside: Points, wide: float, end: float) -> Points:
    rows = (first - aside * wide, last - aside * end, last + aside * end, first + aside * wide)
    return np.stack(rows)


def _direction(turn: float) -> Points:
    return np.array((np.sin(turn), -np.cos(turn)))


def _across(away: Points) -> Points:
    return np.array((-away[1], away[0]))


def _along(image: Image, start: Points, way: Points) -> Plane:
    rows, columns = np.mgrid[: image.shape[0], : image.shape[1]]
    return np.asarray((columns - start[0]) * way[0] + (rows - start[1]) * way[1], np.float32)


def _fill(alpha: Image, points: Points) -> None:
    cv2.fillPoly(alpha, [np.rint(points).astype(np.int32)], 255)


def _whole(point: Points) -> tuple[int, int]:
    return round(float(point[0])), round(float(point[1]))
