"""Sound and pictures of the engine, written to files that any player opens."""

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Self, cast

import av
import numpy as np
from av.audio.stream import AudioStream
from av.video.stream import VideoStream
from numpy.typing import NDArray

from attunement.engine.clock import SECOND
from attunement.engine.frame import AudioFrame, VideoFrame

SOUND = "libopus"
PICTURES = "libx264"
RATE, BITS = 48_000, 64_000  # Hz, bit/s
TICK = Fraction(1, 90_000)
BITEXACT = 0x0400  # AVFMT_FLAG_BITEXACT
Progress = Callable[[float], None]  # told how many seconds are written


class Recording:
    """
    One person's sound and pictures in one Matroska file (Opus, H.264), under its name only once
    it is whole. Frames of each kind in time order, sound in blocks of 20 ms; where frames are
    missing the file has a gap.
    """

    def __init__(self, path: Path, *, size: tuple[int, int], fps: int = 25) -> None:
        """`size`: width and height of the pictures."""
        self._path = path
        self._part = path.with_name(path.name + ".part")
        self._container = av.open(str(self._part), "w", format="matroska")
        # Nothing in the file may tell when or with what version it was written.
        self._container.flags |= BITEXACT
        self._sound = cast(AudioStream, self._container.add_stream(SOUND, rate=RATE))
        self._sound.layout = "mono"
        self._sound.bit_rate = BITS
        self._fed = 0  # samples given to the encoder, which knows no gaps
        self._gaps: deque[int] = deque()  # samples missing before each block that is in the encoder
        self._pictures = cast(
            VideoStream,
            self._container.add_stream(
                PICTURES, rate=fps, options={"preset": "veryfast", "crf": "20", "threads": "1"}
            ),
        )
        self._pictures.width, self._pictures.height = size
        self._pictures.pix_fmt = "yuv420p"
        self._pictures.codec_context.time_base = TICK

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if error is None:
            self._mux_sound(self._sound.encode(None))
            self._container.mux(self._pictures.encode(None))
        self._container.close()
        if error is None:
            self._part.replace(self._path)
        else:
            with suppress(FileNotFoundError):
                self._part.unlink()

    def add_sound(self, frame: AudioFrame) -> None:
        self._gaps.append(frame.t * RATE // SECOND - self._fed)
        packed = av.AudioFrame.from_ndarray(_pcm(frame.samples)[None], "s16", "mono")
        packed.sample_rate = frame.rate
        packed.pts, packed.time_base = self._fed, Fraction(1, RATE)
        self._fed += frame.samples.size
        self._mux_sound(self._sound.encode(packed))

    def add_picture(self, frame: VideoFrame) -> None:
        picture = av.VideoFrame.from_ndarray(frame.image, "rgb24")
        picture.pts = frame.t * TICK.denominator // SECOND
        picture.time_base = TICK
        self._container.mux(self._pictures.encode(picture))

    def _mux_sound(self, packets: "list[av.Packet[AudioStream]]") -> None:
        for packet in packets:
            # One block, one packet; at the end the encoder may add one for its own delay.
            gap = self._gaps.popleft() if len(self._gaps) > 1 else self._gaps[0]
            if packet.pts is not None and packet.time_base is not None:
                packet.pts += round(gap / RATE / packet.time_base)
                packet.dts = packet.pts
            self._container.mux(packet)


def write_channels(
    path: Path, channels: Sequence[Iterable[AudioFrame]], progress: Progress = lambda _: None
) -> None:
    """A WAV file of 16 bit with one person per channel, whole or not at all."""
    part = path.with_name(path.name + ".part")
    container = av.open(str(part), "w", format="wav", options={"fflags": "+bitexact"})
    try:
        stream = container.add_stream("pcm_s16le", rate=RATE)
        stream.layout = "stereo" if len(channels) == 2 else "mono"
        for blocks in zip(*channels, strict=True):
            mixed = np.stack([_pcm(block.samples) for block in blocks], axis=1).reshape(1, -1)
            packed = av.AudioFrame.from_ndarray(np.ascontiguousarray(mixed), "s16", stream.layout)
            packed.sample_rate = RATE
            container.mux(stream.encode(packed))
            progress(blocks[0].t / SECOND)
        container.mux(stream.encode(None))
    except BaseException:
        container.close()
        part.unlink(missing_ok=True)
        raise
    container.close()
    part.replace(path)


def _pcm(samples: NDArray[np.float32]) -> NDArray[np.int16]:
    return np.round(np.clip(samples, -1, 1) * 32_767).astype(np.int16)
