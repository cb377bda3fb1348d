"""
A frame at 11 kHz from its spectrum at 16 kHz, for WIDTH frames side by side.

The inverse transform of 352 points of which 110 bins are not 0. 352 real samples are 176 complex
ones, even samples real and odd ones imaginary; 176 is 16 times 11, which have no divisor in common,
so that two short transforms do without factors between them (I. Good, "The interaction algorithm
and practical Fourier analysis", J. Royal Statistical Society B 20, 1958).
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from attunement.kernels.jit import kernel
from attunement.kernels.lanes import load, rows, spread, store

Array = NDArray[np.float32]

RATE = 11_000  # Hz
BINS = 110  # of a spectrum of 512 points at 16 kHz
LENGTH = 220  # samples of a frame at RATE
SILENCE = 4  # samples after them, 0
LEAD = 66  # of them before the frame begins: it stands in the middle of the transform
PERIOD = 352  # samples of the transform at RATE

_HALF = PERIOD // 2
_LONG, _SHORT = 16, 11
_PAIRS = _SHORT // 2
_F = np.float32
_ROOT = _F(np.sqrt(0.5))
_C, _S = _F(np.cos(np.pi / 8)), _F(np.sin(np.pi / 8))


class Tables(NamedTuple):
    """Factors and room for WIDTH frames."""

    cosine: Array  # (_HALF,): by bin, of one sample
    sine: Array
    near: Array  # (_PAIRS, _PAIRS): cosines of the transform of 11
    far: Array  # sines
    source: NDArray[np.int64]  # (16, 11): where the short transforms find their bins
    place: NDArray[np.int64]  # (11, 16): which sample comes out, -1 where none is asked for
    re: Array  # (_HALF, WIDTH): spectrum of the even and odd samples
    im: Array
    sums: Array  # (4 * _PAIRS, WIDTH)
    mid_re: Array  # (_HALF, WIDTH), 11 x 16: between the two transforms
    mid_im: Array
    sound: Array  # (LENGTH + SILENCE, WIDTH): what comes out


def tables() -> Tables:
    turn = 2 * np.pi * np.arange(_HALF) / PERIOD
    pair = np.arange(1, _PAIRS + 1)
    eleventh = 2 * np.pi * np.outer(pair, pair) / _SHORT
    sixteen, eleven = np.arange(_LONG)[:, None], np.arange(_SHORT)
    by_long, by_short = pow(_SHORT, -1, _LONG), pow(_LONG, -1, _SHORT)
    source = (_SHORT * by_long * sixteen + _LONG * by_short * eleven) % _HALF
    sample = 2 * ((_SHORT * sixteen + _LONG * eleven) % _HALF)
    place = LEAD + np.where(sample >= _HALF, sample - PERIOD, sample)
    asked = (place >= 0) & (place < LENGTH)
    return Tables(
        np.cos(turn).astype(np.float32),
        np.sin(turn).astype(np.float32),
        np.cos(eleventh).astype(np.float32),
        np.sin(eleventh).astype(np.float32),
        source.astype(np.int64),
        np.where(asked, place, -1).T.astype(np.int64).copy(),
        rows(_HALF),
        rows(_HALF),
        rows(4 * _PAIRS),
        rows(_HALF),
        rows(_HALF),
        rows(LENGTH + SILENCE),
    )


@kernel
def _fold(re: Array, im: Array, t: Any) -> None:
    """The spectrum of even samples + i odd ones, real and imaginary parts exchanged."""
    half = _F(0.5)
    for k in range(_HALF):
        m = _HALF - k
        ar = load(re, k) * half if k < BINS else spread(_F(0))
        ai = load(im, k) * half if k < BINS else spread(_F(0))
        br = load(re, m) * half if m < BINS else spread(_F(0))
        bi = load(im, m) * half if m < BINS else spread(_F(0))
        if k == 0:
            ar = load(re, 0)
        sr, si, dr, di = ar + br, ai - bi, ar - br, ai + bi
        c, s = t.cosine[k], t.sine[k]
        store(t.im, k, sr - (dr * s + di * c))
        store(t.re, k, si + (dr * c - di * s))


@kernel
def _eleven(t: Any, row: int) -> None:
    """The transform of 11 bins, one of each column of the result."""
    xr, xi = load(t.re, t.source[row, 0]), load(t.im, t.source[row, 0])
    sr, si = xr, xi
    for j in range(_PAIRS):
        a, b = t.source[row, 1 + j], t.source[row, _SHORT - 1 - j]
        ar, ai, br, bi = load(t.re, a), load(t.im, a), load(t.re, b), load(t.im, b)
        store(t.sums, 4 * j, ar + br)
        store(t.sums, 4 * j + 1, ai + bi)
        store(t.sums, 4 * j + 2, ar - br)
        store(t.sums, 4 * j + 3, ai - bi)
        sr, si = sr + (ar + br), si + (ai + bi)
    store(t.mid_re, row, sr)
    store(t.mid_im, row, si)
    for n in range(_PAIRS):
        cr, ci, er, ei = xr, xi, spread(_F(0)), spread(_F(0))
        for j in range(_PAIRS):
            c, s = t.near[n, j], t.far[n, j]
            cr, ci = cr + load(t.sums, 4 * j) * c, ci + load(t.sums, 4 * j + 1) * c
            er, ei = er + load(t.sums, 4 * j + 2) * s, ei + load(t.sums, 4 * j + 3) * s
        one, other = (n + 1) * _LONG + row, (_SHORT - 1 - n) * _LONG + row
        store(t.mid_re, one, cr + ei)
        store(t.mid_im, one, ci - er)
        store(t.mid_re, other, cr - ei)
        store(t.mid_im, other, ci + er)


@kernel
def _four(re: Array, im: Array, first: int, step: int) -> None:
    """The transform of 4 rows, in their place."""
    a, b, c, d = first, first + step, first + 2 * step, first + 3 * step
    er, ei = load(re, a) + load(re, c), load(im, a) + load(im, c)
    fr, fi = load(re, a) - load(re, c), load(im, a) - load(im, c)
    gr, gi = load(re, b) + load(re, d), load(im, b) + load(im, d)
    hr, hi = load(im, b) - load(im, d), load(re, d) - load(re, b)
    store(re, a, er + gr)
    store(im, a, ei + gi)
    store(re, b, fr + hr)
    store(im, b, fi + hi)
    store(re, c, er - gr)
    store(im, c, ei - gi)
    store(re, d, fr - hr)
    store(im, d, fi - hi)


@kernel
def _turn(re: Array, im: Array, row: int, c: Any, s: Any) -> None:
    """Multiply a row by c - i s."""
    x, y = load(re, row), load(im, row)
    store(re, row, x * c + y * s)
    store(im, row, y * c - x * s)


@kernel
def _sixteen(t: Any, column: int) -> None:
    """The transform of 16, and its samples into their places."""
    re, im, first = t.mid_re, t.mid_im, column * _LONG
    for q in range(4):
        _four(re, im, first + q, 4)
    _turn(re, im, first + 5, _C, _S)
    _turn(re, im, first + 6, _ROOT, _ROOT)
    _turn(re, im, first + 7, _S, _C)
    _turn(re, im, first + 9, _ROOT, _ROOT)
    _turn(re, im, first + 10, _F(0), _F(1))
    _turn(re, im, first + 11, -_ROOT, _ROOT)
    _turn(re, im, first + 13, _S, _C)
    _turn(re, im, first + 14, -_ROOT, _ROOT)
    _turn(re, im, first + 15, -_C, -_S)
    for q in range(4):
        _four(re, im, first + 4 * q, 1)
    for q in range(4):
        for r in range(4):
            place = t.place[column, q + 4 * r]
            if place >= 0:
                store(t.sound, place, load(im, first + 4 * q + r))
                store(t.sound, place + 1, load(re, first + 4 * q + r))


@kernel
def resample(re: Array, im: Array, t: Any) -> None:
    """The frames at RATE from BINS bins of their spectra, into t.sound."""
    _fold(re, im, t)
    for row in range(_LONG):
        _eleven(t, row)
    for column in range(_SHORT):
        _sixteen(t, column)


assert BINS <= _HALF
assert LENGTH % 2 == LEAD % 2 == 0
