"""Lower sampling rates: a third, from the call's to the analysis's; a half, where pitch is."""

import numpy as np
from numpy.typing import NDArray

from attunement.kernels.jit import kernel
from attunement.kernels.lanes import WIDTH, every_second, write

TAPS = 31
LAG = TAPS - 2  # samples of the past that the filter needs before a block
MORE = 2 * WIDTH  # samples that are read, though they count for nothing, after a block
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
    n = (past.size + block.size - TAPS) // 2 + 1
    x = np.concatenate((past, block, np.zeros(MORE, np.float32)))
    out = np.empty(n + WIDTH, np.float32)
    halve_into(x, HALF_BAND, n, out)
    return out[:n]


@kernel
def halve_into(
    x: NDArray[np.float32], taps: NDArray[np.float32], n: int, out: NDArray[np.float32]
) -> None:
    """
    The same, the first n of out, and up to WIDTH - 1 more that mean nothing. x: LAG samples of the
    past, then 2 n, then room for MORE.
    """
    half = TAPS // 2
    for m in range(0, n, WIDTH):
        centre = 2 * m + half
        total = every_second(x, centre) * taps[half]
        for k in range(1, half + 1, 2):  # the even ones are zero in a half-band filter
            beside = every_second(x, centre - k) + every_second(x, centre + k)
            total = total + beside * taps[half + k]
        write(out, m, total)


THIRD_TAPS = 61
THIRD_LAG = THIRD_TAPS - 3  # samples of the past that the filter needs before a block
THIRD_DELAY = THIRD_LAG - THIRD_TAPS // 2  # samples: output m belongs to input 3 m - THIRD_DELAY


def _third_band() -> NDArray[np.float32]:
    k = np.arange(THIRD_TAPS) - THIRD_TAPS // 2
    h = np.sinc(k * 0.94 / 3) * np.kaiser(THIRD_TAPS, 6.5)  # passes 6.3 kHz, stops at 8.7
    return np.asarray(h / h.sum(), np.float32)


THIRD_BAND = _third_band()


def third(
    past: NDArray[np.float32], pcm: NDArray[np.int16], channels: int
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """
    Mean of the channels, full scale 1, low-passed (Kaiser-windowed sinc), every third sample.

    past (THIRD_LAG,): mono samples before the block. pcm (n * channels,): interleaved, n a
    multiple of 3. Returns (n / 3,) and the past of the next block.
    """
    mono = np.empty(THIRD_LAG + pcm.size // channels, np.float32)
    mono[:THIRD_LAG] = past
    return _third(mono, pcm, channels, THIRD_BAND), mono[-THIRD_LAG:]


@kernel
def _third(
    mono: NDArray[np.float32], pcm: NDArray[np.int16], channels: int, taps: NDArray[np.float32]
) -> NDArray[np.float32]:
    scale = np.float32(1 / (32_768 * channels))
    for i in range(pcm.size // channels):
        total = np.float32(0)
        for c in range(channels):
            total += np.float32(pcm[i * channels + c])
        mono[THIRD_LAG + i] = total * scale
    half = taps.size // 2
    out = np.empty((mono.size - taps.size) // 3 + 1, np.float32)
    for m in range(out.size):
        centre = 3 * m + half
        value = taps[half] * mono[centre]
        for k in range(1, half + 1):
            value += taps[half + k] * (mono[centre - k] + mono[centre + k])
        out[m] = value
    return out
