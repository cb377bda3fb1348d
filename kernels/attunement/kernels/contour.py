"""
The pitch contour of one stream or of many, every 10 ms, as the sound comes.

`pitch` finds candidates, `voicing` weighs them and hears a voice, `tracking` finds the path.
Frames of all streams are worked off WIDTH side by side; what a frame gives depends on nothing but
its own stream, and not on how that came.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from attunement.kernels import decimate, pitch, tracking, voicing
from attunement.kernels.held import Held, hold
from attunement.kernels.jit import kernel
from attunement.kernels.lanes import move
from attunement.kernels.perceptron import Perceptron, log_odds

Array = NDArray[np.float32]

HOP = 2 * pitch.HOP  # samples at 16 kHz, 10 ms
CENTRE = pitch.WINDOW - 1 - decimate.DELAY  # samples from a frame's first one to its middle
ROOM = 16_000  # samples that may be pushed at once
FRAMES = ROOM // HOP + 1  # that these complete at the most

_SOUND = decimate.LAG + ROOM + 2 * (pitch.WINDOW + pitch.HOP) + decimate.MORE
_KEPT = FRAMES + tracking.LOOKAHEAD + voicing.BACK


class State(NamedTuple):
    """What is known of each stream, and room for what is found; not for two threads at once."""

    sound: Array  # (streams, samples): the filter's past, then from the next frame's first one on
    halved: Array  # the same at 8 kHz, without a past
    held: NDArray[np.int64]  # (streams, 5): samples, halved, facts, undecided, new frames
    levels: NDArray[np.float64]
    score: NDArray[np.float64]
    seen: NDArray[np.float64]
    back: NDArray[np.int64]
    facts: Array  # (streams, frames, FACTS): of the undecided and of those just before them
    found: Array  # (streams, frames * CANDIDATES * 2): frequency, strength of the undecided
    start: NDArray[np.int64]  # of the frames in hand, in all that is halved
    hz: Array
    clues: Array
    bands: Array
    evidence: Array
    level: Array
    chosen: NDArray[np.int64]
    asked: Array
    odds: Array
    bench: pitch.Bench
    taps: Array
    weigher: Perceptron
    hearer: Perceptron


def state(streams: int) -> State:
    """Of streams that have just begun."""
    score, seen, back = tracking.new_path()
    n = streams * FRAMES
    return State(
        np.zeros((streams, _SOUND), np.float32),
        np.zeros((streams, _SOUND // 2), np.float32),
        np.zeros((streams, 5), np.int64),
        np.repeat(voicing.new_levels()[None], streams, 0),
        np.repeat(score[None], streams, 0),
        np.repeat(seen[None], streams, 0),
        np.repeat(back[None], streams, 0),
        np.zeros((streams, _KEPT, voicing.FACTS), np.float32),
        np.zeros((streams, _KEPT * pitch.CANDIDATES * 2), np.float32),
        np.zeros(n, np.int64),
        np.zeros((n, pitch.CANDIDATES), np.float32),
        np.zeros((n, pitch.CANDIDATES, pitch.CLUES), np.float32),
        np.zeros((n, 3), np.float32),
        np.zeros((n, pitch.CANDIDATES), np.float32),
        np.zeros((n, 2), np.float32),
        np.zeros(_KEPT, np.int64),
        np.zeros((_KEPT, voicing.INPUTS), np.float32),
        np.zeros(_KEPT, np.float32),
        pitch.bench(),
        decimate.HALF_BAND,
        *voicing.weights(),
    )


@kernel
def _halve(z: Any, s: int) -> Any:
    """Bring what a stream has at 8 kHz up to date; how many frames are complete."""
    first, last = z.held[s, 1], z.held[s, 0] // 2
    decimate.halve_into(z.sound[s, 2 * first :], z.taps, last - first, z.halved[s, first:])
    z.held[s, 1] = last
    return max(0, (last - pitch.WINDOW) // pitch.HOP + 1)


@kernel
def _weigh(z: Any, s: int, first: int, n: int) -> int:
    """What the n new frames of a stream, from place `first` on, say; how many it decides."""
    hz, clues = z.hz[first : first + n], z.clues[first : first + n]
    evidence, level = z.evidence[first : first + n], z.level[first : first + n]
    facts, waiting = z.held[s, 2], z.held[s, 3]
    voicing.evidence(hz, clues, z.weigher, evidence)
    voicing.level_and_tilt(z.sound[s, decimate.LAG :], CENTRE, HOP, level)
    fresh = z.facts[s, facts : facts + n]
    voicing.describe(clues, evidence, z.bands[first : first + n], level, z.levels[s], fresh)
    for i in range(n):
        for k in range(pitch.CANDIDATES):
            at = 2 * ((waiting + i) * pitch.CANDIDATES + k)
            z.found[s, at], z.found[s, at + 1] = hz[i, k], clues[i, k, 0]
    z.held[s, 2] += n
    z.held[s, 3] += n
    return tracking.follow(hz, clues, evidence, z.score[s], z.seen[s], z.back[s], z.chosen)


@kernel
def _hear(z: Any, s: int, n: int, out: Array) -> None:
    """Frequency, strength and log odds of a voice (n, 3) of the frames that have waited longest."""
    facts = z.facts[s, : z.held[s, 2]]
    past = z.held[s, 2] - z.held[s, 3]
    voicing.with_those_around(facts, past, past + n, z.asked)
    log_odds(z.asked[:n], z.hearer, z.odds)
    for i in range(n):
        at = 2 * (i * pitch.CANDIDATES + z.chosen[i])
        out[i, 0], out[i, 1] = z.found[s, at], z.found[s, at + 1]
        out[i, 2] = z.odds[i] if out[i, 0] > 0 else voicing.NO_EVIDENCE


@kernel
def _forget(z: Any, s: int, heard: int, decided: int) -> None:
    """What is over: of the sound for `heard` frames, of the frames for those decided."""
    samples, halved, facts, waiting = z.held[s, 0], z.held[s, 1], z.held[s, 2], z.held[s, 3]
    move(z.sound[s], heard * HOP, decimate.LAG + samples)
    move(z.halved[s], heard * pitch.HOP, halved)
    move(z.found[s], decided * 2 * pitch.CANDIDATES, waiting * 2 * pitch.CANDIDATES)
    waiting -= decided
    over = max(0, facts - waiting - voicing.BACK)
    move(z.facts[s].reshape(-1), over * voicing.FACTS, facts * voicing.FACTS)
    z.held[s, 0] -= heard * HOP
    z.held[s, 1] -= heard * pitch.HOP
    z.held[s, 2], z.held[s, 3] = facts - over, waiting


@kernel
def follow(
    state: Any, sound: Array, sizes: NDArray[np.int64], out: Array, counts: NDArray[np.int64]
) -> None:
    """
    The frames that more sound decides, of each stream as many samples as sizes says, one stream's
    after another's; (streams, n, 3) as _hear() has it, n into counts.
    """
    z = state.all
    at = total = 0
    streams = counts.size
    for s in range(streams):
        to = decimate.LAG + z.held[s, 0]
        z.sound[s, to : to + sizes[s]] = sound[at : at + sizes[s]]
        z.held[s, 0] += sizes[s]
        at += sizes[s]
    for s in range(streams):
        n = _halve(z, s)
        z.held[s, 4] = n
        for i in range(n):
            z.start[total + i] = s * z.halved.shape[1] + i * pitch.HOP
        total += n
    hz, clues, bands = z.hz[:total], z.clues[:total], z.bands[:total]  # no more than is asked for
    pitch.candidates(z.halved.reshape(-1), z.start[:total], z.bench, hz, clues, bands)
    first = 0
    for s in range(streams):
        n = z.held[s, 4]
        decided = _weigh(z, s, first, n)
        _hear(z, s, decided, out[s])
        _forget(z, s, n, decided)
        counts[s] = decided
        first += n


@kernel
def undecided(state: Any, s: int, out: Array) -> int:
    """The last frames of a stream, as they look without more of its sound; nothing is decided."""
    z = state.all
    n = tracking.undecided(z.score[s], z.back[s], z.chosen)
    _hear(z, s, n, out)
    return int(n)


def found(streams: int) -> Array:
    """Room for what follow() finds."""
    return np.zeros((streams, _KEPT, 3), np.float32)


def sizes(sounds: Sequence[Array], streams: int) -> NDArray[np.int64]:
    """
    Samples of each block. Raises ValueError when one is longer than ROOM, or when there are more
    blocks or fewer than streams.
    """
    if len(sounds) != streams:
        raise ValueError(f"got sound of {len(sounds)} streams, expected {streams}")
    each = [sound.size for sound in sounds]
    if max(each) > ROOM:
        raise ValueError(f"got {max(each)} samples at once, expected {ROOM} or fewer")
    return np.array(each)


class Contour:
    """Pitch of one stream or of several, decided LOOKAHEAD frames late; nothing grows with time."""

    def __init__(self, streams: int = 1) -> None:
        begun = state(streams)
        self._state: Held = hold(begun)
        self._out = found(streams)
        self._counts = np.zeros(streams, np.int64)

    def push(self, sounds: Sequence[Array]) -> list[Array]:
        """
        sounds: samples of each stream, 16 kHz, full scale 1, ROOM or fewer. Returns of each the
        frames decided (n, 3): frequency in Hz, 0 without a candidate; strength, the height of its
        autocorrelation; log odds that there is a voice. Frame i of a stream is centred on sample
        i * HOP + CENTRE. Raises ValueError when a block is longer than ROOM,
        or there are more blocks or fewer than streams.
        """
        each = sizes(sounds, self._counts.size)
        follow(self._state, np.concatenate(sounds), each, self._out, self._counts)
        return [self._out[s, :n].copy() for s, n in enumerate(self._counts.tolist())]

    def undecided(self, stream: int = 0) -> Array:
        """The last frames of a stream (n, 3), as they look without more of its sound."""
        return self._out[stream, : undecided(self._state, stream, self._out[stream])].copy()
