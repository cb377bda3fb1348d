"""Fitting the two nets of `kernels/voicing.py`, in torch."""

from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from attunement.kernels.perceptron import Perceptron
from attunement.kernels.voicing import NO_EVIDENCE

BATCH = 4_096


class Net(nn.Module):
    """Inputs are brought to mean 0 and deviation 1; in the end that is folded into the weights."""

    def __init__(self, inputs: NDArray[np.float32], hidden: int) -> None:
        super().__init__()
        self.register_buffer("mean", torch.from_numpy(inputs.mean(axis=0)))
        self.register_buffer("spread", torch.from_numpy(inputs.std(axis=0) + 1e-3))
        self.inner = nn.Linear(inputs.shape[1], hidden)
        self.outer = nn.Linear(hidden, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.outer(torch.relu(self.inner((x - self.mean) / self.spread)))[..., 0]

    def folded(self, bias: float = 0.0) -> Perceptron:
        inner = (self.inner.weight / self.spread).detach()
        return Perceptron(
            inner.numpy().T.astype(np.float32).copy(),
            (self.inner.bias - inner @ self.mean).detach().numpy().astype(np.float32),
            self.outer.weight[0].detach().numpy().astype(np.float32),
            (self.outer.bias + bias).detach().numpy().astype(np.float32),
        )


def descend(net: Net, loss: Callable[[torch.Tensor], torch.Tensor], n: int, epochs: int) -> float:
    """loss takes indices under n. Returns the mean loss of the last epoch."""
    order = torch.Generator().manual_seed(0)
    steps = epochs * -(-n // BATCH)
    optimizer = torch.optim.AdamW(net.parameters(), lr=3e-3, weight_decay=1e-4)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 6e-3, total_steps=steps)
    total = 0.0
    for _ in range(epochs):
        total = 0.0
        for some in torch.randperm(n, generator=order).split(BATCH):
            value = loss(some)
            optimizer.zero_grad()
            value.backward()
            optimizer.step()
            schedule.step()
            total += float(value.detach()) * len(some)
    return total / n


def candidates(
    clues: NDArray[np.float32],
    hz: NDArray[np.float32],
    voiced: NDArray[np.float32],
    f0: NDArray[np.float32],
    hidden: int,
    epochs: int,
) -> Net:
    """Which of a frame's candidates is the pitch, if any: softmax over them and "none"."""
    torch.manual_seed(0)
    away = np.full(hz.shape, 9.0)
    np.log2(hz / np.maximum(f0, 1)[:, None], out=away, where=(hz > 0) & (f0 > 0)[:, None])
    away = np.abs(away)
    found = (voiced > 0.6) & (away.min(axis=1) < 0.07)
    right = np.where(found, away.argmin(axis=1), hz.shape[1])
    clear = np.flatnonzero(found | (voiced < 0.2))
    net = Net(clues[hz > 0], hidden)
    x, answer = torch.from_numpy(clues), torch.from_numpy(right)
    absent, clear_ = torch.from_numpy(hz <= 0), torch.from_numpy(clear)

    def loss(some: torch.Tensor) -> torch.Tensor:
        at = clear_[some]
        odds = net(x[at]).masked_fill(absent[at], 3 * NO_EVIDENCE)
        odds = torch.cat((odds, torch.zeros(len(at), 1)), dim=1)
        return nn.functional.cross_entropy(odds, answer[at])

    last = descend(net, loss, clear.size, epochs)
    print(f"candidates: {clear.size} frames, loss {last:.4f}")
    return net


def voices(
    asked: NDArray[np.float32],
    voiced: NDArray[np.float32],
    weight: NDArray[np.float32],
    hidden: int,
    epochs: int,
    seed: int = 0,
) -> Net:
    torch.manual_seed(seed)
    net = Net(asked, hidden)
    x, y, w = map(torch.from_numpy, (asked, voiced, weight))

    def loss(some: torch.Tensor) -> torch.Tensor:
        each = nn.functional.binary_cross_entropy_with_logits(
            net(x[some]), y[some], reduction="none"
        )
        return (each * w[some]).mean()

    last = descend(net, loss, len(asked), epochs)
    print(f"voices: {len(asked)} frames, loss {last:.4f}")
    return net
