"""
The low-level descriptors of eGeMAPSv02, every 10 ms, of one stream or of many, as it comes.

F. Eyben et al., "The Geneva Minimalistic Acoustic Parameter Set (GeMAPS) for voice research and
affective computing", IEEE Trans. Affective Computing 7 (2016). Frame i is of the 20 ms (Hamming:
spectrum and formants) and of the 60 ms (Gauss: harmonics) that begin at sample 160 i; its pitch is
asked of the one who knows it, at the middle of the 60 ms. One spectrum each serves all.

WIDTH frames are done side by side, of whichever streams they are. What a frame gives depends on
its own samples, its pitch, and the spectrum before it: not on how the sound came, nor on what else
was in hand.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from attunement.kernels import bands, fft, formants, harmonics, perturbation
from attunement.kernels.held import Held, hold
from attunement.kernels.jit import kernel
from attunement.kernels.lanes import WIDTH, rows

Array = NDArray[np.float32]

RATE = 16_000  # Hz
HOP = 160  # samples, 10 ms
SHORT, LONG = 320, 960  # samples, 20 and 60 ms
SIGMA = 0.4  # of the long window, in half its length
SILENT = 1e-10  # mean square under which a frame is digital silence: formants are 0

NAMES = (
    "Loudness",
    "alphaRatio",
    "hammarbergIndex",
    "slope0-500",
    "slope500-1500",
    "spectralFlux",
    "mfcc1",
    "mfcc2",
    "mfcc3",
    "mfcc4",
    "F0semitoneFrom27.5Hz",
    "jitterLocal",
    "shimmerLocaldB",
    "HNRdBACF",
    "logRelF0-H1-H2",
    "logRelF0-H1-A3",
    "F1frequency",
    "F1bandwidth",
    "F1amplitudeLogRelF0",
    "F2frequency",
    "F2bandwidth",
    "F2amplitudeLogRelF0",
    "F3frequency",
    "F3bandwidth",
    "F3amplitudeLogRelF0",
)
ENERGY = len(NAMES)  # column after them: mean square of the 20 ms, for the equivalent sound level
COLUMNS = ENERGY + 1
F0 = NAMES.index("F0semitoneFrom27.5Hz")  # from this column on 0 says that there is no value
AMPLITUDES = [i for i, name in enumerate(NAMES) if "amplitude" in name]

_FLUX, _JITTER, _HNR, _H1_H2, _F1 = 5, 11, 13, 14, 16
_ORIGIN = 27.5  # Hz


class Bench(NamedTuple):
    """Tables and room for WIDTH frames; not for two threads at once."""

    hamming: Array
    gauss: Array
    short: fft.Plan
    long: fft.Plan
    re: Array  # spectrum, of the short frames and then of the long ones
    im: Array
    power: Array
    long_power: Array
    correlation: Array
    bands: bands.Tables
    formants: formants.Tables
    shape: Array  # what bands.describe() found
    amplitude: Array
    relative: Array  # (5,)
    hz: Array  # (3,)
    width: Array  # (3,)
    products: Array
    energies: Array


def bench() -> Held:
    """A Bench: everything that the frames need beside their samples; made once."""
    middle = (LONG - 1) / 2
    gauss = np.exp(-0.5 * ((np.arange(LONG) - middle) / (SIGMA * middle)) ** 2)
    everything = Bench(
        np.hamming(SHORT).astype(np.float32),
        gauss.astype(np.float32),
        fft.plan(bands.FFT),
        fft.plan(harmonics.FFT),
        rows(harmonics.BINS),
        rows(harmonics.BINS),
        rows(bands.BINS),
        rows(harmonics.BINS),
        rows(harmonics.LAGS),
        bands.tables(),
        formants.tables(),
        rows(bands.DESCRIPTORS),
        rows(bands.FLUX_BINS),
        np.zeros(5, np.float32),
        np.zeros(3, np.float32),
        np.zeros(3, np.float32),
        rows(perturbation.ROOM // WIDTH),
        rows(perturbation.ROOM // WIDTH),
    )
    return hold(everything)


@kernel
def _window(sound: Array, start: NDArray[np.int64], count: int, taper: Array, p: Any) -> None:
    """Tapered frames into a plan, even samples and odd ones; the places left over are silent."""
    half = taper.size // 2
    p.re[half:] = 0
    p.im[half:] = 0
    for i in range(half):
        even, odd = taper[2 * i], taper[2 * i + 1]
        for lane in range(count):
            at = start[lane] + 2 * i
            p.re[i, lane] = sound[at] * even
            p.im[i, lane] = sound[at + 1] * odd
        for lane in range(count, WIDTH):
            p.re[i, lane] = 0
            p.im[i, lane] = 0


@kernel
def _energy(sound: Array, start: int) -> float:
    total = np.float32(0)
    for i in range(SHORT):
        total += sound[start + i] * sound[start + i]
    return float(total / np.float32(SHORT))


@kernel
def _short(sound: Array, start: NDArray[np.int64], n: int, sign: Any, b: Any, out: Array) -> None:
    """What the 20 ms frames say: all but the flux and what needs a pitch."""
    _window(sound, start, n, b.hamming, b.short)
    fft.spectrum(b.short, b.re, b.im)
    fft.power(b.re, b.im, b.power)
    bands.describe(b.power, b.bands, b.shape)
    bands.amplitudes(b.power, b.amplitude)
    formants.resample(b.re, b.im, b.formants)
    formants.predict(b.formants)
    formants.roots(b.formants, sign)
    for lane in range(n):
        row = out[lane]
        for i in range(5):
            row[i] = b.shape[i, lane]
        for i in range(4):
            row[_FLUX + 1 + i] = b.shape[5 + i, lane]
        row[ENERGY] = _energy(sound, start[lane])
        if row[ENERGY] < SILENT:
            row[_F1:ENERGY] = 0
            continue
        formants.sort(b.formants, lane, b.hz, b.width)
        for f in range(3):
            row[_F1 + 3 * f] = b.hz[f]
            row[_F1 + 3 * f + 1] = b.width[f]


@kernel
def _long(sound: Array, start: NDArray[np.int64], hz: Array, n: int, b: Any, out: Array) -> None:
    """What the 60 ms frames say, of those that have a pitch."""
    voiced = False
    for lane in range(n):
        voiced |= hz[lane] > 0
    if voiced:
        _window(sound, start, n, b.gauss, b.long)
        fft.spectrum(b.long, b.re, b.im)
        fft.power(b.re, b.im, b.long_power)
        fft.correlation(b.long, b.long_power, b.correlation)
    for lane in range(n):
        row = out[lane]
        row[F0:_F1] = 0
        if not hz[lane] > 0:
            for f in range(3):
                row[_F1 + 3 * f + 2] = harmonics.UNVOICED
            continue
        pitch = float(hz[lane])
        row[F0] = 12 * np.log2(pitch / _ORIGIN)
        jitter, shimmer = perturbation.perturbation(
            sound, start[lane], pitch, b.products, b.energies
        )
        row[_JITTER], row[_JITTER + 1] = jitter, shimmer
        row[_HNR] = harmonics.to_noise(b.correlation, lane, pitch)
        for f in range(3):
            b.hz[f] = row[_F1 + 3 * f]
        harmonics.differences(b.long_power, lane, pitch, b.hz, b.relative)
        row[_H1_H2], row[_H1_H2 + 1] = b.relative[0], b.relative[1]
        for f in range(3):
            row[_F1 + 3 * f + 2] = b.relative[2 + f]


@kernel
def describe(
    sound: Array,
    start: NDArray[np.int64],
    stream: NDArray[np.int64],
    hz: Array,
    sign: Any,
    before: Array,
    bench: Any,
    out: Array,
) -> None:
    """
    The descriptors of frames, unsmoothed, into out (n, COLUMNS).

    sound (m,): samples at 16 kHz, full scale 1, of all streams; start (n,): where in it each frame
    begins, LONG samples of it and perturbation.AFTER more; stream (n,): whose it is, frames of one
    stream in order; hz (n,): its pitch, 0 or NaN without voice; sign: formants.PUBLISHED or
    RESONANCES; before (streams, FLUX_BINS + 1): amplitudes of each stream's last frame, and whether
    there was one; bench: bench().
    """
    b = bench.all
    for first in range(0, start.size, WIDTH):
        n = min(WIDTH, start.size - first)
        begin, rows_here = start[first : first + n], out[first : first + n]
        _short(sound, begin, n, sign, b, rows_here)
        _long(sound, begin, hz[first : first + n], n, b, rows_here)
        for lane in range(n):
            last = before[stream[first + lane]]
            change = bands.flux(b.amplitude, lane, last)
            rows_here[lane, _FLUX] = change if last[bands.FLUX_BINS] > 0 else 0
            last[bands.FLUX_BINS] = 1


class _Waiting(NamedTuple):
    """Sound and pitch of all streams that wait for each other, and room for what is ready."""

    sound: Array  # (streams * room + AFTER,)
    hz: Array  # (streams, frames)
    held: NDArray[np.int64]  # (streams, 3): samples, those of them known to be finite, pitches
    before: Array
    start: NDArray[np.int64]
    stream: NDArray[np.int64]
    pitch: Array
    out: Array


@kernel
def _gather(z: Any, room: int, ready: NDArray[np.int64]) -> int:
    """Find the frames that are ready: how many of each stream, and of all."""
    total = 0
    for s in range(ready.size):
        for i in range(s * room + z.held[s, 1], s * room + z.held[s, 0]):
            if not np.isfinite(z.sound[i]):
                z.sound[i] = 0
        ready[s] = min(max(0, (z.held[s, 0] - LONG) // HOP + 1), z.held[s, 2])
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
        for i in range(s * room + gone, s * room + z.held[s, 0]):
            z.sound[i - gone] = z.sound[i]
        for i in range(ready[s], z.held[s, 2]):
            z.hz[s, i - ready[s]] = z.hz[s, i]
        z.held[s, 0] -= gone
        z.held[s, 1] = z.held[s, 0]
        z.held[s, 2] -= ready[s]


@kernel
def _advance(waiting: Any, room: int, sign: Any, bench: Any, ready: NDArray[np.int64]) -> int:
    """Describe what is ready, into the first rows of out; how many, also by stream."""
    z = waiting.all
    n = _gather(z, room, ready)
    describe(z.sound, z.start[:n], z.stream[:n], z.pitch[:n], sign, z.before, bench, z.out[:n])
    _forget(z, room, ready)
    return n


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
        frames = streams * (room // HOP + 1)
        waiting = _Waiting(
            np.zeros(streams * room + perturbation.AFTER, np.float32),
            np.zeros((streams, room // HOP + 1), np.float32),
            np.zeros((streams, 3), np.int64),
            np.zeros((streams, bands.FLUX_BINS + 1), np.float32),
            np.zeros(frames, np.int64),
            np.zeros(frames, np.int64),
            np.zeros(frames, np.float32),
            np.zeros((frames, COLUMNS), np.float32),
        )
        self._sound, self._hz, self._held = waiting.sound, waiting.hz, waiting.held
        self._out = waiting.out
        self._waiting, self._bench = hold(waiting), bench()
        self._ready = np.zeros(streams, np.int64)

    def push(self, sounds: Sequence[Array], pitches: Sequence[Array]) -> list[Array]:
        """
        The frames that these complete, (n, COLUMNS) per stream, oldest first.

        sounds: samples of each stream, 16 kHz, full scale 1; NaN counts as 0. pitches: Hz of each
        stream's next frames, at the middle of their 60 ms, 0 or NaN without voice. Raises
        ValueError when a stream runs further ahead than its room.
        """
        for s, (sound, hz) in enumerate(zip(sounds, pitches, strict=True)):
            self._keep(s, sound, hz)
        n = _advance(self._waiting, self._room, self._sign, self._bench, self._ready)
        out, last = self._out[:n].copy(), 0
        rows = []
        for ready in self._ready.tolist():
            rows.append(out[last : last + ready])
            last += ready
        return rows

    def _keep(self, s: int, sound: Array, hz: Array) -> None:
        samples, _, known = self._held[s].tolist()
        if samples + sound.size > self._room or known + hz.size > self._hz.shape[1]:
            raise ValueError(
                f"got {samples + sound.size} samples and {known + hz.size} pitches of a stream "
                f"that wait for each other, expected no more than {self._room} samples"
            )
        at = s * self._room + samples
        self._sound[at : at + sound.size] = sound
        self._hz[s, known : known + hz.size] = hz
        self._held[s, 0] += sound.size
        self._held[s, 2] += hz.size


class Smoother:
    """
    The mean over a frame and its two neighbours, as the set asks for: the ten descriptors that
    every frame has over all three, the fifteen others (sma3nz) over those that are not 0, and 0
    where the frame's own is. One frame behind.
    """

    def __init__(self) -> None:
        self._last = np.zeros((0, ENERGY), np.float32)  # two frames at the most

    def push(self, rows: Array) -> Array:
        """rows (n, COLUMNS) of one stream; the smoothed frames (k, 25) that they decide."""
        held = np.concatenate((self._last, rows[:, :ENERGY]))
        first = self._last.shape[0] < 2  # nothing stands before the first frame of all
        self._last = held[-2:]
        out = smoothed(held, F0)
        return out[:-1] if first else out[1:-1]

    def flush(self) -> Array:
        """The last frame, which has no neighbour to come."""
        return smoothed(self._last, F0)[-1:]


@kernel
def smoothed(rows: Array, sparse: int) -> Array:
    """
    Means of rows (n, 25 or more) and their neighbours, one at the ends; from column `sparse` on as
    Smoother says of sma3nz.
    """
    n = rows.shape[0]
    out = np.empty((n, ENERGY), np.float32)
    for i in range(n):
        low, high = max(0, i - 1), min(n, i + 2)
        for c in range(ENERGY):
            total = np.float32(0)
            count = 0
            for j in range(low, high):
                if c < sparse or rows[j, c] != 0:
                    total += rows[j, c]
                    count += 1
            if c >= sparse and rows[i, c] == 0:
                count = 0
            out[i, c] = total / np.float32(count) if count else np.float32(0)
    return out
