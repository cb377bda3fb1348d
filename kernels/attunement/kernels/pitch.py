"""
Fundamental frequency: windowed autocorrelation, and a path through its peaks.

P. Boersma, "Accurate short-term analysis of the fundamental frequency and the harmonics-to-noise
ratio of a sampled sound", IFA Proceedings 17 (1993). Departures: sound at 8 kHz; the
autocorrelation is interpolated by zero-padding its spectrum and then by a parabola; the path is
decided LOOKAHEAD frames later and never revised; loudness is judged against a running peak; the
voicing thresholds are a little stricter than Praat's 0.45 and 0.03; the octave cost is higher than
its 0.01, since 44 ms hold hardly two periods of the lowest pitch, but nil in mid-range.
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
FINE = 2  # the autocorrelation is interpolated to this many times RATE
CANDIDATES = 4
LOOKAHEAD = 3  # frames

VOICING = 0.5  # an autocorrelation peak below this is no voice
SILENCE = 0.06  # share of the running peak below which a frame counts as quiet
OCTAVE_COST = 0.05  # per octave: prefers the higher of two equal candidates
MIDDLE = 200.0  # Hz, where that preference neither adds to a candidate nor takes from it
JUMP_COST = 0.35  # per octave between two frames
VOICING_COST = 0.14  # for every change between voiced and unvoiced

_LAGS = int(FINE * RATE / LOW) + 2


def _hann() -> NDArray[np.float32]:
    return (0.5 - 0.5 * np.cos(2 * np.pi * (np.arange(WINDOW) + 0.5) / WINDOW)).astype(np.float32)


HANN = _hann()


def _raw(frames: NDArray[np.float32]) -> NDArray[np.float32]:
    spectrum = np.fft.rfft(frames)  # stays in single precision
    power = spectrum.real**2 + spectrum.imag**2
    return np.ascontiguousarray(np.fft.irfft(power, FINE * FFT)[:, :_LAGS], np.float32)


def _of_the_window() -> NDArray[np.float32]:
    own = _raw(np.pad(HANN, (0, FFT - WINDOW))[None, :])[0]
    return np.asarray(own / own[0], np.float32)


OF_THE_WINDOW = _of_the_window()


def autocorrelation(frames: NDArray[np.float32]) -> NDArray[np.float32]:
    """
    Normalised, window-corrected autocorrelation at FINE * RATE.

    frames (n, FFT): tapered by HANN, zeros from WINDOW on. Returns (n, lags); 0 throughout for a
    frame without any movement.
    """
    raw = _raw(frames)
    energy = raw[:, :1].copy()
    energy[energy <= 0] = 1
    raw /= energy
    raw /= OF_THE_WINDOW
    return raw


@kernel
def candidates(
    correlation: NDArray[np.float32],
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """
    The best peaks of each autocorrelation (n, lags).

    Returns frequency in Hz and strength (0 to 1), both (n, CANDIDATES); strength -1 where none.
    """
    frequency = np.zeros((correlation.shape[0], CANDIDATES), np.float32)
    strength = np.full((correlation.shape[0], CANDIDATES), -1, np.float32)
    ranked = np.empty(CANDIDATES, np.float64)
    rate = FINE * RATE
    first, last = int(rate / HIGH), int(rate / LOW)
    for n in range(correlation.shape[0]):
        r = correlation[n]
        ranked[:] = -1.0
        for i in range(first, last + 1):
            if r[i] <= 0.5 * VOICING or r[i] < r[i - 1] or r[i] <= r[i + 1]:
                continue
            slope = 0.5 * (r[i + 1] - r[i - 1])
            bend = 2.0 * r[i] - r[i - 1] - r[i + 1]
            lag = i + slope / bend
            peak = r[i] + 0.5 * slope * slope / bend
            if peak > 1.0:
                peak = 1.0 / peak
            hz = rate / lag
            if not LOW <= hz <= HIGH:
                continue
            rank = peak + OCTAVE_COST * math.log2(hz / MIDDLE)
            weakest = np.argmin(ranked)
            if rank > ranked[weakest]:
                ranked[weakest] = rank
                frequency[n, weakest] = hz
                strength[n, weakest] = peak
    return frequency, strength


Path = tuple[NDArray[np.float64], NDArray[np.float32], NDArray[np.int64]]


def new_path() -> Path:
    """What follow() remembers of the frames it has not decided yet."""
    score = np.zeros(CANDIDATES + 1)
    seen = np.zeros((LOOKAHEAD + 1, 2, CANDIDATES + 1), np.float32)  # frequency, strength
    back = np.zeros((LOOKAHEAD + 2, CANDIDATES + 1), np.int64)  # last row: frames so far
    return score, seen, back


@kernel
def follow(
    frequency: NDArray[np.float32],
    strength: NDArray[np.float32],
    loudness: NDArray[np.float32],
    score: NDArray[np.float64],
    seen: NDArray[np.float32],
    back: NDArray[np.int64],
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """
    Viterbi path with a bounded delay: each frame is decided LOOKAHEAD frames later.

    frequency, strength (n, CANDIDATES) as of candidates(); loudness (n,): peak amplitude over the
    running peak. score, seen, back: new_path(), changed in place. Returns frequency in Hz (NaN
    where unvoiced) and strength of the decided frames, n of them, LOOKAHEAD fewer at the start.
    """
    room = LOOKAHEAD + 1
    begun = back[room, 0]
    n = frequency.shape[0]
    decided = max(0, begun + n - LOOKAHEAD) - max(0, begun - LOOKAHEAD)
    hz = np.empty(decided, np.float32)
    firm = np.empty(decided, np.float32)
    written = 0
    fresh = np.empty(CANDIDATES + 1, np.float64)
    for t in range(n):
        here, before = (begun + t) % room, (begun + t - 1) % room
        quiet = max(0.0, 2.0 - loudness[t] * (1 + VOICING) / SILENCE)
        for k in range(CANDIDATES + 1):
            voiced = k < CANDIDATES
            seen[here, 0, k] = frequency[t, k] if voiced else 0.0
            seen[here, 1, k] = strength[t, k] if voiced else 0.0
            if voiced and strength[t, k] < 0:
                fresh[k] = -1e30
                back[here, k] = CANDIDATES
                continue
            best, source = -1e30, CANDIDATES
            for j in range(CANDIDATES + 1):
                if begun + t == 0 or score[j] < -1e29:
                    cost = 0.0 if begun + t == 0 else 1e30
                elif voiced and j < CANDIDATES:
                    cost = JUMP_COST * abs(math.log2(frequency[t, k] / seen[before, 0, j]))
                else:
                    cost = VOICING_COST if voiced or j < CANDIDATES else 0.0
                if score[j] - cost > best:
                    best, source = score[j] - cost, j
            if voiced:
                fresh[k] = best + strength[t, k] + OCTAVE_COST * math.log2(frequency[t, k] / MIDDLE)
            else:
                fresh[k] = best + VOICING + quiet
            back[here, k] = source
        top = np.argmax(fresh)
        score[:] = fresh - fresh[top]  # the path matters, not its length
        for k in range(CANDIDATES + 1):
            if fresh[k] < -1e29:
                score[k] = -1e30
        if begun + t >= LOOKAHEAD:
            k = int(top)
            for u in range(LOOKAHEAD):
                k = back[(begun + t - u) % room, k]
            then = (begun + t - LOOKAHEAD) % room
            hz[written] = seen[then, 0, k] if k < CANDIDATES else np.nan
            firm[written] = seen[then, 1, k]
            written += 1
    back[room, 0] = begun + n
    return hz, firm


@kernel
def undecided(
    score: NDArray[np.float64], seen: NDArray[np.float32], back: NDArray[np.int64]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """The last frames, LOOKAHEAD or fewer, as the best path has it so far; nothing is decided."""
    room = LOOKAHEAD + 1
    begun = back[room, 0]
    n = min(begun, LOOKAHEAD)
    hz = np.empty(n, np.float32)
    firm = np.empty(n, np.float32)
    k = int(np.argmax(score))
    for u in range(n):
        then = (begun - 1 - u) % room
        hz[n - 1 - u] = seen[then, 0, k] if k < CANDIDATES else np.nan
        firm[n - 1 - u] = seen[then, 1, k]
        k = back[then, k]
    return hz, firm
