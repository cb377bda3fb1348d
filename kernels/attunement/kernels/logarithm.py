"""
Logarithm, exponential and angle of lanes, to within a few units in the last place of single
precision.

The logarithm of the mantissa is the series of 2 atanh((m - 1) / (m + 1)) after the mantissa is
brought into [1 / sqrt 2, sqrt 2); the exponential is the Taylor series on [0, 1), halved; the angle
a polynomial of the lesser side over the greater, through Chebyshev's points.
"""

import math
from typing import Any

import numpy as np
from numpy.polynomial import Chebyshev, Polynomial

from attunement.kernels.jit import kernel
from attunement.kernels.lanes import (
    exponent,
    greater,
    mantissa,
    power_of_two,
    spread,
    where_less,
    whole,
)

LEAST = np.float32(1e-30)  # what is less counts as this
DECIBEL = np.float32(10 * math.log10(2))  # 10 log10 of 2

_F = np.float32
_ONE = _F(1)
_HALF = _F(0.5)
_SQRT2 = _F(math.sqrt(2))
_LOG = tuple(_F(2 / math.log(2) / n) for n in (1, 3, 5, 7, 9))
_EXP = tuple(_F(math.log(2) ** n / math.factorial(n)) for n in range(8))
_L0, _L1, _L2, _L3, _L4 = _LOG
_E0, _E1, _E2, _E3, _E4, _E5, _E6, _E7 = _EXP
_ATAN = Chebyshev.interpolate(  # of the square of a tangent in [0, 1]: angle over tangent
    lambda square: np.arctan(np.sqrt(square)) / np.sqrt(square), 8, domain=[1e-12, 1]
)
_SERIES = tuple(_F(factor) for factor in _ATAN.convert(kind=Polynomial).coef[::-1])
_PI = _F(math.pi)
_LOWEST, _HIGHEST = _F(-126), _F(126)


@kernel
def log2(x: Any) -> Any:
    """Logarithm to the base 2 of each; of LEAST where there is less."""
    x = greater(x, spread(LEAST))
    m, e = mantissa(x), exponent(x)
    high = spread(_SQRT2)
    e = where_less(high, m, e + _ONE, e)
    m = where_less(high, m, m * _HALF, m)
    s = (m - _ONE) / (m + _ONE)
    s2 = s * s
    return e + s * (_L0 + s2 * (_L1 + s2 * (_L2 + s2 * (_L3 + s2 * _L4))))


@kernel
def exp2(x: Any) -> Any:
    """2 to each, which is held between -126 and 126."""
    x = greater(x, spread(_LOWEST))
    x = where_less(x, spread(_HIGHEST), x, spread(_HIGHEST))
    n = whole(x)
    f = x - n
    t = f * _E7 + _E6
    t = t * f + _E5
    t = t * f + _E4
    t = t * f + _E3
    t = t * f + _E2
    t = t * f + _E1
    return (t * f + _E0) * power_of_two(n)


@kernel
def angle(x: Any, y: Any) -> Any:
    """Of x + iy, y >= 0, from 0 to pi."""
    nothing = spread(_F(0))
    wide = greater(x, x * _F(-1))
    low, high = where_less(wide, y, wide, y), greater(greater(wide, y), spread(LEAST))
    a = low / high
    s = a * a
    p = s * _SERIES[0] + _SERIES[1]
    for factor in _SERIES[2:]:
        p = p * s + factor
    p = p * a
    p = where_less(wide, y, p * _F(-1) + _HALF * _PI, p)
    return where_less(x, nothing, p * _F(-1) + _PI, p)
