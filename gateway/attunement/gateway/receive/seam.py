"""
The only file that touches private names of aiortc and aioice (pinned: aiortc 1.16.0).

aiortc negotiates (SDP), finds a way (ICE) and agrees on keys (DTLS). From there on its path is
left: what comes to the sockets of one of our own connections is sorted here, and what is media is
decrypted and handed on at once, with no queue, task or thread in between. Nothing is changed in
aiortc's classes, so other connections of the same process are as they were. `check()` fails loudly
when a name moves.
"""

import time
from collections import Counter
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import aioice
import pylibsrtp
from aioice import stun
from aioice.ice import CandidatePair
from aiortc import RTCPeerConnection, RTCRtpReceiver
from aiortc.rtcrtpparameters import RTCRtpReceiveParameters

from attunement.engine.clock import SECOND
from attunement.gateway.receive.guard import Guard, Kind

COMPONENT = 1  # RTP and RTCP share one (rtcp-mux)
HANDSHAKE = 64  # DTLS datagrams that may wait
PAIRS = 256  # of addresses that a peer may have checked
EARLY = 64  # datagrams of media that may wait for the keys
TRIES = 2  # more, of a check that stock aioice sends once and waits half a second for
QUIET = 1 * SECOND  # of the way in use, before another verified one takes its place
CHECKED = (CandidatePair.State.IN_PROGRESS, CandidatePair.State.SUCCEEDED)

Source = tuple[str, int]
Accept = Callable[[RTCRtpReceiver, RTCRtpReceiveParameters], None]


