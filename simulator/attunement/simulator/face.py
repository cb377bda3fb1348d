"""Draws a person at a desk who looks as an expression says: simple, lit, and legible."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from attunement.simulator.acting import Expression, expression
from attunement.simulator.canvas import (
    Head,
    Points,
    darker,
    disc,
    fill,
    lighter,
    mixed,
    stroke,
)
from attunement.simulator.scenery import EVEN, REACH, complexion, relief, room, smooth
from attunement.simulator.script import Look

__all__ = ["Artist", "Expression", "expression"]

NOISE = 1.4  # SD of a pixel's value
SPARE = 64  # pixels of noise more than a picture has, each way
PULSE = 0.006  # of the skin's green light
SOCKET = 15.0  # that the lids lie deeper than brows and cheeks
EYEBALL = 16.0  # its radius: 12 mm where an iris of 11.7 mm is 15.6 wide
ARC = np.linspace(-1, 1, 15)
ROUND = np.linspace(0, 2 * np.pi, 48, endpoint=False)
# Where relief is fastened to the face.
PINS = np.array(((-60.0, -20.0), (60.0, -20.0), (0.0, 80.0)))

# Outlines of hair, right half from the top down; hairlines from left to right.
CROWN = [(0, -160), (80, -154), (112, -72), (103, -30)]
LONG_BACK = [
    (0, -160),
    (86, -152),
    (122, -70),
    (120, 60),
    (128, 150),
    (96, 176),
    (60, 170),
    (0, 60),
]  # noqa: E501
SHORT_BACK = [(0, -156), (78, -150), (110, -70), (104, -10), (0, 10)]
LONG_LINE = [
    (-99, 40),
    (-94, -40),
    (-62, -84),
    (-18, -112),
    (24, -98),
    (74, -66),
    (96, -30),
    (99, 40),
]
SHORT_LINE = [(-98, -28), (-90, -66), (-60, -92), (0, -98), (60, -94), (90, -66), (98, -28)]


class Artist:
    """Draws one person. Same look, size, seed and calls: same pictures."""

    def __init__(self, look: Look, size: tuple[int, int] = (640, 480), seed: int = 0) -> None:
        width, height = size
        self._look, self._size = look, size
        self._scale = height / 480
        self._centre = width / 2, height * 0.46
        self._room = room(look, size, self._centre)
        side = round(2 * REACH * self._scale)
        self._skin, self._relief = complexion(look, side), relief(side)
        left, top = (round(c - side / 2) for c in self._centre)
        self._window = (
            slice(max(0, top), min(height, top + side)),
            slice(max(0, left), min(width, left + side)),
        )
        self._grain = _grain(size, seed)
        self._drawn = 0

    def draw(self, shown: Expression) -> NDArray[np.uint8]:
        """A new array, (height, width, 3), RGB."""
        import cv2

        picture = self._room.copy()
        rows, columns = self._window
        patch = picture[rows, columns]
        x, y = self._centre
        head = Head(shown, (x - columns.start, y - rows.start), self._scale)
        _back_of_head(patch, head, self._look)
        self._face(patch, head, shown)
        _nose(patch, head, self._look)
        for side in (-1, 1):
            _eye(patch, head, self._look, shown, side)
        _mouth(patch, head, self._look, shown)
        cv2.GaussianBlur(patch, (3, 3), 0, dst=patch)
        _hair(patch, head, self._look)
        for side in (-1, 1):
            _brow(patch, head, self._look, shown, side)
        cv2.GaussianBlur(patch, (3, 3), 0, dst=patch)
        return self._with_grain(picture)

    def _face(self, patch: NDArray[np.uint8], head: Head, shown: Expression) -> None:
        """Lit skin in the face's outline."""
        import cv2

        mask = np.zeros(patch.shape[:2], np.uint8)
        fill(mask[..., None], _outline(head, shown), (255, 255, 255))
        inside = mask.astype(np.float32) * np.float32(1 / 255)
        size = patch.shape[1], patch.shape[0]
        middle = head.place(np.array(((0.0, 0.0, 0.0),)))[0]
        shift = middle - self._skin.shape[0] / 2
        edge: dict[str, Any] = {"flags": cv2.INTER_LINEAR, "borderMode": cv2.BORDER_REPLICATE}
        skin = cv2.warpAffine(
            self._skin, np.array(((1, 0, shift[0]), (0, 1, shift[1])), np.float64), size, **edge
        )
        pins = (PINS * self._scale + self._relief.shape[0] / 2).astype(np.float32)
        placed = head.on(PINS[:, 0], PINS[:, 1]).astype(np.float32)
        depth = cv2.warpAffine(self._relief, cv2.getAffineTransform(pins, placed), size, **edge)
        green = cv2.multiply(
            cv2.extractChannel(skin, 1),
            cv2.extractChannel(depth, 1),
            scale=(1 - PULSE * shown.pulse) / EVEN,
        )
        cv2.multiply(skin, depth, dst=skin, scale=1 / EVEN)
        cv2.insertChannel(green, skin, 1)
        patch[:] = cv2.blendLinear(patch, skin, 1 - inside, inside)

    def _with_grain(self, picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
        import cv2

        self._drawn += 1
        width, height = self._size
        x, y = self._drawn * 37 % SPARE, self._drawn * 23 // 7 % SPARE
        grain, level = self._grain
        cv2.add(picture, grain[y : y + height, x : x + width], dst=picture)
        return np.asarray(cv2.subtract(picture, level, dst=picture), np.uint8)


def _grain(size: tuple[int, int], seed: int) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """A camera's noise, lifted to be positive, and what it was lifted by."""
    width, height = size
    rng = np.random.default_rng((seed, 5))
    lift = round(4 * NOISE)
    noise = rng.normal(lift, NOISE, (height + SPARE, width + SPARE, 3))
    level = np.full((height, width, 3), lift, np.uint8)
    return np.clip(np.rint(noise), 0, 2 * lift).astype(np.uint8), level


def _outline(head: Head, shown: Expression) -> Points:
    """Of the face, from a crown to a chin that follows the jaw."""
    x, y = np.sin(ROUND), np.cos(ROUND)
    low = np.clip(y, 0, 1)
    cheeks = 1 + 0.04 * shown.smile * np.exp(-(((y - 0.2) / 0.3) ** 2))
    full = np.sign(x) * np.abs(x) ** np.where(y > 0, 0.85, 1.0)  # a jaw fills it out
    wide = 100 * full * (1 - 0.10 * low**2) * cheeks
    tall = np.where(y > 0, 153, 140) * y + 15 * shown.jaw * low**2
    # What is seen of a round thing is its rim: it goes along, but does not narrow.
    turned = head.place(np.stack((0 * x, tall, 90 * low**3), axis=1))
    return turned + np.stack((wide, 0 * wide), axis=1) * head.scale @ _upright(head)


def _upright(head: Head) -> NDArray[np.float64]:
    """The turn of the head's cross axis in the picture, (2, 2)."""
    ends = head.place(np.array(((-50.0, 0, 0), (50.0, 0, 0))))
    along = (ends[1] - ends[0]) / np.linalg.norm(ends[1] - ends[0])
    return np.array((along, (-along[1], along[0])))


def _rim(head: Head, points: list[tuple[int, int]], z: float) -> Points:
    """A shape at depth z that has the same width from all sides, mirrored left and right."""
    half = smooth(np.array(points, float))
    whole = np.concatenate((half, half[::-1] * (-1, 1)))
    middle = np.stack((0 * whole[:, 0], whole[:, 1], np.full(len(whole), z)), axis=1)
    across = np.stack((whole[:, 0], 0 * whole[:, 0]), axis=1) * head.scale
    return head.place(middle) + across @ _upright(head)


def _back_of_head(patch: NDArray[np.uint8], head: Head, look: Look) -> None:
    if look.long_hair:
        fill(patch, _rim(head, LONG_BACK, -10), darker(look.hair, 0.2))
        return
    fill(patch, _rim(head, SHORT_BACK, -10), look.hair)
    for side in (-1, 1):
        for wide, tall, shade in ((9, 25, 0.2), (5, 16, 0.32)):
            x, y = side * (101 + wide * np.cos(ROUND)), 4 + tall * np.sin(ROUND)
            ear = np.stack((x, y, np.full_like(x, -12)), axis=1)
            fill(patch, head.place(ear), darker(look.skin, shade))


def _hair(patch: NDArray[np.uint8], head: Head, look: Look) -> None:
    """Between the crown and the hairline."""
    crown = _rim(head, CROWN, 0)
    right, left = np.split(crown, 2)  # down the one side, up the other
    line = smooth(np.array(LONG_LINE if look.long_hair else SHORT_LINE, float))
    edge = head.on(line[:, 0], line[:, 1])  # from left to right
    fill(patch, np.concatenate((left, right, edge[::-1])), look.hair)
    for x in (-52, -20, 14, 46):
        lock = smooth(np.array(((x, -104), (x * 1.3 - 6, -124), (x * 1.1 - 4, -142)), float))
        shine = lighter(look.hair, 0.12)
        stroke(patch, head.on(lock[:, 0], lock[:, 1], -12), shine, 3 * head.scale)


def _nose(patch: NDArray[np.uint8], head: Head, look: Look) -> None:
    shade = darker(look.skin, 0.28)
    for side in (-1, 1):
        wing = smooth(np.array(((15, 19), (23, 27), (21, 38), (12, 39)), float))
        stroke(patch, head.on(side * wing[:, 0], wing[:, 1], 10), shade, 2 * head.scale)
        hole = head.on(side * 9 + 5 * np.cos(ROUND), 39 + 2.4 * np.sin(ROUND), 15)
        fill(patch, hole, darker(look.skin, 0.55))
    tip = head.on(-2 + 6 * np.cos(ROUND), 21 + 5 * np.sin(ROUND), 36)
    fill(patch, tip, lighter(look.skin, 0.06))
    under = smooth(np.array(((-12, 38), (-5, 42), (5, 42), (12, 38)), float))
    stroke(patch, head.on(under[:, 0], under[:, 1], 17), shade, 2 * head.scale)


def _eye(patch: NDArray[np.uint8], head: Head, look: Look, shown: Expression, side: int) -> None:
    x, y = 42.0, -17.0
    across = side * (x + 20 * ARC)
    bow = 1 - ARC**2
    corner = y + 1.5 - 1.5 * ARC  # the outer corner lies higher
    lower = corner + (6.5 - 1.5 * shown.smile - 5.5 * shown.cheeks) * bow
    upper = corner - (9.5 + 1.0 * shown.brows - 1.0 * shown.frown - 1.5 * shown.cheeks) * bow
    upper = upper + (lower - upper) * shown.blink
    lid = head.on(across, upper, -SOCKET)
    rim = np.concatenate((lid, head.on(across, lower, -SOCKET)[::-1]))
    # The lid is a shade darker than the cheek; its fold is where it begins.
    fold = corner - (15 + 2 * shown.brows - 3 * shown.blink) * bow**0.8
    crease = head.on(across, fold, -SOCKET)
    fill(patch, np.concatenate((crease, lid[::-1])), darker(look.skin, 0.13 + 0.05 * shown.blink))
    if shown.blink < 0.93:
        _ball(patch, head, look, rim, _pupil(shown, side * x, y))
    stroke(patch, crease, darker(look.skin, 0.34), 1.6 * head.scale)
    lashes = mixed(look.hair, (20, 14, 12), 0.6)
    stroke(patch, lid, lashes, 3 * head.scale)
    stroke(patch, rim[len(lid) :], darker(look.skin, 0.35), 1.2 * head.scale)


def _pupil(shown: Expression, x: float, y: float) -> tuple[float, float]:
    """Where on the face the pupil of the eye at x, y lies."""
    yaw, pitch = np.radians((shown.gaze_yaw, shown.gaze_pitch))
    return x + EYEBALL * float(np.sin(yaw)), y - 1 - EYEBALL * float(np.sin(pitch))


def _ball(
    patch: NDArray[np.uint8], head: Head, look: Look, rim: Points, pupil: tuple[float, float]
) -> None:
    """What shows of the eyeball between the lids."""
    import cv2

    left, top = (np.floor(rim.min(axis=0)) - 2).astype(int)
    right, bottom = (np.ceil(rim.max(axis=0)) + 3).astype(int)
    patch = patch[max(0, top) : bottom, max(0, left) : right]
    if patch.size == 0:
        return
    corner = np.array((max(0, left), max(0, top)))
    ball = np.empty_like(patch)
    ball[:] = (232, 228, 222)
    iris = head.on(*pupil, 2 - SOCKET)[0] - corner
    size = head.scale
    disc(ball, iris, 9.2 * size, darker(look.iris, 0.45))
    disc(ball, iris, 7.8 * size, look.iris)
    disc(ball, iris, 3.8 * size, (16, 12, 12))
    disc(ball, iris + np.array((-2.6, -3.0)) * size, 1.7 * size, (250, 250, 250))
    ball[: max(1, round(4 * size))] = (ball[: max(1, round(4 * size))] * 0.85).astype(np.uint8)
    mask = np.zeros(patch.shape[:2], np.uint8)
    fill(mask[..., None], rim - corner, (255, 255, 255))
    share = mask.astype(np.float32) / 255
    patch[:] = cv2.blendLinear(ball, patch, share, 1 - share)


def _brow(patch: NDArray[np.uint8], head: Head, look: Look, shown: Expression, side: int) -> None:
    inner = (1 - ARC) / 2
    across = side * (43 + 26 * ARC - 6 * shown.frown * inner)
    middle = -38 - 6 * (1 - ARC**2) - 2 * ARC - 15 * shown.brows + 1.0 * shown.smile
    middle = middle + shown.frown * (4 + 9 * inner)
    thick = 3.6 - 1.8 * np.clip(ARC, 0, 1) - 1.2 * np.clip(-ARC - 0.6, 0, 1)
    out = 3 - 5 * np.clip(ARC, 0, 1)  # its end lies at the temple
    upper, lower = head.on(across, middle - thick, out), head.on(across, middle + thick, out)
    fill(patch, np.concatenate((upper, lower[::-1])), mixed(look.hair, look.skin, 0.12))
    if shown.frown > 0.1:
        crease = head.on(side * np.array((7.0, 8.0, 6.0)), np.array((-48.0, -38.0, -27.0)), 4)
        stroke(patch, crease, darker(look.skin, 0.35 * shown.frown), 2 * head.scale)


def _mouth(patch: NDArray[np.uint8], head: Head, look: Look, shown: Expression) -> None:
    jaw = shown.jaw
    smile = shown.smile * np.clip(
        1 + shown.lean * np.sign(ARC) * (1 - (1 - np.abs(ARC)) ** 2), 0, 1
    )
    lip = mixed(look.skin, (176, 76, 78), 0.55)
    bow = 1 - ARC**2
    across = (33 + 8 * smile - 3 * jaw) * ARC
    corner = 74 - 13 * smile * np.abs(ARC) ** 1.6 + 6 * jaw * (1 - smile * 0.3) + 2 * smile
    part = bow**0.8
    top = (
        corner
        - (1.0 - 1.0 * smile) * bow
        - (2.0 * jaw + 2.0 * shown.part) * part
        - 2.0 * smile * part
    )
    gape = 28 * jaw + 4.0 * shown.smile + 10 * shown.part
    bottom = corner + 0.6 * bow + gape * part - 5 * jaw * part
    peak = 7.5 * bow - 2.0 * np.exp(-((ARC / 0.16) ** 2)) - 2.0 * smile * bow
    upper = head.on(across, top - peak, 17 * bow - 5)
    inside = 8 * bow - 5
    inner_top, inner_bottom = head.on(across, top, inside), head.on(across, bottom, inside)
    lower = head.on(across, bottom + (9.5 - 2 * smile) * bow**0.7, 13 * bow - 5)
    fill(patch, np.concatenate((inner_top, inner_bottom[::-1])), (72, 26, 30))
    if gape > 1.5:
        teeth = np.minimum(bottom, top + (5 + 2 * smile) * part * min(1.0, gape / 6))
        edge = head.on(across * 0.9, teeth, inside)
        fill(
            patch, np.concatenate((head.on(across * 0.9, top, inside), edge[::-1])), (226, 220, 212)
        )
    fill(patch, np.concatenate((upper, inner_top[::-1])), darker(lip, 0.10))
    fill(patch, np.concatenate((inner_bottom, lower[::-1])), lip)
    stroke(patch, inner_top, darker(lip, 0.45), 1.5 * head.scale)
    _cheeks(patch, head, look, shown)


def _cheeks(patch: NDArray[np.uint8], head: Head, look: Look, shown: Expression) -> None:
    """
    The fold from the nose to the corner of the mouth, deeper in a smile; raised cheeks, with the
    fold under the lower lid and the wrinkles that they push out beside the eye.
    """
    for side in (-1, 1):
        smile = shown.smile * min(1.0, 1 + side * shown.lean)
        color = darker(look.skin, 0.12 + 0.05 * smile)
        fold = smooth(np.array(((26, 32), (40, 47), (46 + 10 * smile, 66 - 6 * smile)), float))
        width = (1 + 0.5 * smile) * head.scale
        stroke(patch, head.on(side * fold[:, 0], fold[:, 1], 4), color, width)
        if shown.cheeks > 0.1:
            _crows_feet(patch, head, look, shown.cheeks, side)


def _crows_feet(patch: NDArray[np.uint8], head: Head, look: Look, cheeks: float, side: int) -> None:
    shade = darker(look.skin, 0.28 * cheeks)
    pouch = smooth(np.array(((24, -4), (40, 0), (58, -5)), float))
    stroke(patch, head.on(side * pouch[:, 0], pouch[:, 1]), shade, 2 * head.scale)
    for rise in (-7, 0, 7):
        line = np.array(((67.0, -17 + rise / 2), (76.0, -17 + rise)))
        stroke(patch, head.on(side * line[:, 0], line[:, 1], -8), shade, 1.5 * head.scale)
