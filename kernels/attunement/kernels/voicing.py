"""
Fundamental frequency, second half: how good a candidate is, and whether there is a voice at all.

Two small nets, learned from speech (see training/pitch): the one weighs the clues of a candidate,
the other the facts of seven frames, three of them to come. Among the facts are the level against
a running peak and a running floor, so that the one near voice stands out from those behind it.
The level is judged over 15 ms, since a voice begins and ends faster than a window of 44 ms shows.
"""

import math
from functools import cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

from attunement.kernels.jit import kernel
from attunement.kernels.lanes import WIDTH, spread, stretch, summed
from attunement.kernels.perceptron import Perceptron, log_odds
from attunement.kernels.tracking import LOOKAHEAD

REACH = 120  # samples at 16 kHz to either side of a frame's centre over which level is judged
FALL = 0.03  # dB per frame by which the running peak falls and the running floor rises
NO_EVIDENCE = -12.0  # log odds of a frame without any candidate; nor do others go further

FACTS = 11  # of a frame: see describe()
NEAR = (0, 1, 5, 7, 8)  # those of them that are asked of the frames around, too
AROUND = (-3, -2, -1, 1, 2, 3)  # frames
BACK = 3  # frames before a frame that must be kept for it
INPUTS = FACTS + len(NEAR) * len(AROUND)

assert 2 * REACH % WIDTH == 0
assert (-min(AROUND), max(AROUND)) == (BACK, LOOKAHEAD)


@cache
def weights() -> tuple[Perceptron, Perceptron]:
    """What weighs a candidate's clues, and what weighs a frame and those around it."""
    with (files("attunement.kernels") / "pitch.npz").open("rb") as file, np.load(file) as table:
        weigher, hearer = (
            Perceptron(*(table[f"{net}_{field}"] for field in Perceptron._fields))
            for net in ("candidate", "voice")
        )
    return weigher, hearer


@kernel
def evidence(
    hz: NDArray[np.float32], clues: NDArray[np.float32], net: Perceptron, out: NDArray[np.float32]
) -> None:
    """
    Log odds of each candidate (n, candidates), no further from 0 than NO_EVIDENCE: of none.

    The candidates of a frame stand before the places where there is none.
    """
    for n in range(hz.shape[0]):
        found = 0
        while found < hz.shape[1] and hz[n, found] > 0:
            found += 1
        log_odds(clues[n, :found], net, out[n])
        for k in range(found):
            out[n, k] = min(max(out[n, k], np.float32(NO_EVIDENCE)), np.float32(-NO_EVIDENCE))
        out[n, found:] = NO_EVIDENCE


@kernel
def level_and_tilt(
    sound: NDArray[np.float32], first: int, hop: int, out: NDArray[np.float32]
) -> None:
    """
    Mean power in dB within REACH of each centre first + i * hop, and that of the sample-to-sample
    difference above it, into out (n, 2).
    """
    for n in range(out.shape[0]):
        begin = first + n * hop - REACH
        power, steepness = spread(np.float32(0)), spread(np.float32(0))
        for i in range(begin, begin + 2 * REACH, WIDTH):
            x = stretch(sound, i)
            step = x - stretch(sound, i - 1)
            power, steepness = power + x * x, steepness + step * step
        level = 10 * math.log10(summed(power) / (2 * REACH) + 1e-12)
        out[n, 0] = level
        out[n, 1] = 10 * math.log10(summed(steepness) / (2 * REACH) + 1e-12) - level


def new_levels() -> NDArray[np.float64]:
    """What describe() remembers: peak and floor of the level and of the low band, frames so far."""
    return np.zeros(5)


@kernel
def describe(
    clues: NDArray[np.float32],
    evidence: NDArray[np.float32],
    bands: NDArray[np.float32],
    levels: NDArray[np.float32],
    running: NDArray[np.float64],
    out: NDArray[np.float32],
) -> None:
    """
    The facts of each frame, into out (n, FACTS).

    clues (n, candidates, CLUES) and their evidence (n, candidates); bands (n, 3); levels (n, 2);
    running: new_levels(), changed in place. Facts: evidence of the best candidate; level under
    the running peak and over the running floor; the same of the low band, floor first; low band
    over middle and over high; tilt; both autocorrelations of the best candidate; how far it stands
    under the highest peak.
    """
    for n in range(clues.shape[0]):
        level, low = levels[n, 0], bands[n, 0]
        if running[4] == 0:
            running[0] = running[1] = level
            running[2] = running[3] = low
        running[0] = max(level, running[0] - FALL)
        running[1] = min(level, running[1] + FALL)
        running[2] = max(low, running[2] - FALL)
        running[3] = min(low, running[3] + FALL)
        running[4] += 1
        best = np.argmax(evidence[n])
        out[n, 0] = evidence[n, best]
        out[n, 1] = max(level - running[0], -60.0)
        out[n, 2] = min(level - running[1], 60.0)
        out[n, 3] = min(low - running[3], 60.0)
        out[n, 4] = max(low - running[2], -60.0)
        out[n, 5] = low - bands[n, 1]
        out[n, 6] = low - bands[n, 2]
        out[n, 7] = levels[n, 1]
        out[n, 8] = clues[n, best, 0]
        out[n, 9] = clues[n, best, 5]
        out[n, 10] = clues[n, best, 11]


@kernel
def with_those_around(
    facts: NDArray[np.float32], first: int, last: int, out: NDArray[np.float32]
) -> None:
    """
    What the second net is asked of the frames first to last of facts (n, FACTS), into out
    (last - first, INPUTS). Frames that there are not are taken to be as the one asked for.
    """
    for n in range(first, last):
        for i in range(FACTS):
            out[n - first, i] = facts[n, i]
        i = FACTS
        for shift in AROUND:
            there = n + shift if 0 <= n + shift < facts.shape[0] else n
            for fact in NEAR:
                out[n - first, i] = facts[there, fact]
                i += 1