class Way:
    """One transport of one connection: its sockets, its keys, and who may use it."""

    def __init__(self, transport: Any, now: Callable[[], int]) -> None:
        self._dtls, self._ice, self._now = transport, transport.transport._connection, now
        self._heard_from: dict[Source, int] = {}  # verified, and when media last came from there
        self._guards: list[Guard] = []
        self._early: list[tuple[Any, bytes, Source]] = []
        self.counts: Counter[str] = Counter()
        self.round_trip: int | None = None  # ns
        self._probed = False  # whether that is more than a guess
        self.on_rtp: Callable[[bytes], None] = _nobody
        self.on_rtcp: Callable[[bytes], None] = _nobody
        self.on_alive: Callable[[], None] = lambda: None  # something authentic came

    def open(self) -> None:
        """
        To be called once candidates were gathered and before anybody was told of them: what has
        come so far is nobody's.
        """
        queue = self._ice._queue
        while not queue.empty():
            queue.get_nowait()
        for protocol in self._ice._protocols:
            guard = Guard(partial(self._verified, protocol))
            self._guards.append(guard)
            taken = partial(self._datagram, guard, protocol, protocol.datagram_received)
            protocol.datagram_received = taken
            protocol.request = self._timed(protocol.request)
        self._ice.check_incoming = partial(self._checked, self._ice.check_incoming)
        self._ice.data_received = self._unreadable

    def close(self) -> None:
        """Let go of everything, so that nothing of the connection is kept."""
        for protocol in self._ice._protocols:
            for name in ("datagram_received", "request"):
                protocol.__dict__.pop(name, None)
        for name in ("check_incoming", "data_received"):
            self._ice.__dict__.pop(name, None)
        self.on_rtp = self.on_rtcp = _nobody
        self.on_alive = lambda: None

    @property
    def refused(self) -> Counter[str]:
        """Datagrams that went nowhere, by reason."""
        return sum((guard.counts for guard in self._guards), Counter(self.counts))

    def send_rtcp(self, data: bytes) -> None:
        """Protected; dropped where there is no way (yet, or any more)."""
        pair, keys = self._ice._nominated.get(COMPONENT), self._dtls._tx_srtp
        if pair is not None and keys is not None:
            pair.protocol.transport.sendto(keys.protect_rtcp(data), pair.remote_addr)

    async def probe(self) -> None:
        """Ask the other side whether it is there, once (RFC 7675), and how far away."""
        pair = self._ice._nominated.get(COMPONENT)
        if pair is None:
            return
        begun = time.monotonic_ns()
        try:
            await type(pair.protocol).request(
                pair.protocol,
                self._ice.build_request(pair, nominate=False),
                pair.remote_addr,
                integrity_key=self._ice.remote_password.encode(),
                retransmissions=0,
            )
        except stun.TransactionError:
            self.counts["unanswered"] += 1
            return
        trip, known = time.monotonic_ns() - begun, self.round_trip if self._probed else None
        self.round_trip = trip if known is None else min(trip, (3 * known + trip) // 4)
        self._probed = True
        self.on_alive()

    def _datagram(
        self,
        guard: Guard,
        protocol: Any,
        stock: Callable[[bytes, Any], None],
        data: bytes,
        source: Any,
    ) -> None:
        at = (source[0], source[1])
        match guard.sort(data, at):
            case Kind.SRTP:
                self._media(protocol, data, at)
            case Kind.STUN:
                try:
                    stock(data, source)
                except Exception:  # of a parser, about what a stranger sent
                    self.counts["malformed"] += 1
            case Kind.DTLS:
                if self._ice._queue.qsize() < HANDSHAKE:
                    self._ice._queue.put_nowait((data, COMPONENT))
                else:
                    self.counts["flood"] += 1

    def _media(self, protocol: Any, data: bytes, source: Source) -> None:
        """Media may overtake the last words of the handshake: a key picture is in it."""
        if self._dtls._rx_srtp is None:
            if len(self._early) < EARLY:
                self._early.append((protocol, data, source))
            else:
                self.counts["early"] += 1
            return
        while self._early:
            self._decrypted(*self._early.pop(0))
        self._decrypted(protocol, data, source)

    def _decrypted(self, protocol: Any, data: bytes, source: Source) -> None:
        keys = self._dtls._rx_srtp
        control = len(data) > 1 and 192 <= data[1] <= 223  # RFC 5761, 4
        try:
            plain = keys.unprotect_rtcp(data) if control else keys.unprotect(data)
        except pylibsrtp.Error:  # forged, or repeated
            self.counts["unauthentic"] += 1
            return
        self._heard(protocol, source)
        (self.on_rtcp if control else self.on_rtp)(plain)

    def _heard(self, protocol: Any, source: Source) -> None:
        """A peer whose address has changed is answered where it is now."""
        now = self._now()
        self._heard_from[source] = now
        pair = self._ice._nominated.get(COMPONENT)
        if pair is None or pair.remote_addr == source:
            return
        if now - self._heard_from.get(pair.remote_addr, 0) > QUIET:
            fresh = [p for p in self._ice._check_list if _leads(p, protocol, source)]
            if fresh and fresh[0].state is CandidatePair.State.SUCCEEDED:
                self._ice._nominated[COMPONENT] = fresh[0]
                self.counts["moved"] += 1

    def _verified(self, protocol: Any, source: Source) -> bool:
        """Has somebody who knows this connection's passwords checked that address (ICE)?"""
        if source in self._heard_from:
            return True
        for pair in self._ice._check_list:
            if pair.state in CHECKED and _leads(pair, protocol, source):
                return True
        return False

    def _checked(self, stock: Callable[..., None], *args: Any) -> None:
        self.on_alive()
        if len(self._ice._check_list) < PAIRS:
            stock(*args)
        else:
            self.counts["too many addresses"] += 1

    def _unreadable(self, data: bytes, component: int) -> None:
        """aioice's way of saying that what looked like STUN is none."""
        self.counts["malformed"] += 1

    def _timed(self, request: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        async def timed(*args: Any, **more: Any) -> Any:
            if more.get("retransmissions") == 0:  # or a long way would be taken for a broken one
                more["retransmissions"] = TRIES
            begun = time.monotonic_ns()
            answer = await request(*args, **more)
            if not self._probed:  # it may have been sent twice: a first guess, and no more
                self.round_trip = time.monotonic_ns() - begun
            self.on_alive()
            return answer

        return timed


def _leads(pair: Any, protocol: Any, source: Source) -> bool:
    return pair.protocol is protocol and pair.remote_addr == source


def _nobody(data: bytes) -> None:
    """Takes what came before anybody listened."""


def take_over(connection: RTCPeerConnection, accept: Accept) -> None:
    """
    Have `accept` told what each receiver of an offer may receive, once the keys are there, instead
    of aiortc starting its own decoder thread and tasks for it.
    """
    for receiver in connection.getReceivers():

        async def agreed(
            parameters: RTCRtpReceiveParameters, receiver: RTCRtpReceiver = receiver
        ) -> None:
            accept(receiver, parameters)

        setattr(receiver, "receive", agreed)  # noqa: B010


def check() -> list[str]:
    """The names that have moved. Empty with the pinned version."""
    import inspect

    from aiortc import rtcdtlstransport, rtcicetransport, rtcpeerconnection, rtcrtpreceiver

    ice = inspect.getsource(aioice.Connection)
    protocol = inspect.getsource(aioice.ice.StunProtocol)
    dtls = inspect.getsource(rtcdtlstransport.RTCDtlsTransport)
    connection = inspect.getsource(rtcpeerconnection.RTCPeerConnection)
    receiver = inspect.getsource(rtcrtpreceiver.RTCRtpReceiver)
    transport = inspect.getsource(rtcicetransport.RTCIceTransport)
    incoming = list(inspect.signature(aioice.Connection.check_incoming).parameters)
    findings = {
        "Connection._queue": "self._queue.put_nowait((data, component))" in ice,
        "Connection._protocols": "self._protocols" in ice,
        "Connection._check_list": "self._check_list.append(pair)" in ice,
        "Connection._nominated": "self._nominated[pair.component] = pair" in ice,
        "Connection.check_incoming": incoming == ["self", "message", "addr", "protocol"],
        "Connection.check_incoming is called": "self.check_incoming(message, addr" in ice,
        "Connection.build_request": "def build_request(self, pair" in ice,
        "Connection.data_received": "def data_received(self, data: bytes, component" in ice,
        "StunProtocol.datagram_received": "def datagram_received(self, data" in protocol,
        "StunProtocol.request": "async def request(" in protocol,
        "RTCDtlsTransport._rx_srtp": "self._rx_srtp = Session(" in dtls,
        "RTCDtlsTransport._tx_srtp": "self._tx_srtp = Session(" in dtls,
        "RTCIceTransport._connection": "self._connection = gatherer._connection" in transport,
        "RTCRtpReceiver.receive": "transceiver.receiver.receive(" in connection,
        "RTCRtpReceiver.stop": "if self.__started:" in receiver,
    }
    return [name for name, found in findings.items() if not found]
