"""
Make `pipelines/attunement/pipelines/models/weights/face_cover.safetensors`.

    ATTUNEMENT_DATA=... python -m training.face.cover

Learns how much of the eyes, the mouth and the face lies behind something: from faces (`places`)
that things are drawn over (`occluders`), and from some that something lies before as they are
(`covered`). Goes on where it was interrupted.
"""

import argparse
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from attunement.pipelines.models import face_net
from attunement.pipelines.models.face_net import SIDE
from training.face import occluders
from training.face.cover_net import CELLS, OUTPUTS, CoverNet, folded
from training.face.covered import BY_HAND, UNSURE
from training.face.expression import CACHE
from training.face.keep import put
from training.face.learn import Batch, Plan, averaged, learn
from training.face.net import standardised
from training.face.occluders import Spot
from training.face.places import FACE, LEFT, MOUTH, RIGHT, WIDE, Placed
from training.face.worsen import moved, moves, worsened

BOX = SIDE / WIDE
FINE = 2 * WIDE  # pixels that things are drawn in
COVERED = 0.55  # of the pictures have something drawn on them
GLASSES, SHADES, BEARD = 0.06, 0.015, 0.06  # likewise
AIMS = (MOUTH, LEFT | RIGHT, LEFT, RIGHT, FACE)  # what is covered, more or less
AIMED = (0.34, 0.2, 0.07, 0.07, 0.32)
COUNT, EPOCHS = 44_000, 8  # pictures that are made, and how often each is shown, made worse anew
BY_NATURE = 0.05  # of them show something real

Rng = np.random.Generator
Plane = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Lessons:
    """Faces before which something may lie: rows belong together."""

    planes: NDArray[np.uint8]  # (n, 2, WIDE, WIDE): grey, and how much is covered, 0 to 255
    share: Plane  # (n, OUTPUTS): of eyes, mouth, face, 0 to 1


def joined(*parts: Placed) -> Placed:
    """FER+ pictures first: of the others the index is forgotten."""
    first, *rest = parts
    index = [first.index, *(np.full(len(one.index), -1) for one in rest)]
    return Placed(
        np.concatenate([one.image for one in parts]),
        np.concatenate([one.place for one in parts]),
        np.concatenate(index),
    )


def shares(alpha: Plane, place: NDArray[np.uint8]) -> Plane:
    """How much of the eyes (the mean of both), the mouth and the face is covered, 0 to 1."""

    def share(bit: int) -> float:
        inside = (place & bit) > 0
        return float(alpha[inside].mean()) if inside.any() else 0.0

    return np.array(((share(LEFT) + share(RIGHT)) / 2, share(MOUTH), share(FACE)), np.float32)


def lesson(
    rng: Rng, image: NDArray[np.uint8], place: NDArray[np.uint8], other: Plane
) -> tuple[Plane, Plane]:
    """Grey and what is covered; `other`: a picture whose texture may be used. All (WIDE, WIDE)."""
    grey, alpha = image.astype(np.float32), np.zeros((WIDE, WIDE), np.float32)
    if rng.random() < BEARD:
        grey = bearded(rng, grey, place)
    if rng.random() < GLASSES:
        grey = spectacles(rng, grey, place)
    elif rng.random() < SHADES:
        grey, alpha = shades(rng, grey, place)
    if rng.random() < COVERED:
        at, texture = spot(rng, grey, place), _texture(rng, other)
        cover = occluders.drawn(rng, FINE, at, texture)
        over, size = cover.alpha, (WIDE, WIDE)
        shadow = cv2.GaussianBlur(over, (0, 0), float(rng.uniform(2, 6)))
        shadow = np.roll(shadow, rng.integers(-5, 6, 2), (0, 1)) * np.float32(rng.uniform(0, 0.4))
        large = cv2.resize(grey, (FINE, FINE), interpolation=cv2.INTER_LINEAR) * (1 - shadow)
        large += over * (cover.grey - large)
        grey = cv2.resize(large, size, interpolation=cv2.INTER_AREA)
        alpha = np.maximum(alpha, cv2.resize(over, size, interpolation=cv2.INTER_AREA))
    return np.asarray(grey, np.float32), alpha


def spot(rng: Rng, grey: Plane, place: NDArray[np.uint8]) -> Spot:
    """Before the mouth, the eyes, one eye, or anywhere about the face; beside it, too."""
    aim = int(rng.choice(AIMS, p=AIMED))
    rows, columns = np.nonzero(place & aim)
    skin = float(grey[(place & FACE) > 0].mean()) if (place & FACE).any() else 128.0
    if not rows.size:
        return Spot(FINE / 2, FINE / 2, FINE / 6, skin)
    half = max(np.ptp(rows), np.ptp(columns)) + 1.0  # at FINE it is half of what it spans
    if aim == FACE:
        x, y = rng.uniform(0.05, 0.95, 2) * FINE
        return Spot(float(x), float(y), float(half * rng.uniform(0.15, 0.8)), skin)
    x, y = (
        2 * columns.mean() + rng.normal(0, 0.35) * half,
        2 * rows.mean() + rng.normal(0, 0.3) * half,
    )
    return Spot(float(x), float(y), float(half * rng.uniform(0.45, 1.7)), skin)


