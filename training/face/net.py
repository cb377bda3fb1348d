"""The net that learns: residual, over one grey picture of a face. What it has learned runs without
torch: `folded` gives the convolutions that pipelines/models/face_net.py knows."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

STEM = 16  # channels
STAGES = ((32, 1), (64, 2), (128, 2), (256, 1))  # channels and blocks; each halves the sides


class Convolved(nn.Sequential):
    """A convolution, and what normalises it."""

    def __init__(self, inputs: int, outputs: int, size: int = 3, stride: int = 1) -> None:
        super().__init__(
            nn.Conv2d(inputs, outputs, size, stride, size // 2, bias=False),
            nn.BatchNorm2d(outputs),
        )

    def folded(self) -> tuple[Tensor, Tensor]:
        """Weight and bias of the one convolution that does the same when nothing is learned."""
        convolution, norm = self[0], self[1]
        assert isinstance(convolution, nn.Conv2d)
        assert isinstance(norm, nn.BatchNorm2d)
        assert norm.running_mean is not None
        assert norm.running_var is not None
        gain = norm.weight / torch.sqrt(norm.running_var + norm.eps)
        weight = convolution.weight * gain[:, None, None, None]
        return weight, norm.bias - norm.running_mean * gain


class Block(nn.Module):
    def __init__(self, inputs: int, outputs: int, stride: int) -> None:
        super().__init__()
        self.stride = stride
        self.first = Convolved(inputs, outputs, 3, stride)
        self.second = Convolved(outputs, outputs)
        self.across = Convolved(inputs, outputs, 1) if stride > 1 else None

    def forward(self, x: Tensor) -> Tensor:
        y = self.second(functional.relu(self.first(x)))
        if self.across is not None:
            x = self.across(functional.avg_pool2d(x, self.stride))
        return functional.relu(x + y)


class FaceNet(nn.Module):
    """(n, 1, 48, 48), standardised, to (n, outputs)."""

    def __init__(self, outputs: int, dropout: float = 0.2) -> None:
        super().__init__()
        self.stem = Convolved(1, STEM)
        blocks, inputs = [], STEM
        for channels, count in STAGES:
            for index in range(count):
                blocks.append(Block(inputs, channels, 1 if index else 2))
                inputs = channels
        self.blocks = nn.Sequential(*blocks)
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(inputs, outputs)

    def forward(self, x: Tensor) -> Tensor:
        x = self.blocks(functional.relu(self.stem(x)))
        found: Tensor = self.head(self.dropout(x.mean(dim=(2, 3))))
        return found


def standardised(images: Tensor) -> Tensor:
    """Grey values (n, 1, h, w), 0 to 255, each picture with mean 0 and spread about 1."""
    mean = images.mean(dim=(1, 2, 3), keepdim=True)
    spread = images.std(dim=(1, 2, 3), keepdim=True, unbiased=False)
    return (images - mean) / (spread + 8)


def folded(net: FaceNet) -> dict[str, NDArray[np.float16]]:
    """Every convolution with its normalisation folded in: `name.weight` and `name.bias`."""
    tensors: dict[str, Tensor] = {"head.weight": net.head.weight, "head.bias": net.head.bias}
    for name, part in net.named_modules():
        if isinstance(part, Convolved):
            tensors[f"{name}.weight"], tensors[f"{name}.bias"] = part.folded()
    return {name: tensor.detach().numpy().astype(np.float16) for name, tensor in tensors.items()}
