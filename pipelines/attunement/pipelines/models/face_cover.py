"""
How much of a face lies behind something: a hand before the mouth, dark glasses, a cup, a sheet.

A small net over the same crop that the face nets are shown, run by kernels/cover.py: behaviour is
measured without torch. Its weights lie inside this package, are checked before they are used, and
come from training/face/cover.py; docs/models/face.md tells what it can and cannot do.
"""

from dataclasses import dataclass

import numpy as np

from attunement.kernels import cover
from attunement.pipelines.models.face_net import COVER, Crop, tensors

LAYERS = ("stem", "second", "third", "fourth", "hidden", "head")
FACE = 1.5  # that a share of the whole face counts, beside that of the eyes or the mouth


@dataclass(frozen=True, slots=True)
class Covered:
    """Shares, 0 to 1."""

    eyes: float  # mean of both
    mouth: float
    face: float

    @property
    def worst(self) -> float:
        """0 to 1: of what is worst about it, as one part that cannot be seen is enough."""
        return min(1.0, max(self.eyes, self.mouth, FACE * self.face))


class Cover:
    """Holds nothing of a person but room for one picture: for one thread at a time."""

    def __init__(self) -> None:
        """Raises ModelUnavailable if the file is not usable."""
        self._net = weights()
        self._room = cover.bench(self._net)
        self._said = np.zeros(self._net.head_bias.size, np.float32)

    def __call__(self, crop: Crop) -> Covered:
        cover.covered(crop, self._net, self._room, self._said)
        return Covered(*self._said.tolist())


def weights() -> cover.Cover:
    """As the kernel takes them. Raises ModelUnavailable."""
    found = tensors(COVER)
    named = (found[f"{layer}.{part}"] for layer in LAYERS for part in ("weight", "bias"))
    return cover.Cover(*(np.ascontiguousarray(tensor) for tensor in named))
