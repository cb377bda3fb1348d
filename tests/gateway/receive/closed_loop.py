"""A sender of pictures, a network and a PictureBuffer in a closed loop, on a simulated clock."""

import heapq
from collections.abc import Callable
from itertools import count, pairwise

from attunement.engine.clock import MILLISECOND, SECOND
from attunement.gateway.receive import h264, vp8
from attunement.gateway.receive.picture_buffer import BYTES, PACKETS, PictureBuffer, Wants, Whole
from attunement.gateway.receive.rtp import Packet
from attunement.simulator.network import Fate, Network
from tests.gateway.receive.filming import PERIOD, Codec, Film
from tests.gateway.receive.strategies import arriving

READERS = {"VP8": vp8.part, "H264": h264.part}
KEY_PARTS, PARTS = 14, 3
KEYS_APART = 300 * MILLISECOND  # a sender makes no more, whoever asks
LEAST = 2 * MILLISECOND  # between two wakings of the receiver
Span = tuple[int, int]  # ns
Shown = list[tuple[int, Whole]]  # with when it came out


class Loop:
    """`network.delay` is of one way; what goes back is lost and delayed as what comes."""

    def __init__(self, codec: Codec, network: Network, seed: int, blackout: Span = (0, 0)) -> None:
        self.film = Film(codec, sequence=65_000, stamp=2**32 - 90_000)
        self.buffer = PictureBuffer(READERS[codec])
        self.shown: Shown = []
        self.asked: list[tuple[int, Wants]] = []
        self._round_trip = round(2 * network.delay * MILLISECOND)
        self._there, self._back = Fate(network, seed), Fate(network, seed + 1_000)
        self._blackout = blackout
        self._events: list[tuple[int, int, Callable[[int], None]]] = []
        self._order = count()
        self._key_wanted, self._last_key = True, -SECOND
        self._armed: int | None = None

    def run(self, seconds: float) -> "Loop":
        self._at(0, self._picture)
        while self._events[0][0] <= seconds * SECOND:
            now, _, event = heapq.heappop(self._events)
            event(now)
        return self

    @property
    def keys_asked(self) -> int:
        return sum(wants.key for _, wants in self.asked)

    def rate(self, seconds: float) -> float:
        """Pictures a second, over all of the run."""
        return len(self.shown) / seconds

    def longest_gap(self) -> float:
        """ms between two pictures."""
        return max(b - a for (a, _), (b, _) in pairwise(self.shown)) / MILLISECOND

    def _at(self, time: int, event: Callable[[int], None]) -> None:
        heapq.heappush(self._events, (time, next(self._order), event))

    def _picture(self, now: int) -> None:
        self._at(now + PERIOD, self._picture)
        key = self._key_wanted and now - self._last_key >= KEYS_APART
        if key:
            self._key_wanted, self._last_key = False, now
        packets = self.film.picture(now, key, KEY_PARTS if key else PARTS)
        if len(self.film.pictures) % 10 == 0:
            packets.append(self.film.padding(now + 15 * MILLISECOND))
        for packet in packets:
            self._at(packet.arrival, lambda then, packet=packet: self._send(packet, then))

    def _send(self, packet: Packet, now: int) -> None:
        delay = self._there.next()
        if delay is not None and not self._dark(now):
            then = now + round(delay * MILLISECOND)
            self._at(then, lambda then: self._come(arriving(packet, then)))

    def _come(self, packet: Packet) -> None:
        self.buffer.push(packet)
        self._look(packet.arrival)

    def _look(self, now: int) -> None:
        """As a receiver does after each packet, and when it is due."""
        self.shown += [(now, whole) for whole in self.buffer.pop(now)]
        wants = self.buffer.wants(now, self._round_trip)
        if wants.nacks or wants.key:
            self.asked.append((now, wants))
            delay = self._back.next()
            if delay is not None and not self._dark(now):
                self._at(now + round(delay * MILLISECOND), lambda then: self._answer(wants, then))
        assert len(self.buffer._held) <= PACKETS
        assert self.buffer._bytes <= BYTES
        due = self.buffer.due()
        if due is not None:
            self._armed = due = max(due, now + LEAST)
            self._at(due, self._wake)

    def _wake(self, now: int) -> None:
        if now == self._armed:
            self._armed = None
            self._look(now)

    def _answer(self, wants: Wants, now: int) -> None:
        self._key_wanted |= wants.key
        for sequence in wants.nacks:
            if sequence in self.film.sent:
                self._send(self.film.sent[sequence], now)

    def _dark(self, now: int) -> bool:
        return self._blackout[0] <= now < self._blackout[1]


def check(film: Film, shown: list[Whole]) -> None:
    """Only whole pictures, in order, each once, and none that was coded against one not shown."""
    last = -1
    for whole in shown:
        filmed = film.pictures[film.index_of(whole.stamp)]
        assert whole.data == filmed.data
        assert whole.key == filmed.key
        assert filmed.index > last
        assert filmed.key or filmed.index == last + 1
        last = filmed.index
