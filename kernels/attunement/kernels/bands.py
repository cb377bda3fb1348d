"""
What the shape of a 20 ms power spectrum says, for WIDTH frames side by side: loudness, alpha ratio,
Hammarberg index, two spectral slopes, four mel-frequency cepstral coefficients.

F. Eyben et al., "The Geneva Minimalistic Acoustic Parameter Set (GeMAPS)", IEEE Trans. Affective
Computing 7 (2016); H. Hermansky, "Perceptual linear predictive analysis of speech", JASA 87 (1990).
The scale of each is the one published values are on: loudness is a plain number, the ratios are in
dB, the slopes in dB per Hz, and the cepstrum is that of 16-bit samples, liftered.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from attunement.kernels.jit import kernel
from attunement.kernels.lanes import greater, load, root, rows, spread, store
from attunement.kernels.logarithm import DECIBEL, exp2, log2

Array = NDArray[np.float32]

RATE = 16_000  # Hz
FFT = 512
BINS = FFT // 2 + 1
MEL = 26  # bands
LOW, HIGH = 20.0, 8_000.0  # Hz, edges of the lowest and the highest band
POWER = np.float32(0.33)  # of intensity
CEPSTRA = 4
LIFTER = 22
FLUX_BINS = 161  # up to 5 kHz
DESCRIPTORS = 10  # rows that describe() and flux() fill
FLUX = 9  # the latter's

_LOWEST = 2  # bin that the bands begin with, as in the published values
_ONE_KHZ, _TWO_KHZ, _FIVE_KHZ = 32, 64, 160  # bins
_SLOPES = ((0, 16), (16, 48))  # first and last bin: 0 to 500 Hz, 500 to 1,500 Hz
_PCM = np.float32(2 * np.log2(32_767.0))  # what 16-bit samples add to the log of a power
_SHARE = np.float32(1 / MEL)  # loudness is the bands' mean
_FLOOR = np.float32(1e-14)  # of a power whose level is asked for
_LN2 = np.float32(np.log(2))


class Tables(NamedTuple):
    """Weights of the bins; see tables()."""

    edge: NDArray[np.int64]  # (MEL + 2,): first bin in the rising flank of each band
    rise: Array  # (BINS,): a bin's weight there; one less it is in the band before
    ear: Array  # (MEL,): equal loudness
    cosine: Array  # (CEPSTRA, MEL): liftered cosines
    slope: Array  # (2, BINS): weights whose sum with the levels in dB is the slope
    energy: Array  # room for the bands' energies (MEL + 2, WIDTH)
    logs: Array  # room for their logarithms (MEL, WIDTH)


def mel(hz: Any) -> Any:
    return 1_127 * np.log1p(np.asarray(hz) / 700)


def equal_loudness(hz: NDArray[np.float64]) -> NDArray[np.float64]:
    """
    Sensitivity to a power at `hz`: Hermansky (1990), but with the steeper fall over 4.6 kHz, and on
    the scale, that published values have.
    """
    w = 2 * np.pi * hz
    w2 = w * w
    heard = (w2 + 56.8e6) * w2**2 / ((w2 + 6.3e6) ** 2 * (w2 + 0.38e9))
    return np.asarray(1e32 * heard / (w**7 + 1.7e31))


def _slope_weights(first: int, last: int) -> NDArray[np.float64]:
    """
    Least squares over the bins, except that the last one is not counted in their number, as in the
    published values: a level common to all bins is felt a little.
    """
    k = np.arange(first, last + 1)
    n = k.size - 1
    weight = np.zeros(BINS)
    weight[k] = (n * k - k.sum()) / (n * (k * k).sum() - k.sum() ** 2) / (RATE / FFT)
    return weight


def tables() -> Tables:
    hz = np.arange(BINS) * RATE / FFT
    edge = np.linspace(mel(LOW), mel(HIGH), MEL + 2)
    band = np.searchsorted(edge, mel(hz), side="right") - 1
    inside = np.clip(band, 0, MEL)
    rise = np.where(
        (band >= 0) & (band <= MEL), (mel(hz) - edge[inside]) / (edge[1] - edge[0]), 0.0
    )
    centre = 700 * np.expm1(edge[1:-1] / 1_127)
    n = np.arange(1, CEPSTRA + 1)[:, None]
    cosine = np.cos(np.pi * n / MEL * (np.arange(MEL) + 0.5)) * np.sqrt(2 / MEL)
    cosine *= 1 + LIFTER / 2 * np.sin(np.pi * n / LIFTER)
    slope = np.stack([_slope_weights(*bins) for bins in _SLOPES])
    return Tables(
        _LOWEST + np.searchsorted(inside[_LOWEST : BINS - 1], np.arange(MEL + 2)),
        rise.astype(np.float32),
        equal_loudness(centre).astype(np.float32),
        cosine.astype(np.float32),
        slope.astype(np.float32),
        rows(MEL + 2),
        rows(MEL),
    )


@kernel
def _energies(power: Array, t: Any) -> None:
    """Row b + 1 of t.energy: of band b."""
    carried = spread(np.float32(0))  # from the rising flank of a band
    for b in range(MEL + 1):
        rising, falling = spread(np.float32(0)), carried
        for k in range(t.edge[b], t.edge[b + 1]):
            p = load(power, k)
            up = p * t.rise[k]
            rising, falling = rising + up, falling + (p - up)
        store(t.energy, b, falling)
        carried = rising


@kernel
def _sum(power: Array, first: int, last: int) -> Any:
    total = load(power, first)
    for k in range(first + 1, last + 1):
        total = total + load(power, k)
    return total


@kernel
def _most(power: Array, first: int, last: int) -> Any:
    most = load(power, first)
    for k in range(first + 1, last + 1):
        most = greater(most, load(power, k))
    return most


@kernel
def _slope(power: Array, weight: Array, first: int, last: int) -> Any:
    total = spread(np.float32(0))
    for k in range(first, last + 1):
        total = total + log2(greater(load(power, k), spread(_FLOOR))) * weight[k]
    return total * DECIBEL


@kernel
def describe(power: Array, t: Any, out: Array) -> None:
    """
    Loudness, alpha ratio, Hammarberg index, slopes 0-500 and 500-1500, MFCC 1 to 4 into the rows
    0-4 and 5-8 of out (DESCRIPTORS, WIDTH).

    power (BINS, WIDTH): of Hamming-windowed frames of samples in [-1, 1].
    """
    _energies(power, t)
    loud = spread(np.float32(0))
    for b in range(MEL):
        energy = load(t.energy, b + 1)
        loud = loud + exp2(log2(energy * t.ear[b]) * POWER)
        store(t.logs, b, (log2(energy) + _PCM) * _LN2)
    store(out, 0, loud * _SHARE)
    high, low = _sum(power, _ONE_KHZ, _FIVE_KHZ), _sum(power, 0, _ONE_KHZ - 1)
    store(out, 1, (log2(high) - log2(low)) * DECIBEL)
    low, high = _most(power, 0, _TWO_KHZ - 1), _most(power, _TWO_KHZ, _FIVE_KHZ)
    store(out, 2, (log2(low) - log2(high)) * DECIBEL)
    store(out, 3, _slope(power, t.slope[0], 0, 16))
    store(out, 4, _slope(power, t.slope[1], 16, 48))
    for c in range(CEPSTRA):
        total = spread(np.float32(0))
        for b in range(MEL):
            total = total + load(t.logs, b) * t.cosine[c, b]
        store(out, 5 + c, total)


@kernel
def amplitudes(power: Array, out: Array) -> None:
    """Square roots of the bins that the spectral flux is of: (FLUX_BINS, WIDTH)."""
    for k in range(FLUX_BINS):
        store(out, k, root(load(power, k)))


@kernel
def flux(amplitude: Array, before: Array, out: Array) -> None:
    """
    Root mean square change of amplitudes (FLUX_BINS, WIDTH) since those before, into row FLUX of
    out.
    """
    total = spread(np.float32(0))
    for k in range(FLUX_BINS):
        change = load(amplitude, k) - load(before, k)
        total = total + change * change
    store(out, FLUX, root(total * np.float32(1 / FLUX_BINS)))
