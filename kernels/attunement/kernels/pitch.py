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

from attunement.kernels import fft, frames
from attunement.kernels.jit import kernel
from attunement.kernels.lanes import WIDTH, load, lowest, peaks, root, rows, spread, store
from attunement.kernels.logarithm import DECIBEL, log2

Array = NDArray[np.float32]

RATE = 8_000  # Hz
WINDOW = 352  # samples, 44 ms: 2.2 periods of the lowest pitch
HOP = 80  # samples, 10 ms
FFT = 512  # window and longest lag fit in without wrapping round
LOW, HIGH = 50.0, 600.0  # Hz
FINE = 2  # the autocorrelations are interpolated to this many times RATE
CANDIDATES = 6
CLUES = 13  # numbers known of each candidate
DEEP = 10  # place among them: octaves under MIDDLE

WEAKEST = 0.05  # a peak below this is no candidate
OCTAVE = 0.02  # per octave: the higher of two equal peaks is kept when there are too many
MIDDLE = 200.0  # Hz, from which octaves are counted

_PER_OCTAVE = 1 / math.log(2)
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
    start: NDArray[np.int64]  # (WIDTH,)
    re: Array
    im: Array
    power: Array  # spectrum
    amplitude: Array
    correlations: Array  # (3, lags, WIDTH): of power, of amplitude, their mean
    found: NDArray[np.int64]  # (WIDTH,): candidates of each
    lags: Array  # (WIDTH, CANDIDATES)
    heights: Array
    octaves: Array  # over MIDDLE
    ranks: Array  # what counts when there are too many
    weakest: NDArray[np.int64]  # (WIDTH,): whose rank is the lowest, where there are enough
    floor: Array  # (WIDTH,): its rank
    rows: NDArray[np.int64]  # (lags, 2): lags with peaks, and in which places
    levels: Array  # (3, WIDTH)
    whole: NDArray[np.float64]  # (lags, 2): octaves over MIDDLE of each lag, one over it


