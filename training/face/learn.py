"""The loop the nets learn in: one cycle of the rate, averaged weights, a checkpoint per epoch."""

import copy
import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np
import torch
from torch import Tensor, nn

BATCH = 128
WARM = 0.2  # of the steps, in which the rate rises
DECAY = 5e-4
AVERAGE = 0.998  # of the averaged weights that a step keeps

# Standardised pictures and what is to be said of them, for the indices of one batch.
Batch = Callable[[np.random.Generator, np.ndarray], tuple[Tensor, Tensor]]
Loss = Callable[[Tensor, Tensor], Tensor]
Net = TypeVar("Net", bound=nn.Module)


@dataclass(frozen=True, slots=True)
class Plan:
    epochs: int
    rate: float  # at its highest
    half: bool = True  # in bfloat16, which small nets gain nothing by


def learn(net: Net, count: int, batch: Batch, loss: Loss, plan: Plan, kept: Path) -> Iterator[Net]:
    """After each epoch the averaged net. Goes on where `kept` was left, if it is there."""
    average = copy.deepcopy(net)
    optimizer = torch.optim.SGD(
        _grouped(net), plan.rate, momentum=0.9, nesterov=True, weight_decay=DECAY
    )
    first = _restore(kept, net, average, optimizer)
    steps = count // BATCH
    for epoch in range(first, plan.epochs):
        rng, began, total = np.random.default_rng((1, epoch)), time.monotonic(), 0.0
        torch.manual_seed(epoch)
        order = rng.permutation(count)
        net.train()
        for step in range(steps):
            for group in optimizer.param_groups:
                group["lr"] = plan.rate * _height((epoch + step / steps) / plan.epochs)
            images, wanted = batch(rng, order[step * BATCH : (step + 1) * BATCH])
            with torch.autocast("cpu", torch.bfloat16, enabled=plan.half):
                found = net(images.to(memory_format=torch.channels_last))
            error = loss(found.float(), wanted)
            optimizer.zero_grad()
            error.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            done = epoch * steps + step
            _follow(average, net, min(AVERAGE, (1 + done) / (10 + done)))
            total += float(error.detach())
        took = time.monotonic() - began
        print(f"epoch {epoch}: loss {total / steps:.4f}, {took:.0f} s", flush=True)
        state = (epoch + 1, net.state_dict(), average.state_dict(), optimizer.state_dict())
        torch.save(state, kept.with_suffix(".new"))
        kept.with_suffix(".new").replace(kept)
        yield average


def _height(share: float) -> float:
    """Of the rate, 0 to 1: up and down in half cosines."""
    if share < WARM:
        return 0.04 + 0.96 * (1 - math.cos(math.pi * share / WARM)) / 2
    return 1e-3 + (1 + math.cos(math.pi * (share - WARM) / (1 - WARM))) / 2


def _grouped(net: nn.Module) -> list[dict[str, object]]:
    """Gains and offsets do not decay."""
    many = [one for one in net.parameters() if one.ndim > 1]
    few = [one for one in net.parameters() if one.ndim <= 1]
    return [{"params": many}, {"params": few, "weight_decay": 0.0}]


def _follow(average: nn.Module, net: nn.Module, keep: float) -> None:
    with torch.no_grad():
        mine, its = average.state_dict(), net.state_dict()
        for name, value in mine.items():
            if value.is_floating_point():
                value.lerp_(its[name], 1 - keep)


def _restore(
    kept: Path, net: nn.Module, average: nn.Module, optimizer: torch.optim.Optimizer
) -> int:
    if not kept.exists():
        return 0
    epoch, one, other, state = torch.load(kept, weights_only=True)
    net.load_state_dict(one)
    average.load_state_dict(other)
    optimizer.load_state_dict(state)
    return int(epoch)


def averaged(net: Net, kept: Path) -> Net:
    """`net` with the averaged weights of a checkpoint."""
    _, _, average, _ = torch.load(kept, weights_only=True)
    net.load_state_dict(average)
    return net.eval()
