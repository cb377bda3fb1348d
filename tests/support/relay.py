"""
A network between a WebRTC peer and whoever answers it: a UDP relay that does to datagrams what a
seeded Network says, in both directions.

Media would go round it, were it not for the candidates: `offer()` leaves those of the peer out, and
`answer()` names the relay in place of the other side. That it carried the media is in `carried`.

Like a router with NAT, it has one socket towards the gateway for each address of the peer;
`new_address()` forgets them, as a phone does that goes from Wi-Fi to LTE.
"""

import asyncio
import socket
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from itertools import count

from attunement.simulator.network import Fate, Network
from tests.support import ways

Address = tuple[str, int]
CLEAN = Network()
LARGEST = 65_536  # bytes


def is_media(data: bytes) -> bool:
    """SRTP, and not SRTCP (RFC 5761, 4; RFC 7983)."""
    return len(data) > 12 and 127 < data[0] < 192 and not 192 <= data[1] <= 223


def payload_type(data: bytes) -> int:
    """Of SRTP: it is not encrypted."""
    return data[1] & 127


class Relay:
    """Made by relay(). Clean, until impair() says otherwise."""

    def __init__(self, host: str, seed: int) -> None:
        self._host, self._seeds = host, count(seed)
        self._loop = asyncio.get_running_loop()
        self._front = self._socket(self._from_peer)
        self._gateway: Address | None = None
        self._upstream: dict[Address, socket.socket] = {}  # by address of the peer
        self._timers: set[asyncio.TimerHandle] = set()
        self.carried: Counter[str] = Counter()  # datagrams: media up and down, lost
        self.sent: set[tuple[int, int]] = set()  # payload type and RTP stamp of what the peer sent
        self.dark = False
        self.lose_next: Callable[[bytes], bool] | None = None  # up: the first of which it holds
        self.impair(CLEAN)

    def impair(self, network: Network) -> None:
        """From now on; the time of the network's blackout begins now, too."""
        self._begun = self._loop.time()
        self._up, self._down = (Fate(network, next(self._seeds)) for _ in range(2))

    def offer(self, sdp: str) -> str:
        """What the gateway is told: not where the peer is."""
        return ways.only(sdp, lambda _: False)

    def answer(self, sdp: str) -> str:
        """What the peer is told: that the gateway is here."""
        theirs = [each for each in ways.candidates(sdp) if each[4] == self._host]
        self._gateway = (self._host, int(theirs[0][5]))
        port = str(self._front.getsockname()[1])
        lines = ways.only(sdp, lambda fields: fields in theirs).splitlines()
        for n, line in enumerate(lines):
            if line.startswith(ways.CANDIDATE):
                fields = line.split()
                lines[n] = " ".join((*fields[:5], port, *fields[6:]))
        return "\r\n".join(lines) + "\r\n"

    @property
    def gateway(self) -> Address:
        """Where its media port is, for junk from elsewhere."""
        assert self._gateway is not None, "nothing was answered yet"
        return self._gateway

    def new_address(self) -> None:
        """The gateway sees the peer somewhere else from now on, and reaches it only there."""
        for upstream in self._upstream.values():
            self._close(upstream)
        self._upstream.clear()

    def close(self) -> None:
        for timer in self._timers:
            timer.cancel()
        for each in (self._front, *self._upstream.values()):
            self._close(each)

    def _socket(self, take: Callable[[bytes, Address], None]) -> socket.socket:
        made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        made.setblocking(False)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        made.bind((self._host, 0))
        self._loop.add_reader(made, _read, made, take)
        return made

    def _close(self, used: socket.socket) -> None:
        self._loop.remove_reader(used)
        used.close()

    def _from_peer(self, data: bytes, peer: Address) -> None:
        if is_media(data):
            self.sent.add((payload_type(data), int.from_bytes(data[4:8])))
        if self.lose_next is not None and self.lose_next(data):
            self.lose_next = None
            self.carried["lost"] += 1
        else:
            self._carry(self._up, "up", data, partial(self._send_up, data, peer))

    def _from_gateway(self, peer: Address, data: bytes, _: Address) -> None:
        self._carry(self._down, "down", data, lambda: _send(self._front, data, peer))

    def _send_up(self, data: bytes, peer: Address) -> None:
        if peer not in self._upstream:
            self._upstream[peer] = self._socket(partial(self._from_gateway, peer))
        _send(self._upstream[peer], data, self.gateway)

    def _carry(self, fate: Fate, way: str, data: bytes, send: Callable[[], None]) -> None:
        """At the time of its own that each copy has: a later one may overtake it."""
        now = self._loop.time()
        delays = fate.copies(now - self._begun)
        if self.dark or not delays:
            self.carried["lost"] += 1
            return
        self.carried[f"media {way}" if is_media(data) else way] += 1
        for delay in delays:
            if delay == 0:
                send()
            else:
                self._at(now + delay / 1_000, send)

    def _at(self, time: float, send: Callable[[], None]) -> None:
        def fire() -> None:
            self._timers.discard(timer)
            send()

        timer = self._loop.call_at(time, fire)
        self._timers.add(timer)


def _read(used: socket.socket, take: Callable[[bytes, Address], None]) -> None:
    while True:
        try:
            data, source = used.recvfrom(LARGEST)
        except (BlockingIOError, ConnectionRefusedError):
            return
        take(data, source)


def _send(used: socket.socket, data: bytes, to: Address) -> None:
    try:
        used.sendto(data, to)
    except (BlockingIOError, ConnectionRefusedError):
        return  # as any network may


@contextmanager
def relay(seed: int = 1) -> Iterator[Relay]:
    """Within a running event loop."""
    host = ways.own_address(4)
    assert host is not None, "this machine has no address but loopback"
    made = Relay(host, seed)
    try:
        yield made
    finally:
        made.close()


def junk_from_elsewhere(relay: Relay, *datagrams: bytes) -> None:
    """To the gateway's media port, from an address that nobody knows."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as rogue:
        rogue.bind((relay.gateway[0], 0))
        for each in datagrams:
            rogue.sendto(each, relay.gateway)
