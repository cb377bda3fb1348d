"""
The face nets: small residual nets over a grey picture of a face, 48 x 48, in two files.

`Shapes` says what the Face Landmarker would: blendshapes, where the head is turned, where the face
lies, whether there is one. `Expressions` says what ten people would call the face. They are learned
apart and lie in two files, so that behaviour is measured without ever loading what infers. The
weights lie inside this package, are checked before they are used, and come from training/face;
docs/models/face.md tells what they can and cannot do.
"""

import functools
import hashlib
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from attunement.engine.errors import ModelUnavailable
from attunement.pipelines.models.arkit import SHAPES
from attunement.pipelines.models.batch import SHARED, Batcher
from attunement.pipelines.models.speech_emotion import read

SIDE = 48  # pixels of a crop
EXPRESSION, SHAPE = "face_expression.safetensors", "face_shapes.safetensors"
COVER = "face_cover.safetensors"  # of the small net in face_cover.py
VERSION = "1"
SHA256 = {
    EXPRESSION: "ff3463ca6dc915de59fa5bac08e1f5b725eca7c54667d2028f57083c9a118fa9",
    SHAPE: "15093dbf7992100c1da2f348424ef259af3da086949a6d166fd58ea3c1ec0b19",
    COVER: "9125b12ae79abc7b37cdc5496fd97dceef040a63e5175cb0df95db8f37d17f4b",
}
CLASSES = (
    "neutral",
    "happiness",
    "surprise",
    "sadness",
    "anger",
    "disgust",
    "fear",
    "contempt",
)
OUTPUTS = len(SHAPES) + 3 + 3 + 1  # blendshapes; yaw, pitch, roll; where the face lies; presence
DEGREES = 30.0  # that one unit of yaw, pitch and roll stands for

SPAN = 1.08  # sides of the square, in the larger side of what the landmarks span
ABOVE = 0.046  # of the square's side, by which its middle lies above that of the landmarks
BATCH = 64  # pictures in one call, on a GPU

_REMEDY = "install attunement anew: the file comes with it"

Crop = NDArray[np.uint8]  # (SIDE, SIDE), grey


@dataclass(frozen=True, slots=True)
class Square:
    """Where a face lies, in pixels of the picture: framed as the nets learned it."""

    x: float  # of its middle
    y: float
    side: float


@dataclass(frozen=True, slots=True, eq=False)
class Shaped:
    """What `Shapes` says of a crop."""

    blendshapes: dict[str, float]  # by the names in SHAPES, 0 to 1
    pose: tuple[float, float, float]  # yaw, pitch, roll, degrees, as face/pose.py has them
    offset: tuple[float, float]  # of the face's square from the crop's middle, in sides of the crop
    zoom: float  # side of the face's square, in sides of the crop
    presence: float  # 0 to 1


@dataclass(frozen=True, slots=True, eq=False)
class Expressed:
    """What `Expressions` says of a crop."""

    probability: NDArray[np.float32]  # (8,), of CLASSES, sums to 1
    unknown: float  # 0 to 1: that people would call it none of them, or no face


class Expressions:
    """The same for everybody: holds nothing of a person."""

    def __init__(self) -> None:
        """Raises ModelUnavailable if torch or the file is not usable."""
        self._sharpness = float(tensors(EXPRESSION)["sharpness"][0])
        self.batcher = _batcher(EXPRESSION)

    def read(self, answer: NDArray[np.float32]) -> Expressed:
        """answer (9,), a row of the batcher's."""
        likely = np.exp(answer - answer.max())
        sharp = np.exp(self._sharpness * (answer[:8] - answer[:8].max()))
        return Expressed(sharp / sharp.sum(), float(likely[8] / likely.sum()))

    def __call__(self, crop: Crop) -> Expressed:
        return self.read(self.batcher.ask(self, crop[..., None]))


