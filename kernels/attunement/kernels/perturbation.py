"""
Jitter and shimmer: how unlike consecutive periods of a voiced frame are, in length and in height.

Periods are found by matching waveforms: the one after a stretch of one period is where the
normalised cross-correlation with it is highest, with a parabola through the peak (P. Boersma,
"Should jitter be measured by peak picking or by waveform matching?", Folia Phoniatrica et
Logopaedica 61, 2009). Local jitter is the mean absolute difference of consecutive periods over
their mean; local shimmer the mean absolute difference of their heights, peak to peak, in dB.
"""

import math

import numpy as np
from numpy.typing import NDArray

from attunement.kernels.jit import kernel
from attunement.kernels.lanes import WIDTH, spread, store, stretch

Array = NDArray[np.float32]

RATE = 16_000  # Hz
WINDOW = 960  # samples, 60 ms
RANGE = 0.1  # a period's length, relatively to the pitch's, to either side
ALIKE = 0.5  # correlation under which two stretches are no two periods of one voice
ROOM = 96  # lags looked at, the most: a fifth of the period of 50 Hz, and a few
AFTER = ROOM  # samples that must be there after a window, though they count for nothing

PERIODS = 2  # the least that jitter and shimmer are of


@kernel
def _correlate(
    sound: Array, at: int, size: int, first: int, products: Array, energies: Array
) -> float:
    """
    Products of sound[at:][:size] with what is first, first + 1, ... samples on, energies of the
    latter: 4 WIDTH of them into the first four rows; returns the energy of the former.
    """
    none = np.float32(0)
    p0, p1, p2, p3 = spread(none), spread(none), spread(none), spread(none)
    e0, e1, e2, e3 = spread(none), spread(none), spread(none), spread(none)
    own = none
    for i in range(size):
        x = sound[at + i]
        own += x * x
        place = at + i + first
        y0, y1 = stretch(sound, place), stretch(sound, place + WIDTH)
        y2, y3 = stretch(sound, place + 2 * WIDTH), stretch(sound, place + 3 * WIDTH)
        p0, p1, p2, p3 = p0 + y0 * x, p1 + y1 * x, p2 + y2 * x, p3 + y3 * x
        e0, e1, e2, e3 = e0 + y0 * y0, e1 + y1 * y1, e2 + y2 * y2, e3 + y3 * y3
    store(products, 0, p0)
    store(products, 1, p1)
    store(products, 2, p2)
    store(products, 3, p3)
    store(energies, 0, e0)
    store(energies, 1, e1)
    store(energies, 2, e2)
    store(energies, 3, e3)
    return float(own)


@kernel
def _period(sound: Array, at: int, hz: float, products: Array, energies: Array) -> float:
    """Length in samples of the period that begins at `at`; 0 where the next is not like it."""
    size = int(RATE / hz + 0.5)
    first = max(2, int(size * (1 - RANGE)))
    count = min(int(size * (1 + RANGE)) + 2 - first, ROOM)
    own = 0.0
    for done in range(0, count, 4 * WIDTH):
        row = done // WIDTH
        own = _correlate(sound, at, size, first + done, products[row:], energies[row:])
    likeness, energy = products.ravel(), energies.ravel()
    best = 1
    for k in range(count):
        likeness[k] /= math.sqrt(max(own * energy[k], 1e-20))
        if 0 < k < count - 1 and likeness[k] > likeness[best]:
            best = k
    if likeness[best] < ALIKE:
        return 0.0
    slope = 0.5 * (likeness[best + 1] - likeness[best - 1])
    bend = 2 * likeness[best] - likeness[best - 1] - likeness[best + 1]
    shift = slope / bend if bend > 0 and abs(slope) <= bend else 0.0
    return float(first + best + shift)


@kernel
def _height(sound: Array, at: int, size: int) -> float:
    low = high = sound[at]
    for i in range(1, size):
        low, high = min(low, sound[at + i]), max(high, sound[at + i])
    return float(high - low)


@kernel
def perturbation(
    sound: Array, start: int, hz: float, products: Array, energies: Array
) -> tuple[float, float]:
    """
    Local jitter (1) and local shimmer (dB) of sound[start:][:WINDOW], whose pitch is `hz`.

    AFTER more samples must follow; products, energies (ROOM / WIDTH, WIDTH): room. Returns
    (0, 0) where fewer than PERIODS follow each other.
    """
    size = int(RATE / hz + 0.5)
    at, end = start, start + WINDOW
    before = tall = 0.0
    lengths = changes = steps = 0.0
    pairs = periods = 0
    while at + 2 * size + int(size * RANGE) + 4 <= end:
        length = _period(sound, at, hz, products, energies)
        height = _height(sound, at, size)
        if length > 0:
            lengths += length
            periods += 1
            if before > 0 and tall > 0 and height > 0:
                changes += abs(length - before)
                steps += abs(20 * math.log10(height / tall))
                pairs += 1
        before, tall = length, height
        at += int(length + 0.5) if length > 0 else size
    if periods < PERIODS or pairs == 0:
        return 0.0, 0.0
    return changes / pairs / (lengths / periods), steps / pairs


assert ROOM % (4 * WIDTH) == 0
