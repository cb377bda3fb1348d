"""
Where eyes, mouth and face lie in many pictures, as the Face Landmarker sees them.

    ATTUNEMENT_DATA=... ATTUNEMENT_MODELS=... python -m training.face.places

What `cover` covers and measures. Kept in the cache, since the pictures may not be handed on.
"""

import argparse
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from attunement.pipelines.models import landmarker
from attunement.pipelines.models.face_net import around
from training.face.drawn import drawn
from training.face.expression import CACHE
from training.face.prepare import LEARNED, WIDE, Picture, Teacher, enlarged, frames, stored
from training.face.votes import parted, pictures

FACE, LEFT, RIGHT, MOUTH = 1, 2, 4, 8  # bits of Placed.place
LIDS_LEFT = (263, 362, 386, 374, 387, 373, 385, 380, 384, 381, 388, 390, 466, 249, 398, 382)
LIDS_RIGHT = (33, 133, 159, 145, 158, 144, 160, 153, 157, 154, 161, 163, 246, 7, 173, 155)
LIPS = (61, 291, 0, 17, 37, 267, 39, 269, 40, 270, 185, 409, 146, 375, 91, 321, 181, 405, 84, 314)
PARTS = ((LEFT, LIDS_LEFT, 5), (RIGHT, LIDS_RIGHT, 5), (MOUTH, LIPS, 3))  # and pixels around
LEARNED_FROM, CHOSEN_BY, DRAWN = 9_000, 1_200, 1_600  # pictures looked at


@dataclass(frozen=True, slots=True, eq=False)
class Placed:
    """Faces in grey and what each pixel belongs to: rows belong together."""

    image: NDArray[np.uint8]  # (n, WIDE, WIDE)
    place: NDArray[np.uint8]  # (n, WIDE, WIDE), bits
    index: NDArray[np.int64]  # (n,): which picture of its source each is

    def save(self, file: Path) -> None:
        np.savez(file, image=self.image, place=self.place, index=self.index)

    @classmethod
    def load(cls, file: Path) -> "Placed":
        with np.load(file) as kept:
            return cls(kept["image"], kept["place"], kept["index"])


def places(points: NDArray[np.float64]) -> NDArray[np.uint8]:
    """Of landmarks (478, 2) in pixels of a stored picture: bits, (WIDE, WIDE)."""
    found = _filled(points) * np.uint8(FACE)
    for bit, which, size in PARTS:
        part = cv2.dilate(_filled(points[list(which)]), np.ones((size, size), np.uint8))
        found |= part * np.uint8(bit)
    return np.asarray(found, np.uint8)


def _filled(points: NDArray[np.float64]) -> NDArray[np.uint8]:
    hull = cv2.convexHull(np.rint(points).astype(np.int32))
    mask = np.zeros((WIDE, WIDE), np.uint8)
    return np.asarray(cv2.fillConvexPoly(mask, hull, 1), np.uint8)


def placed(teacher: Teacher, rgb: Iterator[tuple[int, Picture]], name: str) -> Placed:
    """`rgb`: pictures, and which they are."""
    rows, looked_at = [], 0
    for index, picture in rgb:
        looked_at += 1
        points = teacher.landmarks(picture)
        if points is not None:
            grey, square = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), around(points)
            inside = (points - (square.x, square.y)) * 48 / square.side + (WIDE - 1) / 2
            rows.append((stored(np.asarray(grey, np.uint8), square), places(inside), index))
    print(f"{name}: {len(rows)} faces found in {looked_at} pictures", flush=True)
    image, place, which = (np.stack(part) for part in zip(*rows, strict=True))
    return Placed(image, place, which)


def _large(pictures: Sequence[Picture]) -> Iterator[Picture]:
    return (np.asarray(cv2.resize(one, None, fx=2, fy=2), np.uint8) for one in pictures)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cache", type=Path, default=CACHE)
    cache: Path = parser.parse_args().cache
    cache.mkdir(parents=True, exist_ok=True)
    data, models = (Path(os.environ[f"ATTUNEMENT_{name}"]) for name in ("DATA", "MODELS"))
    teacher, image = Teacher(models / landmarker.NAME), pictures(data, "train").image
    mine, held_out = parted(len(image))
    clips = [data / "video" / name for name in LEARNED]
    sources = {
        "chosen": ((i, enlarged(image[i])) for i in held_out[:CHOSEN_BY]),
        "clips": enumerate(one for clip in clips for one in frames(clip)),
        "drawn": enumerate(_large([one.picture for one in drawn(DRAWN, seed=31)])),
        "ferplus": ((i, enlarged(image[i])) for i in mine[-LEARNED_FROM:]),
    }
    for name, source in sources.items():
        file = cache / f"cover_{name}.npz"
        if not file.exists():
            placed(teacher, source, name).save(file)


if __name__ == "__main__":
    main()
