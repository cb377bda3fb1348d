"""
Jitter and shimmer: how unlike consecutive periods of a voice are, in length and in height.

Periods are found by matching waveforms: the one after a stretch of one period is where the
normalised cross-correlation with it is highest, with a parabola through the peak (P. Boersma,
"Should jitter be measured by peak picking or by waveform matching?", Folia Phoniatrica et
Logopaedica 61, 2009). Local jitter is the mean absolute difference of consecutive periods over
their mean; local shimmer the mean absolute difference of their heights, peak to peak, in dB.

Each period follows on the one before it, as long as there is a voice: a frame of 60 ms adds those
of its last 10 ms, and is told of all that lie in it.
"""

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from attunement.kernels.jit import kernel
from attunement.kernels.lanes import (
    WIDTH,
    greater,
    greatest,
    least,
    lesser,
    root,
    rows,
    spread,
    store,
    stretch,
    summed,
)

Array = NDArray[np.float32]

RATE = 16_000  # Hz
WINDOW = 960  # samples, 60 ms
HOP = 160  # samples from frame to frame
RANGE = 0.1  # a period's length, relatively to the pitch's, to either side
ALIKE = 0.5  # correlation under which two stretches are no two periods of one voice
ROOM = 96  # lags looked at, the most: a fifth of the period of 50 Hz, and a few
NO_VOICE = -1
NONE = -1e3  # dB
AFTER = ROOM  # samples that must be there after a window, though they count for nothing

PERIODS = 2  # the least that jitter and shimmer are of
MOST = 96  # periods of a frame that are kept: those of 1,500 Hz


class Chain(NamedTuple):
    """The periods of each stream's voice that its next frame may have a part in."""

    place: NDArray[np.int64]  # (streams, MOST): first sample of each, from the last frame's first
    length: NDArray[np.float64]  # samples; 0 where the next is not like it
    height: NDArray[np.float64]  # dB, NONE where it has none
    held: NDArray[np.int64]  # (streams, 2): how many; where the next one begins
    room: Array


