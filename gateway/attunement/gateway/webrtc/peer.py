"""One participant's connection: receives, and never sends media."""

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from typing import Protocol

import av
from aiortc import (
    RTCConfiguration,
    RTCIceServer,
    RTCPeerConnection,
    RTCRtpReceiver,
    RTCSessionDescription,
    sdp,
)
from aiortc.exceptions import OperationError
from aiortc.mediastreams import MediaStreamError, MediaStreamTrack

from attunement.gateway.errors import Refused
from attunement.gateway.webrtc.offer import Trickle, malformed, unsupported
from attunement.gateway.webrtc.seam import RoundTrip, Tap
from attunement.gateway.webrtc.traffic import Traffic

ANSWER_WITHIN = 10.0  # s
CLOSE_WITHIN = 5.0  # s

log = logging.getLogger(__name__)


class Sink(Protocol):
    """Who takes what comes over a connection. None of these may block."""

    def track(self, kind: str) -> None:
        """A track was agreed on: "audio" or "video"."""

    def sender_report(self, kind: str, ntp: int, rtp: int, arrival: int) -> None:
        """A sender report came."""

    def sound(self, frame: av.AudioFrame, rtp: int, arrival: int) -> None: ...

    def picture(self, frame: av.VideoFrame, rtp: int, arrival: int) -> None: ...

    def over(self) -> None:
        """The other side has left."""


class Peer:
    """An async context manager: drains its tracks for as long as it is entered."""

    def __init__(
        self, sink: Sink, now: Callable[[], int], ice_servers: tuple[str, ...] = ()
    ) -> None:
        servers = [RTCIceServer(urls=url) for url in ice_servers]
        # An empty list, not None, which would ask a public server who we are.
        self._connection = RTCPeerConnection(RTCConfiguration(iceServers=servers))
        self._sink, self._now = sink, now
        self._drains: list[asyncio.Task[None]] = []
        self._username: str | None = None
        self.round_trip: RoundTrip | None = None
        self.traffic = Traffic()
        self._connection.on("connectionstatechange", self._on_state)

    @property
    def connected(self) -> bool:
        return self._connection.connectionState == "connected"

    @property
    def failed(self) -> bool:
        return self._connection.connectionState in ("failed", "closed")

    async def answer(self, offer: str) -> str:
        """To an offer that was checked. Raises Refused (400, 415, 503)."""
        try:
            async with asyncio.timeout(ANSWER_WITHIN):
                return await self._answer(offer)
        except TimeoutError:
            raise Refused(503, "busy", "no answer could be made in time; try again") from None
        except OperationError:
            kind, got = _codecs(offer)
            raise unsupported(kind, got) from None
        except (ValueError, AssertionError, LookupError, TypeError, AttributeError) as fault:
            log.info("an offer was refused: %s", type(fault).__name__)
            raise malformed("the offer can be read and not be answered") from None

    async def _answer(self, offer: str) -> str:
        connection = self._connection
        await connection.setRemoteDescription(RTCSessionDescription(offer, "offer"))
        for receiver in connection.getReceivers():
            if receiver.track is not None:
                self._attach(receiver)
        await connection.setLocalDescription(await connection.createAnswer())
        self.round_trip = RoundTrip(connection)
        ice = sdp.SessionDescription.parse(offer).media[0].ice
        self._username = ice.usernameFragment if ice else None
        return connection.localDescription.sdp

    async def trickle(self, fragment: Trickle) -> None:
        """More candidates of the other side. Raises Refused (422 on an ICE restart)."""
        if fragment.username not in (None, self._username):
            text = "an ICE restart is not supported; POST a new offer, the session continues"
            raise Refused(422, "no_ice_restart", text)
        for mid, value in fragment.candidates:
            candidate = sdp.candidate_from_sdp(value)
            candidate.sdpMid = mid
            await self._connection.addIceCandidate(candidate)
        if fragment.complete:
            await self._connection.addIceCandidate(None)

    async def close(self) -> None:
        """Under a timeout, because a hostile peer can make aiortc wait for ever."""
        for drain in self._drains:
            drain.cancel()
        await asyncio.gather(*self._drains, return_exceptions=True)
        try:
            async with asyncio.timeout(CLOSE_WITHIN):
                await self._connection.close()
        except TimeoutError:
            log.warning("a connection did not close in time")
        except Exception as fault:
            log.warning("a connection closed badly: %s", type(fault).__name__)

    async def measure(self) -> None:
        """Bring `traffic` up to date."""
        with suppress(Exception):  # a connection that is closing has no statistics
            self.traffic.update(await self._connection.getStats())

    def _attach(self, receiver: RTCRtpReceiver) -> None:
        track = receiver.track
        kind = track.kind

        def report(ntp: int, rtp: int, arrival: int) -> None:
            self._sink.sender_report(kind, ntp, rtp, arrival)

        self._sink.track(kind)
        tap = Tap(receiver, self._now, report)
        self._drains.append(asyncio.create_task(self._drain(track, tap)))

    async def _drain(self, track: MediaStreamTrack, tap: Tap) -> None:
        """Take frames as they come: aiortc's own queues have no bound."""
        try:
            while True:
                frame = await track.recv()
                if frame.pts is None:
                    continue
                rtp = tap.stamp(frame.pts)
                arrival = tap.arrival(rtp) or self._now()
                if isinstance(frame, av.AudioFrame):
                    self._sink.sound(frame, rtp, arrival)
                elif isinstance(frame, av.VideoFrame):
                    self._sink.picture(frame, rtp, arrival)
        except MediaStreamError:
            pass  # the track has ended
        except Exception as fault:
            log.warning("a track was given up: %s", type(fault).__name__)

    def _on_state(self) -> None:
        if self._connection.connectionState == "closed":
            self._sink.over()


def _codecs(offer: str) -> tuple[str, list[str]]:
    """Kind and codecs of the m-line that aiortc has no common codec with."""
    media = sdp.SessionDescription.parse(offer).media
    video = [m for m in media if m.kind == "video"]
    worst = (video or media)[0]
    return worst.kind, sorted({c.name.lower() for c in worst.rtp.codecs} - {"rtx"})
