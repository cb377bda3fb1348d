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
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from attunement.kernels import fft
from attunement.kernels.jit import kernel
from attunement.kernels.lanes import WIDTH, load, root, rows, spread, store

Array = NDArray[np.float32]

RATE = 8_000  # Hz
WINDOW = 352  # samples, 44 ms: 2.2 periods of the lowest pitch
HOP = 80  # samples, 10 ms
FFT = 512  # window and longest lag fit in without wrapping round
LOW, HIGH = 50.0, 600.0  # Hz
FINE = 2  # the autocorrelations are interpolated to this many times RATE
CANDIDATES = 6
CLUES = 13  # numbers known of each candidate

WEAKEST = 0.05  # a peak below this is no candidate
OCTAVE = 0.02  # per octave: the higher of two equal peaks is kept when there are too many
MIDDLE = 200.0  # Hz, from which octaves are counted

_LAGS = int(FINE * RATE / LOW) + 3
_PARTS = (0.5, 2.0, 1.5, 1.0 / 3.0)  # of a candidate's lag
_BANDS = tuple(round(hz * FFT / RATE) for hz in (900, 2_200))


def _hann() -> Array:
    return (0.5 - 0.5 * np.cos(2 * np.pi * (np.arange(WINDOW) + 0.5) / WINDOW)).astype(np.float32)


HANN = _hann()


def _undoing_the_window() -> Array:
    own = np.fft.irfft(np.abs(np.fft.rfft(HANN, FFT)) ** 2, FINE * FFT)
    share = own[0] / own[:_LAGS]
    return np.stack((share, np.sqrt(share))).astype(np.float32)


UNDO = _undoing_the_window()  # (2, lags): what the taper takes from the two autocorrelations


class Bench(NamedTuple):
    """Tables and room for WIDTH frames; not for two threads at once."""

    taper: Array
    undo: Array
    forth: fft.Plan
    back: fft.Plan
    mean: NDArray[np.float64]  # (WIDTH,)
    re: Array
    im: Array
    power: Array  # spectrum, with zeros up to FINE times the rate
    amplitude: Array
    correlations: Array  # (2, lags, WIDTH): of power, of amplitude
    r: Array  # (3, lags) of one frame: the same and their mean
    lags: Array
    heights: Array
    levels: Array  # (3, WIDTH)


def bench() -> Bench:
    """Everything that the frames need beside their samples; made once."""
    bins, fine = FFT // 2 + 1, FINE * FFT // 2 + 1
    return Bench(
        HANN,
        UNDO,
        fft.plan(FFT),
        fft.plan(FINE * FFT),
        np.zeros(WIDTH),
        rows(bins),
        rows(bins),
        rows(fine),
        rows(fine),
        np.zeros((2, _LAGS + _LAGS % 2, WIDTH), np.float32),
        np.zeros((3, _LAGS), np.float32),
        np.zeros(CANDIDATES, np.float32),
        np.zeros(CANDIDATES, np.float32),
        rows(3),
    )


@kernel
def _window(sound: Array, start: NDArray[np.int64], b: Any) -> None:
    """Frames without their means, tapered; even samples and odd ones, silence after them."""
    p = b.forth
    n, half = start.size, WINDOW // 2
    p.re[:] = 0
    p.im[:] = 0
    b.mean[:] = 0
    for i in range(WINDOW):
        for lane in range(n):
            b.mean[lane] += sound[start[lane] + i]
    for lane in range(n):
        mean, at = np.float32(b.mean[lane] / WINDOW), start[lane]
        for i in range(half):
            p.re[i, lane] = (sound[at + 2 * i] - mean) * b.taper[2 * i]
            p.im[i, lane] = (sound[at + 2 * i + 1] - mean) * b.taper[2 * i + 1]


@kernel
def spectra(sound: Array, start: NDArray[np.int64], b: Any) -> None:
    """Fill b.power and b.amplitude for up to WIDTH frames of sound, which begin at start."""
    bins = FFT // 2 + 1
    _window(sound, start, b)
    fft.spectrum(b.forth, b.re, b.im)
    fft.power(b.re, b.im, b.power[:bins])
    for k in range(bins):
        store(b.amplitude, k, root(load(b.power, k)))


