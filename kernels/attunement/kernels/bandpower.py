"""Power of frames of sound in a few bands of their spectrum, WIDTH frames side by side."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from attunement.kernels import fft, frames
from attunement.kernels.held import Held, hold
from attunement.kernels.jit import kernel
from attunement.kernels.lanes import WIDTH, load, rows, spread, store

Array = NDArray[np.float32]


class Bench(NamedTuple):
    """Tables and room for WIDTH frames; not for two threads at once."""

    taper: Array  # (size,), a power of 2
    plan: fft.Plan
    re: Array  # (size / 2 + 1, WIDTH)
    im: Array
    power: Array
    band: NDArray[np.int64]  # (bands, 2): first bin and the one after the last
    total: Array  # (1, WIDTH)
    start: NDArray[np.int64]  # (WIDTH,): of the frames in hand


def bench(taper: Array, bands: Sequence[tuple[int, int]]) -> Held:
    """For frames as long as the taper; bands: first bin of each and the one after its last."""
    bins = taper.size // 2 + 1
    everything = Bench(
        taper,
        fft.plan(taper.size),
        rows(bins),
        rows(bins),
        rows(bins),
        np.array(bands, np.int64),
        rows(1),
        np.zeros(WIDTH, np.int64),
    )
    return hold(everything)


@kernel
def powers(sound: Array, start: NDArray[np.int64], bench: Any) -> Array:
    """
    Sums of the power spectrum (n, bands) over each band, of tapered frames.

    sound (m,); start (n,): where in it each frame begins; bench: bench().
    """
    b = bench.all
    out = np.empty((start.size, b.band.shape[0]), np.float32)
    for first in range(0, start.size, WIDTH):
        n = frames.next_of(start, first, b.start)
        frames.tapered(sound, b.start, b.taper, b.plan)
        fft.spectrum(b.plan, b.re, b.im)
        fft.power(b.re, b.im, b.power)
        for band in range(b.band.shape[0]):
            total = spread(np.float32(0))
            for k in range(b.band[band, 0], b.band[band, 1]):
                total = total + load(b.power, k)
            store(b.total, 0, total)
            for lane in range(n):
                out[first + lane, band] = b.total[0, lane]
    return out
