"""
What is read off the harmonics of a voiced frame: harmonics-to-noise ratio, the differences H1-H2
and H1-A3, and the formants' amplitudes against the fundamental's, in dB.

P. Boersma, "Accurate short-term analysis of the fundamental frequency and the harmonics-to-noise
ratio of a sampled sound", IFA Proceedings 17 (1993), here without the correction for the window; H.
Hanson, "Glottal characteristics of female speakers", JASA 101 (1997). The name eGeMAPS stands for
one implementation, whose H1 and H2 are the second and third harmonic (it counts the fundamental as
the zeroth), and which this follows so that values can be compared with published ones.
"""

import math

import numpy as np
from numpy.typing import NDArray

from attunement.kernels.jit import kernel

Array = NDArray[np.float32]

RATE = 16_000  # Hz
FFT = 1_024
BINS = FFT // 2 + 1
LAGS = 330  # of the autocorrelation: a period of 50 Hz fits in
NEAR = 0.2  # a formant's harmonics are those this far, relatively, to either side of it
UNVOICED = np.float32(-201.0)  # dB, of a formant's amplitude where there are no harmonics
HARMONICS = 100

NO_PEAK = 0.01  # share of the energy, -20 dB

_LEAST = 1e-10


@kernel
def _decibel(amplitude: float) -> float:
    return 20 * math.log10(max(amplitude, _LEAST))


@kernel
def to_noise(correlation: Array, lane: int, hz: float) -> float:
    """
    Harmonics-to-noise ratio in dB of one frame, from the peak of correlation (LAGS, WIDTH)[:, lane]
    that the period of `hz` leads to; 0 where there is no peak.
    """
    lag = min(max(int(RATE / hz + 0.5), 2), LAGS - 2)
    while lag < LAGS - 2 and correlation[lag + 1, lane] > correlation[lag, lane]:
        lag += 1
    while lag > 2 and correlation[lag - 1, lane] > correlation[lag, lane]:
        lag -= 1
    share = correlation[lag, lane] / max(correlation[0, lane], np.float32(1e-20))
    if share < NO_PEAK:
        return 0.0
    share = min(share, 1 - 1e-9)
    return 10 * math.log10(share / (1 - share))


@kernel
def _strongest(power: Array, lane: int, hz: float) -> int:
    """The strongest of the three bins around a frequency."""
    k = min(max(int(hz * FFT / RATE + 0.5), 2), BINS - 3)
    best = k
    for i in (k - 1, k + 1):
        if power[i, lane] > power[best, lane]:
            best = i
    return best


@kernel
def _top(power: Array, lane: int, k: int) -> float:
    """Amplitude at the top of a parabola through bin k, the strongest around, and those beside."""
    left, top = math.sqrt(power[k - 1, lane]), math.sqrt(power[k, lane])
    right = math.sqrt(power[k + 1, lane])
    bend = left - 2 * top + right
    if bend >= 0:
        return top
    shift = 0.5 * (left - right) / bend
    return top - 0.25 * (left - right) * shift if abs(shift) <= 1 else top


@kernel
def amplitude(power: Array, lane: int, hz: float) -> float:
    """Of the harmonic at `hz`."""
    return _top(power, lane, _strongest(power, lane, hz))


@kernel
def differences(power: Array, lane: int, hz: float, formants: Array, out: Array) -> None:
    """
    H1-H2, H1-A3 and the amplitudes of three formants in dB into out (5,).

    power (BINS, WIDTH): of 60 ms frames; hz: the pitch; formants (3,): Hz.
    """
    fundamental = _decibel(math.sqrt(power[_strongest(power, lane, hz), lane]))
    for f in range(3):
        low, high = (1 - NEAR) * formants[f], (1 + NEAR) * formants[f]
        first = max(1, int(math.ceil(low / hz)))
        last = min(HARMONICS, int(high / hz), int((RATE / 2 - 50) / hz))
        best = enough = 0.0
        for k in range(first, last + 1):
            # A parabola's top is at most a quarter over its middle: most need not be looked at.
            middle = _strongest(power, lane, k * hz)
            if power[middle, lane] > enough:
                best = max(best, _top(power, lane, middle))
                enough = best * best / (1.26 * 1.26)
        out[2 + f] = _decibel(best) - fundamental if best > 0 else 0.0
    second = _decibel(amplitude(power, lane, 2 * hz))
    third = _decibel(amplitude(power, lane, 3 * hz))
    out[0] = second - third
    out[1] = second - fundamental - out[4]
