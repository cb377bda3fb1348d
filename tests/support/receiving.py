"""Receivers of a call, to be compared: the gateway, its receive path alone, aiortc's own."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
from aiortc import MediaStreamTrack, RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import MediaStreamError

from attunement.gateway.live import LiveSession
from attunement.gateway.server import Server
from attunement.gateway.tokens import Action
from attunement.gateway.webrtc.peer import Peer
from tests.support.calls import SDP, bearer, call
from tests.support.rows import Receive
from tests.support.seen import Seen, tap


async def published(server: Server, live: LiveSession, offer: str) -> tuple[str, Seen]:
    """To the patient of a session."""
    headers = bearer(server.token(live.id, "p", Action.PUBLISH)) | SDP
    async with httpx.AsyncClient() as http:
        got = await http.post(server.whip_url(live.id, "p"), content=offer, headers=headers)
    assert got.status_code == 201, got.text
    return got.text, tap(live.participants["p"].connection)


def sessions_of(server: Server) -> Receive:
    """Each call in a session of its own."""

    async def receive(offer: str) -> tuple[str, Seen]:
        return await published(server, call(server), offer)

    return receive


class Nobody:
    """Takes what comes, and does nothing with it."""

    def track(self, kind: str) -> None: ...
    def sender_report(self, kind: str, ntp: int, rtp: int, arrival: int) -> None: ...
    def sound(self, samples: Any, rtp: int, arrival: int) -> None: ...
    def sound_lost(self, rtp: int, ticks: int) -> None: ...
    def picture(self, frame: Any, rtp: int, arrival: int) -> None: ...
    def over(self) -> None: ...


@asynccontextmanager
async def ours() -> AsyncIterator[Receive]:
    """The gateway's receive path, and nothing behind it."""
    peers: list[Peer] = []

    async def receive(offer: str) -> tuple[str, Seen]:
        sink = Nobody()
        seen = tap(sink)
        peers.append(Peer(sink, time.monotonic_ns))
        return await peers[-1].answer(offer), seen

    yield receive
    for peer in peers:
        await peer.close()


@asynccontextmanager
async def stock() -> AsyncIterator[Receive]:
    """aiortc's own receiver; its tracks are drained."""
    connections: list[RTCPeerConnection] = []
    drains: list[asyncio.Task[None]] = []

    async def receive(offer: str) -> tuple[str, Seen]:
        connection, seen = RTCPeerConnection(RTCConfiguration(iceServers=[])), Seen()
        connections.append(connection)
        await connection.setRemoteDescription(RTCSessionDescription(offer, "offer"))
        for receiver in connection.getReceivers():
            drains.append(asyncio.create_task(_drain(receiver.track, seen)))
        await connection.setLocalDescription(await connection.createAnswer())
        return connection.localDescription.sdp, seen

    yield receive
    for connection in connections:
        await connection.close()
    await asyncio.gather(*drains)


async def _drain(track: MediaStreamTrack, seen: Seen) -> None:
    try:
        while True:
            frame: Any = await track.recv()
            if track.kind == "audio":
                seen.sound(frame.samples / frame.sample_rate, frame.pts)
            else:
                seen.picture(frame)
    except MediaStreamError:
        pass
