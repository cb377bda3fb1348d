"""
The low-level descriptors of eGeMAPSv02, every 10 ms, of frames of one stream or of many.

F. Eyben et al., "The Geneva Minimalistic Acoustic Parameter Set (GeMAPS) for voice research and
affective computing", IEEE Trans. Affective Computing 7 (2016). Frame i is of the 20 ms (Hamming:
spectrum and formants) and of the 60 ms (Gauss: harmonics) that begin at sample 160 i; its pitch is
asked of the one who knows it, at the middle of the 60 ms. One spectrum each serves all.

WIDTH frames are done side by side, of whichever streams they are. What a frame gives depends on
its own samples, its pitch, and the spectrum before it: not on how the sound came, nor on what else
was in hand. How frames come of sound as it comes: `descriptor_stream.py`.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from attunement.kernels import bands, fft, formants, frames, harmonics, perturbation, resample
from attunement.kernels.held import Held, hold
from attunement.kernels.jit import kernel
from attunement.kernels.lanes import (
    WIDTH,
    beside,
    load,
    rows,
    spread,
    store,
    stretch,
    summed,
)

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
    half: fft.Plan  # of half as many points, for the autocorrelation of the long ones
    re: Array  # spectrum, of the short frames and then of the long ones
    im: Array
    power: Array
    long_power: Array
    correlation: Array
    bands: bands.Tables
    formants: formants.Tables
    shape: Array  # what bands.describe() found
    amplitude: Array
    last: Array  # the same of the frames before these
    relative: Array  # (5,)
    hz: Array  # (3,)
    width: Array  # (3,)
    start: NDArray[np.int64]  # (WIDTH,): of the frames in hand
    voiced: NDArray[np.int64]  # (WIDTH,): frames that wait for others with a voice


def bench() -> Held:
    """A Bench: everything that the frames need beside their samples; made once."""
    middle = (LONG - 1) / 2
    gauss = np.exp(-0.5 * ((np.arange(LONG) - middle) / (SIGMA * middle)) ** 2)
    everything = Bench(
        np.hamming(SHORT).astype(np.float32),
        gauss.astype(np.float32),
        fft.plan(bands.FFT),
        fft.plan(harmonics.FFT),
        fft.plan(harmonics.FFT // 2),
        rows(harmonics.BINS),
        rows(harmonics.BINS),
        rows(bands.BINS),
        rows(harmonics.BINS),
        rows(harmonics.LAGS),
        bands.tables(),
        formants.tables(),
        rows(bands.DESCRIPTORS),
        rows(bands.FLUX_BINS),
        rows(bands.FLUX_BINS),
        np.zeros(5, np.float32),
        np.zeros(3, np.float32),
        np.zeros(3, np.float32),
        np.zeros(WIDTH, np.int64),
        np.zeros(WIDTH, np.int64),
    )
    return hold(everything)


class Before(NamedTuple):
    """What describe() remembers of each stream."""

    amplitude: Array  # (streams, FLUX_BINS + 1): of its last frame, and whether there was one
    periods: perturbation.Chain


def before(streams: int = 1) -> Before:
    """Of streams that have just begun."""
    amplitude = np.zeros((streams, bands.FLUX_BINS + 1), np.float32)
    return Before(amplitude, perturbation.chain(streams))


@kernel
def _energy(sound: Array, start: int) -> float:
    squares = spread(np.float32(0))
    for i in range(0, SHORT, WIDTH):
        x = stretch(sound, start + i)
        squares = squares + x * x
    return float(summed(squares) / np.float32(SHORT))


@kernel
def _short(sound: Array, n: int, sign: Any, b: Any, out: Array) -> None:
    """What the 20 ms frames say: all but the flux and what needs a pitch."""
    frames.tapered(sound, b.start, b.hamming, b.short)
    fft.spectrum(b.short, b.re, b.im)
    fft.power(b.re, b.im, b.power)
    bands.describe(b.power, b.bands, b.shape)
    bands.amplitudes(b.power, b.amplitude)
    resample.resample(b.re, b.im, b.formants.frame)
    formants.predict(b.formants)
    formants.roots(b.formants, sign)
    formants.name(b.formants)
    for lane in range(n):
        row = out[lane]
        for i in range(5):
            row[i] = b.shape[i, lane]
        for i in range(4):
            row[_FLUX + 1 + i] = b.shape[5 + i, lane]
        row[ENERGY] = _energy(sound, b.start[lane])
        if row[ENERGY] < SILENT:
            row[_F1:ENERGY] = 0
            continue
        formants.sort(b.formants, lane, b.hz, b.width)
        for f in range(3):
            row[_F1 + 3 * f] = b.hz[f]
            row[_F1 + 3 * f + 1] = b.width[f]


@kernel
def _flux(stream: NDArray[np.int64], known: Array, b: Any, out: Array) -> None:
    """Change since the frame before: it stands beside, or is the last that was known."""
    n = stream.size
    for k in range(bands.FLUX_BINS):
        store(b.last, k, beside(load(b.amplitude, k)))
    for lane in range(n):
        if lane == 0 or stream[lane] != stream[lane - 1]:
            for k in range(bands.FLUX_BINS):
                b.last[k, lane] = known[stream[lane], k]
    bands.flux(b.amplitude, b.last, b.shape)
    for lane in range(n):
        here = known[stream[lane]]
        out[lane, _FLUX] = b.shape[bands.FLUX, lane] if here[bands.FLUX_BINS] > 0 else 0
        here[bands.FLUX_BINS] = 1
        if lane == n - 1 or stream[lane] != stream[lane + 1]:
            for k in range(bands.FLUX_BINS):
                here[k] = b.amplitude[k, lane]


@kernel
def _periods(sound: Array, s: int, hz: Any, start: int, c: Any, row: Array) -> Any:
    """What is asked of the sound itself about a voice; whether there is one."""
    row[F0:_F1] = 0
    if hz > 0:
        row[F0] = 12 * np.log2(float(hz) / _ORIGIN)
        row[_JITTER : _JITTER + 2] = perturbation.perturbation(c, s, sound, start, float(hz))
        return True
    for f in range(3):
        row[_F1 + 3 * f + 2] = harmonics.UNVOICED
    perturbation.silence(c, s)
    return False


@kernel
def _long(sound: Array, start: NDArray[np.int64], hz: Array, n: int, b: Any, out: Array) -> None:
    """What the spectra of 60 ms say of the first n of b.voiced."""
    for lane in range(WIDTH):
        b.start[lane] = start[b.voiced[lane if lane < n else 0]]
    frames.tapered(sound, b.start, b.gauss, b.long)
    fft.spectrum(b.long, b.re, b.im)
    fft.power(b.re, b.im, b.long_power)
    fft.correlation(b.half, b.long_power, b.correlation)
    for lane in range(n):
        frame = b.voiced[lane]
        row, pitch = out[frame], float(hz[frame])
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
    before: Any,
    bench: Any,
    out: Array,
) -> None:
    """
    The descriptors of frames, unsmoothed, into out (n, COLUMNS).

    sound (m,): samples at 16 kHz, full scale 1, of all streams; start (n,): where in it each frame
    begins, LONG samples of it and perturbation.AFTER more; stream (n,): whose it is, frames of one
    stream in order, one with a voice HOP after the one before it; hz (n,): its pitch, 0 or NaN
    without voice; sign: formants.PUBLISHED or RESONANCES; before: before(), of all streams, changed
    in place; bench: bench().
    """
    b = bench.all
    waiting = 0
    for first in range(0, start.size, WIDTH):
        n = frames.next_of(start, first, b.start)
        _short(sound, n, sign, b, out[first : first + n])
        _flux(stream[first : first + n], before.amplitude, b, out[first : first + n])
        for i in range(first, first + n):
            if _periods(sound, stream[i], hz[i], start[i], before.periods, out[i]):
                b.voiced[waiting] = i
                waiting += 1
                if waiting == WIDTH:
                    _long(sound, start, hz, waiting, b, out)
                    waiting = 0
    if waiting:
        _long(sound, start, hz, waiting, b, out)
