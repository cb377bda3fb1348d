"""
The 88 functionals of eGeMAPSv02 over any stretch of descriptors, by the same names.

F. Eyben et al., "The Geneva Minimalistic Acoustic Parameter Set (GeMAPS)", IEEE Trans. Affective
Computing 7 (2016). Means, coefficients of variation, percentiles, slopes between the turning points
of pitch and loudness, lengths of voiced and unvoiced stretches, equivalent sound level. What has no
value (the slopes of a voice that never was, the level of nothing) is NaN.
"""

import math
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from attunement.kernels.descriptors import AMPLITUDES, ENERGY, F0, NAMES
from attunement.kernels.jit import kernel
from attunement.kernels.smoothing import smoothed

Array = NDArray[np.float32]
Values = NDArray[np.float64]

STEP = 0.01  # s between frames
TURN = 0.1  # of the range of values: the least that makes a turning point
HIGHER = 1.05  # times a peak that a higher one after it takes the place of

_PITCH, _LOUDNESS = "F0semitoneFrom27.5Hz_sma3nz", "loudness_sma3"
_CONTOUR = (
    "amean",
    "stddevNorm",
    "percentile20.0",
    "percentile50.0",
    "percentile80.0",
    "pctlrange0-2",
    "meanRisingSlope",
    "stddevRisingSlope",
    "meanFallingSlope",
    "stddevFallingSlope",
)
_WHOLE = NAMES[5:10]  # flux and cepstrum: over all frames, too
_VOICED = NAMES[F0 + 1 :]
_SHAPE = ("alphaRatio", "hammarbergIndex", "slope", "slope", "spectralFlux")
_BAND = ("", "", "0-500", "500-1500", "")
_SPREAD = ("amean", "stddevNorm")


def _of_voiced(voice: str) -> Iterator[str]:
    """Names of the spectrum's descriptors in voiced (V) or unvoiced (UV) frames."""
    return (f"{name}{voice}{band}_sma3nz" for name, band in zip(_SHAPE, _BAND, strict=True))


FUNCTIONALS = (
    *(f"{name}_{f}" for name in (_PITCH, _LOUDNESS) for f in _CONTOUR),
    *(f"{name}_sma3_{f}" for name in _WHOLE for f in _SPREAD),
    *(f"{name}_sma3nz_{f}" for name in _VOICED for f in _SPREAD),
    *(f"{name}_{f}" for name in _of_voiced("V") for f in _SPREAD),
    *(f"mfcc{n}V_sma3nz_{f}" for n in range(1, 5) for f in _SPREAD),
    *(f"{name}_amean" for name in _of_voiced("UV")),
    "loudnessPeaksPerSec",
    "VoicedSegmentsPerSec",
    "MeanVoicedSegmentLengthSec",
    "StddevVoicedSegmentLengthSec",
    "MeanUnvoicedSegmentLength",
    "StddevUnvoicedSegmentLength",
    "equivalentSoundLevel_dBp",
)


def functionals(rows: Array) -> Values:
    """
    The values of FUNCTIONALS (88,) over frames (n, COLUMNS) of one stream, unsmoothed, 10 ms apart.

    Frames whose pitch is NaN, not known, count for loudness, flux, cepstrum and sound level alone.
    NaN where there is nothing to have a value of.
    """
    if not len(rows):
        return np.full(len(FUNCTIONALS), np.nan)
    plain = smoothed(rows, F0).astype(np.float64)
    known = rows[np.isfinite(rows[:, F0])]
    voiced = known[:, F0] > 0
    gated, rest = _only(voiced, known), _only(~voiced, known)
    pitch = gated[:, F0]
    every = [plain[:, c] for c in range(5, 10)]
    nonzero = [gated[gated[:, c] != 0, c] for c in range(F0 + 1, ENERGY)]
    shape = [gated[voiced, c] for c in range(1, F0)]
    square = float(rows[:, ENERGY].mean(dtype=np.float64))
    return np.array(
        [
            *_contour(pitch[pitch > 0]),
            *_contour(plain[:, 0]),
            *(f for values in (*every, *nonzero, *shape) for f in _mean_and_spread(values)),
            *(_mean(rest[~voiced, c]) for c in range(1, 6)),
            _peaks_per_second(plain[:, 0]),
            *_stretches(pitch > 0),
            10 * math.log10(square) if square > 0 else math.nan,
        ]
    )


