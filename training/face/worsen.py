"""Pictures of faces as a webcam and a call would give them: moved, badly lit, blurred, squeezed."""

from dataclasses import dataclass

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

Rng = np.random.Generator


@dataclass(frozen=True, slots=True, eq=False)
class Moves:
    """How the crop of each picture lies: all (n,)."""

    angle: NDArray[np.float32]  # radians; positive: the face turns clockwise
    scale: NDArray[np.float32]  # the crop's side, in sides of the face's box
    x: NDArray[np.float32]  # the crop's centre, in half sides of the box, to the right
    y: NDArray[np.float32]  # down
    flip: NDArray[np.bool_]


def moves(rng: Rng, n: int, *, angle: float, scale: float, shift: float) -> Moves:
    """Normal angles of spread `angle`, in degrees; the rest uniform."""
    return Moves(
        np.radians(rng.normal(0, angle, n)).astype(np.float32),
        np.exp(rng.uniform(-scale, scale, n)).astype(np.float32),
        rng.uniform(-shift, shift, n).astype(np.float32),
        rng.uniform(-shift, shift, n).astype(np.float32),
        rng.random(n) < 0.5,
    )


def moved(images: Tensor, at: Moves, box: float, side: int) -> Tensor:
    """Crops (n, 1, side, side) of images (n, 1, h, w) whose middle `box` is the face's box."""
    cos, sin = np.cos(at.angle) * at.scale * box, np.sin(at.angle) * at.scale * box
    sign = np.where(at.flip, -1.0, 1.0)
    theta = np.empty((len(cos), 2, 3), np.float32)
    theta[:, 0] = np.stack((sign * cos, sin, at.x * box), axis=1)
    theta[:, 1] = np.stack((-sign * sin, cos, at.y * box), axis=1)
    grid = functional.affine_grid(
        torch.from_numpy(theta), [len(cos), 1, side, side], align_corners=False
    )
    return functional.grid_sample(images, grid, padding_mode="border", align_corners=False)


def worsened(images: Tensor, rng: Rng, hidden: float = 0.3) -> Tensor:
    """Of grey values 0 to 255, (n, 1, side, side); `hidden`: the share with a rectangle on it."""
    images = _lit(images, rng)
    images = _blurred(images, rng, share=0.25)
    images = _squeezed(images, rng, share=0.2)
    images = images + _normal(rng, images.shape) * _column(rng.uniform(0, 8, len(images)))
    return _hidden(images.clamp(0, 255), rng, share=hidden)


def _lit(images: Tensor, rng: Rng) -> Tensor:
    """Gamma, and light from one side."""
    n, _, height, width = images.shape
    bright = 255 * (images.clamp(0, 255) / 255) ** _column(np.exp(rng.normal(0, 0.25, n)))
    across, down = (torch.linspace(-1, 1, size) for size in (width, height))
    aside = _column(rng.normal(0, 0.2, n)) * across[None, None, None, :]
    above = _column(rng.normal(0, 0.2, n)) * down[None, None, :, None]
    return bright * (1 + aside + above).clamp(0.1, 2)


def _blurred(images: Tensor, rng: Rng, share: float) -> Tensor:
    """Smaller and large again, as a far face or a starved encoder gives it."""
    which = np.flatnonzero(rng.random(len(images)) < share)
    for part in np.array_split(which, 4):
        if part.size:
            chosen, side = torch.from_numpy(part), int(rng.integers(14, 40))
            small = functional.interpolate(images[chosen], (side, side), mode="area")
            large = functional.interpolate(small, images.shape[2:], mode="bilinear")
            images[chosen] = large
    return images


def _squeezed(images: Tensor, rng: Rng, share: float) -> Tensor:
    for index in np.flatnonzero(rng.random(len(images)) < share):
        grey = images[index, 0].clamp(0, 255).numpy().astype(np.uint8)
        quality = [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(8, 60))]
        decoded = cv2.imdecode(cv2.imencode(".jpg", grey, quality)[1], cv2.IMREAD_GRAYSCALE)
        images[index, 0] = torch.from_numpy(np.asarray(decoded, np.float32))
    return images


def _hidden(images: Tensor, rng: Rng, share: float) -> Tensor:
    """A hand, a microphone, a caption: a rectangle of one grey."""
    height, width = images.shape[2:]
    for index in np.flatnonzero(rng.random(len(images)) < share):
        tall, wide = (int(rng.uniform(0.1, 0.45) * size) for size in (height, width))
        top, left = int(rng.integers(height - tall)), int(rng.integers(width - wide))
        images[index, 0, top : top + tall, left : left + wide] = float(rng.uniform(0, 255))
    return images


def _column(values: NDArray[np.float64]) -> Tensor:
    return torch.from_numpy(values.astype(np.float32))[:, None, None, None]


def _normal(rng: Rng, shape: torch.Size) -> Tensor:
    return torch.from_numpy(rng.standard_normal(tuple(shape), np.float32))
