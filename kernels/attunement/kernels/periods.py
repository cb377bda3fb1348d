"""
Jitter and shimmer as eGeMAPS was published with them: along one chain of periods.

The live ones are of all periods in 60 ms (`perturbation`); these are of those that fit into the
10 ms by which a frame moves on, a period or two, so that they jump from frame to frame. The chain
begins with a voice, where its first frame begins, and goes on to its end. A period is as long as
the lag at which what follows is most like it (correlation, with a parabola through the peak),
within RANGE of the pitch's; one less than ALIKE is passed over. A frame that adds none keeps what
the one before it had. Jitter: mean absolute difference of periods that follow each other, over
their mean length; shimmer: mean absolute difference of their extents over the mean extent, in dB.
"""

import math

import numpy as np
from numpy.typing import NDArray

from attunement.kernels.jit import kernel

Array = NDArray[np.float32]
Values = NDArray[np.float64]
Places = NDArray[np.int64]

RATE = 16_000  # Hz
HOP = 160  # samples
WINDOW = 960  # samples from a frame's first on that must be there
LOWEST = 55.0  # Hz, the lowest pitch that a frame may have
RANGE = 0.1
ALIKE = 0.5

LONGEST = int(RATE / LOWEST * (1 + RANGE))  # samples of a period
KEPT = 2 * LONGEST  # samples before a frame's first that its chain may still be at


@kernel
def _likeness(sound: Array, at: int, lag: int) -> float:
    """Correlation of sound[at:][:lag] with the `lag` samples after them."""
    a = b = aa = bb = ab = 0.0
    for i in range(at, at + lag):
        x, y = float(sound[i]), float(sound[i + lag])
        a, b = a + x, b + y
        aa, bb, ab = aa + x * x, bb + y * y, ab + x * y
    spread = (aa - a * a / lag) * (bb - b * b / lag)
    return (ab - a * b / lag) / math.sqrt(max(spread, 1e-20))


@kernel
def _period(sound: Array, at: int, shortest: int, longest: int) -> tuple[int, float, float]:
    """Samples of the period at `at`, its exact length, and likeness; 0 samples without a peak."""
    found, length, best = 0, 0.0, -2.0
    before = _likeness(sound, at, shortest)
    here = _likeness(sound, at, shortest + 1)
    for lag in range(shortest + 1, longest):
        after = _likeness(sound, at, lag + 1)
        bend = 2 * here - before - after
        if here > before and here > after:
            shift = 0.5 * (after - before) / bend
            top = here + 0.25 * (after - before) * shift
            if here > best:
                best = here
                found, length, likeness = lag, lag + shift, top
        before, here = here, after
    return (found, length, likeness) if found else (0, 0.0, 0.0)


@kernel
def _extent(sound: Array, at: int, size: int) -> float:
    low = high = sound[at]
    for i in range(at + 1, at + size):
        low, high = min(low, sound[i]), max(high, sound[i])
    return float(high - low)


@kernel
def follow(sound: Array, start: int, hz: Array, place: Places, known: Values, out: Array) -> None:
    """
    Jitter (1) and shimmer (dB) of frames whose pitch is hz (n,), into out (n, 2).

    sound: frame i begins at start + i * HOP, at least KEPT samples before it and WINDOW after it
    there; place (1,): the sample that the chain is at, -1 without a voice; known (3,): length of
    the last period, jitter and shimmer so far. Both go on from call to call.
    """
    for i in range(hz.size):
        if not hz[i] > 0:
            place[0] = -1
            known[:] = 0
            out[i] = 0
            continue
        first = start + i * HOP
        at = place[0] if place[0] >= 0 else first
        size = RATE / hz[i]
        shortest, longest = int(size * (1 - RANGE)), int(size * (1 + RANGE))
        end = max(first + HOP, at + 2 * longest)  # one period is looked for in any case
        lengths = steps = changes = extents = 0.0
        periods = pairs = 0
        while at + 2 * longest <= end:
            lag, length, likeness = _period(sound, at, shortest, longest)
            if lag and likeness > ALIKE:
                one, other = _extent(sound, at, lag), _extent(sound, at + lag, lag)
                changes, extents = changes + abs(one - other), extents + 0.5 * (one + other)
                lengths, periods = lengths + length, periods + 1
                if known[0] > 0:
                    steps, pairs = steps + abs(length - known[0]), pairs + 1
                known[0] = length
            at += lag if lag else int(size + 0.5)
        if pairs:
            known[1] = steps / pairs / (lengths / periods)
        if extents > 0:
            known[2] = 20 * math.log10(1 + min(1.0, changes / extents))
        place[0] = at
        out[i, 0], out[i, 1] = known[1], known[2]


class Chain:
    """Jitter and shimmer of one stream, as sound and pitch come; nothing grows with time."""

    def __init__(self) -> None:
        self._sound = np.zeros(KEPT, np.float32)  # from KEPT before the next frame's first on
        self._hz = np.zeros(0, np.float32)
        self._place = np.full(1, -1, np.int64)
        self._known = np.zeros(3)

    def push(self, sound: Array, hz: Array) -> Array:
        """
        Jitter (1) and shimmer (dB) of the frames that these complete (n, 2), 0 without a value.

        sound: 16 kHz, finite; hz: pitch of the next frames, LOWEST or more, 0 or NaN without voice.
        Frame i is of the WINDOW samples from i * HOP on.
        """
        self._sound = np.concatenate((self._sound, sound))
        self._hz = np.concatenate((self._hz, hz))
        n = min(self._hz.size, max(0, (self._sound.size - KEPT - WINDOW) // HOP + 1))
        out = np.zeros((n, 2), np.float32)
        follow(self._sound, KEPT, self._hz[:n], self._place, self._known, out)
        if self._place[0] >= 0:
            self._place[0] -= n * HOP
        self._sound, self._hz = self._sound[n * HOP :], self._hz[n:]
        return out
