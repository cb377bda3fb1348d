"""The far end of a publication: takes what a browser sends, and says how loud and bright it is."""

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress

import numpy as np
from aiortc import MediaStreamTrack, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import MediaStreamError

WAIT = 15.0  # s


class ReceivingPeer:
    """Give `answer` to whoever takes offers; the rest may be read from any thread."""

    def __init__(self) -> None:
        self.loudest = 0  # absolute sample, of all that came
        self.brightest = 0  # luma, of all that came
        self.newest_is_silent = False  # the newest block, as far as the codec can tell
        self.newest_is_black = False
        self._peer: RTCPeerConnection | None = None
        self._tasks: list[asyncio.Task[None]] = []

    async def answer(self, offer: str) -> str:
        self._peer = peer = RTCPeerConnection()
        peer.on("track", self._take)
        await peer.setRemoteDescription(RTCSessionDescription(offer, "offer"))
        await peer.setLocalDescription(await peer.createAnswer())
        return str(peer.localDescription.sdp)

    async def close(self) -> None:
        if self._peer is not None:
            await self._peer.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def wait_for(self, happened: Callable[[], bool]) -> bool:
        """Has it happened, or does it within the time a slow machine may take?"""
        end = time.monotonic() + WAIT
        while not happened() and time.monotonic() < end:
            time.sleep(0.05)
        return happened()

    def _take(self, track: MediaStreamTrack) -> None:
        listen = self._listen if track.kind == "audio" else self._watch
        self._tasks.append(asyncio.ensure_future(listen(track)))

    async def _listen(self, track: MediaStreamTrack) -> None:
        with suppress(MediaStreamError):
            while True:
                samples = (await track.recv()).to_ndarray().astype(int)  # type: ignore[union-attr]
                loudest = int(np.abs(samples).max())
                self.loudest = max(self.loudest, loudest)
                self.newest_is_silent = loudest <= 1  # Opus makes one 16-bit step of zeros

    async def _watch(self, track: MediaStreamTrack) -> None:
        with suppress(MediaStreamError):
            while True:
                luma = (await track.recv()).to_ndarray(format="gray")  # type: ignore[union-attr]
                self.brightest = max(self.brightest, int(luma.max()))
                self.newest_is_black = int(luma.max()) <= 20  # video black is 16, and codecs round
