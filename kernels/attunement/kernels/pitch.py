"""
Fundamental frequency, first half: which frequencies a frame of sound may have.

Two autocorrelations of the same window: of the power spectrum (P. Boersma, "Accurate short-term
analysis of the fundamental frequency and the harmonics-to-noise ratio of a sampled sound", IFA
Proceedings 17, 1993) and of its square root, the amplitude spectrum (T. Tolonen, M. Karjalainen,
"A computationally efficient multipitch analysis model", IEEE TSAP 8, 2000). The first is exact,
the second is little moved by formants and by a second voice. The peaks of their mean are the
candidates. What says how good a candidate is, is what stands at its lag and at simple fractions
and multiples of it; `voicing` weighs that, `tracking` finds a path through the frames.
"""

import math

import numpy as np
from numpy.typing import NDArray

from attunement.kernels.jit import kernel

RATE = 8_000  # Hz
WINDOW = 352  # samples, 44 ms: 2.2 periods of the lowest pitch
HOP = 80  # samples, 10 ms
FFT = 512  # window and longest lag fit in without wrapping round
LOW, HIGH = 50.0, 600.0  # Hz
FINE = 2  # the autocorrelations are interpolated to this many times RATE
CANDIDATES = 6
AT_ONCE = 16  # frames: what stays in the processor's cache
CLUES = 13  # numbers known of each candidate

WEAKEST = 0.05  # a peak below this is no candidate
OCTAVE = 0.02  # per octave: the higher of two equal peaks is kept when there are too many
MIDDLE = 200.0  # Hz, from which octaves are counted

_LAGS = int(FINE * RATE / LOW) + 3
_PARTS = (0.5, 2.0, 1.5, 1.0 / 3.0)  # of a candidate's lag
_BANDS = tuple(round(hz * FFT / RATE) for hz in (900, 2_200))


def _hann() -> NDArray[np.float32]:
    return (0.5 - 0.5 * np.cos(2 * np.pi * (np.arange(WINDOW) + 0.5) / WINDOW)).astype(np.float32)


HANN = _hann()


def power(frames: NDArray[np.float32]) -> NDArray[np.float32]:
    """Power spectra (n, FFT / 2 + 1) of frames (n, FFT), tapered, zeros from WINDOW on."""
    spectra = np.fft.rfft(frames)  # stays in single precision
    return _power(np.asarray(spectra, np.complex64))


@kernel
def _power(spectra: NDArray[np.complex64]) -> NDArray[np.float32]:
    out = np.empty(spectra.shape, np.float32)
    for n in range(spectra.shape[0]):
        for k in range(spectra.shape[1]):
            x = spectra[n, k]
            out[n, k] = x.real * x.real + x.imag * x.imag
    return out


def autocorrelations(spectra: NDArray[np.float32]) -> NDArray[np.float32]:
    """
    Autocorrelations at FINE * RATE of the power and of the amplitude spectrum, as they are.

    spectra: power(). Returns (2, n, FINE * FFT).
    """
    return np.asarray(np.fft.irfft(_both(spectra)), np.float32)


