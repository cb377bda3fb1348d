"""
The low-level descriptors of streams, as their sound and their pitch come. Of each frame:
`descriptors.py`.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from attunement.kernels import formants, perturbation
from attunement.kernels.descriptors import COLUMNS, HOP, LONG, Before, before, bench, describe
from attunement.kernels.held import hold
from attunement.kernels.jit import kernel
from attunement.kernels.lanes import move

Array = NDArray[np.float32]


class Waiting(NamedTuple):
    """Sound and pitch of all streams that wait for each other, and room for what is ready."""

    sound: Array  # (streams * room + AFTER,)
    hz: Array  # (streams, frames)
    held: NDArray[np.int64]  # (streams, 2): samples, pitches
    before: Before
    start: NDArray[np.int64]
    stream: NDArray[np.int64]
    pitch: Array
    out: Array


@kernel
def take(
    held: Any, room: int, sound: Array, sizes: NDArray[np.int64], hz: Array, n: NDArray[np.int64]
) -> int:
    """
    Keep sound and pitches, those of all streams one after another, of each stream as many as sizes
    and n say. Where there is no room for a stream's, nothing is kept: returns that stream, else -1.
    """
    z = held.all
    for s in range(n.size):
        if z.held[s, 0] + sizes[s] > room or z.held[s, 1] + n[s] > z.hz.shape[1]:
            return s
    at = known = 0
    for s in range(n.size):
        to = s * room + z.held[s, 0]
        fresh, kept = sound[at : at + sizes[s]], z.sound[to : to + sizes[s]]
        for i in range(fresh.size):
            kept[i] = fresh[i] if fresh[i] - fresh[i] == 0 else np.float32(0)  # NaN, infinity: not
        for i in range(n[s]):
            z.hz[s, z.held[s, 1] + i] = hz[known + i]
        z.held[s, 0] += sizes[s]
        z.held[s, 1] += n[s]
        at += sizes[s]
        known += n[s]
    return -1


@kernel
def _gather(z: Any, room: int, ready: NDArray[np.int64]) -> int:
    """Find the frames that are ready: how many of each stream, and of all."""
    total = 0
    for s in range(ready.size):
        ready[s] = min(max(0, (z.held[s, 0] - LONG) // HOP + 1), z.held[s, 1])
        for i in range(ready[s]):
            z.start[total], z.stream[total] = s * room + i * HOP, s
            z.pitch[total] = z.hz[s, i]
            total += 1
    return total


@kernel
def _forget(z: Any, room: int, ready: NDArray[np.int64]) -> None:
    """The sound and the pitch of the frames that were ready."""
    for s in range(ready.size):
        gone = ready[s] * HOP
        move(z.sound[s * room :], gone, z.held[s, 0])
        for i in range(ready[s], z.held[s, 1]):
            z.hz[s, i - ready[s]] = z.hz[s, i]
        z.held[s, 0] -= gone
        z.held[s, 1] -= ready[s]


@kernel
def advance(held: Any, room: int, sign: Any, bench: Any, ready: NDArray[np.int64]) -> int:
    """Describe what is ready, into the first rows of out; how many, also by stream."""
    z = held.all
    n = _gather(z, room, ready)
    describe(z.sound, z.start[:n], z.stream[:n], z.pitch[:n], sign, z.before, bench, z.out[:n])
    _forget(z, room, ready)
    return n


def waiting(streams: int, room: int) -> Waiting:
    """Of streams that have just begun, each with room for so many samples."""
    frames = streams * (room // HOP + 1)
    return Waiting(
        np.zeros(streams * room + perturbation.AFTER, np.float32),
        np.zeros((streams, room // HOP + 1), np.float32),
        np.zeros((streams, 2), np.int64),
        before(streams),
        np.zeros(frames, np.int64),
        np.zeros(frames, np.int64),
        np.zeros(frames, np.float32),
        np.zeros((frames, COLUMNS), np.float32),
    )


class Descriptors:
    """
    Descriptors of one stream or of several, as sound and pitch come; nothing grows with time.

    A frame is described when its 60 ms and its pitch are there: the last 50 ms wait for more.
    """

    def __init__(self, streams: int = 1, room: int = 16_000, resonances: bool = False) -> None:
        """
        room: samples that a stream may be ahead of its pitch. resonances: formants of A(z) instead
        of the published kind; see formants.
        """
        self._room = room
        self._sign = formants.RESONANCES if resonances else formants.PUBLISHED
        begun = waiting(streams, room)
        self._held, self._out = begun.held, begun.out
        self._waiting, self._bench = hold(begun), bench()
        self._ready = np.zeros(streams, np.int64)

    def push(self, sounds: Sequence[Array], pitches: Sequence[Array]) -> list[Array]:
        """
        The frames that these complete, (n, COLUMNS) per stream, oldest first.

        sounds: samples of each stream, 16 kHz, full scale 1; NaN counts as 0. pitches: Hz of each
        stream's next frames, at the middle of their 60 ms, 0 or NaN without voice. Raises
        ValueError when a stream runs further ahead than its room, or for another number of streams.
        """
        if not len(sounds) == len(pitches) == self._ready.size:
            raise ValueError(
                f"got sound of {len(sounds)} and pitches of {len(pitches)} streams, "
                f"expected {self._ready.size}"
            )
        sizes, known = np.array([one.size for one in sounds]), np.array([p.size for p in pitches])
        sound, hz = np.concatenate(sounds), np.concatenate(pitches)
        full = take(self._waiting, self._room, sound, sizes, hz, known)
        if full >= 0:
            raise ValueError(
                f"got {self._held[full, 0] + sizes[full]} samples and "
                f"{self._held[full, 1] + known[full]} pitches of a stream that wait for each "
                f"other, expected no more than {self._room} samples"
            )
        n = advance(self._waiting, self._room, self._sign, self._bench, self._ready)
        out, last = self._out[:n].copy(), 0
        rows = []
        for ready in self._ready.tolist():
            rows.append(out[last : last + ready])
            last += ready
        return rows
