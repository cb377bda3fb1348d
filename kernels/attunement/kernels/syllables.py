"""
Syllable nuclei: peaks of the intensity with a dip on both sides, in voiced speech.

N. H. de Jong, T. Wempe, "Praat script to detect syllable nuclei and measure speech rate
automatically", Behavior Research Methods 41 (2009). Departures: causal; the threshold hangs on a
running peak that sinks slowly, instead of on the loudest moment of the whole recording.
"""

import math

import numpy as np
from numpy.typing import NDArray

from attunement.kernels.jit import kernel

DIP = 2.0  # dB that the intensity must rise to a peak, and fall after it
BELOW = 25.0  # dB below the running peak, under which no peak counts
SINK = 0.01  # dB per step that the running peak sinks: 1 dB in a second of 10 ms steps

FLOOR = 1e-10  # mean square, -100 dBFS

RISING, TOP, TOP_COUNTS, BOTTOM, PEAK = range(5)


def new_contour() -> NDArray[np.float64]:
    """What nuclei() remembers: rising or not, last top, whether it counts, last bottom, peak."""
    return np.array([0.0, -200.0, 0.0, 200.0, -200.0])


@kernel
def nuclei(
    intensity: NDArray[np.float64], voiced: NDArray[np.bool_], contour: NDArray[np.float64]
) -> NDArray[np.bool_]:
    """
    Whether a syllable nucleus was completed in each step.

    intensity (n,) in dB, smoothed; voiced (n,); contour: new_contour(), changed in place.
    """
    out = np.zeros(intensity.size, np.bool_)
    for i in range(intensity.size):
        level = intensity[i]
        contour[PEAK] = max(level, contour[PEAK] - SINK) if voiced[i] else contour[PEAK] - SINK
        if contour[RISING] > 0:
            if level > contour[TOP]:
                contour[TOP] = level
                contour[TOP_COUNTS] = voiced[i]
            elif level < contour[TOP] - DIP:
                loud = contour[TOP] > contour[PEAK] - BELOW
                out[i] = contour[TOP_COUNTS] > 0 and loud
                contour[RISING] = 0.0
                contour[BOTTOM] = level
        elif level < contour[BOTTOM]:
            contour[BOTTOM] = level
        elif level > contour[BOTTOM] + DIP:
            contour[RISING] = 1.0
            contour[TOP] = level
            contour[TOP_COUNTS] = voiced[i]
    return out


@kernel
def intensity(square: NDArray[np.float64], weight: NDArray[np.float64]) -> NDArray[np.float64]:
    """
    In dB of full scale (n - m + 1,): mean squares (n,) of steps, smoothed by a symmetric window of
    weights (m,).
    """
    out = np.empty(square.size - weight.size + 1)
    for i in range(out.size):
        total = 0.0
        for j in range(weight.size):
            total += square[i + j] * weight[j]
        out[i] = 10 * math.log10(max(total, FLOOR))
    return out


@kernel
def count(
    intensity: NDArray[np.float64],
    spoken: NDArray[np.bool_],
    strength: NDArray[np.float32],
    first: int,
    unsettled: int,
    clock: int,
    contour: NDArray[np.float64],
) -> tuple[int, NDArray[np.int64], NDArray[np.int64]]:
    """
    The clock, which goes on with each step of speech, after these; what it said at each nucleus,
    and at each voiced step.

    intensity (n,) in dB, smoothed; spoken (n,) or more; strength: of the pitch from step `first`
    on, 0 without voice; before step `unsettled` nothing counts; contour: new_contour().
    """
    voiced = np.zeros(intensity.size, np.bool_)
    for i in range(max(0, first), intensity.size):
        voiced[i] = spoken[i] and strength[i - first] > 0
    found = nuclei(intensity, voiced, contour)
    when, sounded = np.empty(found.size, np.int64), np.empty(found.size, np.int64)
    n = m = 0
    for i in range(found.size):
        if i < unsettled or not spoken[i]:
            continue
        clock += 1
        if found[i]:
            when[n] = clock
            n += 1
        if voiced[i]:
            sounded[m] = clock
            m += 1
    return clock, when[:n], sounded[:m]