@kernel
def _both(spectra: NDArray[np.float32]) -> NDArray[np.complex64]:
    """Power and amplitude, with zeros up to FINE times the rate."""
    count, bins = spectra.shape
    out = np.zeros((2, count, FINE * FFT // 2 + 1), np.complex64)
    for n in range(count):
        for k in range(bins):
            out[0, n, k] = spectra[n, k]
            out[1, n, k] = np.sqrt(spectra[n, k])
    return out


def _undoing_the_window() -> NDArray[np.float32]:
    own = np.fft.irfft(np.abs(np.fft.rfft(HANN, FFT)) ** 2, FINE * FFT)
    share = own[0] / own[:_LAGS]
    return np.stack((share, np.sqrt(share))).astype(np.float32)


UNDO = _undoing_the_window()  # (2, lags): what the taper takes from the two autocorrelations


@kernel
def bands(spectra: NDArray[np.float32]) -> NDArray[np.float32]:
    """Level in dB under 900 Hz, from there to 2.2 kHz, and above, of spectra (n, bins): (n, 3)."""
    out = np.empty((spectra.shape[0], 3), np.float32)
    first, second = _BANDS
    for n in range(spectra.shape[0]):
        low = middle = high = 1e-9
        for k in range(spectra.shape[1]):
            if k <= first:
                low += spectra[n, k]
            elif k <= second:
                middle += spectra[n, k]
            else:
                high += spectra[n, k]
        out[n, 0] = 10 * math.log10(low)
        out[n, 1] = 10 * math.log10(middle)
        out[n, 2] = 10 * math.log10(high)
    return out


@kernel
def _at(r: NDArray[np.float32], lag: float) -> float:
    """Between two lags; 0 beyond the longest."""
    i = int(lag)
    if i + 1 >= r.size:
        return 0.0
    return float(r[i] + (lag - i) * (r[i + 1] - r[i]))


@kernel
def _peaks(r: NDArray[np.float32], lags: NDArray[np.float32], heights: NDArray[np.float32]) -> None:
    """The best peaks of one autocorrelation, in order of their lags; -1 where there are no more."""
    rate = FINE * RATE
    found = 0
    lags[:] = -1.0
    for i in range(int(rate / HIGH), int(rate / LOW) + 1):
        if r[i] <= WEAKEST or r[i] < r[i - 1] or r[i] <= r[i + 1]:
            continue
        slope = 0.5 * (r[i + 1] - r[i - 1])
        bend = 2.0 * r[i] - r[i - 1] - r[i + 1]
        lag = i + slope / bend
        if not LOW <= rate / lag <= HIGH:
            continue
        height = r[i] + 0.5 * slope * slope / bend
        if found == CANDIDATES:
            weakest, least = -1, height + OCTAVE * math.log2(rate / lag / MIDDLE)
            for k in range(CANDIDATES):
                rank = heights[k] + OCTAVE * math.log2(rate / lags[k] / MIDDLE)
                if rank < least:
                    weakest, least = k, rank
            if weakest < 0:
                continue
            for k in range(weakest, CANDIDATES - 1):
                lags[k], heights[k] = lags[k + 1], heights[k + 1]
            found -= 1
        lags[found], heights[found] = lag, height
        found += 1


def candidates(
    spectra: NDArray[np.float32],
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """
    The best peaks of the mean of both autocorrelations, normalised and freed of the window.

    spectra (n, FFT / 2 + 1): power(). Returns frequency in Hz (n, CANDIDATES), 0 where there is
    none, and clues (n, CANDIDATES, CLUES): of either autocorrelation its value at the lag and at
    a half, double, one and a half and a third of it; the octave of the lag; how far under the
    best peak; whether double and one and a half are out of sight (0, 0.5 or 1).
    """
    count = spectra.shape[0]
    hz = np.zeros((count, CANDIDATES), np.float32)
    clues = np.zeros((count, CANDIDATES, CLUES), np.float32)
    for i in range(0, count, AT_ONCE):
        some = slice(i, i + AT_ONCE)
        _find(autocorrelations(spectra[some]), UNDO, hz[some], clues[some])
    return hz, clues


@kernel
def _find(
    correlations: NDArray[np.float32],
    undo: NDArray[np.float32],
    hz: NDArray[np.float32],
    clues: NDArray[np.float32],
) -> None:
    count, size = correlations.shape[1], undo.shape[1]
    r = np.empty((3, size), np.float32)  # of power, of amplitude, their mean
    lags = np.empty(CANDIDATES, np.float32)
    heights = np.empty(CANDIDATES, np.float32)
    for n in range(count):
        if correlations[0, n, 0] <= 0:
            continue
        for c in range(2):
            scale = 1 / correlations[c, n, 0]
            for i in range(size):
                r[c, i] = correlations[c, n, i] * scale * undo[c, i]
        for i in range(size):
            r[2, i] = np.float32(0.5) * (r[0, i] + r[1, i])
        _peaks(r[2], lags, heights)
        top = heights[0]
        for k in range(1, CANDIDATES):
            if lags[k] > 0:
                top = max(top, heights[k])
        for k in range(CANDIDATES):
            if lags[k] < 0:
                break
            hz[n, k] = FINE * RATE / lags[k]
            _clues(r, lags[k], clues[n, k])
            clues[n, k, 11] = heights[k] - top


@kernel
def _clues(r: NDArray[np.float32], lag: float, out: NDArray[np.float32]) -> None:
    """Fill in what `r` (2 or more, lags) has to say of a lag, but for its rank among others."""
    near, size = int(lag + 0.5), r.shape[1]
    for c in range(2):
        out[5 * c] = max(r[c, near - 1], r[c, near], r[c, near + 1])
        for p in range(4):
            out[5 * c + 1 + p] = _at(r[c], lag * _PARTS[p])
    out[10] = math.log2(lag * MIDDLE / (FINE * RATE))
    out[12] = 0.5 * (2 * lag >= size - 1) + 0.5 * (1.5 * lag >= size - 1)
