"""Small recordings whose content can be foretold."""

from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

RATE = 48_000


def tone(seconds: float, hz: float = 200.0, rate: int = RATE) -> NDArray[np.float32]:
    t = np.arange(round(seconds * rate)) / rate
    return (0.3 * np.sin(2 * np.pi * hz * t)).astype(np.float32)


def write(
    path: Path,
    *channels: NDArray[np.float32],
    rate: int = RATE,
    pictures: float = 0,
    fps: int = 30,
    size: tuple[int, int] = (64, 48),
    container_options: dict[str, str] | None = None,
) -> Path:
    """Sound of one or two channels, and `pictures` seconds of pictures that grow brighter."""
    with av.open(str(path), "w", options=container_options or {}) as container:
        video = _video(container, fps, size) if pictures else None
        audio = _audio(container, path, len(channels), rate) if channels else None
        if video is not None:
            _pictures(container, video, round(pictures * fps), size)
        if audio is not None:
            _sound(container, audio, channels, rate)
    return path


def _video(container: Any, fps: int, size: tuple[int, int]) -> Any:
    stream = container.add_stream("mpeg4", rate=fps)
    stream.width, stream.height = size
    stream.pix_fmt = "yuv420p"
    return stream


def _audio(container: Any, path: Path, channels: int, rate: int) -> Any:
    codec = {".wav": "pcm_s16le", ".flac": "flac"}.get(path.suffix, "aac")
    return container.add_stream(codec, rate=rate, layout="mono" if channels == 1 else "stereo")


def _pictures(container: Any, stream: Any, n: int, size: tuple[int, int]) -> None:
    for i in range(n):
        image = np.full((size[1], size[0], 3), 40 + i % 200, np.uint8)
        frame = av.VideoFrame.from_ndarray(image, format="rgb24")
        frame.pts, frame.time_base = i, Fraction(1, int(stream.average_rate))
        container.mux(stream.encode(frame))
    container.mux(stream.encode(None))


def _sound(
    container: Any, stream: Any, channels: tuple[NDArray[np.float32], ...], rate: int
) -> None:
    sound = np.stack(channels)
    layout = "mono" if len(channels) == 1 else "stereo"
    for begin in range(0, sound.shape[1], 1024):
        block = np.ascontiguousarray(sound[:, begin : begin + 1024])
        frame = av.AudioFrame.from_ndarray(block, format="fltp", layout=layout)
        frame.sample_rate, frame.pts, frame.time_base = rate, begin, Fraction(1, rate)
        container.mux(stream.encode(frame))
    container.mux(stream.encode(None))
