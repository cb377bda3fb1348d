"""
A WebRTC peer that sends sound and pictures over WHIP (RFC 9725), at the pace of a clock.

For simulated people, recordings, and tests that want a real call.
"""

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from fractions import Fraction
from types import TracebackType
from typing import Generic, Self, TypeVar
from urllib.parse import urljoin

import av
import httpx
from aiortc import MediaStreamTrack, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import MediaStreamError

from attunement.engine.clock import MILLISECOND, SECOND
from attunement.engine.errors import AttunementError
from attunement.engine.frame import AudioFrame, VideoFrame

CONNECT_WITHIN = 20.0  # s
LEAVE_WITHIN = 3.0  # s
LATE = 100 * MILLISECOND  # a picture later than this is not worth sending
VIDEO_CLOCK = 90_000  # Hz
SOUND_AHEAD, PICTURES_AHEAD = 50, 4  # frames that are drawn before their time

Now = Callable[[], int]  # ns
Media = TypeVar("Media")


class PublishFailed(AttunementError):
    def __init__(self, status: int | None, sentence: str) -> None:
        super().__init__(status, sentence)
        self.status, self.sentence = status, sentence

    def __str__(self) -> str:
        return self.sentence if self.status is None else f"{self.sentence} (HTTP {self.status})"


class Publisher:
    """
    async with Publisher(url, token, sound=…, pictures=…) as p:
        await p.connected()
        await p.done()

    Sound and pictures are frames of the engine, each in time order; a frame is sent when the clock
    has come to its `t`. Drawing them happens in a thread. Leaving takes leave of the gateway.
    """

    def __init__(
        self,
        url: str,
        token: str,
        *,
        sound: Iterator[AudioFrame] | None = None,
        pictures: Iterator[VideoFrame] | None = None,
        now: Now = time.monotonic_ns,
        hold: bool = False,
    ) -> None:
        """The frames' time 0 is when the connection is there; with `hold`, when play() says."""
        self._url, self._token = url, token
        self._hold = hold
        self._pace = _Pace(now)
        self._tracks: list[_SoundTrack | _PictureTrack] = []
        if sound is not None:
            self._tracks.append(_SoundTrack(sound, self._pace))
        if pictures is not None:
            self._tracks.append(_PictureTrack(pictures, self._pace))
        self._connected = asyncio.Event()
        self._over = asyncio.Event()
        self._location: str | None = None

    @property
    def dropped(self) -> int:
        """Pictures that were too late to be sent."""
        return sum(track.dropped for track in self._tracks)

    @property
    def begin(self) -> int | None:
        """When, on the clock, the frames' time was 0; None before anything was sent."""
        return self._pace.begin

    def play(self, begin: int) -> None:
        """The frames' time is 0 at `begin` of the clock, ns."""
        self._pace.start(begin)

    async def connected(self) -> None:
        """Raises PublishFailed if there is no connection in time."""
        try:
            async with asyncio.timeout(CONNECT_WITHIN):
                await self._connected.wait()
        except TimeoutError:
            sentence = f"no connection to the gateway within {CONNECT_WITHIN:.0f} s"
            raise PublishFailed(None, sentence) from None
        if self._over.is_set():
            raise PublishFailed(None, "the connection to the gateway was lost")

    async def done(self) -> None:
        """Until everything has been sent, or the connection is lost."""
        sent = asyncio.create_task(self._sent())
        over = asyncio.create_task(self._over.wait())
        try:
            await asyncio.wait([sent, over], return_when=asyncio.FIRST_COMPLETED)
        finally:
            sent.cancel()
            over.cancel()
            await asyncio.wait([sent, over])

    async def _sent(self) -> None:
        for track in self._tracks:
            await track.ended.wait()

    async def __aenter__(self) -> Self:
        """Raises PublishFailed if the gateway refuses the offer."""
        self._peer = RTCPeerConnection()
        self._http = httpx.AsyncClient(
            headers={"Authorization": f"Bearer {self._token}"}, timeout=CONNECT_WITHIN
        )
        try:
            await self._offer()
        except BaseException:
            await self._leave()
            raise
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._leave()

    async def _offer(self) -> None:
        self._peer.on("connectionstatechange", self._on_state)
        for track in self._tracks:
            self._peer.addTransceiver(track, direction="sendonly")
        await self._peer.setLocalDescription(await self._peer.createOffer())
        try:
            answer = await self._http.post(
                self._url,
                content=self._peer.localDescription.sdp,
                headers={"Content-Type": "application/sdp"},
            )
        except httpx.HTTPError:
            raise PublishFailed(None, "the gateway cannot be reached") from None
        if answer.status_code != 201:
            raise PublishFailed(answer.status_code, _sentence(answer))
        self._location = urljoin(self._url, answer.headers.get("Location", ""))
        await self._peer.setRemoteDescription(RTCSessionDescription(answer.text, "answer"))

    def _on_state(self) -> None:
        state = self._peer.connectionState
        if state == "connected" and not self._hold:
            self._pace.start(self._pace.now())
        if state in ("failed", "closed"):
            self._over.set()
        if state in ("connected", "failed", "closed"):
            self._connected.set()

    async def _leave(self) -> None:
        for track in self._tracks:
            track.stop()
        with suppress(TimeoutError, httpx.HTTPError):
            async with asyncio.timeout(LEAVE_WITHIN):
                if self._location is not None:
                    await self._http.delete(self._location)
        with suppress(TimeoutError):
            async with asyncio.timeout(LEAVE_WITHIN):
                await self._peer.close()
        await self._http.aclose()
        for track in self._tracks:
            await track.closed()


