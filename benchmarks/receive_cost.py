"""
What receiving costs and how long it takes: stock aiortc against the receive path, in turns.

Senders run in a process of their own and send what was encoded beforehand: Opus at 50 packets a
second and VP8 of 640x360 at 30 pictures a second per person. Counted is the receiving process: its
CPU, whether all pictures come out, and how long media takes from the socket to its samples.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from statistics import median
from typing import Any

import av
import numpy as np
import pytest
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import MediaStreamError, MediaStreamTrack
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from attunement.gateway.webrtc.peer import Peer
from tests.support.sending import FPS, Senders, senders

SETTLE, SECONDS, ROUNDS = 3, 8, 3
Take = Callable[["Tally", str], Any]


@dataclass(slots=True)
class Tally:
    """What came out, and after how many ns."""

    sounds: list[int] = field(default_factory=list)
    pictures: list[int] = field(default_factory=list)

    def clear(self) -> None:
        self.sounds.clear()
        self.pictures.clear()


class Ours:
    """The sink of one person."""

    def __init__(self, tally: Tally) -> None:
        self._tally = tally

    def track(self, kind: str) -> None: ...
    def sender_report(self, kind: str, ntp: int, rtp: int, arrival: int) -> None: ...
    def sound_lost(self, rtp: int, ticks: int) -> None: ...
    def over(self) -> None: ...

    def sound(self, samples: NDArray[np.float32], rtp: int, arrival: int) -> None:
        self._tally.sounds.append(time.monotonic_ns() - arrival)

    def picture(self, frame: av.VideoFrame, rtp: int, arrival: int) -> None:
        self._tally.pictures.append(time.monotonic_ns() - arrival)


@asynccontextmanager
async def ours(people: int, sending: Senders, tally: Tally) -> AsyncIterator[None]:
    peers = [Peer(Ours(tally), time.monotonic_ns) for _ in range(people)]
    for peer in peers:
        await sending.answer(await peer.answer(await sending.offer()))
    yield
    for peer in peers:
        await peer.close()


@asynccontextmanager
async def stock(people: int, sending: Senders, tally: Tally) -> AsyncIterator[None]:
    connections, drains = [], []
    for _ in range(people):
        connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        connections.append(connection)
        await connection.setRemoteDescription(RTCSessionDescription(await sending.offer(), "offer"))
        for receiver in connection.getReceivers():
            drains.append(asyncio.create_task(drain(receiver.track, arrivals(receiver), tally)))
        await connection.setLocalDescription(await connection.createAnswer())
        await sending.answer(connection.localDescription.sdp)
    yield
    for connection in connections:
        await connection.close()
    await asyncio.gather(*drains)


def arrivals(receiver: Any) -> dict[int, int]:
    """When the packets of each RTP stamp came, which aiortc does not tell."""
    came: dict[int, int] = {}
    take = receiver._handle_rtp_packet

    async def noted(packet: Any, arrival_time_ms: int) -> None:
        came[packet.timestamp] = time.monotonic_ns()
        came.setdefault(-1, packet.timestamp)  # the first: aiortc counts from there
        await take(packet, arrival_time_ms=arrival_time_ms)

    receiver._handle_rtp_packet = noted
    return came


async def drain(track: MediaStreamTrack, came: dict[int, int], tally: Tally) -> None:
    times = tally.sounds if track.kind == "audio" else tally.pictures
    try:
        while True:
            frame: Any = await track.recv()
            arrival = came.get((frame.pts + came[-1]) % (1 << 32))
            times.append(time.monotonic_ns() - (arrival or time.monotonic_ns()))
    except MediaStreamError:
        pass


@dataclass(frozen=True, slots=True)
class Run:
    cpu: float  # share of a core
    pictures: float  # share of those sent
    sound_ms: float
    picture_ms: float


async def run(receive: Any, people: int) -> Run:
    tally = Tally()
    async with senders(people) as sending, receive(people, sending, tally):
        await asyncio.sleep(SETTLE)
        tally.clear()
        cpu, wall = time.process_time(), time.monotonic()
        await asyncio.sleep(SECONDS)
        cpu, wall = time.process_time() - cpu, time.monotonic() - wall
        sounds, pictures = list(tally.sounds), list(tally.pictures)
    return Run(
        cpu / wall / people,
        len(pictures) / (wall * FPS * people),
        median(sounds) / 1e6,
        median(pictures) / 1e6,
    )


def in_turns(people: int) -> tuple[list[Run], list[Run]]:
    bare, received = [], []
    for _ in range(ROUNDS):
        bare.append(asyncio.run(run(stock, people)))
        received.append(asyncio.run(run(ours, people)))
    return bare, received


@pytest.mark.parametrize("people", [6, 8, 12])
def test_receiving(benchmark: Any, people: int) -> None:
    bare, received = benchmark.pedantic(in_turns, args=(people,), rounds=1)
    table = Table(title=f"{people} people, Opus and VP8 640x360 at {FPS}, median of {ROUNDS}")
    for heading in ("", "CPU a person", "pictures out", "to sound", "to picture"):
        table.add_column(heading, justify="right")
    for name, runs in (("stock aiortc", bare), ("attunement", received)):
        table.add_row(
            name,
            f"{median(r.cpu for r in runs):.1%}",
            f"{median(r.pictures for r in runs):.1%}",
            f"{median(r.sound_ms for r in runs):.1f} ms",
            f"{median(r.picture_ms for r in runs):.1f} ms",
        )
    ratio = median(r.cpu for r in received) / median(r.cpu for r in bare)
    table.caption = f"{ratio:.2f} of the CPU of stock"
    Console().print(table)
    benchmark.extra_info["ratio"] = ratio
