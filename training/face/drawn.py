"""Faces that the simulator draws, with what they show: so that a demonstration can be watched."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from attunement.simulator.face import Artist, Expression
from attunement.simulator.script import Look

SIZE = 256, 192  # pixels of a picture
UNIT = SIZE[1] / 480  # pixels of one unit of the drawing
SIDE = 218.0  # units, of the box that frames a face as FER+ does
LOWER = 26.0  # units from the middle of the head down to that of the box


@dataclass(frozen=True, slots=True, eq=False)
class Drawn:
    picture: NDArray[np.uint8]  # (height, width, 3), RGB
    shown: Expression


def look(rng: np.random.Generator) -> Look:
    """Somebody: any skin, hair, clothes and wall."""
    face = np.array((224, 180, 150)) * rng.uniform(0.35, 1.08) + rng.normal(0, 8, 3)
    top = np.array((62, 42, 32)) * rng.uniform(0.4, 3.2) + rng.normal(0, 8, 3)
    colors = (face, top, rng.uniform(20, 220, 3), rng.uniform(40, 230, 3), rng.uniform(40, 120, 3))
    chosen = [np.clip(color, 5, 250).astype(int).tolist() for color in colors]
    skin, hair, clothes, wall, iris = ((int(r), int(g), int(b)) for r, g, b in chosen)
    return Look(skin, hair, clothes, wall, iris, long_hair=bool(rng.random() < 0.5))


def shown(rng: np.random.Generator) -> Expression:
    def often(share: float) -> float:
        return float(rng.beta(2, 1)) if rng.random() < share else float(rng.uniform(0, 0.06))

    return Expression(
        yaw=float(rng.normal(0, 14)),
        pitch=float(rng.normal(0, 9)),
        roll=float(rng.normal(0, 7)),
        blink=often(0.25),
        smile=often(0.4),
        brows=often(0.25),
        jaw=often(0.4),
    )


def drawn(count: int, seed: int, each: int = 8) -> list[Drawn]:
    """`count` pictures, `each` of one person."""
    rng, found = np.random.default_rng(seed), list[Drawn]()
    while len(found) < count:
        artist = Artist(look(rng), SIZE, seed=len(found))
        for _ in range(each):
            face = shown(rng)
            found.append(Drawn(artist.draw(face), face))
    return found[:count]


def cropped(one: Drawn, side: int) -> NDArray[np.uint8]:
    """The face in grey, (side, side), framed as FER+ does."""
    grey = cv2.cvtColor(one.picture, cv2.COLOR_RGB2GRAY)
    middle = SIZE[0] / 2, SIZE[1] * 0.46 + LOWER * UNIT
    scale = side / (SIDE * UNIT)
    warp = np.array(
        ((scale, 0, side / 2 - middle[0] * scale), (0, scale, side / 2 - middle[1] * scale))
    )
    return np.asarray(cv2.warpAffine(grey, warp, (side, side), flags=cv2.INTER_AREA), np.uint8)


def said(one: Expression) -> NDArray[np.float32]:
    """What ten people might say of it: shares of the nine answers of votes.Pictures.share."""
    share = np.zeros(9, np.float32)
    surprise = one.brows * one.jaw
    share[1], share[2] = one.smile, surprise * (1 - one.smile)
    share[0] = 1 - share.sum()
    return share
