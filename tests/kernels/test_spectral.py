"""Decimation, frames, level, loudness and syllables against plain NumPy."""

import numpy as np
import pytest

from attunement.kernels import decimate, level, loudness, syllables
from attunement.kernels.frames import tapered


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


def test_frames_are_tapered_without_their_mean_and_only_where_wanted() -> None:
    rng = np.random.default_rng(1)
    sound = (rng.normal(size=1_000) + 3).astype(np.float32)
    taper = np.hanning(100).astype(np.float32)
    wanted = np.array([True, False, True])
    out, span = tapered(sound, taper, 50, wanted, 128)
    for mine, size, begin in zip(out, span, (0, 100), strict=True):
        part = sound[begin : begin + 100]
        np.testing.assert_allclose(mine[:100], (part - part.mean()) * taper, atol=1e-5)
        assert not mine[100:].any()
        assert size == pytest.approx(np.ptp(part))


def test_level_is_the_mean_square_without_the_mean_and_counts_what_clips() -> None:
    rng = np.random.default_rng(2)
    blocks = (rng.normal(0, 0.1, (3, 512)) + 0.2).astype(np.float32)
    blocks[1, :7] = 1.0
    square, clipped = level.levels(blocks)
    np.testing.assert_allclose(square, blocks.astype(np.float64).var(axis=1), rtol=1e-6)
    assert clipped.tolist() == [0, 7, 0]


def test_loudness_is_the_compressed_sum_of_plain_numpy() -> None:
    rng = np.random.default_rng(3)
    frames = np.zeros((5, loudness.FFT), np.float32)
    frames[:, : loudness.WINDOW] = rng.normal(0, 0.1, (5, loudness.WINDOW))
    power = np.abs(np.fft.rfft(frames.astype(np.float64))) ** 2
    plain = ((power @ loudness.WEIGHT.T) ** loudness.POWER).sum(axis=1)
    np.testing.assert_allclose(loudness.loudness(frames), plain, rtol=1e-4)


def test_ten_times_the_amplitude_is_heard_as_between_four_and_five_times_as_loud() -> None:
    frames = np.zeros((2, loudness.FFT), np.float32)
    frames[0, : loudness.WINDOW] = 0.01 * np.sin(np.arange(loudness.WINDOW) * 0.4)
    frames[1] = 10 * frames[0]
    quiet, loud = loudness.loudness(frames)
    assert 4 < loud / quiet < 5  # 100 ** 0.33 = 4.6


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