def _sentence(answer: httpx.Response) -> str:
    try:
        return str(answer.json()["error"])
    except (ValueError, KeyError, TypeError):
        return "the gateway refused"


class _Pace:
    """One clock for both tracks, so that sound and pictures keep together."""

    def __init__(self, now: Now) -> None:
        self.now = now
        self.begin: int | None = None
        self._started = asyncio.Event()

    def start(self, begin: int) -> None:
        if self.begin is None:
            self.begin = begin
        self._started.set()

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


class _SoundTrack(MediaStreamTrack):
    kind = "audio"

    def __init__(self, frames: Iterator[AudioFrame], pace: _Pace) -> None:
        super().__init__()
        self._source, self._pace = _Source(frames, SOUND_AHEAD), pace
        self.dropped = 0
        self.ended = asyncio.Event()

    async def recv(self) -> av.AudioFrame:
        frame = None if self.readyState == "ended" else await self._source.take()
        if frame is None:
            self.ended.set()
            raise MediaStreamError
        await self._pace.late(frame.t)
        pcm = (frame.samples.clip(-1, 1) * 32_767).round().astype("<i2")
        # Opus is sent in stereo; left to itself, mixing one channel into two takes 3 dB off each.
        both = pcm.repeat(2)[None]
        sent = av.AudioFrame.from_ndarray(both, format="s16", layout="stereo")
        sent.sample_rate = frame.rate
        sent.time_base = Fraction(1, frame.rate)
        sent.pts = round(frame.t * frame.rate / SECOND)
        return sent

    async def closed(self) -> None:
        await self._source.close()


class _PictureTrack(MediaStreamTrack):
    kind = "video"

    def __init__(self, frames: Iterator[VideoFrame], pace: _Pace) -> None:
        super().__init__()
        self._source, self._pace = _Source(frames, PICTURES_AHEAD), pace
        self.dropped = 0
        self.ended = asyncio.Event()

    async def recv(self) -> av.VideoFrame:
        while True:
            frame = None if self.readyState == "ended" else await self._source.take()
            if frame is None:
                self.ended.set()
                raise MediaStreamError
            if await self._pace.late(frame.t) <= LATE:
                break
            self.dropped += 1
        sent = av.VideoFrame.from_ndarray(frame.image, format="rgb24").reformat(format="yuv420p")
        sent.time_base = Fraction(1, VIDEO_CLOCK)
        sent.pts = round(frame.t * VIDEO_CLOCK / SECOND)
        return sent

    async def closed(self) -> None:
        await self._source.close()
