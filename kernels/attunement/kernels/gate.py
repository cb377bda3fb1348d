"""What was found of the sound, held against voice activity."""

import numpy as np
from numpy.typing import NDArray

from attunement.kernels.jit import kernel

Array = NDArray[np.float32]

FAINT = np.float32(0.01)  # the least strength of a voiced frame
_NONE, _ZERO, _ONE = np.float32(np.nan), np.float32(0), np.float32(1)


@kernel
def gated(
    found: Array, speech: Array, at: int, hop: int, chunk: int, likely: float
) -> tuple[Array, Array]:
    """
    Frequency in Hz (n,), NaN without a voice, and strength, 0 to 1, 0 without, of found (n, 3), as
    contour.Contour has it. Voiced is only what lies in a chunk that is `likely` speech, or in the
    one after it.

    speech: probability per `chunk` samples; at: the first frame's centre, in samples from the
    second of these chunks on; hop: samples from one frame to the next.
    """
    hz, strength = np.empty(found.shape[0], np.float32), np.empty(found.shape[0], np.float32)
    least = np.float32(likely)
    for i in range(found.shape[0]):
        here = 1 + (at + i * hop) // chunk
        if found[i, 2] > 0 and max(speech[here], speech[here - 1]) >= least:
            hz[i] = found[i, 0]
            strength[i] = min(max(found[i, 1], FAINT), _ONE)
        else:
            hz[i], strength[i] = _NONE, _ZERO
    return hz, strength


@kernel
def spoken(
    speech: Array, at: int, hop: int, chunk: int, count: int, least: float
) -> NDArray[np.bool_]:
    """
    Whether each of `count` places lies in a chunk of speech (count,); before the first, as in it.

    speech: probability per `chunk` samples, speech from `least` on; at: the first place, in samples
    from the first chunk on; hop: samples from one place to the next.
    """
    limit = np.float32(least)
    out = np.empty(count, np.bool_)
    for i in range(count):
        out[i] = speech[max(0, (at + i * hop) // chunk)] >= limit
    return out
