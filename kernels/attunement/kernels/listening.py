"""
Pitch and descriptors of one stream or of many, from their sound alone: `contour`, `descriptors` and
`smoothing` one after the other, without going back to Python between them.

Eight streams keep all lanes busy: both people of four calls, eight recordings, or eight stretches
of one. What a stream gives depends on nothing but its own sound, and not on how that came.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from attunement.kernels import contour, descriptor_stream, descriptors, formants, smoothing
from attunement.kernels.descriptors import COLUMNS, ENERGY
from attunement.kernels.held import hold
from attunement.kernels.jit import kernel

Array = NDArray[np.float32]

EARLY = 1  # pitch frames before the descriptors' first: theirs is centred 9 ms later
_ROOM = contour.ROOM + 2 * descriptors.LONG  # samples: a block, and what waits for its pitch


class Desk(NamedTuple):
    """Room between one step and the next; not for two threads at once."""

    found: Array  # (streams, frames, 3): what contour.follow() fills in
    counts: NDArray[np.int64]  # (streams,): of these
    early: NDArray[np.int64]  # (streams,): how many are still to be left out
    hz: Array  # (frames of all streams,): 0 without a voice
    known: NDArray[np.int64]  # (streams,): of these
    ready: NDArray[np.int64]  # (streams,): frames described
    last: Array  # (streams, KEPT, COLUMNS): what smoothing.push() remembers
    kept: NDArray[np.int64]  # (streams,)


@kernel
def _pitches(d: Any) -> int:
    """The pitch of the descriptors' next frames into d.hz and d.known; how many of all streams."""
    total = 0
    for s in range(d.counts.size):
        first = min(d.early[s], d.counts[s])
        d.early[s] -= first
        d.known[s] = d.counts[s] - first
        for i in range(first, d.counts[s]):
            d.hz[total] = d.found[s, i, 0] if d.found[s, i, 2] > 0 else np.float32(0)
            total += 1
    return total


@kernel
def listen(
    melody: Any,
    waiting: Any,
    bench: Any,
    desk: Any,
    sign: Any,
    sound: Array,
    sizes: NDArray[np.int64],
    ends: NDArray[np.int64],
    out: Array,
) -> None:
    """
    The smoothed frames that more sound decides, of each stream as many samples as sizes says, one
    stream's after another's; into out, stream by stream up to `ends`.

    melody: contour.state(); waiting: descriptor_stream.waiting(); bench: descriptors.bench();
    desk: Desk; all held. sign: formants.PUBLISHED or RESONANCES.
    """
    d = desk.all
    for i in range(sound.size):
        x = sound[i]
        sound[i] = x if x - x == 0 else np.float32(0)  # NaN, infinity: not
    contour.follow(melody, sound, sizes, d.found, d.counts)
    total = _pitches(d)
    descriptor_stream.take(waiting, _ROOM, sound, sizes, d.hz[:total], d.known)
    n = descriptor_stream.advance(waiting, _ROOM, sign, bench, d.ready)
    smoothing.push(d.last, d.kept, waiting.all.out[:n], d.ready, ends, out)


class Listening:
    """The 25 descriptors of one stream or of several, as sound comes; nothing grows with time."""

    def __init__(self, streams: int = 1, resonances: bool = False) -> None:
        """resonances: formants of A(z) instead of the published kind; see formants."""
        melody = contour.state(streams)
        frames = streams * (_ROOM // descriptors.HOP + 1)
        desk = Desk(
            contour.found(streams),
            np.zeros(streams, np.int64),
            np.full(streams, EARLY),
            np.zeros(frames, np.float32),
            np.zeros(streams, np.int64),
            np.zeros(streams, np.int64),
            np.zeros((streams, smoothing.KEPT, COLUMNS), np.float32),
            np.zeros(streams, np.int64),
        )
        self._held = (
            hold(melody),
            hold(descriptor_stream.waiting(streams, _ROOM)),
            descriptors.bench(),
            hold(desk),
        )
        self._sign = formants.RESONANCES if resonances else formants.PUBLISHED
        self._sound = np.zeros(streams * contour.ROOM, np.float32)
        self._ends = np.zeros(streams, np.int64)
        self._out = np.zeros((frames + streams, ENERGY), np.float32)

    def push(self, sounds: Sequence[Array]) -> list[Array]:
        """
        The frames that these decide, (n, 25) of each stream, oldest first, by descriptors.NAMES.
        Frame i is of the 60 ms from sample 160 i on, and comes 40 to 50 ms after their end.

        sounds: samples of each stream, 16 kHz, full scale 1, contour.ROOM or fewer; NaN counts as
        0. Raises ValueError when a block is longer, or there are more blocks or fewer than streams.
        """
        sizes = contour.sizes(sounds, self._ends.size)
        sound = np.concatenate(sounds, out=self._sound[: sizes.sum()])
        listen(*self._held, self._sign, sound, sizes, self._ends, self._out)
        ends = self._ends.tolist()
        out = self._out[: ends[-1]].copy()
        return [out[a:b] for a, b in zip([0, *ends], ends, strict=False)]
