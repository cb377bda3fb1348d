"""
Loudness as heard: the sum of a compressed auditory spectrum, as eGeMAPS defines it.

F. Eyben et al., "The Geneva Minimalistic Acoustic Parameter Set", IEEE Trans. Affective Computing
7 (2016); H. Hermansky, "Perceptual linear predictive analysis of speech", JASA 87 (1990): 26 mel
bands from 20 to 8,000 Hz, equal-loudness weights, intensity to the power 0.33. Departures: a Hann
window of 20 ms at 16 kHz, zero-padded to 512; triangles are weighed by their value at the bin, and
a band too narrow to hold a bin takes the nearest one.
"""

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from attunement.kernels import fft, frames
from attunement.kernels.held import Held, hold
from attunement.kernels.jit import kernel
from attunement.kernels.lanes import WIDTH, load, rows, spread, store
from attunement.kernels.logarithm import exp2, log2

Array = NDArray[np.float32]

RATE = 16_000  # Hz
WINDOW = 320  # samples, 20 ms
HOP = 160  # samples, 10 ms
FFT = 512
BANDS = 26
LOW, HIGH = 20.0, 8_000.0  # Hz
POWER = 0.33
_POWER = np.float32(POWER)

HANN = (0.5 - 0.5 * np.cos(2 * np.pi * (np.arange(WINDOW) + 0.5) / WINDOW)).astype(np.float32)


def _equal_loudness(hz: NDArray[np.float64]) -> NDArray[np.float64]:
    w2 = (2 * np.pi * hz) ** 2
    return (w2 + 56.8e6) * w2**2 / ((w2 + 6.3e6) ** 2 * (w2 + 0.38e9))


def _mel(hz: float) -> float:
    return 1127 * math.log1p(hz / 700)


def _bands() -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """First bin and weight per bin of each band, equal-loudness weights included."""
    mel = np.linspace(_mel(LOW), _mel(HIGH), BANDS + 2)
    edge = 700 * np.expm1(mel / 1127)
    hz = np.arange(FFT // 2 + 1) * RATE / FFT
    first = np.zeros((BANDS, 2), np.int64)
    weight = np.zeros((BANDS, FFT // 2 + 1))
    for b, (left, centre, right) in enumerate(zip(edge, edge[1:], edge[2:], strict=False)):
        rise, fall = (hz - left) / (centre - left), (right - hz) / (right - centre)
        weight[b] = np.clip(np.minimum(rise, fall), 0, None)
        if not weight[b].any():
            weight[b, np.argmin(np.abs(hz - centre))] = 1.0
        weight[b] *= _equal_loudness(np.array([centre]))[0]
        inside = np.nonzero(weight[b])[0]
        first[b] = inside[0], inside[-1] + 1
    return first, weight


RANGE, WEIGHT = _bands()


class Bench(NamedTuple):
    """Tables and room for WIDTH frames; not for two threads at once."""

    taper: Array
    plan: fft.Plan
    re: Array  # (bins, WIDTH)
    im: Array
    power: Array
    band: NDArray[np.int64]  # (BANDS, 2): first bin and the one after the last
    weight: Array  # (BANDS, bins)
    total: Array  # (1, WIDTH)
    start: NDArray[np.int64]  # (WIDTH,): of the frames in hand


def bench() -> Held:
    """A Bench: everything that the frames need beside their samples; made once."""
    bins = FFT // 2 + 1
    everything = Bench(
        HANN,
        fft.plan(FFT),
        rows(bins),
        rows(bins),
        rows(bins),
        RANGE,
        WEIGHT.astype(np.float32),
        rows(1),
        np.zeros(WIDTH, np.int64),
    )
    return hold(everything)


@kernel
def _loudness(b: Any) -> Any:
    """Of WIDTH power spectra."""
    loud = spread(np.float32(0))
    for band in range(BANDS):
        energy = spread(np.float32(0))
        for k in range(b.band[band, 0], b.band[band, 1]):
            energy = energy + load(b.power, k) * b.weight[band, k]
        loud = loud + exp2(log2(energy) * _POWER)
    return loud


@kernel
def loudness(sound: Array, start: NDArray[np.int64], bench: Any) -> Array:
    """
    Auditory-scale loudness (no unit, >= 0) of each frame of WINDOW samples, without its mean.

    sound (m,): at RATE; start (n,): where in it each frame begins; bench: bench(). Returns (n,).
    """
    b = bench.all
    out = np.empty(start.size, np.float32)
    for first in range(0, start.size, WIDTH):
        n = frames.next_of(start, first, b.start)
        frames.centred(sound, b.start, b.taper, b.plan)
        fft.spectrum(b.plan, b.re, b.im)
        fft.power(b.re, b.im, b.power)
        store(b.total, 0, _loudness(b))
        for lane in range(n):
            out[first + lane] = b.total[0, lane]
    return out
