"""
What may lie before a face: drawn over grey pictures, (2 WIDE, 2 WIDE), finer than they are kept.

Each kind gives how much of every pixel it covers, 0 to 1, and its grey there. Hands in the pictures
that `benchmarks/occlusion_eval.py` judges by are drawn by other code, on purpose.
"""

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Rng = np.random.Generator
Plane = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Spot:
    """Where something is to lie, in pixels."""

    x: float
    y: float
    size: float  # about half of what it spans
    skin: float  # mean grey of the face


@dataclass(frozen=True, slots=True, eq=False)
class Cover:
    alpha: Plane  # 0 to 1
    grey: Plane


Kind = Callable[[Rng, int, Spot, Plane], Cover]  # of what size, where, of what texture


def blob(rng: Rng, side: int, at: Spot, texture: Plane) -> Cover:
    """Anything round: even, shaded, or of another picture's texture."""
    mask = _filled(side, _outline(rng, at, rough=0.25))
    return Cover(mask, _surface(rng, side, at, texture))


def fingers(rng: Rng, side: int, at: Spot, texture: Plane) -> Cover:
    """Some side by side, lit from one side, darker where they meet; maybe with a palm."""
    count, width = int(rng.integers(2, 5)), at.size * rng.uniform(0.3, 0.6)
    angle, mask = rng.uniform(0, 2 * np.pi), np.zeros((side, side), np.float32)
    along, across = (
        np.array((np.cos(angle), np.sin(angle))),
        np.array((-np.sin(angle), np.cos(angle))),
    )
    grey = _shaded(rng, side, _skin(rng, at))
    for index in range(count):
        middle = np.array((at.x, at.y)) + across * (index - (count - 1) / 2) * width * 0.95
        tip = middle + along * at.size * rng.uniform(0.6, 1.1)
        root = middle - along * at.size * rng.uniform(1.0, 4.0)
        bent = (tip + root) / 2 + across * rng.normal(0, 0.12) * at.size
        one = np.zeros((side, side), np.float32)
        line = np.stack((tip, bent, root)).round().astype(np.int32)
        cv2.polylines(one, [line], False, 1.0, max(2, round(width)))
        rim = one - cv2.erode(one, np.ones((3, 3), np.uint8))
        grey = grey * (1 - rim * np.float32(rng.uniform(0.05, 0.45)))
        mask = np.maximum(mask, one)
    if rng.random() < 0.5:
        palm = np.array((at.x, at.y)) - along * at.size * rng.uniform(1, 2)
        whole = Spot(float(palm[0]), float(palm[1]), at.size * rng.uniform(0.8, 1.3), at.skin)
        mask = np.maximum(mask, _filled(side, _outline(rng, whole, rough=0.1)))
    return Cover(mask, _rough(rng, grey, texture, 0.3))


def fist(rng: Rng, side: int, at: Spot, texture: Plane) -> Cover:
    """A round of skin with some dark folds in it, and an arm that comes from below."""
    mask = _filled(side, _outline(rng, at, rough=0.12))
    grey = _shaded(rng, side, _skin(rng, at))
    for _ in range(int(rng.integers(2, 5))):
        ends = np.array((at.x, at.y)) + rng.normal(0, 0.6, (2, 2)) * at.size
        line = np.zeros((side, side), np.float32)
        first, last = (tuple(one.round().astype(int).tolist()) for one in ends)
        cv2.line(line, first, last, 1.0, int(rng.integers(1, 4)))
        grey = grey * (1 - cv2.GaussianBlur(line, (0, 0), 1.2) * np.float32(rng.uniform(0.2, 0.6)))
    if rng.random() < 0.6:
        foot = (round(at.x + rng.normal(0, 1.5) * at.size), side + 10)
        middle = (round(at.x), round(at.y + at.size / 2))
        cv2.line(mask, middle, foot, 1.0, max(2, round(at.size * rng.uniform(0.8, 1.6))))
    return Cover(mask, _rough(rng, grey, texture, 0.3))


