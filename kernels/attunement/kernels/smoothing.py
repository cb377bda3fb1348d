"""
The descriptors as the set asks for them: the mean over a frame and its two neighbours. The ten that
every frame has over all three, the fifteen others (sma3nz) over those that are not 0, and 0 where
the frame's own is.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from attunement.kernels.descriptors import ENERGY, F0
from attunement.kernels.jit import kernel

Array = NDArray[np.float32]

KEPT = 2  # frames of a stream that its next one may need


class Smoother:
    """Of one stream or of several, one frame behind."""

    def __init__(self, streams: int = 1) -> None:
        self._last = np.zeros((streams, KEPT, ENERGY), np.float32)  # frames, as many as are known
        self._known = np.zeros(streams, np.int64)

    def push(self, rows: Sequence[Array]) -> list[Array]:
        """
        rows (n, ENERGY or more) of each stream; the frames (k, 25) that they decide. Raises
        ValueError when there are rows of more or fewer streams.
        """
        if len(rows) != len(self._known):
            raise ValueError(f"got rows of {len(rows)} streams, expected {len(self._known)}")
        sizes = np.array([len(one) for one in rows])
        before = np.minimum(self._known, KEPT - 1)  # of the known, those that wait
        out = np.empty((int(sizes.sum() + before.sum()), ENERGY), np.float32)
        _push(self._last, self._known, np.concatenate(rows), sizes, out)
        decided = np.maximum(sizes + before - 1, 0).tolist()
        ends = np.cumsum(decided).tolist()
        return [out[end - n : end] for end, n in zip(ends, decided, strict=True)]

    def flush(self, stream: int = 0) -> Array:
        """The last frame of a stream, which has no neighbour to come."""
        return smoothed(self._last[stream, : self._known[stream]], F0)[-1:]


@kernel
def _mean(rows: Array, low: int, high: int, own: int, c: int, sparse: int) -> np.float32:
    """Of column c over the rows low to high, as said above of the row `own`."""
    if c >= sparse and rows[own, c] == 0:
        return np.float32(0)
    total, count = np.float32(0), 0
    for j in range(low, high):
        if c < sparse or rows[j, c] != 0:
            total += rows[j, c]
            count += 1
    return total / np.float32(count)


@kernel
def _push(
    last: Array,
    known: NDArray[np.int64],
    rows: Array,
    sizes: NDArray[np.int64],
    out: Array,
) -> None:
    """Fill `out` with the frames that are decided, stream by stream; remember the last KEPT."""
    begin = written = 0
    for s in range(sizes.size):
        held = np.empty((known[s] + sizes[s], ENERGY), np.float32)
        held[: known[s]] = last[s, : known[s]]
        held[known[s] :] = rows[begin : begin + sizes[s], :ENERGY]
        n = held.shape[0]
        for i in range(max(0, known[s] - 1), n - 1):
            for c in range(ENERGY):
                out[written, c] = _mean(held, max(0, i - 1), min(n, i + 2), i, c, F0)
            written += 1
        known[s] = min(KEPT, n)
        last[s, : known[s]] = held[n - known[s] :]
        begin += sizes[s]


@kernel
def smoothed(rows: Array, sparse: int) -> Array:
    """
    Means of rows (n, 25 or more) and their neighbours, one at the ends; what is said above of
    sma3nz from column `sparse` on.
    """
    n = rows.shape[0]
    out = np.empty((n, ENERGY), np.float32)
    for i in range(n):
        for c in range(ENERGY):
            out[i, c] = _mean(rows, max(0, i - 1), min(n, i + 2), i, c, sparse)
    return out