def _texture(rng: Rng, other: Plane) -> Plane:
    """Of another picture a piece, enlarged, turned round, brighter or darker: (FINE, FINE)."""
    side = int(rng.integers(WIDE // 4, WIDE + 1))
    top, left = rng.integers(0, WIDE - side + 1, 2)
    piece = other[top : top + side, left : left + side]
    piece = np.ascontiguousarray(np.rot90(piece, int(rng.integers(4))))
    large = cv2.resize(piece, (FINE, FINE), interpolation=cv2.INTER_LINEAR)
    return np.asarray(large * np.float32(np.exp(rng.normal(0, 0.3))), np.float32)


def _eyes(place: NDArray[np.uint8]) -> list[tuple[float, float]]:
    found = [np.nonzero(place & bit) for bit in (LEFT, RIGHT)]
    return [(float(x.mean()), float(y.mean())) for y, x in found if x.size]


def spectacles(rng: Rng, grey: Plane, place: NDArray[np.uint8]) -> Plane:
    """Frames of glasses, which cover nothing."""
    line, wide = np.zeros((FINE, FINE), np.float32), rng.uniform(15, 22)
    high, thick = wide * rng.uniform(0.55, 0.95), int(rng.integers(1, 5))
    eyes = _eyes(place)
    for x, y in eyes:
        middle, axes = (round(2 * x), round(2 * y + 3)), (round(wide), round(high))
        cv2.ellipse(line, middle, axes, 0, 0, 360, 1.0, thick)
    if len(eyes) == 2:
        first, last = ((round(2 * x), round(2 * y)) for x, y in eyes)
        cv2.line(line, first, last, 0.3, 2)
    alpha = cv2.resize(line, (WIDE, WIDE), interpolation=cv2.INTER_AREA)
    alpha *= np.float32(rng.uniform(0.5, 1))
    return np.asarray(grey + alpha * (np.float32(rng.uniform(0, 110)) - grey), np.float32)


def shades(rng: Rng, grey: Plane, place: NDArray[np.uint8]) -> tuple[Plane, Plane]:
    """Dark glasses, which cover the eyes."""
    mask, wide = np.zeros((FINE, FINE), np.float32), rng.uniform(16, 24)
    high = wide * rng.uniform(0.6, 0.95)
    for x, y in _eyes(place):
        middle, axes = (round(2 * x), round(2 * y + 3)), (round(wide), round(high))
        cv2.ellipse(mask, middle, axes, 0, 0, 360, 1.0, -1)
    alpha = np.asarray(cv2.resize(mask, (WIDE, WIDE), interpolation=cv2.INTER_AREA), np.float32)
    dark = np.float32(rng.uniform(5, 0.4 * max(20.0, float(grey.mean()))))
    return np.asarray(grey + alpha * (dark - grey), np.float32), alpha


def bearded(rng: Rng, grey: Plane, place: NDArray[np.uint8]) -> Plane:
    """Darker about the mouth and on the chin, which covers nothing."""
    rows, _ = np.nonzero(place & MOUTH)
    if not rows.size:
        return grey
    low = (place & FACE) > 0
    low[: max(0, int(rows.min()) - int(rng.integers(1, 5)))] = False
    low[(place & MOUTH) > 0] = False
    soft = cv2.GaussianBlur(low.astype(np.float32), (0, 0), float(rng.uniform(0.8, 3)))
    hairs = 1 + rng.normal(0, 0.2, grey.shape).astype(np.float32)
    return np.asarray(grey * (1 - np.float32(rng.uniform(0.2, 0.7)) * soft * hairs), np.float32)


def lessons(rng: Rng, faces: Placed, count: int) -> Lessons:
    """What is not sure is left out; what is covered by nature is so in BY_NATURE of the rows."""
    kind = np.array([nature(index) for index in faces.index])
    bare, real = np.flatnonzero(kind == 0), np.flatnonzero(kind > 0)
    which = rng.choice(bare, count)
    if real.size:
        which = np.where(rng.random(count) < BY_NATURE, rng.choice(real, count), which)
    planes = np.empty((count, 2, WIDE, WIDE), np.uint8)
    share = np.empty((count, OUTPUTS), np.float32)
    for row, (one, other) in enumerate(zip(which, rng.choice(bare, count), strict=True)):
        image, place = faces.image[one], faces.place[one]
        if kind[one]:
            grey, alpha = image.astype(np.float32), hidden(place, int(kind[one]))
        else:
            grey, alpha = lesson(rng, image, place, faces.image[other].astype(np.float32))
        planes[row] = grey.clip(0, 255), 255 * alpha
        share[row] = shares(alpha, place)
    return Lessons(planes, share)


def nature(index: int) -> int:
    """What is covered in FER+ picture `index` as it is: bits; -1 where that is not sure."""
    return -1 if index in UNSURE else BY_HAND.get(index, 0)


def hidden(place: NDArray[np.uint8], bits: int) -> Plane:
    """That all of these parts, and a little around them, lies behind something."""
    part = ((place & bits) > 0).astype(np.uint8)
    wider = cv2.dilate(part, np.ones((7, 7), np.uint8))
    return np.asarray(wider, np.float32)


def batches(of: Lessons) -> Batch:
    def batch(rng: Rng, which: NDArray[np.int64]) -> tuple[Tensor, Tensor]:
        return shown(rng, of.planes[which], of.share[which])

    return batch


def shown(rng: Rng, planes: NDArray[np.uint8], share: Plane) -> tuple[Tensor, Tensor]:
    """As a call would give them, and what is to be said of them, (n, OUTPUTS + CELLS * CELLS)."""
    n = len(planes)
    # A face that is covered is found a little aside, larger or smaller than it is.
    at = moves(rng, n, angle=7, scale=0.18, shift=0.13)
    both = moved(torch.from_numpy(planes).float(), at, BOX, SIDE)
    light = np.where(rng.random(n) < 0.25, rng.uniform(0.25, 1.6, n), 1.0).astype(np.float32)
    images = worsened(both[:, :1] * torch.from_numpy(light)[:, None, None, None], rng, hidden=0)
    cells = functional.avg_pool2d(both[:, 1:] / 255, SIDE // CELLS).flatten(1)
    wanted = torch.cat((torch.from_numpy(share), cells), dim=1).clamp(0, 1)
    return standardised(images.round()), wanted


def surprise(found: Tensor, wanted: Tensor) -> Tensor:
    each = functional.binary_cross_entropy_with_logits(found, wanted, reduction="none")
    return each[:, :OUTPUTS].mean() + 0.5 * each[:, OUTPUTS:].mean()


def answers(net: CoverNet, images: Tensor) -> NDArray[np.float32]:
    """Of standardised pictures: the shares, (n, OUTPUTS)."""
    net.eval()
    with torch.no_grad():
        parts = [torch.sigmoid(net(part)[:, :OUTPUTS]) for part in torch.split(images, 256)]
    return np.asarray(torch.cat(parts).numpy(), np.float32)


def middle(image: NDArray[np.uint8]) -> Tensor:
    """Of stored pictures, standardised."""
    rim = (WIDE - SIDE) // 2
    inside = np.ascontiguousarray(image[:, rim : rim + SIDE, rim : rim + SIDE])
    return standardised(torch.from_numpy(inside)[:, None].float())


def judged(net: CoverNet, images: Tensor, wanted: NDArray[np.float32]) -> str:
    found = answers(net, images)
    off = np.abs(found - wanted[:, :OUTPUTS]).mean(axis=0)
    told = np.maximum(found[:, 0], found[:, 1])
    bare = wanted[:, :OUTPUTS].max(axis=1) < 0.02
    most = wanted[:, :2].max(axis=1) > 0.75
    bound = float(np.quantile(told[bare], 0.99))
    share = float((told[most] > bound).mean())
    return f"off by {off.round(3)}; {share:.3f} of the covered above {bound:.3f}, 0.01 of the bare"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cache", type=Path, default=CACHE)
    cache: Path = parser.parse_args().cache
    torch.set_num_threads(1)
    ferplus, drawn, clips, chosen = (
        Placed.load(cache / f"cover_{name}.npz") for name in ("ferplus", "drawn", "clips", "chosen")
    )
    everyone = np.random.default_rng(7)
    known = lessons(everyone, chosen, 2 * len(chosen.image))
    images, wanted = shown(everyone, known.planes, known.share)
    many = lessons(everyone, joined(ferplus, drawn, *[clips] * 4), COUNT)
    torch.manual_seed(0)
    net = CoverNet().to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    plan, kept = Plan(EPOCHS, rate=0.1, half=False), cache / "cover.pt"
    for average in learn(net, COUNT, batches(many), surprise, plan, kept):
        print(f"held out: {judged(average, images, wanted.numpy())}", flush=True)
    about = {"data": "FER+ train, drawn faces and clips of GRID, with things drawn over them"}
    put(folded(averaged(CoverNet(), kept)), face_net.COVER, about)


if __name__ == "__main__":
    main()