def bench() -> Bench:
    """Everything that the frames need beside their samples; made once."""
    bins, lag = FFT // 2 + 1, np.maximum(1, np.arange(_LAGS))
    return Bench(
        HANN,
        UNDO,
        fft.plan(FFT),
        fft.plan(FINE * FFT // 2),
        np.zeros(WIDTH, np.int64),
        rows(bins),
        rows(bins),
        rows(bins),
        rows(bins),
        rows(3, _LAGS + _LAGS % 2),
        np.zeros(WIDTH, np.int64),
        np.zeros((WIDTH, CANDIDATES), np.float32),
        np.zeros((WIDTH, CANDIDATES), np.float32),
        np.zeros((WIDTH, CANDIDATES), np.float32),
        np.zeros((WIDTH, CANDIDATES), np.float32),
        np.zeros(WIDTH, np.int64),
        np.zeros(WIDTH, np.float32),
        np.zeros((_LAGS, 2), np.int64),
        rows(3),
        np.stack((np.log2(FINE * RATE / lag / MIDDLE), 1 / lag), axis=1),
    )


@kernel
def spectra(sound: Array, start: NDArray[np.int64], b: Any) -> None:
    """
    Fill b.power and b.amplitude for up to WIDTH frames of sound, which begin at start. Places left
    over are filled with the first of them.
    """
    bins = FFT // 2 + 1
    frames.next_of(start, 0, b.start)
    frames.centred(sound, b.start, b.taper, b.forth)
    fft.spectrum(b.forth, b.re, b.im)
    fft.power(b.re, b.im, b.power)
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
    first, second, mean = b.correlations
    one, other = np.float32(1) / load(first, 0), np.float32(1) / load(second, 0)
    for i in range(_LAGS):
        x, y = load(first, i) * one * b.undo[0, i], load(second, i) * other * b.undo[1, i]
        store(first, i, x)
        store(second, i, y)
        store(mean, i, (x + y) * np.float32(0.5))


@kernel
def _bands(b: Any) -> None:
    """Fill b.levels from the spectra: dB under 900 Hz, from there to 2.2 kHz, and above."""
    edges = (0, _BANDS[0] + 1, _BANDS[1] + 1, FFT // 2 + 1)
    for band in range(3):
        total = spread(np.float32(1e-9))
        for k in range(edges[band], edges[band + 1]):
            total = total + load(b.power, k)
        store(b.levels, band, log2(total) * DECIBEL)


@kernel
def _beside(r: Array, lane: int, lag: float, clues: Array, n: int, k: int, place: int) -> None:
    """What both autocorrelations have between two lags; 0, as it was, beyond the longest."""
    i = int(lag)
    if i + 1 < _LAGS:
        part = np.float32(lag - i)
        one, other = r[0, i, lane], r[1, i, lane]
        clues[n, k, place] = one + part * (r[0, i + 1, lane] - one)
        clues[n, k, 5 + place] = other + part * (r[1, i + 1, lane] - other)


@kernel
def _octave(b: Any, lag: float) -> float:
    """Over MIDDLE, to 1e-6: of the whole lag under this one, and three terms of a series."""
    i = int(lag)
    x = (lag - i) * b.whole[i, 1]
    return float(b.whole[i, 0] - x * (1 - x * (0.5 - x / 3)) * _PER_OCTAVE)


@kernel
def _keep(b: Any, lane: int, lag: float, height: float) -> None:
    """A candidate more, after those found before; the one of lowest rank goes if need be."""
    n, octave = b.found[lane], _octave(b, lag)
    rank = height + OCTAVE * octave
    if n == CANDIDATES:
        if rank <= b.floor[lane]:
            return
        for k in range(b.weakest[lane], CANDIDATES - 1):
            b.lags[lane, k], b.heights[lane, k] = b.lags[lane, k + 1], b.heights[lane, k + 1]
            b.ranks[lane, k], b.octaves[lane, k] = b.ranks[lane, k + 1], b.octaves[lane, k + 1]
        n -= 1
    b.lags[lane, n], b.heights[lane, n] = lag, height
    b.ranks[lane, n], b.octaves[lane, n] = rank, octave
    b.found[lane] = n + 1
    if n + 1 == CANDIDATES:
        weakest = 0
        for k in range(1, CANDIDATES):
            if b.ranks[lane, k] < b.ranks[lane, weakest]:
                weakest = k
        b.weakest[lane], b.floor[lane] = weakest, b.ranks[lane, weakest]


@kernel
def _peaks(r: Array, b: Any) -> None:
    """The best peaks of autocorrelations (lags, WIDTH), in order of their lags."""
    rate = FINE * RATE
    first, last = int(rate / HIGH), int(rate / LOW) + 1
    b.found[:] = 0
    least, rows_with = spread(np.float32(WEAKEST)), 0
    for i in range(first, last):
        there = peaks(load(r, i - 1), load(r, i), load(r, i + 1), least)
        b.rows[rows_with, 0], b.rows[rows_with, 1] = i, there
        rows_with += there != 0  # no branch: half of the rows have a peak
    for j in range(rows_with):
        i, there = b.rows[j, 0], b.rows[j, 1]
        while there:
            lane = lowest(there)
            there &= there - 1
            slope = 0.5 * (r[i + 1, lane] - r[i - 1, lane])
            bend = 2.0 * r[i, lane] - r[i - 1, lane] - r[i + 1, lane]
            shift = slope / bend
            lag = i + shift
            if LOW * lag <= rate <= HIGH * lag:
                _keep(b, lane, lag, r[i, lane] + 0.5 * slope * shift)


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
        _peaks(b.correlations[2], b)
        for lane in range(n):
            for band in range(3):
                bands[first + lane, band] = b.levels[band, lane]
            if 0.5 < b.correlations[0, 0, lane] < 2:  # 1 but for rounding; not so of silence
                _describe(b, lane, hz, clues, first + lane)


@kernel
def _describe(b: Any, lane: int, hz: Array, clues: Array, n: int) -> None:
    """The candidates of frame n, from the peaks of its lane; no views: each would cost a count."""
    top = np.float32(0)
    for k in range(b.found[lane]):
        top = max(top, b.heights[lane, k])
    r = b.correlations
    for k in range(b.found[lane]):
        lag = float(b.lags[lane, k])
        hz[n, k] = FINE * RATE / lag
        near = int(lag + 0.5)
        for c in range(2):
            clues[n, k, 5 * c] = max(r[c, near - 1, lane], r[c, near, lane], r[c, near + 1, lane])
        for p in range(4):
            _beside(r, lane, lag * _PARTS[p], clues, n, k, 1 + p)
        clues[n, k, DEEP] = -b.octaves[lane, k]
        clues[n, k, 11] = b.heights[lane, k] - top
        clues[n, k, 12] = 0.5 * (2 * lag >= _LAGS - 1) + 0.5 * (1.5 * lag >= _LAGS - 1)