def box(rng: Rng, side: int, at: Spot, texture: Plane) -> Cover:
    """A phone, a sheet, a book."""
    turn, sides = rng.uniform(-0.6, 0.6), at.size * rng.uniform(0.6, 1.5, 2)
    corners = np.array(((-1, -1), (1, -1), (1, 1), (-1, 1))) * sides
    points = corners @ _turned(turn).T + (at.x, at.y)
    return Cover(_filled(side, points), _surface(rng, side, at, texture))


def mug(rng: Rng, side: int, at: Spot, texture: Plane) -> Cover:
    """Upright, lit from a side, with a rim and an ear."""
    high, wide = at.size * rng.uniform(0.8, 1.4), at.size * rng.uniform(0.7, 1.1)
    left, right = at.x - wide, at.x + wide
    top, bottom = at.y - high, at.y + high
    narrow = wide * rng.uniform(0, 0.25)
    mask = _filled(
        side,
        np.array(((left, top), (right, top), (right - narrow, bottom), (left + narrow, bottom))),
    )
    ear = round(at.x + wide * float(rng.choice((-1, 1)))), round(at.y)
    cv2.ellipse(
        mask, ear, (round(wide * 0.5), round(high * 0.5)), 0, 0, 360, 1.0, max(2, round(wide * 0.2))
    )
    grey = _surface(rng, side, at, texture)
    across = (np.arange(side) - at.x) / max(1.0, wide)
    grey = grey * (1 - 0.4 * np.clip(across + rng.uniform(-1, 1), -1, 1) ** 2)[None].astype(
        np.float32
    )
    cv2.ellipse(
        grey,
        (round(at.x), round(top)),
        (round(wide), max(1, round(wide * 0.2))),
        0,
        0,
        360,
        float(rng.uniform(0, 255)),
        2,
    )
    return Cover(mask, grey)


def microphone(rng: Rng, side: int, at: Spot, texture: Plane) -> Cover:
    """A ball on a stick, mostly dark."""
    mask, size = np.zeros((side, side), np.float32), at.size * rng.uniform(0.5, 1.0)
    middle = round(at.x), round(at.y)
    cv2.circle(mask, middle, max(2, round(size)), 1.0, -1)
    foot = round(at.x + rng.normal(0, 2) * at.size), round(at.y + at.size * rng.uniform(3, 6))
    cv2.line(mask, middle, foot, 1.0, max(2, round(size * rng.uniform(0.5, 1.2))))
    grey = _shaded(rng, side, float(rng.choice((rng.uniform(10, 70), rng.uniform(0, 255)))))
    mesh = rng.normal(0, rng.uniform(0, 25), (side, side)).astype(np.float32)
    return Cover(mask, grey + mesh)


def tissue(rng: Rng, side: int, at: Spot, texture: Plane) -> Cover:
    """White, crumpled."""
    mask = _filled(side, _outline(rng, at, rough=0.45))
    folds = cv2.GaussianBlur(
        rng.normal(0, 1, (side, side)).astype(np.float32), (0, 0), rng.uniform(2, 6)
    )
    folds *= np.float32(rng.uniform(3, 25) / max(1e-6, float(folds.std())))
    return Cover(mask, _shaded(rng, side, float(rng.uniform(150, 250))) + folds)


def hair(rng: Rng, side: int, at: Spot, texture: Plane) -> Cover:
    """Strands that fall across."""
    mask, grey = np.zeros((side, side), np.float32), np.zeros((side, side), np.float32)
    tone, lean = rng.choice((rng.uniform(5, 80), rng.uniform(80, 220))), rng.normal(0, 0.4)
    thick = max(1, round(at.size / 14))
    for x in rng.normal(at.x, at.size * rng.uniform(0.2, 0.6), int(rng.integers(25, 90))):
        first = round(float(x + lean * at.size * 2 + rng.normal(0, 3))), round(at.y - at.size * 4)
        last = (
            round(float(x - lean * at.size + rng.normal(0, 4))),
            round(at.y + at.size * rng.uniform(0.5, 3)),
        )
        cv2.line(mask, first, last, 1.0, thick)
        cv2.line(grey, first, last, float(np.clip(tone + rng.normal(0, 18), 1, 255)), thick)
    return Cover(mask, grey)


