"""
The descriptors as the set asks for them: the mean over a frame and its two neighbours. The ten that
every frame has over all three, the fifteen others (sma3nz) over those that are not 0, and 0 where
the frame's own is.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from attunement.kernels.descriptors import COLUMNS, ENERGY, F0
from attunement.kernels.jit import kernel

Array = NDArray[np.float32]

KEPT = 2  # frames of a stream that its next one may need


class Smoother:
    """Of one stream or of several, one frame behind."""

    def __init__(self, streams: int = 1) -> None:
        self._last = np.zeros((streams, KEPT, COLUMNS), np.float32)  # frames, as many as are known
        self._known = np.zeros(streams, np.int64)
        self._ends = np.zeros(streams, np.int64)  # of what each stream has decided

    def push(self, rows: Sequence[Array]) -> list[Array]:
        """
        rows (n, COLUMNS) of each stream; the frames (k, 25) that they decide. Raises
        ValueError when there are rows of more or fewer streams.
        """
        if len(rows) != len(self._known):
            raise ValueError(f"got rows of {len(rows)} streams, expected {len(self._known)}")
        joined, sizes = np.concatenate(rows), np.array([len(one) for one in rows])
        out = np.empty((len(joined) + len(sizes), ENERGY), np.float32)
        push(self._last, self._known, joined, sizes, self._ends, out)
        ends = self._ends.tolist()
        return [out[a:b] for a, b in zip([0, *ends], ends, strict=False)]

    def flush(self, stream: int = 0) -> Array:
        """The last frame of a stream, which has no neighbour to come."""
        return smoothed(self._last[stream, : self._known[stream]], F0)[-1:]


@kernel
def _smooth(
    before: Array, here: Array, after: Array, first: Any, last: Any, sparse: int, out: Array
) -> None:
    """
    A row (ENERGY or more,) and those beside it, which `first` and `last` (0 or 1) say there are,
    into out (ENERGY,); from column `sparse` on as said above of sma3nz. What is 0 adds nothing to
    a sum, so that no column needs a branch of its own.
    """
    count = np.float32(1) + first + last
    for c in range(sparse):
        out[c] = (before[c] * first + here[c] + after[c] * last) / count
    for c in range(sparse, ENERGY):
        a, own, b = before[c] * first, here[c], after[c] * last
        known = np.float32(a != 0) + np.float32(1) + np.float32(b != 0)
        out[c] = (a + own + b) / known if own != 0 else np.float32(0)


@kernel
def _at(last: Array, known: int, rows: Array, begin: int, i: int) -> Any:
    """Row i of what is remembered and of the rows after it."""
    return last[i] if i < known else rows[begin + i - known]


@kernel
def push(
    last: Array,
    known: NDArray[np.int64],
    rows: Array,
    sizes: NDArray[np.int64],
    ends: NDArray[np.int64],
    out: Array,
) -> None:
    """
    Fill `out` with the frames that are decided, stream by stream up to `ends`; remember the last
    KEPT of each stream in last (streams, KEPT, columns), of which `known` are there.

    rows (n, columns), of each stream as many as sizes says, one stream's after another's.
    """
    begin = written = 0
    for s in range(sizes.size):
        held, k = last[s], known[s]
        n = k + sizes[s]
        for i in range(max(0, k - 1), n - 1):
            before = _at(held, k, rows, begin, max(0, i - 1))
            here, after = _at(held, k, rows, begin, i), _at(held, k, rows, begin, i + 1)
            _smooth(before, here, after, np.float32(i > 0), np.float32(1), F0, out[written])
            written += 1
        ends[s] = written
        known[s] = min(KEPT, n)
        for i in range(known[s]):
            kept = _at(held, k, rows, begin, n - known[s] + i)
            for c in range(held.shape[1]):
                held[i, c] = kept[c]
        begin += sizes[s]


@kernel
def smoothed(rows: Array, sparse: int) -> Array:
    """
    Means of rows (n, ENERGY or more) and their neighbours, one at the ends; what is said above of
    sma3nz from column `sparse` on. Returns (n, ENERGY).
    """
    n = rows.shape[0]
    out = np.empty((n, ENERGY), np.float32)
    for i in range(n):
        before, after = rows[max(0, i - 1)], rows[min(n - 1, i + 1)]
        first, last = np.float32(i > 0), np.float32(i + 1 < n)
        _smooth(before, rows[i], after, first, last, sparse, out[i])
    return out
