"""
The pulse in the colour of skin: how much light it gives back, freed of what is not blood.

Two projections of mean colour, both in short windows that are laid over each other:
POS (W. Wang, A. den Brinker, S. Stuijk, G. de Haan, "Algorithmic principles of remote PPG", IEEE
TBME 64, 2017) and CHROM (G. de Haan, V. Jeanne, "Robust pulse rate from chrominance-based rPPG",
IEEE TBME 60, 2013). And what a window's spectrum says of it: the strongest rhythm of a band, and
how far it and its first harmonic stand out from the rest (de Haan and Jeanne's signal to noise).
"""

import math

import numpy as np
from numpy.typing import NDArray

from attunement.kernels.jit import kernel

Floats = NDArray[np.float64]

SHORT = 1.6  # s, of the windows that are laid over each other: one beat of 38 per minute
BESIDE = 0.1  # Hz to either side of a rhythm that belong to it
DARK, BRIGHT = 20, 250  # a pixel with a channel under or over these says nothing of blood


@kernel
def colour(
    image: NDArray[np.uint8], top: int, bottom: int, left: int, right: int, out: Floats
) -> int:
    """
    Sums of red, green and blue over a box of image (height, width, 3), added to out (3,).

    Returns how many pixels counted: all but those too dark or too bright.
    """
    n = 0
    red = green = blue = 0
    for y in range(max(0, top), min(image.shape[0], bottom)):
        for x in range(max(0, left), min(image.shape[1], right)):
            r, g, b = int(image[y, x, 0]), int(image[y, x, 1]), int(image[y, x, 2])
            if min(r, g, b) > DARK and max(r, g, b) < BRIGHT:
                red, green, blue = red + r, green + g, blue + b
                n += 1
    out[0] += red
    out[1] += green
    out[2] += blue
    return n


@kernel
def evenly(t: Floats, colours: Floats, begin: float, step: float, out: Floats) -> None:
    """
    Colours (n, 3) at times t (n,), ascending, as they were at begin + i * step, into out (m, 3).

    In straight lines between two; as the first or the last beyond them.
    """
    k = 0
    for i in range(out.shape[0]):
        at = begin + i * step
        while k + 2 < t.size and t[k + 1] <= at:
            k += 1
        share = (at - t[k]) / (t[k + 1] - t[k])
        share = min(1.0, max(0.0, share))
        for c in range(3):
            out[i, c] = colours[k, c] + share * (colours[k + 1, c] - colours[k, c])


@kernel
def _spread(x: Floats) -> float:
    mean = x.mean()
    total = 0.0
    for value in x:
        total += (value - mean) * (value - mean)
    return math.sqrt(total / x.size)


@kernel
def project(colours: Floats, size: int, chrom: bool) -> Floats:
    """
    The pulse (n,) in colours (n, 3), evenly in time, `size` of them to a short window.

    POS, or CHROM; of no unit, around 0. n may not be less than size.
    """
    n = colours.shape[0]
    out = np.zeros(n)
    x, y = np.empty(size), np.empty(size)
    for first in range(n - size + 1):
        red = green = blue = 0.0
        for i in range(first, first + size):
            red, green, blue = red + colours[i, 0], green + colours[i, 1], blue + colours[i, 2]
        red, green, blue = size / red, size / green, size / blue
        for i in range(size):
            r, g = colours[first + i, 0] * red, colours[first + i, 1] * green
            b = colours[first + i, 2] * blue
            if chrom:
                x[i], y[i] = 3 * r - 2 * g, 1.5 * r + g - 1.5 * b
            else:
                x[i], y[i] = g - b, g + b - 2 * r
        other = _spread(y)
        weight = _spread(x) / other if other > 1e-12 else 0.0
        if chrom:
            weight = -weight
        mean = x.mean() + weight * y.mean()
        for i in range(size):
            value = x[i] + weight * y[i] - mean
            out[first + i] += (
                value * (0.5 - 0.5 * math.cos(2 * math.pi * (i + 0.5) / size)) if chrom else value
            )
    return out


def rhythm(signal: Floats, rate: float, low: float, high: float) -> tuple[float, float]:
    """
    The strongest rhythm of a signal (n,) between low and high Hz, and how clear it is in dB.

    Clear: power within BESIDE of it and of its double against all other power from low to the
    double of high (or half the rate). (0, -inf) of a signal without any.
    """
    n = signal.size
    points = 1 << max(0, math.ceil(math.log2(8 * n)))  # finer than the window resolves: smooth
    tapered = (signal - signal.mean()) * np.hanning(n + 2)[1:-1]
    power = np.abs(np.fft.rfft(tapered, points)) ** 2
    hz = np.arange(power.size) * rate / points
    inside = (hz >= low) & (hz <= high)
    if not power[inside].any():
        return 0.0, -math.inf
    best = int(np.argmax(np.where(inside, power, 0)))
    left, top, right = power[best - 1], power[best], power[best + 1]
    bend = left - 2 * top + right
    shift = 0.5 * (left - right) / bend if bend < 0 else 0.0
    found = float((best + max(-0.5, min(0.5, shift))) * rate / points)
    found = max(low, min(high, found))
    heard = (hz >= low) & (hz <= min(2 * high, rate / 2))
    width = max(BESIDE, 1 / (n / rate))  # no rhythm is narrower than the window tells
    mine = heard & ((np.abs(hz - found) <= width) | (np.abs(hz - 2 * found) <= width))
    rest = float(power[heard & ~mine].sum())
    clear = 10 * math.log10(float(power[mine].sum()) / rest) if rest > 0 else math.inf
    return found, clear
