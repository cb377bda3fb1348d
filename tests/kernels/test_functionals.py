import numpy as np
import pytest
from numpy.typing import NDArray

from attunement.kernels.descriptors import AMPLITUDES, COLUMNS, ENERGY, F0
from attunement.kernels.functionals import FUNCTIONALS, functionals, turning_points
from attunement.kernels.harmonics import UNVOICED

Array = NDArray[np.float32]


def some(n: int = 100, seed: int = 0) -> Array:
    """Descriptors of a voice that is there for 30 frames, gone for 20, again and again."""
    rng = np.random.default_rng(seed)
    rows = rng.uniform(1, 2, (n, COLUMNS)).astype(np.float32)
    unvoiced = np.arange(n) % 50 >= 30
    rows[unvoiced, F0:16] = 0
    rows[np.ix_(unvoiced, AMPLITUDES)] = UNVOICED
    return rows


def of(rows: Array) -> dict[str, float]:
    return dict(zip(FUNCTIONALS, functionals(rows).tolist(), strict=True))


def constant() -> Array:
    """Voiced throughout; every descriptor has its column's number as its value."""
    return np.tile(np.arange(1, COLUMNS + 1, dtype=np.float32), (50, 1))


def test_there_are_the_88_names_of_the_set() -> None:
    assert len(set(FUNCTIONALS)) == len(FUNCTIONALS) == 88
    for name in (
        "F0semitoneFrom27.5Hz_sma3nz_pctlrange0-2",
        "loudness_sma3_stddevFallingSlope",
        "mfcc4V_sma3nz_stddevNorm",
        "slopeUV500-1500_sma3nz_amean",
        "F1amplitudeLogRelF0_sma3nz_amean",
    ):
        assert name in FUNCTIONALS


def test_what_does_not_change_is_its_own_mean_and_has_no_spread() -> None:
    found = of(constant())
    assert found["loudness_sma3_amean"] == pytest.approx(1)
    assert found["spectralFlux_sma3_amean"] == pytest.approx(6)
    assert found["slopeV500-1500_sma3nz_amean"] == pytest.approx(5)
    assert found["F3bandwidth_sma3nz_amean"] == pytest.approx(24)
    assert all(
        value == pytest.approx(0, abs=1e-6)
        for name, value in found.items()
        if name.endswith("stddevNorm")
    )
    assert found["equivalentSoundLevel_dBp"] == pytest.approx(10 * np.log10(26))


def test_voiced_stretches_are_counted_and_measured() -> None:
    found = of(some(100))
    assert found["VoicedSegmentsPerSec"] == pytest.approx(2)
    assert found["MeanVoicedSegmentLengthSec"] == pytest.approx(0.3)
    assert found["MeanUnvoicedSegmentLength"] == pytest.approx(0.2)
    assert found["StddevUnvoicedSegmentLength"] == pytest.approx(0)


def test_voiced_and_unvoiced_frames_are_kept_apart() -> None:
    rows = some(100)
    rows[:, 1] = np.where(rows[:, F0] > 0, 3, 8)
    found = of(rows)
    assert found["alphaRatioV_sma3nz_amean"] == pytest.approx(3)
    assert found["alphaRatioUV_sma3nz_amean"] == pytest.approx(8)


def test_percentiles_are_those_of_the_voiced_frames() -> None:
    rows = constant()
    rows[:, F0] = np.repeat([20, 30, 40, 50, 60], 10)
    found = of(rows)
    assert found["F0semitoneFrom27.5Hz_sma3nz_percentile50.0"] == pytest.approx(40)
    wide = found["F0semitoneFrom27.5Hz_sma3nz_pctlrange0-2"]
    assert wide == pytest.approx(
        found["F0semitoneFrom27.5Hz_sma3nz_percentile80.0"]
        - found["F0semitoneFrom27.5Hz_sma3nz_percentile20.0"]
    )


def turns(*values: float) -> list[tuple[int, str]]:
    at, peak = turning_points(np.array(values, np.float64))
    return [(int(i), "peak" if up else "valley") for i, up in zip(at, peak, strict=True)]


def test_turning_points_are_the_peaks_and_valleys_of_some_size() -> None:
    assert turns(0, 5, 10, 9.5, 9.9, 4, 2, 2.5, 2.1, 8, 9, 7, 6) == [
        (2, "peak"),
        (6, "valley"),
        (10, "peak"),
    ]


