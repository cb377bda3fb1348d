"""What light, lenses, distance, encoders and networks do to a film."""

from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction

import av
import cv2
import numpy as np
from numpy.typing import NDArray

FPS = 25

Image = NDArray[np.uint8]
Film = Iterable[Image | None]  # FPS pictures a second; None: it never came
Worsen = Callable[[Film], Iterator[Image | None]]


def each(worse: Callable[[Image], Image]) -> Worsen:
    def whole(film: Film) -> Iterator[Image | None]:
        return (None if image is None else worse(image) for image in film)

    return whole


def lit(gain: float) -> Worsen:
    return each(lambda image: np.clip(image * gain, 0, 255).astype(np.uint8))


def blurred(sigma: float) -> Worsen:
    return each(lambda image: np.asarray(cv2.GaussianBlur(image, (0, 0), sigma), np.uint8))


def grainy(sigma: float) -> Worsen:
    chance = np.random.default_rng(1)

    def worse(image: Image) -> Image:
        return np.clip(image + chance.normal(0, sigma, image.shape), 0, 255).astype(np.uint8)

    return each(worse)


def smaller(by: int) -> Worsen:
    def worse(image: Image) -> Image:
        size = image.shape[1] // by, image.shape[0] // by
        return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)

    return each(worse)


def encoded(kbps: int) -> Worsen:
    """As VP8 of that bit rate leaves it."""

    def worse(film: Film) -> Iterator[Image | None]:
        encoder, decoder = av.CodecContext.create("libvpx", "w"), av.CodecContext.create("vp8", "r")
        for i, image in enumerate(film):
            assert image is not None
            if i == 0:
                encoder.height, encoder.width = image.shape[:2]
                encoder.pix_fmt, encoder.bit_rate = "yuv420p", kbps * 1_000
                encoder.time_base, encoder.framerate = Fraction(1, FPS), Fraction(FPS)
                encoder.options = {"deadline": "realtime", "cpu-used": "8", "lag-in-frames": "0"}
            frame = av.VideoFrame.from_ndarray(image, "rgb24")
            frame.pts, frame.time_base = i, encoder.time_base
            for packet in encoder.encode(frame):
                for shown in decoder.decode(packet):
                    yield shown.to_ndarray(format="rgb24")

    return worse


def lost(share: float, gap: int) -> Worsen:
    """
    Of the pictures, `share` are hit by loss: until they are mended, `gap` pictures do not come, as
    the receive path shows none that is broken.
    """

    def worse(film: Film) -> Iterator[Image | None]:
        chance, dark = np.random.default_rng(2), 0
        for image in film:
            dark = gap if chance.random() < share else dark - 1
            yield None if dark > 0 else image

    return worse
