"""
What the teacher says of many faces: the Face Landmarker, one picture at a time.

    ATTUNEMENT_DATA=... ATTUNEMENT_MODELS=... python -m training.face.prepare

FER+ pictures, enlarged; faces that the simulator draws; every second frame of some clips. Kept in
the cache, since the pictures may not be handed on. The clips and the FER+ pictures in JUDGED are
for judging only.
"""

import argparse
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from attunement.pipelines.models import landmarker
from attunement.pipelines.models.face_net import Square, around
from training.face.drawn import drawn
from training.face.expression import CACHE
from training.face.votes import parted, pictures

WIDE = 72  # pixels of a stored picture; its middle 48 are the square of the face
RIM = 0.25  # of an enlarged FER+ picture, on each side, so that the teacher finds the face
LARGE = 192  # pixels that a FER+ picture is enlarged to
FER_TRAIN, DRAWN_TRAIN, DRAWN_JUDGED = 14_000, 2400, 400
LEARNED: tuple[str, ...] = (
    "grid/brbk7n.mpg",
    "grid/lbax4n.mpg",
    "grid/lrwp9a.mpg",
    "grid/lwbsza.mpg",
)
LEARNED += ("grid/sbia1a.mpg", "fer_test.mp4")
JUDGED: tuple[str, ...] = (
    "grid/bbaf2n.mpg",
    "grid/lbbc2a.mpg",
    "grid/pwij3p.mpg",
    "grid/sbwe5n.mpg",
)
JUDGED += ("grid/swiz3n.mpg", "single_face.mp4", "face_noface.mov")
EMPTY = ("no_face.mp4",)

Picture = NDArray[np.uint8]


@dataclass(frozen=True, slots=True, eq=False)
class Labelled:
    """Faces in grey, and what the teacher said: rows belong together."""

    image: NDArray[np.uint8]  # (n, WIDE, WIDE)
    shapes: NDArray[np.float32]  # (n, 52)
    turn: NDArray[np.float32]  # (n, 3, 3): face to camera, x right, y up, z to the camera

    def save(self, file: Path) -> None:
        np.savez(file, image=self.image, shapes=self.shapes, turn=self.turn)

    @classmethod
    def load(cls, file: Path) -> "Labelled":
        with np.load(file) as kept:
            return cls(kept["image"], kept["shapes"], kept["turn"])


class Teacher:
    """The Face Landmarker, one picture at a time."""

    def __init__(self, file: Path) -> None:
        self._look = landmarker.Landmarker(file)

    def __call__(
        self, rgb: Picture
    ) -> tuple[Square, NDArray[np.float32], NDArray[np.float32]] | None:
        """The square of the face, 52 blendshapes, and its rotation (3, 3)."""
        seen = self._seen(rgb)
        if seen is None:
            return None
        turn = seen.matrix[:3, :3]
        shapes = np.array(list(seen.blendshapes.values()), np.float32)
        return around(_pixels(seen, rgb)), shapes, turn / np.linalg.norm(turn, axis=0)

    def landmarks(self, rgb: Picture) -> NDArray[np.float64] | None:
        """(478, 2), in pixels of the picture."""
        seen = self._seen(rgb)
        return None if seen is None else _pixels(seen, rgb)

    def _seen(self, rgb: Picture) -> landmarker.Landmarks | None:
        self._look.forget()
        return self._look(rgb, 0)


def _pixels(seen: landmarker.Landmarks, rgb: Picture) -> NDArray[np.float64]:
    return seen.points[:, :2].astype(np.float64) * rgb.shape[1::-1]


def stored(grey: Picture, square: Square) -> Picture:
    """The square with a quarter more on each side, (WIDE, WIDE); the picture's rim goes on."""
    shrink = max(1, int(square.side / 48))
    if shrink > 1:  # a smaller picture first, so that no pixel is left out
        size = grey.shape[1] // shrink, grey.shape[0] // shrink
        grey = np.asarray(cv2.resize(grey, size, interpolation=cv2.INTER_AREA), np.uint8)
    x, y, side = square.x / shrink, square.y / shrink, square.side / shrink
    scale = 48 / side
    warp = np.array(
        (
            (scale, 0, WIDE / 2 - 0.5 - scale * (x - 0.5)),
            (0, scale, WIDE / 2 - 0.5 - scale * (y - 0.5)),
        )
    )
    rim = cv2.BORDER_REPLICATE
    return np.asarray(cv2.warpAffine(grey, warp, (WIDE, WIDE), borderMode=rim), np.uint8)


