"""Whole pictures to frames, with material of real encoders."""

import random
from fractions import Fraction

import av
import numpy as np
import pytest

from attunement.gateway.receive.picture_buffer import Whole
from attunement.gateway.receive.pictures import PictureDecoder, Undecodable
from tests.gateway.receive.strategies import mutated

ENCODERS = {
    "VP8": ("libvpx", {"deadline": "realtime", "cpu-used": "8", "lag-in-frames": "0"}),
    "H264": ("libx264", {"preset": "ultrafast", "tune": "zerolatency"}),
}
CODECS = tuple(ENCODERS)


def film(codec: str, size: tuple[int, int] = (320, 180), length: int = 12) -> list[Whole]:
    """Each picture has a grey of its own; the first is a key picture."""
    name, options = ENCODERS[codec]
    encoder = av.VideoCodecContext.create(name, "w")
    encoder.width, encoder.height = size
    encoder.pix_fmt, encoder.time_base, encoder.framerate = "yuv420p", Fraction(1, 30), 30
    encoder.bit_rate, encoder.gop_size, encoder.options = 1_000_000, 1_000, options
    pictures = []
    for n in range(length):
        image = np.full((size[1] * 3 // 2, size[0]), 128, np.uint8)
        image[: size[1]] = grey(n)
        frame = av.VideoFrame.from_ndarray(image, "yuv420p")
        frame.pts, frame.time_base = n, Fraction(1, 30)
        pictures += [bytes(packet) for packet in encoder.encode(frame)]
    assert len(pictures) == length
    return [Whole(n * 3_000, data, not n, n) for n, data in enumerate(pictures)]


def grey(n: int) -> int:
    return 40 + 12 * n


def luma(frame: av.VideoFrame | None) -> np.ndarray:
    assert frame is not None
    plane = frame.planes[0]
    return np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)[:, : frame.width]


@pytest.mark.parametrize("codec", CODECS)
def test_each_picture_is_a_frame_at_once(codec: str) -> None:
    with PictureDecoder(codec) as decoder:
        for n, whole in enumerate(film(codec)):
            seen = luma(decoder.decode(whole))
            assert seen.shape == (180, 320)
            assert abs(float(seen.mean()) - grey(n)) < 4


@pytest.mark.parametrize("codec", CODECS)
def test_a_change_of_size_needs_no_new_decoder(codec: str) -> None:
    with PictureDecoder(codec) as decoder:
        for size in ((320, 180), (640, 360), (160, 90)):
            for whole in film(codec, size, 3):
                assert luma(decoder.decode(whole)).shape == size[::-1]


@pytest.mark.parametrize("codec", CODECS)
def test_rubbish_is_undecodable_and_the_next_key_picture_is_not(codec: str) -> None:
    key = film(codec, length=1)[0]
    with PictureDecoder(codec) as decoder:
        decoder.decode(key)
        with pytest.raises(Undecodable, match="expected a picture"):
            decoder.decode(Whole(0, b"\xff" * 3, False, 0))
        assert luma(decoder.decode(key)).mean() == pytest.approx(grey(0), abs=4)


@pytest.mark.parametrize("codec", CODECS)
def test_whatever_the_bytes_decoding_gives_a_frame_or_undecodable_and_goes_on(codec: str) -> None:
    rng, pictures = random.Random(1), film(codec)
    refused = 0
    with PictureDecoder(codec) as decoder:
        for _ in range(1_500):
            data = mutated([whole.data for whole in pictures], rng)
            try:
                decoder.decode(Whole(0, data, False, 0))
            except Undecodable:
                refused += 1
        for n, whole in enumerate(pictures):
            assert luma(decoder.decode(whole)).mean() == pytest.approx(grey(n), abs=4)
    assert refused


@pytest.mark.parametrize("codec", CODECS)
def test_an_empty_picture_ends_nothing(codec: str) -> None:
    with PictureDecoder(codec) as decoder:
        for whole in film(codec):
            assert decoder.decode(Whole(0, b"", False, 0)) is None
            assert decoder.decode(whole) is not None


@pytest.mark.parametrize("codec", CODECS)
def test_a_picture_too_large_is_refused(codec: str) -> None:
    (large,) = film(codec, (2_048, 1_536), 1)
    (good,) = film(codec, (1_920, 1_080), 1)
    with PictureDecoder(codec) as decoder:
        with pytest.raises(Undecodable):
            decoder.decode(large)
        assert decoder.decode(good) is not None


def test_closing_twice_is_closing_once() -> None:
    decoder = PictureDecoder("VP8")
    decoder.decode(film("VP8", length=1)[0])
    decoder.close()
    decoder.close()
