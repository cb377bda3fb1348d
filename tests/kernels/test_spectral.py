"""Decimation, power of bands, level, loudness and syllables against plain NumPy."""

import numpy as np
import pytest
from numpy.lib.stride_tricks import sliding_window_view

from attunement.kernels import bandpower, decimate, level, loudness, syllables


def test_halving_is_a_convolution_that_keeps_every_second_sample() -> None:
    rng = np.random.default_rng(0)
    past, block = rng.normal(size=(2, 600)).astype(np.float32)
    past = past[: decimate.LAG]
    plain = np.convolve(np.concatenate((past, block)), decimate.HALF_BAND, "valid")[::2]
    np.testing.assert_allclose(decimate.halve(past, block), plain, atol=1e-5)


@pytest.mark.parametrize(("hz", "gain"), [(100, 1.0), (2_500, 1.0), (5_500, 0.0), (7_500, 0.0)])
def test_halving_keeps_what_fits_and_nothing_else(hz: int, gain: float) -> None:
    t = np.arange(4_000) / 16_000
    sine = np.sin(2 * np.pi * hz * t).astype(np.float32)
    out = decimate.halve(np.zeros(decimate.LAG, np.float32), sine)[100:]
    assert np.sqrt(2 * np.mean(out**2)) == pytest.approx(gain, abs=0.01)


@pytest.mark.parametrize("frames", [0, 1, 8, 19])
def test_the_power_of_a_band_is_the_sum_over_its_bins_of_plain_numpy(frames: int) -> None:
    rng = np.random.default_rng(1)
    sound, taper = rng.normal(0, 0.1, 5_000).astype(np.float32), np.hanning(256).astype(np.float32)
    start = rng.integers(0, sound.size - 256, frames)
    bands = ((3, 5), (5, 40), (100, 129))
    power = np.abs(np.fft.rfft(sliding_window_view(sound, 256)[start] * taper, axis=1)) ** 2
    plain = np.stack([power[:, a:b].sum(axis=1) for a, b in bands], axis=1)
    found = bandpower.powers(sound, start, bandpower.bench(taper, bands))
    np.testing.assert_allclose(found, plain, rtol=1e-4)


def test_level_is_the_mean_square_without_the_mean_and_counts_what_clips() -> None:
    rng = np.random.default_rng(2)
    blocks = (rng.normal(0, 0.1, (3, 512)) + 0.2).astype(np.float32)
    blocks[1, :7] = 1.0
    square, clipped = level.levels(blocks)
    np.testing.assert_allclose(square, blocks.astype(np.float64).var(axis=1), rtol=1e-6)
    assert clipped.tolist() == [0, 7, 0]


def test_loudness_is_the_compressed_sum_of_plain_numpy() -> None:
    rng = np.random.default_rng(3)
    sound = (rng.normal(0, 0.1, 3_000) + 0.2).astype(np.float32)
    start = np.array([0, 160, 7, 1_000, 2_680, 480, 640, 800, 1_280, 5])
    frames = sliding_window_view(sound.astype(np.float64), loudness.WINDOW)[start]
    frames = (frames - frames.mean(axis=1, keepdims=True)) * loudness.HANN
    power = np.abs(np.fft.rfft(frames, loudness.FFT)) ** 2
    plain = ((power @ loudness.WEIGHT.T) ** loudness.POWER).sum(axis=1)
    found = loudness.loudness(sound, start, loudness.bench())
    np.testing.assert_allclose(found, plain, rtol=1e-5)


def test_ten_times_the_amplitude_is_heard_as_between_four_and_five_times_as_loud() -> None:
    tone = (0.01 * np.sin(np.arange(loudness.WINDOW) * 0.4)).astype(np.float32)
    start = np.array([0, loudness.WINDOW])
    quiet, loud = loudness.loudness(np.concatenate((tone, 10 * tone)), start, loudness.bench())
    assert 4 < loud / quiet < 5  # 100 ** 0.33 = 4.6


def test_intensity_is_a_convolution_in_decibels() -> None:
    square = np.random.default_rng(5).random(40) ** 8
    square[10:20] = 0
    weight = np.hanning(9)[1:-1]
    plain = 10 * np.log10(np.maximum(np.convolve(square, weight, "valid"), syllables.FLOOR))
    np.testing.assert_allclose(syllables.intensity(square, weight), plain, rtol=1e-12)


@pytest.mark.parametrize("first", [-3, 0, 60])
def test_nuclei_and_voiced_steps_are_dated_by_the_steps_of_speech(first: int) -> None:
    rng = np.random.default_rng(6)
    intensity = np.cumsum(rng.normal(0, 2, 500)) - 40
    spoken = rng.random(500) < 0.8
    strength = (rng.random(500 - first) * (rng.random(500 - first) < 0.6)).astype(np.float32)
    step = np.arange(500)
    voiced = spoken & (step >= first) & (strength[np.maximum(step - first, 0)] > 0)
    found = syllables.nuclei(intensity, voiced, syllables.new_contour())
    counts = spoken & (step >= 40)
    when = 7 + np.cumsum(counts)
    clock, nuclei, sounded = syllables.count(
        intensity, spoken, strength, first, 40, 7, syllables.new_contour()
    )
    assert clock == when[-1]
    assert nuclei.tolist() == when[found & counts].tolist() != []
    assert sounded.tolist() == when[voiced & counts].tolist()


def test_every_hump_with_a_dip_is_one_nucleus_if_it_is_voiced() -> None:
    t = np.arange(300)
    intensity = -30 + 6 * np.sin(2 * np.pi * t / 25 - np.pi / 2)  # 12 humps
    voiced = t < 150
    found = syllables.nuclei(intensity, voiced, syllables.new_contour())
    assert found.sum() == 6


def test_ripples_of_less_than_the_dip_are_no_syllables() -> None:
    t = np.arange(300)
    intensity = -30 + 0.8 * np.sin(2 * np.pi * t / 25)
    assert not syllables.nuclei(intensity, t >= 0, syllables.new_contour()).any()


def test_nuclei_do_not_depend_on_how_the_steps_come() -> None:
    rng = np.random.default_rng(4)
    intensity = np.cumsum(rng.normal(0, 2, 500)) - 40
    voiced = rng.random(500) < 0.7
    whole = syllables.nuclei(intensity, voiced, syllables.new_contour())
    contour = syllables.new_contour()
    parts = [
        syllables.nuclei(intensity[i : i + 7], voiced[i : i + 7], contour) for i in range(0, 500, 7)
    ]
    assert np.array_equal(np.concatenate(parts), whole)
    assert whole.any()