def enlarged(image: Picture) -> Picture:
    """A FER+ picture as the teacher finds faces in, RGB."""
    rim = round(RIM * LARGE)
    large = cv2.resize(image, (LARGE, LARGE), interpolation=cv2.INTER_CUBIC)
    large = cv2.copyMakeBorder(large, rim, rim, rim, rim, cv2.BORDER_REPLICATE)
    return np.asarray(cv2.cvtColor(large, cv2.COLOR_GRAY2RGB), np.uint8)


def frames(file: Path, every: int = 2) -> Iterator[Picture]:
    """RGB, of a clip."""
    clip, index = cv2.VideoCapture(str(file)), 0
    while True:
        more, picture = clip.read()
        if not more:
            return
        if index % every == 0:
            yield np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB), np.uint8)
        index += 1


def labelled(teacher: Teacher, rgb: Iterator[Picture], name: str) -> Labelled:
    rows, looked_at = [], 0
    for picture in rgb:
        looked_at += 1
        seen = teacher(picture)
        if seen is not None:
            square, shapes, turn = seen
            grey = np.asarray(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), np.uint8)
            rows.append((stored(grey, square), shapes, turn))
    print(f"{name}: {len(rows)} faces found in {looked_at} pictures", flush=True)
    image, shapes, turns = (np.stack(part) for part in zip(*rows, strict=True))
    return Labelled(image, shapes, turns)


def empty(data: Path, count: int) -> NDArray[np.uint8]:
    """Pieces of clips and drawings in which there is no face, (count, WIDE, WIDE)."""
    rng, found = np.random.default_rng(21), []
    skies = [one for name in EMPTY for one in frames(data / "video" / name, every=20)]
    halls = [next(frames(data / "video" / name)) for name in LEARNED if name.startswith("grid")]
    drawings = [one.picture for one in drawn(160, seed=22)]
    for index in range(count):
        kind = (skies, halls, drawings)[index % 3]
        rgb = kind[int(rng.integers(len(kind)))]
        height, width = rgb.shape[:2]
        low = index % 3 != 0  # below and beside the face
        side = height * float(rng.uniform(0.12, 0.3 if low else 0.9))
        aside = float(rng.choice((rng.uniform(0.02, 0.14), rng.uniform(0.86, 0.98))))
        x = width * (aside if low else float(rng.uniform(0.1, 0.9)))
        y = height * float(rng.uniform(0.1, 0.95))
        grey = np.asarray(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY), np.uint8)
        found.append(stored(grey, Square(x, y, side)))
    return np.stack(found)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cache", type=Path, default=CACHE)
    cache: Path = parser.parse_args().cache
    cache.mkdir(parents=True, exist_ok=True)
    data, models = (Path(os.environ[f"ATTUNEMENT_{name}"]) for name in ("DATA", "MODELS"))
    teacher = Teacher(models / landmarker.NAME)
    clips = {name: data / "video" / name for name in (*LEARNED, *JUDGED)}
    train, valid = pictures(data, "train").image, pictures(data, "valid").image
    mine = parted(len(train))[0][:FER_TRAIN]

    def large(picture: Picture) -> Picture:
        return np.asarray(cv2.resize(picture, None, fx=2, fy=2), np.uint8)

    sources = {
        "drawn_train": (large(one.picture) for one in drawn(DRAWN_TRAIN, seed=12)),
        "drawn_judged": (large(one.picture) for one in drawn(DRAWN_JUDGED, seed=13)),
        "clips_train": (one for name in LEARNED for one in frames(clips[name])),
        "clips_judged": (one for name in JUDGED for one in frames(clips[name])),
        "ferplus_judged": (enlarged(one) for one in valid),
        "ferplus_train": (enlarged(one) for one in train[mine]),
    }
    for name, source in sources.items():
        file = cache / f"{name}.npz"
        if not file.exists():
            labelled(teacher, source, name).save(file)
    np.save(cache / "empty.npy", empty(data, 1500))


if __name__ == "__main__":
    main()
