"""
The pitch that eGeMAPS was published with: subharmonic summation and a smooth path.

D. J. Hermes, "Measurement of pitch by subharmonic summation", JASA 83 (1988); settings and the
costs of the path as F. Eyben et al. give them, IEEE Trans. Affective Computing 7 (2016). It serves
the functionals alone, whose published values are of this pitch; the live pitch errs less (`pitch`).

A spectrum of 60 ms keeps its peaks alone, is laid on an octave scale and weighed as the ear does;
what stands at the harmonics of a pitch adds up, each weaker than the one before. How far the sum
stands out of its mean says how voiced a candidate is. The path through the candidates is decided
LAG frames late and never revised.
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from attunement.kernels.jit import kernel

Array = NDArray[np.float32]
Values = NDArray[np.float64]
Places = NDArray[np.int64]

RATE = 16_000  # Hz
HOP = 160  # samples
WINDOW = 960  # samples, 60 ms
SIGMA = 0.4  # of the Gaussian, in half the window
FFT = 1_024
POINTS = FFT // 2 + 1  # of the linear scale and of the octave scale
FIRST, LAST = 25.0, RATE / 2  # Hz, ends of the octave scale
KNEE, STEEPNESS = 32.0, 3.0  # Hz where the ear's weight is a half; per octave
REACH = 2  # bins on either side that belong to a peak
HARMONICS, COMPRESSION = 15, 0.85
CANDIDATES = 6
LOWEST, HIGHEST = 55.0, 1_000.0  # Hz
SILENT = 0.001  # root mean square of the tapered window, full scale 1, under which nothing sounds

VOICED = 0.7  # prominence from which a candidate counts as voiced
MISFIT = 4.0  # cost of calling a frame what its candidates do not say
FAINT = 2.0  # cost of a candidate of no prominence
CHANGE = 5.0  # cost of a voice that begins or ends
LEAP = 2.0  # cost per octave between two frames
BEND = 1.0  # cost per octave by which two leaps in turn differ
LAG = 40  # frames
NEVER = 1e18
UNVOICED = CANDIDATES  # the state beside the candidates

_EDGE = WINDOW - HOP  # samples of a frame that its successor needs, too
_TAPER = np.exp(-0.5 * ((np.arange(WINDOW) / ((WINDOW - 1) / 2) - 1) / SIGMA) ** 2)


class Scale(NamedTuple):
    """How to lay POINTS bins on the octave scale, by a natural cubic spline over log frequency."""

    hz: Values  # (POINTS,)
    shift: Places  # (HARMONICS,): points from a pitch up to its harmonic
    weight: Values  # (POINTS,): the ear's
    gap: Values  # (bins - 1,): between the bins, octaves
    above: Values  # (bins,): of the spline's equations, worked off downwards
    pivot: Values
    bin: Places  # (POINTS,): the bin below a point
    share: Values  # (POINTS, 4): values and curvatures of the two bins around it


def _scale() -> Scale:
    octaves = np.linspace(math.log2(FIRST), math.log2(LAST), POINTS)
    knot = np.log2(np.arange(1, POINTS) * RATE / FFT)  # without 0 Hz
    gap = np.diff(knot)
    above, pivot = np.zeros(knot.size), np.ones(knot.size)
    for i in range(1, knot.size - 1):
        pivot[i] = 1 / (2 * (gap[i - 1] + gap[i]) - gap[i - 1] * above[i - 1])
        above[i] = gap[i] * pivot[i]
    at = np.clip(np.searchsorted(knot, octaves, side="right") - 1, 0, knot.size - 2)
    right = (octaves - knot[at]) / gap[at]
    left = 1 - right
    bend = gap[at] ** 2 / 6
    share = np.stack((left, right, (left**3 - left) * bend, (right**3 - right) * bend), axis=1)
    per_octave = POINTS / (octaves[-1] - octaves[0])
    shift = np.floor(np.log2(np.arange(1, HARMONICS + 1)) * per_octave)
    weight = 0.5 + np.arctan(STEEPNESS * (octaves - math.log2(KNEE))) / np.pi
    return Scale(2**octaves, shift.astype(np.int64), weight, gap, above, pivot, at, share)


SCALE = _scale()


@kernel
def _peaks(magnitude: Array, out: Values) -> None:
    """
    Each peak with REACH bins around it, smoothed by (1, 2, 1) / 4; nothing between the peaks, but
    everything below the first one.
    """
    n = magnitude.size
    kept = np.zeros(n)
    first = True
    for i in range(n):
        if i > 0 and magnitude[i] < magnitude[i - 1]:
            continue
        if i + 1 < n and magnitude[i] <= magnitude[i + 1]:
            continue
        for k in range(0 if first else max(0, i - REACH), min(n, i + REACH + 1)):
            kept[k] = magnitude[k]
        first = False
    for i in range(n):
        out[i] = (kept[max(0, i - 1)] + 2 * kept[i] + kept[min(n - 1, i + 1)]) / 4


@kernel
def _on_octaves(peaks: Values, scale: Scale, out: Values) -> None:
    """Peaks (POINTS,) of a linear scale as the ear weighs them on the octave scale."""
    y = peaks[1:]
    curvature = np.zeros(y.size)
    for i in range(1, y.size - 1):
        slopes = (y[i + 1] - y[i]) / scale.gap[i] - (y[i] - y[i - 1]) / scale.gap[i - 1]
        curvature[i] = (6 * slopes - scale.gap[i - 1] * curvature[i - 1]) * scale.pivot[i]
    for i in range(y.size - 2, 0, -1):
        curvature[i] -= scale.above[i] * curvature[i + 1]
    for p in range(POINTS):
        at, share = scale.bin[p], scale.share[p]
        flat = share[0] * y[at] + share[1] * y[at + 1]
        out[p] = scale.weight[p] * (flat + share[2] * curvature[at] + share[3] * curvature[at + 1])


@kernel
def _summed(octaves: Values, scale: Scale, out: Values) -> None:
    """What stands at the harmonics of every point."""
    out[:] = 0
    weight = 1.0
    for shift in scale.shift:
        for p in range(POINTS - shift):
            out[p] += weight * octaves[p + shift]
        weight *= COMPRESSION


@kernel
def _highest(total: Values, found: Places) -> int:
    """Places of the CANDIDATES highest peaks, the highest first; how many there are."""
    count = 0
    for p in range(1, POINTS - 1):
        if total[p] <= total[p - 1] or total[p] < total[p + 1]:
            continue
        k = min(count, CANDIDATES - 1)
        if count == CANDIDATES and total[p] <= total[found[k]]:
            continue
        while k > 0 and total[p] > total[found[k - 1]]:
            found[k] = found[k - 1]
            k -= 1
        found[k] = p
        count = min(count + 1, CANDIDATES)
    return count


@kernel
def candidates(magnitude: Array, scale: Scale, hz: Values, prominence: Values) -> None:
    """
    Candidates of spectra: magnitude (n, POINTS) into hz and prominence (n, CANDIDATES).

    Prominence: 1 less the mean of the sum over the candidate's, 1 at the most; hz is 0 where there
    is no candidate between LOWEST and HIGHEST. scale: SCALE.
    """
    peaks, octaves, total = np.empty(POINTS), np.empty(POINTS), np.empty(POINTS)
    found = np.zeros(CANDIDATES, np.int64)
    step = math.log2(LAST / FIRST) / (POINTS - 1)
    for i in range(magnitude.shape[0]):
        _peaks(magnitude[i], peaks)
        _on_octaves(peaks, scale, octaves)
        _summed(octaves, scale, total)
        mean = total.mean()
        hz[i] = 0
        prominence[i] = 0
        for k in range(_highest(total, found)):
            p = found[k]
            before, here, after = total[p - 1], total[p], total[p + 1]
            shift = 0.5 * (before - after) / (before - 2 * here + after)
            frequency = scale.hz[p] * 2 ** (shift * step)
            if LOWEST <= frequency <= HIGHEST:
                hz[i, k] = frequency
                prominence[i, k] = 1 - mean / (here - 0.25 * (before - after) * shift)


class Path(NamedTuple):
    """What the path remembers of the frames that are not decided."""

    cost: Values  # (CANDIDATES + 1,): of the best way to each state of the last frame
    leap: Values  # (CANDIDATES + 1,): octaves of its last step
    hz: Values  # (LAG + 1, CANDIDATES), of each frame in turn
    back: Places  # (LAG + 1, CANDIDATES + 1): the state it came from
    begun: Places  # (1,): frames so far


def new_path() -> Path:
    """Before the first frame."""
    states = CANDIDATES + 1
    return Path(
        np.zeros(states),
        np.zeros(states),
        np.zeros((LAG + 1, CANDIDATES)),
        np.zeros((LAG + 1, states), np.int64),
        np.zeros(1, np.int64),
    )


@kernel
def _step(path: Path, here: int, state: int, before: int) -> tuple[float, int, float]:
    """The cheapest way to a state from the frame before: cost, state there, octaves of the step."""
    best, source, leap = NEVER, UNVOICED, 0.0
    for other in range(CANDIDATES + 1):
        cost, octaves = path.cost[other], 0.0
        if cost >= NEVER:
            continue
        if (state == UNVOICED) != (other == UNVOICED):
            cost += CHANGE
        elif state != UNVOICED:
            octaves = math.log2(path.hz[here, state] / path.hz[before, other])
            cost += LEAP * abs(octaves) + BEND * abs(octaves - path.leap[other])
        if cost < best:
            best, source, leap = cost, other, octaves
    return best, source, leap


@kernel
def _traced(path: Path, frame: int, steps: int) -> float:
    """Pitch `steps` frames before `frame`, the last, on the cheapest path; 0 without a voice."""
    state = np.argmin(path.cost)
    for u in range(steps):
        state = path.back[(frame - u) % (LAG + 1), state]
    return 0.0 if state == UNVOICED else path.hz[(frame - steps) % (LAG + 1), state]


@kernel
def follow(hz: Values, prominence: Values, path: Path, out: Values) -> int:
    """
    Pitch of the frames that these decide, LAG late, in Hz, 0 without a voice, into out; how many.

    hz, prominence (n, CANDIDATES): see candidates(); path: new_path(), changed in place.
    """
    cost, leap = np.empty(CANDIDATES + 1), np.empty(CANDIDATES + 1)
    written = 0
    for i in range(hz.shape[0]):
        frame = path.begun[0]
        here, before = frame % (LAG + 1), (frame - 1) % (LAG + 1)
        path.hz[here] = hz[i]
        for state in range(CANDIDATES + 1):
            if state == UNVOICED:
                local = MISFIT if prominence[i].max() >= VOICED else 0.0
            elif hz[i, state] > 0:
                faint = FAINT * (1 - prominence[i, state])
                local = faint + (0 if prominence[i, state] >= VOICED else MISFIT)
            else:
                cost[state], leap[state] = NEVER, 0
                continue
            way, source, octaves = 0.0, 0, 0.0
            if frame > 0:
                way, source, octaves = _step(path, here, state, before)
            cost[state], leap[state], path.back[here, state] = way + local, octaves, source
        path.leap[:] = leap
        cheapest = cost.min()
        for state in range(CANDIDATES + 1):  # the way matters, not its length
            path.cost[state] = cost[state] - cheapest if cost[state] < NEVER else NEVER
        path.begun[0] += 1
        if frame >= LAG:
            out[written] = _traced(path, frame, LAG)
            written += 1
    return written


@kernel
def undecided(path: Path, out: Values) -> int:
    """The last frames as the cheapest path has them so far, LAG or fewer, into out; how many."""
    n = min(path.begun[0], LAG)
    for u in range(n):
        out[n - 1 - u] = _traced(path, path.begun[0] - 1, u)
    return int(n)


class Subharmonic:
    """The published pitch of one stream, LAG frames late; nothing grows with time."""

    def __init__(self) -> None:
        self._sound = np.zeros(0, np.float32)
        self._loud = np.zeros(0, np.bool_)  # of the frames that are not decided
        self._path = new_path()

    def push(self, sound: Array) -> Array:
        """
        Pitch in Hz of the frames that these samples decide (n,), 0 without a voice.

        sound: 16 kHz, full scale 1, finite. Frame i is of the WINDOW samples from i * HOP on.
        """
        self._sound = np.concatenate((self._sound, sound))
        n = max(0, (self._sound.size - _EDGE) // HOP)
        frames = np.lib.stride_tricks.sliding_window_view(self._sound, WINDOW)[::HOP] if n else ()
        tapered = np.asarray(frames, np.float64).reshape(n, WINDOW) * _TAPER
        self._sound = self._sound[n * HOP :]
        loud = np.sqrt((tapered**2).mean(axis=1)) > SILENT
        self._loud = np.concatenate((self._loud, loud))
        hz, prominence = np.empty((n, CANDIDATES)), np.empty((n, CANDIDATES))
        magnitude = np.abs(np.fft.rfft(tapered, FFT)).astype(np.float32)
        candidates(magnitude, SCALE, hz, prominence)
        out = np.empty(n)
        return self._sounding(out[: follow(hz, prominence, self._path, out)])

    def finish(self) -> Array:
        """The last frames, as they look without more sound."""
        out = np.empty(LAG)
        return self._sounding(out[: undecided(self._path, out)])

    def _sounding(self, hz: Values) -> Array:
        loud, self._loud = self._loud[: hz.size], self._loud[hz.size :]
        return np.where(loud, hz, 0).astype(np.float32)