@kernel
def autocorrelations(b: Any) -> None:
    """
    Fill b.correlations from the spectra: at FINE * RATE, normalised and freed of the window. What
    is silent has none that means anything.
    """
    fft.correlation(b.back, b.power, b.correlations[0])
    fft.correlation(b.back, b.amplitude, b.correlations[1])
    for c in range(2):
        r = b.correlations[c]
        scale = np.float32(1) / load(r, 0)
        for i in range(_LAGS):
            store(r, i, load(r, i) * scale * b.undo[c, i])


@kernel
def _bands(b: Any) -> None:
    """Fill b.levels from the spectra: power under 900 Hz, from there to 2.2 kHz, and above."""
    edges = (0, _BANDS[0] + 1, _BANDS[1] + 1, FFT // 2 + 1)
    for band in range(3):
        total = spread(np.float32(1e-9))
        for k in range(edges[band], edges[band + 1]):
            total = total + load(b.power, k)
        store(b.levels, band, total)


@kernel
def _at(r: Array, lag: float) -> float:
    """Between two lags; 0 beyond the longest."""
    i = int(lag)
    if i + 1 >= r.size:
        return 0.0
    return float(r[i] + (lag - i) * (r[i + 1] - r[i]))


@kernel
def _peaks(r: Array, lags: Array, heights: Array) -> None:
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


@kernel
def candidates(
    sound: Array, start: NDArray[np.int64], b: Any, hz: Array, clues: Array, bands: Array
) -> None:
    """
    The best peaks of the mean of both autocorrelations, normalised and freed of the window.

    sound (m,): at RATE; start (n,): where in it each frame of WINDOW begins; b: bench(). Fills in
    frequency in Hz (n, CANDIDATES), 0 where there is none; clues (n, CANDIDATES, CLUES): of either
    autocorrelation its value at the lag and at a half, double, one and a half and a third of it;
    the octave of the lag; how far under the best peak; whether double and one and a half are out
    of sight (0, 0.5 or 1); and level in dB (n, 3) under 900 Hz, from there to 2.2 kHz, and above.
    """
    hz[:] = 0
    clues[:] = 0
    for first in range(0, start.size, WIDTH):
        n = min(WIDTH, start.size - first)
        spectra(sound, start[first : first + n], b)
        autocorrelations(b)
        _bands(b)
        for lane in range(n):
            for band in range(3):
                bands[first + lane, band] = 10 * math.log10(b.levels[band, lane])
            if 0.5 < b.correlations[0, 0, lane] < 2:  # 1 but for rounding; not so of silence
                _find(b, lane, hz[first + lane], clues[first + lane])


@kernel
def _find(b: Any, lane: int, hz: Array, clues: Array) -> None:
    r = b.r
    for i in range(_LAGS):
        r[0, i], r[1, i] = b.correlations[0, i, lane], b.correlations[1, i, lane]
        r[2, i] = np.float32(0.5) * (r[0, i] + r[1, i])
    _peaks(r[2], b.lags, b.heights)
    top = b.heights[0]
    for k in range(1, CANDIDATES):
        if b.lags[k] > 0:
            top = max(top, b.heights[k])
    for k in range(CANDIDATES):
        if b.lags[k] < 0:
            break
        hz[k] = FINE * RATE / b.lags[k]
        _clues(r, b.lags[k], clues[k])
        clues[k, 11] = b.heights[k] - top


@kernel
def _clues(r: Array, lag: float, out: Array) -> None:
    """Fill in what `r` (2 or more, lags) has to say of a lag, but for its rank among others."""
    near, size = int(lag + 0.5), r.shape[1]
    for c in range(2):
        out[5 * c] = max(r[c, near - 1], r[c, near], r[c, near + 1])
        for p in range(4):
            out[5 * c + 1 + p] = _at(r[c], lag * _PARTS[p])
    out[10] = math.log2(lag * MIDDLE / (FINE * RATE))
    out[12] = 0.5 * (2 * lag >= size - 1) + 0.5 * (1.5 * lag >= size - 1)