class Shapes:
    """The same for everybody: holds nothing of a person."""

    def __init__(self) -> None:
        """Raises ModelUnavailable if torch or the file is not usable."""
        self.batcher = _batcher(SHAPE)

    def read(self, answer: NDArray[np.float32]) -> Shaped:
        """answer (OUTPUTS,), a row of the batcher's."""
        count = len(SHAPES)
        shapes = 1 / (1 + np.exp(-answer[:count].astype(np.float64)))
        yaw, pitch, roll, x, y, size, there = answer[count:].tolist()
        return Shaped(
            dict(zip(SHAPES, shapes.tolist(), strict=True)),
            (yaw * DEGREES, pitch * DEGREES, roll * DEGREES),
            (x / 2, y / 2),
            math.exp(min(1.5, max(-1.5, size))),
            1 / (1 + math.exp(-min(50.0, max(-50.0, there)))),
        )

    def __call__(self, crop: Crop) -> Shaped:
        return self.read(self.batcher.ask(self, crop[..., None]))


def around(points: NDArray[np.floating[Any]]) -> Square:
    """points (n, 2), landmarks of a face in pixels."""
    low, high = points.min(axis=0), points.max(axis=0)
    side = SPAN * float((high - low).max())
    x, y = ((low + high) / 2).tolist()
    return Square(x, y - ABOVE * side, side)


def cut(image: NDArray[np.uint8], square: Square) -> Crop:
    """What the nets are shown of image (height, width, 3), RGB; the picture's rim goes on."""
    import cv2

    half, (height, width) = square.side * 0.75, image.shape[:2]
    left, top = (max(0, math.floor(v - half)) for v in (square.x, square.y))
    right = min(width, math.ceil(square.x + half) + 1)
    bottom = min(height, math.ceil(square.y + half) + 1)
    if right - left < 2 or bottom - top < 2:
        return np.zeros((SIDE, SIDE), np.uint8)
    grey = cv2.cvtColor(np.ascontiguousarray(image[top:bottom, left:right]), cv2.COLOR_RGB2GRAY)
    x, y, side = square.x - left, square.y - top, square.side
    shrink = min(int(side / SIDE), *grey.shape)
    if shrink > 1:  # a smaller picture first, so that no pixel is left out
        size = grey.shape[1] // shrink, grey.shape[0] // shrink
        x, y = x * size[0] / grey.shape[1], y * size[1] / grey.shape[0]
        side *= size[1] / grey.shape[0]
        grey = cv2.resize(grey, size, interpolation=cv2.INTER_AREA)
    scale, rim = SIDE / side, cv2.BORDER_REPLICATE
    shift = SIDE / 2 - 0.5
    warp = np.array(((scale, 0, shift - scale * (x - 0.5)), (0, scale, shift - scale * (y - 0.5))))
    return np.asarray(cv2.warpAffine(grey, warp, (SIDE, SIDE), borderMode=rim), np.uint8)


@functools.cache
def tensors(name: str, folder: Path | None = None) -> Mapping[str, NDArray[np.float32]]:
    """Of one of the two files. Raises ModelUnavailable if it is not the one expected."""
    file = (folder or Path(__file__).parent / "weights") / name
    try:
        content = file.read_bytes()
    except OSError as fault:
        problem = f"the file cannot be read ({type(fault).__name__})"
        raise ModelUnavailable(name, problem, _REMEDY) from None
    got = hashlib.sha256(content).hexdigest()
    if got != SHA256[name]:
        problem = f"got sha256 {got[:12]}, expected {SHA256[name][:12]}"
        raise ModelUnavailable(name, problem, _REMEDY)
    return read(content)


def _batcher(name: str) -> Batcher:
    """One for all people: crops (n, SIDE, SIDE, 1) in, what the net says out."""
    return SHARED.get(name, lambda: _made(name))


def _made(name: str) -> Batcher:
    # Loaded first, as it tells more plainly what is missing; and torch is heavy.
    from attunement.pipelines.models import device

    found, where = tensors(name), device.best()
    from attunement.pipelines.models.face_torch import FoldedNet

    size = 1 if where == "cpu" else BATCH
    forward: Callable[[NDArray[Any]], NDArray[Any]] = device.runner(FoldedNet(found), where, size)
    return Batcher(forward, size=size, device=where)
