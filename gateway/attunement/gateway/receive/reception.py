"""How one source is received: what we report of it (RFC 3550, A.3 and A.8), and what we show."""

from dataclasses import dataclass

from attunement.engine.clock import SECOND
from attunement.gateway.receive.rtcp import Block, SenderReport
from attunement.gateway.receive.rtp import Packet
from attunement.gateway.receive.sequence import nearest

WINDOW = 512  # packets that are known one by one, to tell repeated ones from late ones
DROPOUT = 12_000  # packets that may be missing in a row; with more, the sender began anew
PAUSE = 5  # s; a transit that changed by more tells of another clock, not of the network
NTP_UNIT = 65_536  # of RTCP's middle 32 bits, per second


@dataclass(frozen=True, slots=True)
class Arrived:
    """Since last taken."""

    received: int  # packets, each counted once
    expected: int
    lost: int  # what did not come; what comes after all is set off against later losses
    bytes: int  # of payload, with what came twice
    jitter_ms: float


class Reception:
    """Counts first transmissions: repairs are not to be added, or they would hide the loss."""

    _first: int  # sequence numbers, unwrapped
    _highest: int
    _seen: int  # bit i: the packet i before the highest
    _received: int  # packets, with those that came twice
    _unique: int
    _after_jump: int  # sequence number, when the last one jumped; else -1
    _fraction_from: tuple[int, int]  # expected and received when last reported
    _told: "Counts"  # when last taken
    _transit: int | None  # ticks

    def __init__(self, clock_rate: int) -> None:
        self._rate = clock_rate
        self._jitter = 0.0  # ticks
        self._report: tuple[int, int] | None = None  # LSR, and when it came in ns
        self._bytes = 0
        self._begin(0)
        self._known = False

    @property
    def known(self) -> bool:
        """Whether anything came."""
        return self._known

    def add(self, packet: Packet) -> None:
        self._bytes += len(packet.payload)
        if not self._known:
            self._begin(packet.sequence)
            self._known = True
        place = nearest(packet.sequence, self._highest, 16)
        ahead = place - self._highest
        if ahead > DROPOUT or ahead <= -WINDOW:
            if packet.sequence != self._after_jump:  # RFC 3550, A.1: two in a row, or none
                self._after_jump = (packet.sequence + 1) & 0xFFFF
                return
            self._begin(packet.sequence)
            place, ahead = packet.sequence, 0
        self._after_jump = -1
        self._received += 1
        if ahead > 0:
            self._highest = place
            self._seen = (self._seen << ahead | 1) & ((1 << WINDOW) - 1)
            self._unique += 1
        elif not self._seen >> -ahead & 1:
            self._seen |= 1 << -ahead
            self._first = min(self._first, place)
            self._unique += 1
        if ahead >= 0:
            self._measure(packet)

    def report(self, report: SenderReport, arrival: int) -> None:
        self._report = (report.middle, arrival)

    def block(self, ssrc: int, now: int) -> Block:
        """What a receiver report tells of the source; the fraction is since the last."""
        expected = self._highest - self._first + 1 if self._known else 0
        since, came = expected - self._fraction_from[0], self._received - self._fraction_from[1]
        self._fraction_from = (expected, self._received)
        fraction = 256 * (since - came) // since if since > 0 else 0
        lsr, arrived = self._report or (0, now)
        return Block(
            ssrc,
            fraction_lost=min(max(fraction, 0), 255),
            lost=expected - self._received,
            highest=self._highest & 0xFFFFFFFF,
            jitter=int(self._jitter),
            lsr=lsr,
            dlsr=max(now - arrived, 0) * NTP_UNIT // SECOND,
        )

    def take(self) -> Arrived:
        told, now = self._told, self._counts()
        lost = max(now.expected - now.unique, told.lost)
        self._told = Counts(now.expected, now.unique, lost)
        bytes_, self._bytes = self._bytes, 0
        return Arrived(
            now.unique - told.unique,
            now.expected - told.expected,
            lost - told.lost,
            bytes_,
            self._jitter * 1000 / self._rate,
        )

    def _counts(self) -> "Counts":
        return Counts(self._highest - self._first + 1 if self._known else 0, self._unique)

    def _begin(self, sequence: int) -> None:
        self._first = self._highest = sequence
        self._seen = self._received = self._unique = 0
        self._after_jump = -1
        self._fraction_from = (0, 0)
        self._told = Counts()
        self._transit = None

    def _measure(self, packet: Packet) -> None:
        """RFC 3550, A.8, in ticks of the source's clock."""
        transit = packet.arrival * self._rate // SECOND - packet.stamp
        if self._transit is not None:
            change = abs(nearest(transit & 0xFFFFFFFF, self._transit, 32) - self._transit)
            if change < PAUSE * self._rate:
                self._jitter += (change - self._jitter) / 16
        self._transit = transit


@dataclass(frozen=True, slots=True)
class Counts:
    """Packets since the source began."""

    expected: int = 0
    unique: int = 0
    lost: int = 0
