"""What does not move in a simulated picture: the room, the shoulders, the light on the skin."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from attunement.simulator.canvas import Color, darker, fill, lighter, mixed
from attunement.simulator.script import Look

REACH = 222  # half the side of the square in which the head moves, for a picture 480 high
EVEN = 160  # of a relief: neither lit nor shaded


def room(look: Look, size: tuple[int, int], centre: tuple[float, float]) -> NDArray[np.uint8]:
    """The picture without a head, shape (height, width, 3)."""
    import cv2

    width, height = size
    scale = height / 480
    picture = np.empty((height, width, 3), np.uint8)
    picture[:] = look.wall
    _furnish(picture, look, scale)
    picture = np.asarray(cv2.GaussianBlur(picture, (0, 0), 7 * scale), np.uint8)
    _seat(picture, look, np.array(centre), scale)
    light = (
        np.linspace(1.06, 0.86, width)[None, :, None]
        * np.linspace(1.03, 0.93, height)[:, None, None]
    )
    return np.clip(picture * light, 0, 255).astype(np.uint8)


def _furnish(picture: NDArray[np.uint8], look: Look, scale: float) -> None:
    """A picture on the wall, a shelf with books, a plant; all out of focus."""
    width = picture.shape[1] / scale
    wood: Color = mixed(look.wall, (112, 82, 58), 0.6)

    def box(x0: float, y0: float, x1: float, y1: float, color: Color) -> None:
        fill(picture, np.array(((x0, y0), (x1, y0), (x1, y1), (x0, y1))) * scale, color)

    box(34, 60, 144, 196, wood)
    box(42, 68, 136, 188, lighter(look.wall, 0.45))
    box(58, 116, 120, 176, mixed(look.wall, look.clothes, 0.45))
    box(width - 150, 214, width + 5, 226, wood)
    for i, tall in enumerate((52, 60, 46, 57, 50)):
        x = width - 138 + i * 17
        book = mixed(look.wall, ((150, 96, 80), (90, 110, 120), (176, 158, 120))[i % 3], 0.6)
        box(x, 214 - tall, x + 13, 214, book)
    for lean in (-26, -10, 8, 24):
        leaf = np.array(((0, 0), (lean - 9, -50), (lean * 1.6, -84), (lean + 9, -46)))
        fill(picture, (leaf + (width - 40, 214)) * scale, mixed(look.wall, (78, 116, 80), 0.7))


def _seat(picture: NDArray[np.uint8], look: Look, centre: Any, scale: float) -> None:
    """Neck, shoulders and collar."""

    def curve(points: list[tuple[float, float]]) -> NDArray[np.float64]:
        right = smooth(np.array(points, float))
        whole = np.concatenate((right, right[::-1] * (-1, 1)))
        return np.asarray(whole * scale + centre, np.float64)

    cloth = look.clothes
    fill(picture, curve([(40, 150), (70, 168), (150, 186), (196, 232), (214, 330)]), cloth)
    fill(picture, curve([(0, 228), (34, 196), (62, 160), (50, 150)]), darker(look.skin, 0.16))
    fill(picture, curve([(0, 165), (52, 150), (50, 60), (0, 60)]), darker(look.skin, 0.2))
    fill(
        picture, curve([(0, 178), (30, 164), (50, 140), (50, 60), (0, 60)]), darker(look.skin, 0.3)
    )
    fill(
        picture,
        curve(
            [(0, 240), (8, 240), (40, 206), (74, 166), (58, 150), (52, 164), (30, 196), (0, 230)]
        ),
        darker(cloth, 0.25),
    )


def smooth(points: NDArray[np.float64], times: int = 3) -> NDArray[np.float64]:
    """Corners cut (Chaikin, 1974), the ends kept."""
    for _ in range(times):
        one, other = points[:-1], points[1:]
        cut = np.stack((0.75 * one + 0.25 * other, 0.25 * one + 0.75 * other), axis=1)
        points = np.concatenate((points[:1], cut.reshape(-1, 2), points[-1:]))
    return points


def complexion(look: Look, side: int) -> NDArray[np.uint8]:
    """Lit skin, (side, side, 3), about the centre of the head: light from the upper left."""
    y, x = np.mgrid[:side, :side] / (side / 2) * REACH - REACH
    u, v = x / 112, (y - 6) / 172
    depth = np.sqrt(np.clip(1 - u**2 - v**2, 0.0, 1))
    light = np.clip(0.62 + 0.42 * depth - 0.10 * u - 0.07 * v, 0.45, 1.08)
    return np.asarray(np.clip(light[..., None] * np.array(look.skin), 0, 255), np.uint8)


def relief(side: int) -> NDArray[np.uint8]:
    """Light and shade of sockets, nose, cheeks and chin, (side, side, 3); EVEN is none."""
    y, x = np.mgrid[:side, :side] / (side / 2) * REACH - REACH

    def spot(x0: float, y0: float, w: float, h: float) -> NDArray[np.float64]:
        bell: NDArray[np.float64] = np.exp(-(((x - x0) / w) ** 2) - ((y - y0) / h) ** 2)
        return bell

    light = np.ones((side, side, 3))
    for s in (-1, 1):
        light -= np.array((0.10, 0.13, 0.12)) * spot(s * 40, -24, 27, 13)[..., None]
        light -= np.array((0.09, 0.11, 0.11)) * spot(s * 15, 0, 7, 26)[..., None]
        light += np.array((0.03, -0.06, -0.05)) * spot(s * 56, 34, 24, 18)[..., None]
        light += 0.05 * spot(s * 50, 16, 20, 9)[..., None]
        light -= 0.07 * spot(s * 24, 31, 7, 9)[..., None]
    light += 0.08 * spot(-1, 5, 6, 34)[..., None] + 0.09 * spot(-1, 22, 9, 8)[..., None]
    light -= 0.13 * spot(0, 42, 17, 5)[..., None]
    light -= 0.09 * spot(0, 100, 22, 6)[..., None]
    light += 0.05 * spot(0, 122, 20, 10)[..., None] + 0.04 * spot(0, -70, 50, 22)[..., None]
    return np.clip(light * EVEN, 0, 255).astype(np.uint8)
