"""
A WebRTC peer that sends sound and pictures over WHIP (RFC 9725), at the pace of a clock.

For simulated people, recordings, and tests that want a real call.
"""

import asyncio
import time
from collections.abc import Iterator
from contextlib import suppress
from types import TracebackType
from typing import Self

import httpx

from attunement.engine.frame import AudioFrame, VideoFrame
from attunement.gateway.publish_tracks import Now, Pace, PictureTrack, SoundTrack
from attunement.gateway.publish_way import LEAVE_WITHIN, PublishFailed, Way, wait

__all__ = ["PublishFailed", "Publisher"]

CONNECT_WITHIN = 20.0  # s
NOWHERE = PublishFailed(None, "no media can go to the gateway")


class Publisher:
    """
    async with Publisher(url, token, sound=…, pictures=…) as p:
        await p.connected()
        await p.done()

    Sound and pictures are frames of the engine, each in time order; a frame is sent when the clock
    has come to its `t`. Drawing them happens in a thread. A way that breaks is replaced by another,
    under the same participant. Leaving takes leave of the gateway.
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
        self._pace = Pace(now)
        self._tracks: list[SoundTrack | PictureTrack] = []
        if sound is not None:
            self._tracks.append(SoundTrack(sound, self._pace))
        if pictures is not None:
            self._tracks.append(PictureTrack(pictures, self._pace))
        self._connected = asyncio.Event()
        self._over = asyncio.Event()
        self._ways: list[Way] = []  # the newest last
        self._keeping: asyncio.Task[None] | None = None
        self._tries = 0  # to come back, that failed in a row
        self._fault: PublishFailed | None = None

    @property
    def dropped(self) -> int:
        """Pictures that were too late to be sent."""
        return sum(track.dropped for track in self._tracks if isinstance(track, PictureTrack))

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
        if self._fault is not None:
            raise self._fault

    async def done(self) -> None:
        """Until everything has been sent. Raises PublishFailed if the gateway refuses us."""
        sent = asyncio.create_task(self._sent())
        over = asyncio.create_task(self._over.wait())
        try:
            await asyncio.wait([sent, over], return_when=asyncio.FIRST_COMPLETED)
        finally:
            sent.cancel()
            over.cancel()
            await asyncio.wait([sent, over])
        if self._fault is not None:
            raise self._fault

    async def _sent(self) -> None:
        for track in self._tracks:
            await track.ended.wait()

    async def __aenter__(self) -> Self:
        """Raises PublishFailed if the gateway refuses the offer."""
        self._http = httpx.AsyncClient(
            headers={"Authorization": f"Bearer {self._token}"}, timeout=CONNECT_WITHIN
        )
        try:
            await self._open()
        except BaseException:
            await self._leave()
            raise
        self._keeping = asyncio.create_task(self._keep())
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._leave()

    async def _open(self) -> None:
        self._ways.append(await Way.open(self._http, self._url, self._tracks, self._on_connected))

    async def _keep(self) -> None:
        """Same person, same tracks, another way, whenever one breaks; until the gateway refuses."""
        try:
            while True:
                await self._ways[-1].broken()
                if not self._ways[-1].worked:
                    await self._pause(NOWHERE)
                await self._again()
                # Only now: a way closed before another is open means a person who left.
                await self._ways[0].close()
                del self._ways[0]
        except PublishFailed as fault:
            self._fault = fault
            self._over.set()
            self._connected.set()

    async def _again(self) -> None:
        """Raises PublishFailed where no further try would help."""
        while True:
            try:
                return await self._open()
            except PublishFailed as fault:
                if not fault.passing:
                    raise
                await self._pause(fault)

    async def _pause(self, fault: PublishFailed) -> None:
        pause = wait(self._tries, fault)
        self._tries += 1
        await asyncio.sleep(pause)

    def _on_connected(self) -> None:
        if not self._hold:
            self._pace.start(self._pace.now())
        if self._connected.is_set():
            self._pace.resume()
        self._tries = 0
        self._connected.set()

    async def _leave(self) -> None:
        if self._keeping is not None:
            self._keeping.cancel()
            await asyncio.wait([self._keeping])
        for track in self._tracks:
            track.stop()
        with suppress(TimeoutError, httpx.HTTPError):
            async with asyncio.timeout(LEAVE_WITHIN):
                if self._ways and self._ways[-1].location is not None:
                    await self._http.delete(self._ways[-1].location)
        for way in self._ways:
            await way.close()
        await self._http.aclose()
        for track in self._tracks:
            await track.closed()
