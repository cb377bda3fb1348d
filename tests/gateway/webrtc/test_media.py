"""Sound and pictures on their way from the decoder to the pipeline."""

import av
import numpy as np
import pytest

from attunement.engine.frame import AudioFrame
from attunement.gateway.webrtc.media import (
    RATE,
    SILENT,
    Picture,
    Sound,
    analysis_size,
    is_black,
    is_silent,
)


def block(level: float) -> np.ndarray:
    t = np.arange(320) / RATE
    return (level * np.sin(2 * np.pi * 440 * t)).astype(np.float32)


def test_what_a_codec_leaves_of_silence_is_silence_and_the_faintest_noise_is_sound() -> None:
    assert is_silent(block(0))
    assert is_silent(block(SILENT))
    assert not is_silent(block(2 * SILENT))


def test_a_single_click_is_sound() -> None:
    samples = block(0)
    samples[17] = 0.01
    assert not is_silent(samples)


def test_sound_reaches_the_pipeline_as_it_was_decoded() -> None:
    samples, told = block(0.1), list[int]()
    [got] = Sound("p", 7, samples, 3, told.append).frames()
    assert isinstance(got, AudioFrame)
    assert (got.participant, got.t, got.rate) == ("p", 7, RATE)
    assert got.samples is samples
    assert told == [3]


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
