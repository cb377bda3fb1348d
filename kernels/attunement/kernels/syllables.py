"""
Syllable nuclei: peaks of the intensity with a dip on both sides, in voiced speech.

N. H. de Jong, T. Wempe, "Praat script to detect syllable nuclei and measure speech rate
automatically", Behavior Research Methods 41 (2009). Departures: causal; the threshold hangs on a
running peak that sinks slowly, instead of on the loudest moment of the whole recording.
"""

import numpy as np
from numpy.typing import NDArray

from attunement.kernels.jit import kernel

DIP = 2.0  # dB that the intensity must rise to a peak, and fall after it
BELOW = 25.0  # dB below the running peak, under which no peak counts
SINK = 0.01  # dB per step that the running peak sinks: 1 dB in a second of 10 ms steps

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