def _only(wanted: NDArray[np.bool_], rows: Array) -> Values:
    """Smoothed over such frames alone; the formants' amplitudes say themselves what is unvoiced."""
    kept = np.where(wanted[:, None], rows, np.float32(0))
    kept[:, AMPLITUDES] = rows[:, AMPLITUDES]
    return smoothed(kept, 0).astype(np.float64)


def _mean(values: Values) -> float:
    return float(values.mean()) if values.size else math.nan


def _mean_and_spread(values: Values) -> tuple[float, float]:
    """Mean, and standard deviation over the mean."""
    if not values.size:
        return math.nan, math.nan
    mean = _mean(values)
    return mean, float(values.std()) / mean if mean else math.nan


def _contour(values: Values) -> tuple[float, ...]:
    if not values.size:
        return (math.nan,) * len(_CONTOUR)
    low, middle, high = np.quantile(values, (0.2, 0.5, 0.8))
    return (*_mean_and_spread(values), low, middle, high, high - low, *_slopes(values))


def _slopes(values: Values) -> tuple[float, float, float, float]:
    """
    Per second, between turning points: mean and deviation of the rising ones, of the falling ones.

    As published: the step from the last turning point to the end counts as rising after a valley
    and as falling after a peak, with its own sign, where falling ones else are positive; it enters
    the mean, and of the deviation only the number that the squares are divided by.
    """
    at, peak = turning_points(values)
    place = np.concatenate(([0], at, [values.size - 1]))
    step = np.diff(values[place]) / (np.maximum(np.diff(place), 1) * STEP)
    rising = np.append(peak, not peak[-1] if peak.size else step[-1] > 0)
    step[:-1] = np.abs(step[:-1])
    return *_mean_and_deviation(step, rising), *_mean_and_deviation(step, ~rising)


def _mean_and_deviation(step: Values, wanted: NDArray[np.bool_]) -> tuple[float, float]:
    if not wanted.any():
        return math.nan, math.nan
    mean = _mean(step[wanted])
    square = ((step[:-1][wanted[:-1]] - mean) ** 2).sum() / np.count_nonzero(wanted)
    return mean, math.sqrt(square)


def turning_points(values: Values) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """
    Places of the peaks and valleys that count, and whether each is a peak.

    They are local extremes, not among the two first and the two last values. A valley counts that
    lies TURN of the range of all values below the last turning point, at first the first value; a
    peak that differs as much from it, or lies as much above the local valley before. A valley that
    follows a valley takes its place if it is lower; a peak that of a peak if it is HIGHER times as
    high, or lies TURN above the local valley before.
    """
    at, peak = np.empty(values.size, np.int64), np.empty(values.size, np.bool_)
    found = _turns(values, TURN * (values.max() - values.min()), at, peak)
    return at[:found], peak[:found]


@kernel
def _turns(values: Values, least: float, at: NDArray[np.int64], peak: NDArray[np.bool_]) -> int:
    found = 0
    last = before = values[0]  # the last turning point's value, and the last local extreme's
    for i in range(2, values.size - 2):
        here = values[i]
        up = values[i - 1] < here > values[i + 1]
        if not up and not values[i - 1] > here < values[i + 1]:
            continue
        if up:
            far = here > before + least
            again = here > last and (here > HIGHER * last or far)
            fresh = abs(here - last) > least or far
        else:
            again, fresh = here < last, here < last - least
        same = found > 0 and peak[found - 1] == up
        if again if same else fresh:
            found += not same
            at[found - 1], peak[found - 1], last = i, up, here
        before = here
    return found


def _peaks_per_second(values: Values) -> float:
    _, peak = turning_points(values)
    return float(np.count_nonzero(peak)) / (values.size * STEP)


def _stretches(voiced: NDArray[np.bool_]) -> tuple[float, ...]:
    """Voiced stretches per second; mean and standard deviation of lengths (s), voiced and not."""
    if not voiced.size:
        return (math.nan,) * 5
    edge = np.flatnonzero(np.diff(voiced)) + 1
    bound = np.concatenate(([0], edge, [voiced.size]))
    length = np.diff(bound) * STEP
    is_voiced = voiced[bound[:-1]]
    on, off = length[is_voiced], length[~is_voiced]
    return (
        on.size / (voiced.size * STEP),
        _mean(on) if on.size else 0.0,
        float(on.std()) if on.size else 0.0,
        _mean(off) if off.size else 0.0,
        float(off.std()) if off.size else 0.0,
    )
