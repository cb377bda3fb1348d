"""The trunk of the face nets in torch, without normalisation: it is folded into the weights."""

from collections.abc import Mapping

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

SOFTEST = 8.0  # grey levels: what is added to a picture's contrast before it is divided by it


class Convolution(nn.Conv2d):
    """Of the tensors `name.weight` and `name.bias`."""

    def __init__(
        self, tensors: Mapping[str, NDArray[np.float32]], name: str, stride: int = 1
    ) -> None:
        weight = torch.from_numpy(tensors[f"{name}.weight"])
        outputs, inputs, size, _ = weight.shape
        super().__init__(inputs, outputs, size, stride, size // 2)
        self.weight = nn.Parameter(weight, requires_grad=False)
        self.bias = nn.Parameter(torch.from_numpy(tensors[f"{name}.bias"]), requires_grad=False)


class Block(nn.Module):
    def __init__(self, tensors: Mapping[str, NDArray[np.float32]], name: str) -> None:
        super().__init__()
        halves = f"{name}.across.weight" in tensors  # the picture's sides
        self.first = Convolution(tensors, f"{name}.first", 2 if halves else 1)
        self.second = Convolution(tensors, f"{name}.second")
        self.across = Convolution(tensors, f"{name}.across") if halves else None

    def forward(self, x: Tensor) -> Tensor:
        y = self.second(functional.relu(self.first(x)))
        if self.across is not None:
            x = self.across(functional.avg_pool2d(x, 2))
        return functional.relu(x + y)


class FoldedNet(nn.Module):
    """Grey pictures (n, 1, 48, 48), 0 to 255 of any type, to (n, outputs)."""

    def __init__(self, tensors: Mapping[str, NDArray[np.float32]]) -> None:
        super().__init__()
        count = len({name.split(".")[1] for name in tensors if name.startswith("blocks.")})
        self.stem = Convolution(tensors, "stem")
        self.blocks = nn.Sequential(*(Block(tensors, f"blocks.{at}") for at in range(count)))
        weight, bias = (torch.from_numpy(tensors[f"head.{name}"]) for name in ("weight", "bias"))
        self.head = nn.Linear(weight.shape[1], weight.shape[0])
        self.head.weight = nn.Parameter(weight, requires_grad=False)
        self.head.bias = nn.Parameter(bias, requires_grad=False)

    def forward(self, images: Tensor) -> Tensor:
        x = standardised(images.float())
        x = self.blocks(functional.relu(self.stem(x)))
        found: Tensor = self.head(x.mean(dim=(2, 3)))
        return found


def standardised(images: Tensor) -> Tensor:
    """Each picture with mean 0 and spread about 1: (n, 1, h, w), of grey values 0 to 255."""
    mean = images.mean(dim=(1, 2, 3), keepdim=True)
    spread = images.std(dim=(1, 2, 3), keepdim=True, unbiased=False)
    return (images - mean) / (spread + SOFTEST)
