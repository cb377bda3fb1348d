"""
Formants: frequency and bandwidth of the resonances of a linear predictor of order 11 at 11 kHz,
for WIDTH frames side by side.

J. Markel, A. Gray, "Linear Prediction of Speech" (1976), autocorrelation method; the roots are
found all at once by Ehrlich and Aberth's iteration (O. Aberth, Math. Comp. 27, 1973).

The name eGeMAPS stands for one implementation, and this follows it in three things that the paper
does not say, so that values can be compared with published ones: only 224 of the frame's 320
samples, and nothing over 3.4 kHz, reach the predictor; and its roots are not those of
A(z) = 1 + a1 / z + ... but, by a sign, of 2 - A(z). The latter makes bandwidths of 1,000 Hz and
draws formants together. RESONANCES asks for the roots of A(z), which are what a phonetician means.
"""

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from attunement.kernels import resample
from attunement.kernels.jit import kernel
from attunement.kernels.lanes import (
    greater,
    load,
    peaks,
    root,
    rounded,
    rows,
    spread,
    store,
    where_less,
)
from attunement.kernels.logarithm import angle, log2
from attunement.kernels.resample import LENGTH, RATE, SILENCE

Array = NDArray[np.float32]

ORDER = 11
LOW, HIGH = 50.0, 5_450.0  # Hz
FORMANTS = 3

PUBLISHED, RESONANCES = np.float32(-1), np.float32(1)

_TURNS = 40  # iterations at the most
_NEAR = np.float32(1e-3)  # roots that move less are found: what is left is the cube of it
_FLOOR = np.float32(1e-9)  # share of the energy, added so that a predictor exists
_F = np.float32


class Tables(NamedTuple):
    """Factors and room for the predictor of WIDTH frames."""

    frame: resample.Tables  # whose sound is asked for
    lags: Array  # (ORDER + 1, WIDTH)
    coefficient: Array  # (ORDER + 1, WIDTH), with 1 first
    spare: Array
    start: Array  # (ORDER, 2): where the search for roots begins
    re: Array  # (ORDER, WIDTH)
    im: Array
    step_re: Array  # (ORDER, WIDTH): Newton's step from each
    step_im: Array
    hz: Array  # (ORDER, WIDTH): of the roots, 0 where one is no formant
    width: Array  # likewise


def tables() -> Tables:
    begin = 0.8 * np.exp(2j * np.pi * (np.arange(ORDER) + 0.27) / ORDER)
    return Tables(
        resample.tables(),
        rows(ORDER + 1),
        rows(ORDER + 1),
        rows(ORDER + 1),
        np.stack((begin.real, begin.imag), axis=1).astype(np.float32),
        rows(ORDER),
        rows(ORDER),
        rows(ORDER),
        rows(ORDER),
        rows(ORDER),
        rows(ORDER),
    )


@kernel
def predict(t: Any) -> None:
    """Predictor of the frame: t.coefficient, with 1 first (Levinson and Durbin's recursion)."""
    sound = t.frame.sound
    for lag in range(0, ORDER + 1, 4):  # four sums at a time, as one waits for itself
        r0, r1, r2, r3 = spread(_F(0)), spread(_F(0)), spread(_F(0)), spread(_F(0))
        for n in range(LENGTH - lag):
            x, m = load(sound, n), n + lag
            r0, r1 = r0 + x * load(sound, m), r1 + x * load(sound, m + 1)
            r2, r3 = r2 + x * load(sound, m + 2), r3 + x * load(sound, m + 3)
        store(t.lags, lag, r0)
        store(t.lags, lag + 1, r1)
        store(t.lags, lag + 2, r2)
        store(t.lags, lag + 3, r3)
    error = load(t.lags, 0) * (_F(1) + _FLOOR) + _F(1e-20)
    store(t.coefficient, 0, spread(_F(1)))
    for i in range(1, ORDER + 1):
        total = load(t.lags, i)
        for j in range(1, i):
            total = total + load(t.coefficient, j) * load(t.lags, i - j)
        reflection = total * _F(-1) / error
        for j in range(1, i):
            store(t.spare, j, load(t.coefficient, j) + reflection * load(t.coefficient, i - j))
        for j in range(1, i):
            store(t.coefficient, j, load(t.spare, j))
        store(t.coefficient, i, reflection)
        error = greater(error * (_F(1) - reflection * reflection), spread(_F(1e-20)))