def half(rng: Rng, side: int, at: Spot, texture: Plane) -> Cover:
    """All of one side, behind a wavy line: a door, a sheet, somebody's back."""
    angle = rng.uniform(0, 2 * np.pi)
    along, across = (
        np.array((np.cos(angle), np.sin(angle))),
        np.array((-np.sin(angle), np.cos(angle))),
    )
    steps = np.linspace(-2 * side, 2 * side, 40)
    wave = rng.uniform(0, 0.15) * at.size * np.sin(steps / rng.uniform(8, 30) + rng.uniform(0, 6))
    line = np.array((at.x, at.y)) + steps[:, None] * along + wave[:, None] * across
    far = line[::-1] + 4 * side * across
    return Cover(_filled(side, np.concatenate((line, far))), _surface(rng, side, at, texture))


KINDS: tuple[tuple[Kind, float], ...] = (
    (blob, 0.2),
    (fingers, 0.24),
    (fist, 0.14),
    (box, 0.1),
    (mug, 0.07),
    (microphone, 0.06),
    (tissue, 0.06),
    (hair, 0.06),
    (half, 0.07),
)


def drawn(rng: Rng, side: int, at: Spot, texture: Plane) -> Cover:
    """Something, with an edge as sharp or soft as a camera leaves it."""
    kinds, shares = zip(*KINDS, strict=True)
    kind: Kind = kinds[int(rng.choice(len(kinds), p=shares))]
    cover = kind(rng, side, at, texture)
    alpha = cover.alpha
    if rng.random() < 0.7:
        alpha = cv2.GaussianBlur(alpha, (0, 0), float(rng.uniform(0.4, 2.5)))
    return Cover(np.clip(alpha, 0, 1), np.clip(cover.grey, 0, 255))


def _skin(rng: Rng, at: Spot) -> float:
    return float(np.clip(at.skin * np.exp(rng.normal(0.02, 0.2)), 8, 250))


def _surface(rng: Rng, side: int, at: Spot, texture: Plane) -> Plane:
    kind = rng.random()
    if kind < 0.35:
        return texture.copy()
    if kind < 0.65:
        return _rough(rng, _shaded(rng, side, _skin(rng, at)), texture, 0.3)
    return _shaded(rng, side, float(rng.uniform(0, 255)))


def _rough(rng: Rng, grey: Plane, texture: Plane, most: float) -> Plane:
    """With some of the texture's detail."""
    detail = texture - cv2.GaussianBlur(texture, (0, 0), 5)
    return np.asarray(grey + np.float32(rng.uniform(0, most)) * detail, np.float32)


def _shaded(rng: Rng, side: int, tone: float) -> Plane:
    """Brighter to one side."""
    line = np.linspace(-1, 1, side, dtype=np.float32)
    right, down = rng.normal(0, 0.18, 2).astype(np.float32)
    return np.asarray(
        np.float32(tone) * (1 + right * line[None] + down * line[:, None]), np.float32
    )


def _outline(rng: Rng, at: Spot, rough: float) -> NDArray[np.float64]:
    """Of an ellipse with waves on it, (n, 2)."""
    angle = np.linspace(0, 2 * np.pi, 60, endpoint=False)
    radius = np.ones(60)
    for wave in range(2, 8):
        radius += rng.normal(0, rough / wave) * np.cos(wave * angle + rng.uniform(0, 2 * np.pi))
    wide, high = at.size * rng.uniform(0.7, 1.4, 2)
    points = np.stack((wide * radius * np.cos(angle), high * radius * np.sin(angle)), axis=1)
    return np.asarray(points @ _turned(rng.uniform(0, np.pi)).T + (at.x, at.y))


def _turned(angle: float) -> NDArray[np.float64]:
    return np.array(((np.cos(angle), -np.sin(angle)), (np.sin(angle), np.cos(angle))))


def _filled(side: int, points: NDArray[np.float64]) -> Plane:
    mask = np.zeros((side, side), np.float32)
    cv2.fillPoly(mask, [np.rint(points).astype(np.int32)], 1.0)
    return mask
