"""What is sent, and when: frames of the engine as tracks of a connection, paced by a clock."""

import asyncio
from abc import abstractmethod
from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import ClassVar, Generic, TypeVar

import av
from aiortc import MediaStreamTrack
from aiortc.mediastreams import MediaStreamError

from attunement.engine.clock import MILLISECOND, SECOND
from attunement.engine.frame import AudioFrame, VideoFrame

LATE = 100 * MILLISECOND  # a picture later than this is not worth sending
VIDEO_CLOCK = 90_000  # Hz

Now = Callable[[], int]  # ns
Media = TypeVar("Media", bound=AudioFrame | VideoFrame)


class Pace:
    """One clock for both tracks, so that sound and pictures keep together."""

    def __init__(self, now: Now) -> None:
        self.now = now
        self.begin: int | None = None
        self.back = 0  # ns of the frames' time: what was due before, with no way to go, is lost
        self._started = asyncio.Event()

    def start(self, begin: int) -> None:
        if self.begin is None:
            self.begin = begin
        self._started.set()

    def resume(self) -> None:
        """There is a way again: from now on."""
        if self.begin is not None:
            self.back = self.now() - self.begin

    async def late(self, t: int) -> int:
        """Wait for the moment of `t`; how far behind it we are, in ns."""
        await self._started.wait()
        assert self.begin is not None
        ahead = self.begin + t - self.now()
        if ahead > 0:
            await asyncio.sleep(ahead / SECOND)
        return self.now() - self.begin - t


class _Source(Generic[Media]):
    """Draws a bounded number of frames ahead, in a thread, so that nobody waits for a slow one."""

    def __init__(self, frames: Iterator[Media], ahead: int) -> None:
        self._frames = frames
        self._drawn: asyncio.Queue[Media | None] = asyncio.Queue(ahead)
        self._drawing: asyncio.Task[None] | None = None

    async def take(self) -> Media | None:
        """None at the end."""
        if self._drawing is None:
            self._drawing = asyncio.create_task(self._draw())
        return await self._drawn.get()

    async def close(self) -> None:
        if self._drawing is not None:
            self._drawing.cancel()
            await asyncio.wait([self._drawing])

    async def _draw(self) -> None:
        frame: Media | None
        while (frame := await asyncio.to_thread(next, self._frames, None)) is not None:
            await self._drawn.put(frame)
        await self._drawn.put(None)


class Track(MediaStreamTrack, Generic[Media]):
    """Ends with its frames."""

    ahead: ClassVar[int]  # frames that are drawn before their time

    def __init__(self, frames: Iterator[Media], pace: Pace) -> None:
        super().__init__()
        self._source, self._pace = _Source(frames, self.ahead), pace
        self.dropped = 0
        self.ended = asyncio.Event()

    async def closed(self) -> None:
        await self._source.close()

    async def _next(self) -> Media:
        """At its time. Raises MediaStreamError at the end."""
        while True:
            over = self.ended.is_set() or self.readyState == "ended"
            frame = None if over else await self._source.take()
            if frame is None:
                self.ended.set()
                raise MediaStreamError
            if self._is_worth_sending(frame, await self._pace.late(frame.t)):
                return frame
            self.dropped += 1

    @abstractmethod
    def _is_worth_sending(self, frame: Media, late: int) -> bool:
        """late: ns after its time."""


class SoundTrack(Track[AudioFrame]):
    kind = "audio"
    ahead = 50

    async def recv(self) -> av.AudioFrame:
        frame = await self._next()
        pcm = (frame.samples.clip(-1, 1) * 32_767).round().astype("<i2")
        # Opus is sent in stereo; left to itself, mixing one channel into two takes 3 dB off each.
        both = pcm.repeat(2)[None]
        sent = av.AudioFrame.from_ndarray(both, format="s16", layout="stereo")
        sent.sample_rate = frame.rate
        sent.time_base = Fraction(1, frame.rate)
        sent.pts = round(frame.t * frame.rate / SECOND)
        return sent

    def _is_worth_sending(self, frame: AudioFrame, late: int) -> bool:
        return frame.t >= self._pace.back  # late sound is heard, sound without a way is lost


class PictureTrack(Track[VideoFrame]):
    kind = "video"
    ahead = 4

    async def recv(self) -> av.VideoFrame:
        frame = await self._next()
        sent = av.VideoFrame.from_ndarray(frame.image, format="rgb24").reformat(format="yuv420p")
        sent.time_base = Fraction(1, VIDEO_CLOCK)
        sent.pts = round(frame.t * VIDEO_CLOCK / SECOND)
        return sent

    def _is_worth_sending(self, frame: VideoFrame, late: int) -> bool:
        return late <= LATE
