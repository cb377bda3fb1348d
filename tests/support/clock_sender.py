"""
A person in a process of their own who sends the wall clock as pictures, and a voice.

Run as `python -m tests.support.clock_sender 320 240`. Orders come as lines of JSON on standard
input, each is answered by one on standard output; it leaves when input ends. Unlike what
tests.support.sending repeats, pictures are encoded live, so a key picture is made when one is asked
for.
"""

import asyncio
import json
import logging
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from fractions import Fraction
from typing import Any

import av
import numpy as np
from aiortc import MediaStreamTrack, RTCConfiguration, RTCPeerConnection, RTCSessionDescription

from tests.support import cells
from tests.support.other_process import OtherProcess, other_process, say, standard_input

FPS = 30
SMALL = (320, 240)
Size = tuple[int, int]
SOUND_CLOCK, PICTURE_CLOCK = 48_000, 90_000
GRAIN = 12  # luma: so that a picture takes a few packets, as a camera's does
BEEP = 4 / 50  # s, at the beginning of each second of the wall clock


class Paced(MediaStreamTrack):
    """Frames at their times; what is late is left out, as a camera does."""

    def __init__(self, rate: int) -> None:
        super().__init__()
        self._rate, self._n, self._begun = rate, 0, asyncio.get_running_loop().time()

    async def _next(self) -> int:
        now = asyncio.get_running_loop().time()
        self._n = max(self._n + 1, int((now - self._begun) * self._rate))
        await asyncio.sleep(max(0.0, self._begun + self._n / self._rate - now))
        return self._n


class ClockCamera(Paced):
    kind = "video"

    def __init__(self, size: Size) -> None:
        super().__init__(FPS)
        self._size = width, height = size
        noise = np.random.default_rng(1).integers(0, GRAIN, (2 * height, width))
        self._grain = noise.astype(np.uint8)
        self._grey = np.full((height // 2, width), 128, np.uint8)

    async def recv(self) -> av.VideoFrame:
        n = await self._next()
        height = self._size[1]
        top = 37 * n % height
        luma = cells.draw(int(time.time() * 1_000) % cells.WRAPS, self._size)
        luma = luma + self._grain[top : top + height]
        frame = av.VideoFrame.from_ndarray(np.concatenate([luma, self._grey]), "yuv420p")
        frame.pts, frame.time_base = n * PICTURE_CLOCK // FPS, Fraction(1, PICTURE_CLOCK)
        return frame


class BeepingVoice(Paced):
    """Hums, and is loud while a second of the wall clock begins."""

    kind = "audio"

    def __init__(self) -> None:
        super().__init__(50)

    async def recv(self) -> av.AudioFrame:
        n = await self._next()
        loud = time.time() % 1 < BEEP
        x = np.sin(2 * np.pi * 200 * (np.arange(960) + n * 960) / SOUND_CLOCK)
        samples = ((12_000 if loud else 600) * x).astype(np.int16)
        frame = av.AudioFrame.from_ndarray(samples[None], "s16", "mono")
        frame.sample_rate, frame.pts = SOUND_CLOCK, n * 960
        frame.time_base = Fraction(1, SOUND_CLOCK)
        return frame


class Person:
    """What may be ordered."""

    def __init__(self, size: Size) -> None:
        self._size = size
        self._connect()

    async def offer(self) -> str:
        await self.connection.setLocalDescription(await self.connection.createOffer())
        return str(self.connection.localDescription.sdp)

    async def answer(self, sdp: str) -> None:
        await self.connection.setRemoteDescription(RTCSessionDescription(sdp, "answer"))

    async def pause(self) -> None:
        for sender in self._senders:
            sender.replaceTrack(None)

    async def go_on(self) -> None:
        for sender, track in zip(self._senders, self._tracks, strict=True):
            sender.replaceTrack(track)

    async def again(self) -> str:
        await self.connection.close()
        self._connect()
        return await self.offer()

    def _connect(self) -> None:
        self.connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self._tracks = [BeepingVoice(), ClockCamera(self._size)]
        self._senders = [self.connection.addTrack(track) for track in self._tracks]


async def main(size: Size) -> None:
    logging.disable()  # aiortc complains of what the network does
    orders = await standard_input()
    person = Person(size)
    while line := await orders.readline():
        order: dict[str, Any] = json.loads(line)
        say(await getattr(person, order["do"])(*order["with"]))
    await person.connection.close()


class Remote:
    """A Person, in a process of its own."""

    def __init__(self, process: OtherProcess) -> None:
        self._process = process

    async def offer(self) -> str:
        return str(await self._order("offer"))

    async def answer(self, sdp: str) -> None:
        await self._order("answer", sdp)

    async def pause(self) -> None:
        """Take both tracks away; the connection stays."""
        await self._order("pause")

    async def go_on(self) -> None:
        await self._order("go_on")

    async def again(self) -> str:
        """Another offer, of another connection; nothing more comes over the first."""
        return str(await self._order("again"))

    async def _order(self, do: str, *what: Any) -> Any:
        await self._process.tell({"do": do, "with": what})
        return await self._process.hear()


@asynccontextmanager
async def remote(size: Size = SMALL) -> AsyncIterator[Remote]:
    async with other_process("tests.support.clock_sender", *size) as process:
        yield Remote(process)


if __name__ == "__main__":
    asyncio.run(main((int(sys.argv[1]), int(sys.argv[2]))))
