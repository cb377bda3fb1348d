"""The net that learns how much of a face is covered: small enough for kernels/cover.py to run."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from training.face.net import Convolved

CELLS = 6  # rows and columns of the last map
HIDDEN = 32
OUTPUTS = 3  # log odds of the covered share of the eyes, the mouth, the face


class CoverNet(nn.Module):
    """(n, 1, 48, 48), standardised, to (n, OUTPUTS + CELLS * CELLS): the last to learn by."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = Convolved(1, 16, 5, 2)
        self.second = Convolved(16, 32, 3, 2)
        self.third = Convolved(32, 48, 3, 2)
        self.fourth = Convolved(48, 16)
        self.dropout = nn.Dropout(0.1)
        self.hidden = nn.Linear(CELLS * CELLS * 16, HIDDEN)
        self.head = nn.Linear(HIDDEN, OUTPUTS)
        self.map = nn.Conv2d(16, 1, 1)  # thrown away once learned

    def forward(self, x: Tensor) -> Tensor:
        for part in (self.stem, self.second, self.third, self.fourth):
            x = functional.relu(part(x))
        flat = x.permute(0, 2, 3, 1).flatten(1)  # as the kernel lays it: rows, columns, channels
        said: Tensor = self.head(functional.relu(self.hidden(self.dropout(flat))))
        return torch.cat((said, self.map(x).flatten(1)), dim=1)


def folded(net: CoverNet) -> dict[str, NDArray[np.float16]]:
    """Weights as the kernel takes them: what goes in before what comes out, but in the head."""
    tensors: dict[str, Tensor] = {}
    for name, part in net.named_children():
        if isinstance(part, Convolved):
            weight, tensors[f"{name}.bias"] = part.folded()
            tensors[f"{name}.weight"] = weight.permute(2, 3, 1, 0)
        elif isinstance(part, nn.Linear):
            tensors[f"{name}.weight"], tensors[f"{name}.bias"] = part.weight.T, part.bias
    tensors["head.weight"] = net.head.weight
    return {name: tensor.detach().numpy().astype(np.float16) for name, tensor in tensors.items()}
