"""One way to a gateway: a connection, offered over WHIP, and whether it still leads there."""

import asyncio
import random
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, Self
from urllib.parse import urljoin

import httpx
from aiortc import MediaStreamTrack, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import MediaStreamError
from av import Packet
from av.frame import Frame

from attunement.engine.errors import AttunementError

CONNECTING = 6.0  # s from the answer to a way that works
LEAVE_WITHIN = 3.0  # s
LOOK_EVERY = 0.5  # s
QUIET = 2.5  # s in which nothing came back: the way is broken, whatever its state says
FIRST_WAIT, LONGEST_WAIT, BUSY_WAIT = 0.25, 3.0, 15.0  # s between tries, doubling


class PublishFailed(AttunementError):
    def __init__(self, status: int | None, sentence: str) -> None:
        super().__init__(status, sentence)
        self.status, self.sentence = status, sentence

    def __str__(self) -> str:
        return self.sentence if self.status is None else f"{self.sentence} (HTTP {self.status})"

    @property
    def passing(self) -> bool:
        """Can a later try change it?"""
        return self.status is None or self.status in (408, 429) or self.status >= 500


def wait(tries: int, fault: PublishFailed, chance: float | None = None) -> float:
    """Seconds before the next of `tries` so far; never the same for two cut off at once."""
    chance = random.random() if chance is None else chance
    first, longest = (FIRST_WAIT, LONGEST_WAIT)
    if fault.status is not None:  # the gateway asked for time, or has none
        first, longest = 4 * FIRST_WAIT, BUSY_WAIT
    return min(longest, first * 2.0 ** min(tries, 16)) * (0.5 + chance / 2)


class Way:
    """Made by open(). The tracks outlive it: what it sends is lent to it."""

    def __init__(self, tracks: Sequence[MediaStreamTrack], connected: Callable[[], None]) -> None:
        self._peer = RTCPeerConnection()
        self._connected = connected
        self._moved = asyncio.Event()
        self.location: str | None = None  # WHIP's name for it
        self.worked = False  # did it ever lead anywhere?
        self._peer.on("connectionstatechange", self._on_state)
        for track in tracks:
            self._peer.addTransceiver(_Lent(track), direction="sendonly")

    @classmethod
    async def open(
        cls,
        http: httpx.AsyncClient,
        url: str,
        tracks: Sequence[MediaStreamTrack],
        connected: Callable[[], None],
    ) -> Self:
        """`connected` is called when media can go over it. Raises PublishFailed."""
        way = cls(tracks, connected)
        try:
            await way._offer(http, url)
        except BaseException:
            await way.close()
            raise
        return way

    async def _offer(self, http: httpx.AsyncClient, url: str) -> None:
        await self._peer.setLocalDescription(await self._peer.createOffer())
        try:
            answer = await http.post(
                url,
                content=self._peer.localDescription.sdp,
                headers={"Content-Type": "application/sdp"},
            )
        except httpx.HTTPError:
            raise PublishFailed(None, "the gateway cannot be reached") from None
        if answer.status_code != 201:
            raise PublishFailed(answer.status_code, _sentence(answer))
        self.location = urljoin(url, answer.headers.get("Location", ""))
        await self._peer.setRemoteDescription(RTCSessionDescription(answer.text, "answer"))

    async def broken(self) -> None:
        """
        Returns when it leads nowhere any more, or has not in time. Time is counted in looks, so
        that a machine that stood still for a while does not take its own silence for the way's.
        """
        looks, came = 0, -1
        while self._peer.connectionState not in ("failed", "closed"):
            self._moved.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_EVERY):
                    await self._moved.wait()
            if self._peer.connectionState != "connected":
                looks += 1
                if looks * LOOK_EVERY >= CONNECTING:
                    return
            elif (bytes_ := await self._received()) != came:
                came, looks = bytes_, 0
            else:
                looks += 1
                if looks * LOOK_EVERY >= QUIET:
                    return

    async def _received(self) -> int:
        """Bytes that came back: reports, as nobody sends us media."""
        stats = (await self._peer.getStats()).values()
        return sum(each.bytesReceived for each in stats if each.type == "transport")

    def _on_state(self) -> None:
        self._moved.set()
        if self._peer.connectionState == "connected":
            self.worked = True
            self._connected()

    async def close(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(LEAVE_WITHIN):
                await self._peer.close()


class _Lent(MediaStreamTrack):
    """A track for one connection, which stops what it was given: this, and not the track itself."""

    def __init__(self, track: MediaStreamTrack) -> None:
        super().__init__()
        self.kind = track.kind
        self._track = track

    async def recv(self) -> "Frame | Packet[Any]":
        if self.readyState == "ended":
            raise MediaStreamError
        return await self._track.recv()


def _sentence(answer: httpx.Response) -> str:
    try:
        return str(answer.json()["error"])
    except (ValueError, KeyError, TypeError):
        return "the gateway refused"
