"""Half the sampling rate, so that pitch is looked for where it is."""

import numpy as np
from numpy.typing import NDArray

from attunement.kernels.jit import kernel

TAPS = 31
LAG = TAPS - 2  # samples of the past that the filter needs before a block
DELAY = 14  # samples: output m belongs to input 2 m - DELAY of its block


def _half_band() -> NDArray[np.float32]:
    k = np.arange(TAPS) - TAPS // 2
    h = np.sinc(k / 2) * np.kaiser(TAPS, 6.0)
    return np.asarray(h / h.sum(), np.float32)


HALF_BAND = _half_band()


def halve(past: NDArray[np.float32], block: NDArray[np.float32]) -> NDArray[np.float32]:
    """
    Low-pass at a quarter of the rate (Kaiser-windowed sinc) and keep every second sample.

    past (LAG,): the samples before the block. block (n,): n even. Returns (n / 2,).
    """
    return _halve(np.concatenate((past, block)), HALF_BAND)


@kernel
def _halve(x: NDArray[np.float32], taps: NDArray[np.float32]) -> NDArray[np.float32]:
    half = taps.size // 2
    out = np.empty((x.size - taps.size) // 2 + 1, np.float32)
    for m in range(out.size):
        centre = 2 * m + half
        total = taps[half] * x[centre]
        for k in range(1, half + 1, 2):  # the even ones are zero in a half-band filter
            total += taps[half + k] * (x[centre - k] + x[centre + k])
        out[m] = total
    return out
