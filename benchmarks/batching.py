"""
What batches bring: items per second and waiting against the size of a batch, and a hundred people.

    OPENBLAS_NUM_THREADS=1 python -m benchmarks.batching

The net is that of the facial expression. The roofline is the product of two large matrices in the
same run, on the same device, in the same precision. Whether a picture gets the same answer in a
batch as alone, bit for bit, is told. The speech-emotion model is measured beside it. A GPU is
measured where there is one.
"""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from attunement.pipelines.inferred.description import SIZE
from attunement.pipelines.models import device, face_net
from attunement.pipelines.models.batch import Batcher
from attunement.pipelines.models.face_torch import FoldedNet
from attunement.pipelines.models.speech_emotion import SpeechEmotion

SIDE = face_net.SIDE
LEAST = 1.0  # s that each figure is measured for
PEOPLE, EACH = 100, 10.0  # crops per second
LONG = 10.0  # s
MATRIX = {"cpu": 1024, "cuda": 8192}
SIZES = {"cpu": (1, 2, 4, 8, 16, 32), "cuda": (1, 4, 16, 64, 256, 1024)}

Array = NDArray[Any]


def net() -> nn.Module:
    return FoldedNet(face_net.tensors(face_net.EXPRESSION))


def work(of: nn.Module) -> int:
    """Multiplications and additions per picture, of the convolutions."""
    total = 0

    def count(layer: nn.Conv2d, _: object, out: torch.Tensor) -> None:
        nonlocal total
        total += 2 * layer.weight.numel() * out.shape[2] * out.shape[3]

    for layer in of.modules():
        if isinstance(layer, nn.Conv2d):
            layer.register_forward_hook(count)
    of(torch.zeros(1, 1, SIDE, SIDE))
    return total


def peak(where: str) -> float:
    """Operations per second of a large matrix product; the best of a second's worth."""
    kind = torch.float32 if where == "cpu" else torch.bfloat16
    n = MATRIX[where]
    a, b = (torch.randn(n, n, device=where).to(kind) for _ in range(2))

    def product() -> None:
        torch.mm(a, b)
        if where != "cpu":
            torch.cuda.synchronize()

    return 2 * n**3 / min(took(product))


def took(call: Callable[[], object]) -> list[float]:
    """Seconds of each call, after three that nobody counts."""
    for _ in range(3):
        call()
    times: list[float] = []
    end = time.perf_counter() + LEAST
    while time.perf_counter() < end or len(times) < 5:
        begun = time.perf_counter()
        call()
        times.append(time.perf_counter() - begun)
    return times


def by_size(where: str) -> None:
    weights, each = sum(p.numel() for p in net().parameters()), work(net())
    run = device.runner(net(), where, max(SIZES[where]))
    roof = peak(where)
    print(f"{where}: {weights / 1e6:.2f} M weights, {each / 1e6:.0f} MFLOP a picture", end="; ")
    print(f"large matrix product {roof / 1e9:,.0f} GFLOP/s")
    print("| batch | pictures/s | of the roofline | ms median | ms p99 | as one by one |")
    print("|---|---|---|---|---|---|")
    for size in SIZES[where]:
        pictures = np.random.default_rng(0).integers(0, 256, (size, SIDE, SIDE, 1), np.uint8)
        times = took(lambda pictures=pictures: run(pictures))  # type: ignore[misc]
        median, late = np.quantile(times, (0.5, 0.99)) * 1000
        rate = size / median * 1000
        share = rate * each / roof
        alone = np.concatenate([run(pictures[i : i + 1]) for i in range(size)])
        same = "yes" if np.array_equal(alone, run(pictures)) else "no"
        told = f"{rate:,.0f} | {share:.0%} | {median:.2f} | {late:.2f} | {same}"
        print(f"| {size} | {told} |", flush=True)


def speech() -> None:
    model = SpeechEmotion().shared
    rng = np.random.default_rng(0)
    heard = rng.normal(size=SIZE + 1).astype(np.float32)
    alone = np.median(took(lambda: model.ask("one", heard)))
    with model:
        served = np.median(took(lambda: model.ask("one", heard)))
    print(f"speech emotion, one item: {alone * 1e6:.0f} us where it is asked for", end=", ")
    print(f"{served * 1e6:.0f} us through the owner's thread")


def crowd(where: str, size: int, people: int) -> None:
    """
    Everybody sends EACH pictures a second, evenly apart, from one thread; nobody waits. What is
    answered after the last was sent does not count: nothing newer takes its place any more.
    """
    run = device.runner(net(), where, size)
    pictures = np.random.default_rng(0).integers(0, 256, (people, SIDE, SIDE, 1), np.uint8)
    run(pictures[:1])
    waits: list[float] = []
    longest = sent = 0
    with Batcher(run, size=size, bound=max(256, people), device=where) as batcher, _paced() as due:
        asked = []
        while sent < LONG * EACH * people:
            due(sent / (EACH * people))
            asked.append(batcher.submit(sent % people, pictures[sent % people]))
            asked[-1].add_done_callback(_timed(waits))
            sent += 1
            longest = max(longest, batcher.waiting)
        waits, answered = list(waits), batcher.counts.items
        wait_for(asked[-people:])
        counts = batcher.counts
    served = np.bincount([n % people for n, one in enumerate(asked) if not one.exception()])
    middle, late = np.quantile(waits, (0.5, 0.99)) * 1000
    print(f"{where}, batches of {size} at most, {people} people at {EACH:.0f} a second:", end=" ")
    print(
        f"{answered / LONG:,.0f} answered a second, {counts.dropped / sent:.0%} given up",
        end="",
    )
    print(f" for newer ones; line {longest} at the longest; ms {middle:.0f} median,", end=" ")
    print(f"{late:.0f} p99; answers per person {served.min()}-{served.max()}", flush=True)
    assert counts.items + counts.dropped + counts.failed == sent


def _timed(waits: list[float]) -> Callable[["Future[Array]"], None]:
    begun = time.perf_counter()

    def done(answer: "Future[Array]") -> None:
        if not answer.exception():
            waits.append(time.perf_counter() - begun)

    return done


@contextmanager
def _paced() -> Iterator[Callable[[float], None]]:
    """Sleeps until so many seconds after the beginning."""
    begun, never = time.perf_counter(), threading.Event()

    def due(after: float) -> None:
        left = begun + after - time.perf_counter()
        if left > 0:
            never.wait(left)

    yield due


def wait_for(asked: "list[Future[Array]]") -> None:
    for answer in asked:
        answer.exception(timeout=10.0)


def main() -> None:
    torch.set_num_threads(1)
    by_size("cpu")
    speech()
    for people in (20, PEOPLE):
        crowd("cpu", 1, people)
    if not torch.cuda.is_available():
        print("no GPU here")
        return
    by_size("cuda")
    for people in (PEOPLE, 1_000, 2_000):
        crowd("cuda", 256, people)


if __name__ == "__main__":
    main()
