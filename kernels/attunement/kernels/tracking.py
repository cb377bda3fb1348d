"""
A path through the pitch candidates of many frames, decided with a bounded delay.

Viterbi: the path of greatest sum of evidence less the cost of leaps, which is bounded, so that
after a pause any pitch may follow. A frame is decided LOOKAHEAD frames later and never revised.
"""

import numpy as np
from numpy.typing import NDArray

from attunement.kernels.jit import kernel
from attunement.kernels.pitch import CANDIDATES, DEEP

LOOKAHEAD = 3  # frames
LEAP = 5.0  # cost per octave between two frames
FARTHEST = 7.0  # the most a leap costs

NONE = -1e30

Path = tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int64]]


def new_path() -> Path:
    """What follow() remembers of the frames it has not decided yet."""
    score = np.zeros(CANDIDATES)
    seen = np.full((LOOKAHEAD + 2, CANDIDATES), NONE)  # octaves; NONE: no candidate; last row: room
    back = np.zeros((LOOKAHEAD + 2, CANDIDATES), np.int64)  # last row: frames so far
    return score, seen, back


@kernel
def best_of(values: NDArray[np.float64]) -> int:
    """Where the greatest is; the first of several."""
    best = 0
    for k in range(1, values.size):
        if values[k] > values[best]:
            best = k
    return best


@kernel
def follow(
    frequency: NDArray[np.float32],
    clues: NDArray[np.float32],
    evidence: NDArray[np.float32],
    score: NDArray[np.float64],
    seen: NDArray[np.float64],
    back: NDArray[np.int64],
    out: NDArray[np.int64],
) -> int:
    """
    Which candidate each frame has on the best path, LOOKAHEAD frames later.

    frequency (n, CANDIDATES): Hz, 0 where there is none; clues (n, CANDIDATES, CLUES), of which it
    asks how many octaves it is; evidence (n, CANDIDATES): log odds.
    score, seen, back: new_path(), changed in place. Fills out with the decided frames' candidates,
    any where a frame has none; returns how many: n, LOOKAHEAD fewer at the start.
    """
    room = LOOKAHEAD + 1
    begun = back[room, 0]
    n = frequency.shape[0]
    written = 0
    fresh = seen[room]
    for t in range(n):
        here, before = (begun + t) % room, (begun + t - 1) % room
        for k in range(CANDIDATES):
            seen[here, k] = NONE
            if frequency[t, k] <= 0:
                fresh[k] = NONE
                back[here, k] = best_of(score)
                continue
            octave = -float(clues[t, k, DEEP])
            seen[here, k] = octave
            best, source = NONE, 0
            for j in range(CANDIDATES):
                cost = min(FARTHEST, LEAP * abs(octave - seen[before, j]))
                if score[j] - cost > best:
                    best, source = score[j] - cost, j
            fresh[k] = best + evidence[t, k]
            back[here, k] = source
        top = best_of(fresh)
        if fresh[top] <= NONE:  # no candidate at all: all paths go on as they are
            for k in range(CANDIDATES):
                back[here, k] = k
        else:
            highest = fresh[top]
            for k in range(CANDIDATES):  # the path matters, not its length
                score[k] = max(fresh[k] - highest, NONE)
        if begun + t >= LOOKAHEAD:
            out[written] = _traced(best_of(score), begun + t, LOOKAHEAD, back)
            written += 1
    back[room, 0] = begun + n
    return written


@kernel
def _traced(k: int, t: int, steps: int, back: NDArray[np.int64]) -> int:
    for u in range(steps):
        k = back[(t - u) % (LOOKAHEAD + 1), k]
    return k


@kernel
def undecided(score: NDArray[np.float64], back: NDArray[np.int64], out: NDArray[np.int64]) -> int:
    """
    Fills out with the last frames, as the best path has it so far; nothing is decided. Returns how
    many: LOOKAHEAD or fewer.
    """
    begun = back[LOOKAHEAD + 1, 0]
    n = min(begun, LOOKAHEAD)
    for u in range(n):
        out[n - 1 - u] = _traced(best_of(score), begun - 1, u, back)
    return int(n)
