"""Sound and pictures on their way from the decoder to the pipeline."""

import av
import numpy as np
import pytest

from attunement.engine.clock import MILLISECOND, SECOND
from attunement.gateway.webrtc.media import (
    DELAY,
    RATE,
    Picture,
    Resampler,
    Sound,
    analysis_size,
    is_black,
    is_silent,
)


def block(n: int, hz: float = 440, level: float = 8_000, channels: int = 2) -> av.AudioFrame:
    x = level * np.sin(2 * np.pi * hz * (np.arange(960) + n * 960) / 48_000)
    samples = np.repeat(x.astype(np.int16), channels)[None]
    frame = av.AudioFrame.from_ndarray(samples, "s16", "stereo" if channels == 2 else "mono")
    frame.sample_rate = 48_000
    return frame


def test_sound_becomes_16_khz_and_stays_where_it_was_in_time() -> None:
    resampler, got = Resampler(), []
    for n in range(50):
        begin, samples = resampler.convert(block(n), n * 20 * MILLISECOND)
        got.append((begin, samples))
    sound = np.concatenate([samples for _, samples in got])
    assert sound.dtype == np.float32
    # Each block begins where the one before it ended.
    n = 0
    for begin, samples in got:
        assert begin == pytest.approx(n * 1e9 / RATE - DELAY, abs=1e3)
        n += samples.size
    # And the tone has the phase it had: it was neither delayed nor advanced.
    t = np.arange(2_000, 14_000) / RATE - DELAY / SECOND
    expected = 8_000 / 32_768 * np.sin(2 * np.pi * 440 * t)
    assert np.abs(sound[2_000:14_000] - expected).max() < 0.01


def test_a_hole_is_not_filled_with_what_came_before() -> None:
    resampler = Resampler()
    resampler.convert(block(0, level=30_000), 0)
    begin, samples = resampler.convert(block(0, level=0), 100 * MILLISECOND)
    assert begin == 100 * MILLISECOND - DELAY
    assert not samples.any()


def test_muted_sound_is_exact_silence_after_conversion() -> None:
    resampler = Resampler()
    blocks = [resampler.convert(block(n, level=0), n * 20 * MILLISECOND)[1] for n in range(5)]
    assert not np.concatenate(blocks).any()


def test_what_a_codec_leaves_of_silence_is_silence_and_the_faintest_noise_is_sound() -> None:
    assert is_silent(block(0, level=0))
    assert is_silent(block(0, level=2))
    assert not is_silent(block(0, level=4))


def test_a_block_of_silence_reaches_the_pipeline_as_exact_nought() -> None:
    waiting = Sound("p", 0, block(0, level=2), True, Resampler(), 0, lambda _: None)
    [got] = waiting.frames()
    assert got.samples.size > 0  # type: ignore[attr-defined]
    assert not got.samples.any()  # type: ignore[attr-defined]


def picture(luma: int, chroma: int = 128, width: int = 64, height: int = 48) -> av.VideoFrame:
    planes = np.full((height * 3 // 2, width), luma, np.uint8)
    planes[height:] = chroma
    return av.VideoFrame.from_ndarray(planes, "yuv420p")


@pytest.mark.parametrize("luma", [0, 6, 16, 18])
def test_black_is_black_in_full_and_limited_range(luma: int) -> None:
    assert is_black(picture(luma))


def test_a_dim_room_is_not_a_camera_that_is_off() -> None:
    assert not is_black(picture(24))
    assert not is_black(picture(16, chroma=140))
    lamp = picture(16).to_ndarray()
    lamp[5, 7] = 200  # between the pixels that are looked at first
    assert not is_black(av.VideoFrame.from_ndarray(lamp, "yuv420p"))


def test_a_picture_is_rgb_of_analysis_size_and_of_the_same_shape() -> None:
    arrivals: list[int] = []
    frame = picture(120, width=1280, height=720)
    waiting = Picture("p", 5, frame, black=False, arrival=3, decoded=arrivals.append)
    [got] = waiting.frames()
    assert got.image.shape == (360, 640, 3)  # type: ignore[attr-defined]
    assert got.t == 5
    assert arrivals == [3]


def test_a_black_picture_is_exactly_nought() -> None:
    waiting = Picture("p", 5, picture(17), black=True, arrival=0, decoded=lambda _: None)
    [got] = waiting.frames()
    assert not got.image.any()  # type: ignore[attr-defined]


def test_small_pictures_stay_as_they_are() -> None:
    assert analysis_size(320, 240) == (320, 240)
    assert analysis_size(720, 1280) == (360, 640)
    assert analysis_size(1, 1) == (2, 2)
