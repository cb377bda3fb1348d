"""
The only file that touches private names of aiortc and aioice (pinned: aiortc 1.16.0).

Stock aiortc hands on decoded frames without the RTP stamp they came with, without the moment their
packets arrived, and without the sender reports that tie stamps to a wall clock. All three are
taken here from our own receivers, one by one; nothing is changed in aiortc's classes.
`check()` fails loudly when a name has moved.
"""

import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Any

import aioice
from aiortc import RTCPeerConnection, RTCRtpReceiver
from aiortc.rtp import RtcpSrPacket

from attunement.engine.clock import SECOND

PACKETS = 1024  # stamps whose arrival is remembered
NTP_FRACTION = 1 << 32
MAPPER = "_RTCRtpReceiver__timestamp_mapper"

Report = Callable[[int, int, int], None]  # ntp ns, rtp, arrival


class Tap:
    """What one receiver knows and does not tell."""

    def __init__(self, receiver: RTCRtpReceiver, now: Callable[[], int], report: Report) -> None:
        self._receiver: Any = receiver
        self._now, self._report = now, report
        self._arrivals: OrderedDict[int, int] = OrderedDict()
        self._take_rtp = self._receiver._handle_rtp_packet
        self._take_rtcp = self._receiver._handle_rtcp_packet
        setattr(receiver, "_handle_rtp_packet", self._on_rtp)  # noqa: B010
        setattr(receiver, "_handle_rtcp_packet", self._on_rtcp)  # noqa: B010

    def stamp(self, pts: int) -> int:
        """The RTP time stamp (32 bits) of a frame of this receiver's track."""
        origin = getattr(self._receiver, MAPPER)._origin
        return (pts + (origin or 0)) % NTP_FRACTION

    def arrival(self, stamp: int) -> int | None:
        """When the last packet of that stamp came to our socket, ns of session time."""
        return self._arrivals.get(stamp)

    async def _on_rtp(self, packet: Any, arrival_time_ms: int) -> None:
        self._arrivals[packet.timestamp] = self._now()
        while len(self._arrivals) > PACKETS:
            self._arrivals.popitem(last=False)
        await self._take_rtp(packet, arrival_time_ms=arrival_time_ms)

    async def _on_rtcp(self, packet: Any) -> None:
        if isinstance(packet, RtcpSrPacket):
            info = packet.sender_info
            ntp = info.ntp_timestamp * SECOND // NTP_FRACTION
            self._report(ntp, info.rtp_timestamp, self._now())
        await self._take_rtcp(packet)


class RoundTrip:
    """The round trip of the ICE checks (RFC 7675, every few seconds), in ms."""

    def __init__(self, connection: RTCPeerConnection) -> None:
        self.ms: float | None = None
        for transceiver in connection.getTransceivers():
            ice: Any = transceiver.receiver.transport.transport._connection
            for protocol in ice._protocols:
                if not hasattr(protocol, "attunement_timed"):
                    protocol.attunement_timed = True
                    protocol.request = self._timed(protocol.request)

    def _timed(self, request: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        async def timed(*args: Any, **more: Any) -> Any:
            begun = time.monotonic()
            answer = await request(*args, **more)
            # A request that was repeated has its waiting in it: the least is nearest the truth.
            ms = (time.monotonic() - begun) * 1000
            self.ms = ms if self.ms is None else min(ms, 0.75 * self.ms + 0.25 * ms)
            return answer

        return timed


def check() -> list[str]:
    """The names that have moved. Empty with the pinned version."""
    import inspect

    from aiortc import rtcrtpreceiver

    source = inspect.getsource(rtcrtpreceiver.RTCRtpReceiver)
    handler = inspect.signature(RTCRtpReceiver._handle_rtp_packet).parameters
    ice = inspect.getsource(aioice.Connection)
    findings = {
        "RTCRtpReceiver._handle_rtp_packet": list(handler) == ["self", "packet", "arrival_time_ms"],
        "RTCRtpReceiver._handle_rtcp_packet": hasattr(RTCRtpReceiver, "_handle_rtcp_packet"),
        "RTCRtpReceiver.__timestamp_mapper": "self.__timestamp_mapper = " in source,
        "TimestampMapper._origin": rtcrtpreceiver.TimestampMapper()._origin is None,
        "aioice.Connection._protocols": "self._protocols" in ice,
        "StunProtocol.request": ".request(" in ice,
    }
    return [name for name, found in findings.items() if not found]
