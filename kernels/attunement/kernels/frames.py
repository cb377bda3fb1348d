"""Cut sound into overlapping, tapered frames, and only those that are wanted."""

import numpy as np
from numpy.typing import NDArray

from attunement.kernels.jit import kernel


@kernel
def tapered(
    sound: NDArray[np.float32],
    taper: NDArray[np.float32],
    hop: int,
    wanted: NDArray[np.bool_],
    room: int,
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """
    Frame i is sound[i * hop :][: taper.size] without its mean, times the taper, for wanted[i].

    Returns the frames (k, room), filled up with zeros to `room` samples, and the distance from
    each one's lowest sample to its highest (k,).
    """
    size = taper.size
    out = np.zeros((np.count_nonzero(wanted), room), np.float32)
    span = np.empty(out.shape[0], np.float32)
    k = 0
    for i in range(wanted.size):
        if not wanted[i]:
            continue
        total = 0.0
        low = high = sound[i * hop]
        for j in range(size):
            x = sound[i * hop + j]
            total += x
            low, high = min(low, x), max(high, x)
        mean = np.float32(total / size)
        for j in range(size):
            out[k, j] = (sound[i * hop + j] - mean) * taper[j]
        span[k] = high - low
        k += 1
    return out, span
