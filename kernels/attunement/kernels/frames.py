"""Cut sound into tapered frames, WIDTH of them side by side, as `fft` transforms them."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from attunement.kernels.jit import kernel
from attunement.kernels.lanes import WIDTH, across, load, spread, store

Array = NDArray[np.float32]


@kernel
def tapered(sound: Array, start: NDArray[np.int64], taper: Array, p: Any) -> None:
    """
    Frames times the taper into the plan p: even samples and odd ones, silence after them.

    sound (m,); start (WIDTH,): where in it each begins; taper (n,), n a multiple of WIDTH.
    """
    half = taper.size // 2
    for i in range(0, half, WIDTH // 2):
        x = across(sound, start, 2 * i)
        for j in range(WIDTH // 2):
            k = i + j
            store(p.re, k, x[2 * j] * taper[2 * k])
            store(p.im, k, x[2 * j + 1] * taper[2 * k + 1])
    p.re[half:] = 0
    p.im[half:] = 0


@kernel
def centred(sound: Array, start: NDArray[np.int64], taper: Array, p: Any) -> None:
    """The same of frames without their means."""
    half = taper.size // 2
    total = spread(np.float32(0))
    for i in range(0, half, WIDTH // 2):
        x = across(sound, start, 2 * i)
        for j in range(WIDTH // 2):
            store(p.re, i + j, x[2 * j])
            store(p.im, i + j, x[2 * j + 1])
            total = total + (x[2 * j] + x[2 * j + 1])
    mean = total * np.float32(1 / taper.size)
    for i in range(half):
        store(p.re, i, (load(p.re, i) - mean) * taper[2 * i])
        store(p.im, i, (load(p.im, i) - mean) * taper[2 * i + 1])
    p.re[half:] = 0
    p.im[half:] = 0


@kernel
def next_of(start: NDArray[np.int64], first: int, lanes: NDArray[np.int64]) -> int:
    """
    The next of the frames that begin at start (n,), from number `first` on, into lanes (WIDTH,).
    Places left over are filled with the first of them. Returns how many there are.
    """
    n = min(WIDTH, start.size - first)
    for lane in range(WIDTH):
        lanes[lane] = start[first + (lane if lane < n else 0)]
    return n