@kernel
def _newton(t: Any, sign: Any, k: int, m: int) -> None:
    """
    p / p' at roots k and m, of the polynomial z^11 + sign * (a1 z^10 + ...), into t.step_re,
    t.step_im. Two roots at a time, as each waits for its own last product.

    The coefficients are real: p is divided by (z - root)(z - its conjugate), and the quotient once
    more; p and p' follow from what remains, without complex products (as in L. Bairstow, "Applied
    Aerodynamics", 1920).
    """
    x, y, u, v = load(t.re, k), load(t.im, k), load(t.re, m), load(t.im, m)
    r, q, s, w = x + x, x * x + y * y, u + u, u * u + v * v
    b, c, d, e = spread(_F(1)), spread(_F(1)), spread(_F(1)), spread(_F(1))
    b1, c1, d1, e1 = spread(_F(0)), spread(_F(0)), spread(_F(0)), spread(_F(0))  # those before
    for j in range(1, ORDER - 1):
        a = load(t.coefficient, j) * sign
        b, b1 = a - q * b1 + r * b, b
        d, d1 = a - w * d1 + s * d, d
        c, c1 = b - q * c1 + r * c, c
        e, e1 = d - w * e1 + s * e, e
    for j in range(ORDER - 1, ORDER + 1):
        a = load(t.coefficient, j) * sign
        b, b1 = a - q * b1 + r * b, b
        d, d1 = a - w * d1 + s * d, d
    y2, v2 = y + y, v + v
    _divided(t, k, b - x * b1, y * b1, b1 - y2 * y * c1, y2 * (c - x * c1))
    _divided(t, m, d - u * d1, v * d1, d1 - v2 * v * e1, v2 * (e - u * e1))


@kernel
def _divided(t: Any, k: int, pr: Any, pi: Any, dr: Any, di: Any) -> None:
    """p / p' of root k."""
    inverse = _F(1) / (dr * dr + di * di + _F(1e-20))
    store(t.step_re, k, (pr * dr + pi * di) * inverse)
    store(t.step_im, k, (pi * dr - pr * di) * inverse)


@kernel
def _pushed(t: Any, k: int) -> Any:
    """
    By all other roots together: the sum of 1 / (z - other). One division serves two of them, as
    divisions are most of what this costs.
    """
    zr, zi = load(t.re, k), load(t.im, k)
    sr, si = spread(_F(0)), spread(_F(0))
    for i in range(0, ORDER - 1, 2):
        j, m = i + (i >= k), i + 1 + (i + 1 >= k)
        br, bi = zr - load(t.re, j), zi - load(t.im, j)
        cr, ci = zr - load(t.re, m), zi - load(t.im, m)
        b, c = br * br + bi * bi, cr * cr + ci * ci
        both = _F(1) / (b * c + _F(1e-28))
        b, c = c * both, b * both  # now one over each
        sr, si = sr + br * b + cr * c, si - bi * b - ci * c
    return sr, si


@kernel
def roots(t: Any, sign: Any) -> None:
    """The roots of A(z), or of 2 - A(z), into t.re, t.im; each lane stops when it has them."""
    for k in range(ORDER):
        store(t.re, k, spread(t.start[k, 0]))
        store(t.im, k, spread(t.start[k, 1]))
    nothing, circle = spread(_F(0)), spread(_F(1))
    moving = circle
    for _ in range(_TURNS):
        for k in range(0, ORDER, 2):
            _newton(t, sign, k, min(k + 1, ORDER - 1))
        longest = spread(_F(0))
        for k in range(ORDER):
            nr, ni = load(t.step_re, k), load(t.step_im, k)
            sr, si = _pushed(t, k)
            er, ei = _F(1) - (nr * sr - ni * si), (nr * si + ni * sr) * _F(-1)
            inverse = moving / (er * er + ei * ei + _F(1e-20))
            # Rounded here: a leap beside this frame must not change where it is.
            wr, wi = rounded((nr * er + ni * ei) * inverse), rounded((ni * er - nr * ei) * inverse)
            length = wr * wr + wi * wi
            if peaks(nothing, length, nothing, circle):  # a leap ends within the circle
                least = _F(1) / root(greater(length, circle))
                wr, wi = wr * least, wi * least
            store(t.re, k, load(t.re, k) - wr)
            store(t.im, k, load(t.im, k) - wi)
            longest = greater(longest, length)
        moving = where_less(longest, spread(_NEAR * _NEAR), spread(_F(0)), moving)
        store(t.spare, 0, moving)
        if not t.spare[0].any():
            break


@kernel
def name(t: Any) -> None:
    """Frequency and bandwidth of the roots in the upper half of the plane, into t.hz, t.width."""
    nothing = spread(_F(0))
    for k in range(ORDER):
        x, y = load(t.re, k), load(t.im, k)
        hz = angle(x, y) * _F(RATE / (2 * math.pi))
        hz = where_less(nothing, y, hz, nothing)
        hz = where_less(hz, spread(_F(LOW)), nothing, hz)
        store(t.hz, k, where_less(spread(_F(HIGH)), hz, nothing, hz))
        store(t.width, k, log2(x * x + y * y) * _F(-math.log(2) / 2 * RATE / math.pi))


@kernel
def sort(t: Any, lane: int, hz: Array, width: Array) -> None:
    """
    The lowest FORMANTS of one frame: hz (FORMANTS,), bandwidths (FORMANTS,), both in Hz, ascending.

    0 where there are fewer.
    """
    hz[:] = 0
    width[:] = 0
    for k in range(ORDER):
        f, b = t.hz[k, lane], t.width[k, lane]
        if f > 0:
            for place in range(FORMANTS):
                if hz[place] == 0 or f < hz[place]:
                    f, hz[place] = hz[place], f
                    b, width[place] = width[place], b
                    if f == 0:
                        break


assert (ORDER + 1) % 4 == 0
assert SILENCE >= 3
