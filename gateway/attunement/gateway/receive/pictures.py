"""Whole pictures to frames: VP8 and H.264 through PyAV, in the calling thread."""

from types import TracebackType
from typing import Self

import av

from attunement.engine.errors import AttunementError
from attunement.gateway.receive.picture_buffer import Whole

CODECS = {"VP8": "vp8", "H264": "h264"}  # libavcodec's own VP8 is no slower than libvpx
PIXELS = 1_920 * 1_200  # more is no camera of a call, and would hold up everybody else


class Undecodable(AttunementError):
    """A picture that the decoder cannot read; it goes on at the next key picture."""

    def __init__(self, got: str) -> None:
        super().__init__(got)


class PictureDecoder:
    """One stream's decoder. A context manager; close() may be called twice."""

    def __init__(self, codec: str) -> None:
        """`codec`: "VP8" or "H264"."""
        self._name = CODECS[codec]
        self._context: av.VideoCodecContext | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def decode(self, whole: Whole) -> av.VideoFrame | None:
        """
        None: the picture is one of those that are not shown. Raises Undecodable.
        """
        if not whole.data:  # it would tell libavcodec that the stream has ended
            return None
        try:
            frames = self._opened().decode(av.Packet(whole.data))
        except (av.FFmpegError, ValueError) as fault:
            self.close()
            raise Undecodable(f"got {type(fault).__name__}, expected a picture") from None
        return frames[-1] if frames else None

    def close(self) -> None:
        self._context = None

    def _opened(self) -> av.VideoCodecContext:
        if self._context is None:
            context = av.CodecContext.create(self._name, "r")
            assert isinstance(context, av.VideoCodecContext)
            context.thread_count = 1  # another would add a picture of delay
            context.options = {"flags": "low_delay", "max_pixels": str(PIXELS)}
            self._context = context
        return self._context
