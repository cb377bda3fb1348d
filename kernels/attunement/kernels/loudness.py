"""
Loudness as heard: the sum of a compressed auditory spectrum, as eGeMAPS defines it.

F. Eyben et al., "The Geneva Minimalistic Acoustic Parameter Set", IEEE Trans. Affective Computing
7 (2016); H. Hermansky, "Perceptual linear predictive analysis of speech", JASA 87 (1990): 26 mel
bands from 20 to 8,000 Hz, equal-loudness weights, intensity to the power 0.33. Departures: a Hann
window of 20 ms at 16 kHz, zero-padded to 512; triangles are weighed by their value at the bin, and
a band too narrow to hold a bin takes the nearest one.
"""

import math

import numpy as np
from numpy.typing import NDArray

from attunement.kernels.jit import kernel

RATE = 16_000  # Hz
WINDOW = 320  # samples, 20 ms
HOP = 160  # samples, 10 ms
FFT = 512
BANDS = 26
LOW, HIGH = 20.0, 8_000.0  # Hz
POWER = 0.33

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


def loudness(frames: NDArray[np.float32]) -> NDArray[np.float64]:
    """
    Auditory-scale loudness (no unit, >= 0) of each frame.

    frames (n, FFT): tapered by HANN, zeros from WINDOW on. Returns (n,).
    """
    spectrum = np.fft.rfft(frames)  # stays in single precision
    power = np.asarray(spectrum.real**2 + spectrum.imag**2, np.float32)
    return _loudness(power, RANGE, WEIGHT)


@kernel
def _loudness(
    power: NDArray[np.float32], bins: NDArray[np.int64], weight: NDArray[np.float64]
) -> NDArray[np.float64]:
    out = np.zeros(power.shape[0], np.float64)
    for n in range(power.shape[0]):
        for b in range(bins.shape[0]):
            energy = 0.0
            for k in range(bins[b, 0], bins[b, 1]):
                energy += power[n, k] * weight[b, k]
            out[n] += energy**POWER
    return out
