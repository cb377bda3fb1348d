"""One participant's connection: receives, and never sends media."""

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Callable

from aiortc import (
    RTCConfiguration,
    RTCIceServer,
    RTCPeerConnection,
    RTCRtpReceiver,
    RTCSessionDescription,
    sdp,
)
from aiortc.exceptions import OperationError
from aiortc.rtcrtpparameters import RTCRtpReceiveParameters

from attunement.gateway.errors import Refused
from attunement.gateway.ice_server import IceServer
from attunement.gateway.receive import seam
from attunement.gateway.receive.line import line
from attunement.gateway.receive.pump import Pump
from attunement.gateway.receive.receiver import Figures
from attunement.gateway.receive.sink import Sink
from attunement.gateway.webrtc.answer import Wanted, shaped
from attunement.gateway.webrtc.offer import MOST_CANDIDATES, Trickle, malformed, unsupported

ANSWER_WITHIN = 10.0  # s
CLOSE_WITHIN = 5.0  # s

log = logging.getLogger(__name__)


class Peer:
    """From answer() to close()."""

    def __init__(
        self, sink: Sink, now: Callable[[], int], ice_servers: tuple[IceServer, ...] = ()
    ) -> None:
        now_s = time.time()
        servers = [RTCIceServer(each.url, *each.login(now_s)) for each in ice_servers]
        # An empty list, not None, which would ask a public server who we are.
        self._connection = RTCPeerConnection(RTCConfiguration(iceServers=servers))
        self._sink, self._now = sink, now
        self._pumps: dict[object, Pump] = {}  # by transport: one, but for peers that do not bundle
        self._media: dict[str, sdp.MediaDescription] = {}  # of the offer, by mid
        self._username: str | None = None
        self._trickled = 0  # candidates
        self._connection.on("connectionstatechange", self._on_state)

    @property
    def connected(self) -> bool:
        return self._connection.connectionState == "connected"

    @property
    def failed(self) -> bool:
        return self._connection.connectionState in ("failed", "closed")

    def lost(self, now: int) -> bool:
        """Has nothing authentic come for so long that somebody should be told?"""
        return all(pump.liveness.lost(now) for pump in self._pumps.values())

    @property
    def revived(self) -> int | None:
        """ns at which anything authentic came again after a loss, last; None: never lost."""
        times = (pump.liveness.revived for pump in self._pumps.values())
        return max((t for t in times if t is not None), default=None)

    def gone(self, now: int) -> bool:
        """... for so long that nobody will come back this way?"""
        return all(pump.liveness.gone(now) for pump in self._pumps.values())

    @property
    def round_trip(self) -> int | None:
        """ns; None before it was measured."""
        trips = (pump.round_trip for pump in self._pumps.values())
        return min((trip for trip in trips if trip is not None), default=None)

    @property
    def counts(self) -> Counter[str]:
        """What was refused, asked for again, or could not be read, since it began."""
        return sum((pump.counts for pump in self._pumps.values()), Counter())

    def take(self) -> Figures:
        """What the network did since last asked."""
        figures = [pump.receiver.take() for pump in self._pumps.values()]
        losses = [each.loss for each in figures if each.loss is not None]
        jitters = [each.jitter for each in figures if each.jitter is not None]
        return Figures(
            max(losses, default=None), max(jitters, default=None), sum(f.bytes for f in figures)
        )

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
        self._media = {m.rtp.muxId: m for m in sdp.SessionDescription.parse(offer).media}
        for receiver in connection.getReceivers():
            transport = receiver.transport
            if transport not in self._pumps:
                self._pumps[transport] = Pump(transport, self._sink, self._now)
        seam.take_over(connection, self._accept)
        await connection.setLocalDescription(await connection.createAnswer())
        for pump in self._pumps.values():
            pump.open()
        ice = next(iter(self._media.values())).ice
        self._username = ice.usernameFragment if ice else None
        return shaped(connection.localDescription.sdp, Wanted())

    def _accept(self, receiver: RTCRtpReceiver, agreed: RTCRtpReceiveParameters) -> None:
        self._pumps[receiver.transport].receiver.add(line(self._media[agreed.muxId], agreed))

    async def trickle(self, fragment: Trickle) -> None:
        """More candidates of the other side. Raises Refused (422 on an ICE restart)."""
        if fragment.username not in (None, self._username):
            text = "an ICE restart is not supported; POST a new offer, the session continues"
            raise Refused(422, "no_ice_restart", text)
        self._trickled += len(fragment.candidates)
        if self._trickled > MOST_CANDIDATES:
            raise malformed(f"got {self._trickled} candidates, expected {MOST_CANDIDATES} at most")
        for mid, value in fragment.candidates:
            candidate = sdp.candidate_from_sdp(value)
            candidate.sdpMid = mid
            await self._connection.addIceCandidate(candidate)
        if fragment.complete:
            await self._connection.addIceCandidate(None)

    async def close(self) -> None:
        """Under a timeout, because a hostile peer can make aiortc wait for ever."""
        for pump in self._pumps.values():
            await pump.close()
        try:
            async with asyncio.timeout(CLOSE_WITHIN):
                await self._connection.close()
        except TimeoutError:
            log.warning("a connection did not close in time")
        except Exception as fault:
            log.warning("a connection closed badly: %s", type(fault).__name__)

    def _on_state(self) -> None:
        if self._connection.connectionState == "closed":
            self._sink.over()


def _codecs(offer: str) -> tuple[str, list[str]]:
    """Kind and codecs of the m-line that aiortc has no common codec with."""
    media = sdp.SessionDescription.parse(offer).media
    video = [m for m in media if m.kind == "video"]
    worst = (video or media)[0]
    return worst.kind, sorted({c.name.lower() for c in worst.rtp.codecs} - {"rtx"})
