"""
Power spectra and autocorrelations of WIDTH real frames side by side, inside a kernel.

A real transform of 2 M is a complex one of M (even samples real, odd ones imaginary) and a step
that takes it apart; the complex one is Stockham's, which sorts as it goes, radix 4 with a last
step of 2 where M asks for it (C. Van Loan, "Computational Frameworks for the Fast Fourier
Transform", SIAM 1992).
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from attunement.kernels.jit import kernel
from attunement.kernels.lanes import load, rows, spread, store

Array = NDArray[np.float32]

_HALF = np.float32(0.5)


class Plan(NamedTuple):
    """Factors and room of a real transform of `size` samples; not for two threads at once."""

    size: int
    half: int
    cosine: Array  # (size,): cos(2 pi k / size)
    sine: Array  # (size,): -sin
    half_cosine: Array  # (size,): cos(pi k / size)
    half_sine: Array  # (size,): -sin
    re: Array  # (half, WIDTH): even samples before, real part after
    im: Array
    spare_re: Array
    spare_im: Array


def plan(size: int) -> Plan:
    """Raises ValueError unless size is a power of 2 of at least 8."""
    if size < 8 or size & (size - 1):
        raise ValueError(f"got a transform of {size}, expected a power of 2, 8 or more")
    turn = np.exp(-2j * np.pi * np.arange(size) / size)
    half = size // 2
    room = (rows(half) for _ in range(4))
    slow = np.exp(-1j * np.pi * np.arange(size) / size)
    factors = (part.astype(np.float32) for one in (turn, slow) for part in (one.real, one.imag))
    return Plan(size, half, *factors, *room)


@kernel
def _unturned(re: Array, im: Array, to_re: Array, to_im: Array, quarter: int, s: int) -> None:
    """The first of `quarter` butterflies, whose factors are 1: all there are of the last step."""
    hop = s * quarter
    for q in range(s):
        ar, ai = load(re, q), load(im, q)
        br, bi = load(re, q + hop), load(im, q + hop)
        cr, ci = load(re, q + 2 * hop), load(im, q + 2 * hop)
        dr, di = load(re, q + 3 * hop), load(im, q + 3 * hop)
        er, ei, fr, fi = ar + cr, ai + ci, ar - cr, ai - ci
        gr, gi, hr, hi = br + dr, bi + di, bi - di, dr - br
        store(to_re, q, er + gr)
        store(to_im, q, ei + gi)
        store(to_re, q + s, fr + hr)
        store(to_im, q + s, fi + hi)
        store(to_re, q + 2 * s, er - gr)
        store(to_im, q + 2 * s, ei - gi)
        store(to_re, q + 3 * s, fr - hr)
        store(to_im, q + 3 * s, fi - hi)


@kernel
def _quarter(p: Any, re: Array, im: Array, to_re: Array, to_im: Array, n: int, s: int) -> None:
    """One step of radix 4: n points still to be transformed, s of them at a time."""
    quarter, step = n // 4, p.size // n
    _unturned(re, im, to_re, to_im, quarter, s)
    for j in range(1, quarter):
        c1, s1 = p.cosine[j * step], p.sine[j * step]
        c2, s2 = p.cosine[2 * j * step], p.sine[2 * j * step]
        c3, s3 = p.cosine[3 * j * step], p.sine[3 * j * step]
        for q in range(s):
            i = q + s * j
            k = q + 4 * s * j
            hop = s * quarter
            ar, ai = load(re, i), load(im, i)
            br, bi = load(re, i + hop), load(im, i + hop)
            cr, ci = load(re, i + 2 * hop), load(im, i + 2 * hop)
            dr, di = load(re, i + 3 * hop), load(im, i + 3 * hop)
            er, ei, fr, fi = ar + cr, ai + ci, ar - cr, ai - ci
            gr, gi, hr, hi = br + dr, bi + di, bi - di, dr - br  # h: (b - d) turned by -90 degrees
            store(to_re, k, er + gr)
            store(to_im, k, ei + gi)
            ur, ui = fr + hr, fi + hi
            store(to_re, k + s, ur * c1 - ui * s1)
            store(to_im, k + s, ur * s1 + ui * c1)
            ur, ui = er - gr, ei - gi
            store(to_re, k + 2 * s, ur * c2 - ui * s2)
            store(to_im, k + 2 * s, ur * s2 + ui * c2)
            ur, ui = fr - hr, fi - hi
            store(to_re, k + 3 * s, ur * c3 - ui * s3)
            store(to_im, k + 3 * s, ur * s3 + ui * c3)


@kernel
def transform(p: Any) -> tuple[Array, Array]:
    """The complex transform of p.re, p.im; where it stands: there or in the spare room."""
    re, im, to_re, to_im = p.re, p.im, p.spare_re, p.spare_im
    n, s = p.half, 1
    while n > 2:
        _quarter(p, re, im, to_re, to_im, n, s)
        re, im, to_re, to_im = to_re, to_im, re, im
        n //= 4
        s *= 4
    if n == 2:
        for q in range(s):
            ar, ai, br, bi = load(re, q), load(im, q), load(re, q + s), load(im, q + s)
            store(to_re, q, ar + br)
            store(to_im, q, ai + bi)
            store(to_re, q + s, ar - br)
            store(to_im, q + s, ai - bi)
        re, im, to_re, to_im = to_re, to_im, re, im
    return re, im


@kernel
def spectrum(p: Any, re_out: Array, im_out: Array) -> None:
    """Bins 0 to half (half + 1, WIDTH) of the frames in p.re (even samples) and p.im (odd)."""
    re, im = transform(p)
    first, second = load(re, 0), load(im, 0)
    store(re_out, 0, first + second)
    store(im_out, 0, spread(np.float32(0)))
    store(re_out, p.half, first - second)
    store(im_out, p.half, spread(np.float32(0)))
    for k in range(1, p.half // 2 + 1):
        m = p.half - k
        a, b, c, d = load(re, k), load(im, k), load(re, m), load(im, m)
        er, ei, dr, di = (a + c) * _HALF, (b - d) * _HALF, (b + d) * _HALF, (c - a) * _HALF
        tr = dr * p.cosine[k] - di * p.sine[k]
        ti = dr * p.sine[k] + di * p.cosine[k]
        store(re_out, m, er - tr)
        store(im_out, m, ti - ei)
        store(re_out, k, er + tr)
        store(im_out, k, ei + ti)


@kernel
def power(re: Array, im: Array, out: Array) -> None:
    """Squares of the magnitudes, row by row of `out`."""
    for k in range(out.shape[0]):
        a, b = load(re, k), load(im, k)
        store(out, k, a * a + b * b)


@kernel
def _fold(p: Any, spectra: Array) -> Any:
    """What correlation() transforms, into p.re and p.im; returns lag 1."""
    size, given = p.size, spectra.shape[0]
    nothing = spread(np.float32(0))
    first = load(spectra, 0)
    last = load(spectra, size) if size < given else nothing
    store(p.re, 0, (first + last) * _HALF)
    store(p.re, p.half // 2, load(spectra, p.half))
    odd = (first - last) * _HALF
    for i in range(1, p.half):
        low = load(spectra, i)
        high = load(spectra, size - i) if size - i < given else nothing
        mean, part = (low + high) * _HALF, low - high
        odd = odd + part * p.half_cosine[i]
        turned = part * p.half_sine[i]
        place = p.im if i & 1 else p.re
        store(place, i // 2, mean + turned)
        store(place, (size - i) // 2, mean - turned)
    return odd


@kernel
def correlation(p: Any, spectra: Array, out: Array) -> None:
    """
    Circular autocorrelations of p.size * 2 samples, lags 0 to out.shape[0] - 1 (even many, no more
    than p.size), of power spectra (bins, WIDTH), times p.size. Bins over p.half may be left out: 0.

    A spectrum that is real and even is transformed by half as many points (the cosine transform of
    W. Press et al., "Numerical Recipes", 12.4): even lags come out, odd ones by their differences.
    """
    half = p.half
    odd = _fold(p, spectra)
    re, im = transform(p)
    first, second = load(re, 0), load(im, 0)
    store(out, 0, first + second)
    store(out, 1, odd)
    for k in range(1, out.shape[0] // 2):
        m = half - k
        a, b, c, d = load(re, k), load(im, k), load(re, m), load(im, m)
        er, ei, dr, di = (a + c) * _HALF, (b - d) * _HALF, (b + d) * _HALF, (c - a) * _HALF
        tr = dr * p.cosine[k] - di * p.sine[k]
        ti = dr * p.sine[k] + di * p.cosine[k]
        odd = odd - (ei + ti)
        store(out, 2 * k, er + tr)
        store(out, 2 * k + 1, odd)
