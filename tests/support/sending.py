"""
People in a process of their own, who send prepared sound and pictures.

Run as `python -m tests.support.sending 6`.

What they send was encoded once, so that the machine's time goes to whoever receives. Offers go out
and answers come in as lines of JSON on standard output and input; they leave when input ends.
"""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from fractions import Fraction
from itertools import cycle

import av
import numpy as np
from aiortc import MediaStreamTrack, RTCConfiguration, RTCPeerConnection, RTCSessionDescription

from tests.support.other_process import OtherProcess, other_process, say, standard_input

SOUND_CLOCK, PICTURE_CLOCK = Fraction(1, 48_000), Fraction(1, 90_000)
PERIOD = 2  # s of media that are repeated; each begins with a key picture
FPS = 30
SIZE = (640, 360)
BIT_RATE = 500_000


def sound() -> list[bytes]:
    """Opus packets of 20 ms, of something with a pitch and noise in it."""
    encoder = av.CodecContext.create("libopus", "w")
    encoder.sample_rate, encoder.layout, encoder.format = 48_000, "mono", "s16"
    encoder.bit_rate, encoder.options = 32_000, {"application": "voip"}
    t = np.arange(PERIOD * 48_000) / 48_000
    x = sum(np.sin(2 * np.pi * 140 * k * t) / k for k in range(1, 20))
    x = 4_000 * x + 300 * np.random.default_rng(1).standard_normal(t.size)
    packets = []
    for n in range(PERIOD * 50):
        block = x[n * 960 : (n + 1) * 960].astype(np.int16)[None]
        frame = av.AudioFrame.from_ndarray(block, "s16", "mono")
        frame.sample_rate, frame.pts, frame.time_base = 48_000, n * 960, SOUND_CLOCK
        packets += [bytes(packet) for packet in encoder.encode(frame)]
    return packets


def pictures(size: tuple[int, int] = SIZE) -> list[bytes]:
    """VP8 pictures of a moving scene with the grain of a camera."""
    encoder = av.CodecContext.create("libvpx", "w")
    encoder.width, encoder.height = size
    encoder.pix_fmt, encoder.time_base, encoder.framerate = "yuv420p", Fraction(1, FPS), FPS
    encoder.bit_rate, encoder.gop_size = BIT_RATE, PERIOD * FPS
    encoder.options = {"deadline": "realtime", "cpu-used": "8", "lag-in-frames": "0"}
    rng = np.random.default_rng(2)
    still = rng.integers(60, 190, (size[1] // 8, size[0] // 8, 3), np.uint8)
    still = still.repeat(8, 0).repeat(8, 1)
    packets = []
    for n in range(PERIOD * FPS):
        image = np.roll(still, 2 * n, 1) + rng.integers(0, 8, still.shape, np.uint8)
        frame = av.VideoFrame.from_ndarray(image, "rgb24")
        frame.pts, frame.time_base = n, Fraction(1, FPS)
        packets += [bytes(packet) for packet in encoder.encode(frame)]
    return packets


class Prepared(MediaStreamTrack):
    """Packets at their pace, over and over."""

    def __init__(self, kind: str, packets: list[bytes], clock: Fraction, rate: int) -> None:
        super().__init__()
        self.kind = kind
        self._packets, self._clock, self._rate = cycle(packets), clock, rate
        self._n, self._begun = 0, asyncio.get_running_loop().time()

    async def recv(self) -> av.Packet:  # type: ignore[override]
        at = self._begun + self._n / self._rate
        await asyncio.sleep(max(0.0, at - asyncio.get_running_loop().time()))
        packet = av.Packet(next(self._packets))
        packet.pts = self._n * self._clock.denominator // self._rate
        packet.time_base = self._clock
        self._n += 1
        return packet


async def main(people: int) -> None:
    heard, seen = sound(), pictures()
    told = await standard_input()
    connections = []
    for _ in range(people):
        connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        connections.append(connection)
        connection.addTrack(Prepared("audio", heard, SOUND_CLOCK, 50))
        connection.addTrack(Prepared("video", seen, PICTURE_CLOCK, FPS))
        await connection.setLocalDescription(await connection.createOffer())
        say(connection.localDescription.sdp)
        answer = json.loads(await told.readline())
        await connection.setRemoteDescription(RTCSessionDescription(answer, "answer"))
    await told.read()
    for connection in connections:
        await connection.close()


class Senders:
    """The other end of `main`."""

    def __init__(self, process: OtherProcess) -> None:
        self._process = process

    async def offer(self) -> str:
        return str(await self._process.hear())

    async def answer(self, sdp: str) -> None:
        await self._process.tell(sdp)


@asynccontextmanager
async def senders(people: int) -> AsyncIterator[Senders]:
    async with other_process("tests.support.sending", people) as process:
        yield Senders(process)


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