def test_neither_ends_nor_plateaus_turn() -> None:
    assert turns(0, 9, 0, 0, 0, 5, 5, 0, 0, 9, 0) == []
    assert turns(0, 1, 9, 0, 0, 0, 9, 1, 0) == [(2, "peak"), (6, "peak")][:1]


def test_a_lower_valley_takes_a_valleys_place_and_a_much_higher_peak_a_peaks() -> None:
    assert turns(20, 16, 10, 10.5, 9.9, 14, 20) == [(4, "valley")]
    assert turns(20, 16, 10, 10.5, 10.1, 14, 20) == [(2, "valley")]
    assert turns(10, 15, 19, 18.8, 19.5, 14, 10) == [(2, "peak")]
    assert turns(10, 15, 18, 17.8, 19.5, 14, 10) == [(4, "peak")]
    assert turns(110, 115, 119, 118.5, 119.4, 114, 110) == [(2, "peak")]
    assert turns(110, 115, 119, 118.5, 119.6, 114, 110) == [(4, "peak")]  # far above the valley


def zigzag(*corners: float) -> Array:
    """Rows whose loudness goes from corner to corner in ten frames; corners of whole tens."""
    rows = np.tile(constant()[:1], (10 * (len(corners) - 1) + 1, 1))
    rows[:, 0] = np.interp(np.arange(len(rows)) / 10, np.arange(len(corners)), corners)
    return rows


def test_slopes_are_per_second() -> None:
    found = of(zigzag(0, 60, 0, 40))
    rising = (530, 347)  # smoothing takes a little from the corners
    assert found["loudness_sma3_meanRisingSlope"] == pytest.approx(np.mean(rising), rel=0.01)
    assert found["loudness_sma3_meanFallingSlope"] == pytest.approx(527, rel=0.01)
    assert found["loudness_sma3_stddevFallingSlope"] == pytest.approx(0)
    assert found["loudnessPeaksPerSec"] == pytest.approx(1 / 0.31)


def test_what_falls_after_the_last_peak_counts_with_its_sign_and_hardly_in_the_deviation() -> None:
    found = of(zigzag(0, 60, 0, 60, 20))
    first, last = 530, -350
    mean = (first + last) / 2
    assert found["loudness_sma3_meanFallingSlope"] == pytest.approx(mean, rel=0.1)
    deviation = (first - mean) / np.sqrt(2)
    assert found["loudness_sma3_stddevFallingSlope"] == pytest.approx(deviation, rel=0.03)


def test_a_contour_that_never_turns_has_one_slope() -> None:
    found = of(zigzag(0, 10))
    assert found["loudness_sma3_meanRisingSlope"] == pytest.approx(100, rel=0.2)
    assert np.isnan(found["loudness_sma3_meanFallingSlope"])
    assert found["loudnessPeaksPerSec"] == 0


def test_frames_of_unknown_pitch_count_for_what_every_frame_has_alone() -> None:
    rows = some(100)
    more = np.concatenate((rows, rows[:10]))
    more[100:, F0] = np.nan
    more[100:, :F0] += 5
    more[100:, ENERGY] = 100
    short, long = of(rows), of(more)
    changed = {name for name in FUNCTIONALS if short[name] != long[name]}
    assert changed == {
        name
        for name in FUNCTIONALS
        if name.startswith(("loudness", "equivalent"))
        or (name.startswith(("spectralFlux_", "mfcc")) and "sma3_" in name)
    }
    rows[:, F0] = np.nan
    nothing = of(rows)
    assert np.isnan(nothing["VoicedSegmentsPerSec"])
    assert np.isnan(nothing["MeanUnvoicedSegmentLength"])
    assert nothing["loudness_sma3_amean"] > 0


def test_what_has_no_value_is_none() -> None:
    assert np.isnan(functionals(np.zeros((0, COLUMNS), np.float32))).all()
    rows = some(30)
    rows[:, F0:16] = 0
    found = of(rows)
    assert np.isnan(found["F0semitoneFrom27.5Hz_sma3nz_amean"])
    assert np.isnan(found["jitterLocal_sma3nz_amean"])
    assert found["VoicedSegmentsPerSec"] == 0
    assert found["MeanUnvoicedSegmentLength"] == pytest.approx(0.3)
    rows[:, ENERGY] = 0
    assert np.isnan(of(rows)["equivalentSoundLevel_dBp"])