def chain(streams: int) -> Chain:
    """Of streams without a voice so far."""
    return Chain(
        np.zeros((streams, MOST), np.int64),
        np.zeros((streams, MOST)),
        np.zeros((streams, MOST)),
        np.full((streams, 2), NO_VOICE),
        rows(ROOM // WIDTH),
    )


@kernel
def _energy(sound: Array, at: int, size: int) -> Any:
    many = size // WIDTH * WIDTH
    squares = spread(np.float32(0))
    for i in range(at, at + many, WIDTH):
        x = stretch(sound, i)
        squares = squares + x * x
    total = summed(squares)
    for i in range(at + many, at + size):
        total += sound[i] * sound[i]
    return total


@kernel
def _alike(sound: Array, at: int, size: int, first: int, own: Any, room: Array, row: int) -> None:
    """
    Correlation of sound[at:][:size], of energy `own`, with what is first, first + 1, ... samples
    on: 2 WIDTH of them into rows row and row + 1 of room.
    """
    none = spread(np.float32(0))
    p0, p1, q0, q1 = none, none, none, none  # products, of even samples and of odd ones
    e0, e1, f0, f1 = none, none, none, none  # energies
    place = at + first
    for i in range(0, size - 1, 2):
        x, y = sound[at + i], sound[at + i + 1]
        a0, a1 = stretch(sound, place + i), stretch(sound, place + i + WIDTH)
        b0, b1 = stretch(sound, place + i + 1), stretch(sound, place + i + 1 + WIDTH)
        p0, p1, q0, q1 = p0 + a0 * x, p1 + a1 * x, q0 + b0 * y, q1 + b1 * y
        e0, e1, f0, f1 = e0 + a0 * a0, e1 + a1 * a1, f0 + b0 * b0, f1 + b1 * b1
    if size % 2:
        i = size - 1
        x, a0, a1 = sound[at + i], stretch(sound, place + i), stretch(sound, place + i + WIDTH)
        p0, p1, e0, e1 = p0 + a0 * x, p1 + a1 * x, e0 + a0 * a0, e1 + a1 * a1
    least_known = spread(np.float32(1e-20))
    store(room, row, (p0 + q0) / root(greater((e0 + f0) * own, least_known)))
    store(room, row + 1, (p1 + q1) / root(greater((e1 + f1) * own, least_known)))


@kernel
def _period(sound: Array, at: int, hz: float, room: Array) -> float:
    """Length in samples of the period that begins at `at`; 0 where the next is not like it."""
    size = int(RATE / hz + 0.5)
    first = max(2, int(size * (1 - RANGE)))
    count = min(int(size * (1 + RANGE)) + 2 - first, ROOM)
    own = _energy(sound, at, size)
    for done in range(0, count, 2 * WIDTH):
        _alike(sound, at, size, first + done, own, room, done // WIDTH)
    likeness = room.ravel()
    best = 1
    for k in range(2, count - 1):
        if likeness[k] > likeness[best]:
            best = k
    if likeness[best] < ALIKE:
        return 0.0
    slope = 0.5 * (likeness[best + 1] - likeness[best - 1])
    bend = 2 * likeness[best] - likeness[best - 1] - likeness[best + 1]
    shift = slope / bend if bend > 0 and abs(slope) <= bend else 0.0
    return float(first + best + shift)


@kernel
def _height(sound: Array, at: int, size: int) -> float:
    """From the lowest to the highest of `size` samples, WIDTH or more."""
    low = high = stretch(sound, at)
    for i in range(WIDTH, size, WIDTH):
        x = stretch(sound, at + min(i, size - WIDTH))
        low, high = lesser(low, x), greater(high, x)
    return float(greatest(high) - least(low))


@kernel
def _go_on(c: Chain, s: int) -> int:
    """Let places count from the next frame on; without what began before it. How many are left."""
    left = 0
    for i in range(c.held[s, 0]):
        place = c.place[s, i] - HOP
        if place >= 0:
            c.place[s, left] = place
            c.length[s, left], c.height[s, left] = c.length[s, i], c.height[s, i]
            left += 1
    c.held[s, 1] = max(c.held[s, 1] - HOP, 0)
    return left


@kernel
def silence(c: Chain, s: int) -> None:
    """The next frame of stream `s` has no voice."""
    c.held[s, 0] = NO_VOICE


@kernel
def perturbation(c: Chain, s: int, sound: Array, start: int, hz: float) -> tuple[float, float]:
    """
    Local jitter (1) and local shimmer (dB) of sound[start:][:WINDOW], whose pitch is `hz`.

    It is the next frame of stream `s`, HOP after the last one unless silence() came between. AFTER
    more samples must follow. Returns (0, 0) where fewer than PERIODS follow each other.
    """
    if c.held[s, 0] == NO_VOICE:
        n, at = 0, 0
    else:
        n = _go_on(c, s)
        at = c.held[s, 1]
    size = int(RATE / hz + 0.5)
    while at + 2 * size + int(size * RANGE) + 4 <= WINDOW and n < MOST:
        length = _period(sound, start + at, hz, c.room)
        c.place[s, n], c.length[s, n] = at, length
        height = _height(sound, start + at, size)
        c.height[s, n] = 20 * math.log10(height) if height > 0 else NONE
        at += int(length + 0.5) if length > 0 else size
        n += 1
    c.held[s, 0], c.held[s, 1] = n, at
    return _unlike(c, s)


@kernel
def _unlike(c: Chain, s: int) -> tuple[float, float]:
    """Jitter and shimmer of consecutive periods; a length of 0 parts them."""
    length, height = c.length[s], c.height[s]
    lengths = changes = steps = 0.0
    pairs = periods = 0
    for i in range(c.held[s, 0]):
        if length[i] <= 0:
            continue
        lengths += length[i]
        periods += 1
        if i > 0 and length[i - 1] > 0 and height[i - 1] > NONE and height[i] > NONE:
            changes += abs(length[i] - length[i - 1])
            steps += abs(height[i] - height[i - 1])
            pairs += 1
    if periods < PERIODS or pairs == 0:
        return 0.0, 0.0
    return changes / pairs / (lengths / periods), steps / pairs


assert ROOM % (2 * WIDTH) == 0
