"""A gateway in this process, and people who call it over real WebRTC."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from fractions import Fraction
from typing import Any

import av
import httpx
import numpy as np
import websockets
from aiortc import (
    MediaStreamTrack,
    RTCConfiguration,
    RTCPeerConnection,
    RTCSessionDescription,
)

from attunement.engine.frame import AudioFrame, VideoFrame
from attunement.engine.session import Event
from attunement.engine.signal import Group, StageSpec
from attunement.gateway import wire
from attunement.gateway.live import LiveSession
from attunement.gateway.server import Server
from attunement.gateway.settings import Settings
from attunement.gateway.tokens import Action
from attunement.pipelines.link import link
from tests.support.stages import PATIENT, THERAPIST, NoModels, counting

SOUNDS = counting("sounds", AudioFrame)
PICTURES = counting("pictures", VideoFrame, group=Group.FACE)
CATALOG = (SOUNDS, PICTURES, link.STAGE)
ALL = {"t": [Group.VOICE, Group.FACE], "p": [Group.VOICE, Group.FACE]}
SDP = {"Content-Type": "application/sdp"}


@asynccontextmanager
async def gateway(catalog: Sequence[StageSpec] = CATALOG, **settings: Any) -> AsyncIterator[Server]:
    async with Server(Settings(**settings), catalog=catalog, models=NoModels()) as server:
        yield server


def call(server: Server, *, started: bool = True) -> LiveSession:
    live = server.hub.open([THERAPIST, PATIENT], consent=ALL)
    if started:
        live.handle(Event.START)
    return live


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


class Voice(MediaStreamTrack):
    kind = "audio"

    def __init__(self) -> None:
        super().__init__()
        self.muted = self.dead = False
        self._n = 0
        self._begun = asyncio.get_running_loop().time()

    async def recv(self) -> av.AudioFrame:
        await _until(self._begun + self._n * 0.02, self.dead)
        x = np.sin(2 * np.pi * 200 * (np.arange(960) + self._n * 960) / 48_000)
        samples = (0 if self.muted else 8_000) * x
        frame = av.AudioFrame.from_ndarray(samples.astype(np.int16)[None], "s16", "mono")
        frame.sample_rate, frame.pts = 48_000, self._n * 960
        frame.time_base = Fraction(1, 48_000)
        self._n += 1
        return frame


class Camera(MediaStreamTrack):
    kind = "video"

    def __init__(self) -> None:
        super().__init__()
        self.off = self.dead = False
        self._n = 0
        self._begun = asyncio.get_running_loop().time()

    async def recv(self) -> av.VideoFrame:
        await _until(self._begun + self._n / 30, self.dead)
        image = np.zeros((96, 128, 3), np.uint8)
        if not self.off:
            image[:, : 8 + self._n % 100] = 180
        frame = av.VideoFrame.from_ndarray(image, "rgb24")
        frame.pts, frame.time_base = self._n * 3_000, Fraction(1, 90_000)
        self._n += 1
        return frame


async def _until(at: float, never: bool) -> None:
    if never:
        await asyncio.Event().wait()  # till the connection is closed
    await asyncio.sleep(max(0.0, at - asyncio.get_running_loop().time()))


async def eventually(holds: Callable[[], bool], within: float = 10) -> None:
    """For what has no event of its own to wait for."""
    async with asyncio.timeout(within):
        while not holds():  # noqa: ASYNC110
            await asyncio.sleep(0.02)


class Caller:
    """One person's end of the call."""

    def __init__(self, *, picture: bool = True) -> None:
        self.connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self.voice, self.camera = Voice(), Camera()
        self.connection.addTrack(self.voice)
        if picture:
            self.connection.addTrack(self.camera)
        self.resource = ""

    async def offer(self) -> str:
        await self.connection.setLocalDescription(await self.connection.createOffer())
        return self.connection.localDescription.sdp

    def vanish(self) -> None:
        """As a machine does whose power has failed: not a word more, and no answers."""
        ice: Any = self.connection.getTransceivers()[0].receiver.transport.transport
        for protocol in ice._connection._protocols:
            protocol.transport.sendto = lambda *_: None

    async def publish(self, server: Server, live: LiveSession, who: str) -> httpx.Response:
        headers = bearer(server.token(live.id, who, Action.PUBLISH)) | SDP
        async with httpx.AsyncClient() as http:
            got = await http.post(
                server.whip_url(live.id, who), content=await self.offer(), headers=headers
            )
        if got.status_code == 201:
            self.resource = server.url + got.headers["Location"]
            answer = RTCSessionDescription(got.text, "answer")
            await self.connection.setRemoteDescription(answer)
        return got


@asynccontextmanager
async def publishing(
    server: Server, live: LiveSession, *people: str, picture: bool = True
) -> AsyncIterator[list[Caller]]:
    callers = [Caller(picture=picture) for _ in people]
    try:
        for who, caller in zip(people, callers, strict=True):
            got = await caller.publish(server, live, who)
            assert got.status_code == 201, got.text
        yield callers
    finally:
        for caller in callers:
            await caller.connection.close()


class Overlay:
    """A program that watches, in JSON."""

    def __init__(self, socket: websockets.ClientConnection) -> None:
        self.socket = socket

    async def next(self, kind: str | None = None) -> dict[str, Any]:
        async with asyncio.timeout(10):
            while True:
                message: dict[str, Any] = json.loads(await self.socket.recv())
                if kind in (None, message["type"]):
                    return message

    async def until(self, holds: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """The first frame of which it holds."""
        async with asyncio.timeout(15):
            while True:
                frame = await self.next("signal.frame")
                if holds(frame):
                    return frame


@asynccontextmanager
async def watching(
    server: Server, live: LiveSession, who: str = "t", query: str = ""
) -> AsyncIterator[Overlay]:
    headers = bearer(server.token(live.id, who, Action.WATCH))
    async with websockets.connect(
        server.signals_url(live.id) + query,
        additional_headers=headers,
        subprotocols=[websockets.Subprotocol(wire.JSON)],
    ) as socket:
        yield Overlay(socket)
