"""
Puts packets of sound in order, and waits for a missing one as long as it may still come.

Made for analysis, not for ears: what is in order goes on at once, nothing is played out at a pace,
so jitter without reordering costs nothing. Only behind a hole do packets wait, as long as packets
have lately been overtaken by, and at most MOST.
"""

from collections import Counter, deque
from dataclasses import dataclass

from attunement.engine.clock import MILLISECOND, SECOND
from attunement.gateway.receive.opus import ticks
from attunement.gateway.receive.rtp import Packet
from attunement.gateway.receive.sequence import nearest

LEAST, START, MOST = 20 * MILLISECOND, 60 * MILLISECOND, 120 * MILLISECOND
MARGIN = 5 * MILLISECOND  # over the longest that a packet was overtaken by
SHRINKS = 200  # ns in which the target shrinks by one: 5 ms in a second
ROOM = 64  # packets that may wait
HOLES = 32  # given up, that are remembered
DROPOUT = 3_000  # packets, a minute: after a longer jump the sender began anew
BEHIND = 1_000  # packets: one that is further behind is of a sender that began anew


@dataclass(frozen=True, slots=True)
class Heard:
    stamp: int  # 32 bit; may jump without a loss: the sender had nothing to send
    payload: bytes
    arrival: int  # ns
    after: int  # packets that were lost directly before it


@dataclass(frozen=True, slots=True)
class Lost:
    """A hole in the RTP clock that nobody will fill; the packet after it follows at once."""

    stamp: int  # 32 bit, where it begins
    ticks: int


@dataclass(frozen=True, slots=True)
class Hole:
    """That was given up: packets from `first` until before `end`, missed since `since` (ns)."""

    first: int
    end: int
    since: int


class SoundBuffer:
    """
    Of one source. Holds ROOM packets at most, each for `target` at most.

    counts: `late` (came when its place was given up, or before the first), `duplicates`, `lost`
    (packets given up), `odd` (whose place or stamp does not fit; two in a row are a new beginning),
    `dropped` (no room: nobody called pop()).
    """

    def __init__(self) -> None:
        self.target = START  # ns that a hole stays open
        self.counts: Counter[str] = Counter()
        self._updated: int | None = None  # ns, the arrival that last moved the target
        self.reset()

    def reset(self) -> None:
        """Begin with the next packet, whatever its numbers; what waits is dropped."""
        self._waiting: dict[int, Packet] = {}
        self._next: int | None = None
        self._last: tuple[int, int] | None = None  # stamp and ticks of what was heard last
        self._first = 0  # place of the first packet
        self._holes: deque[Hole] = deque(maxlen=HOLES)
        self._odd: int | None = None  # sequence number after that of an odd packet

    def push(self, packet: Packet) -> None:
        self._relax(packet.arrival)
        place = self._place(packet)
        if self._is_odd(packet, place):
            if packet.sequence != self._odd:
                self.counts["odd"] += 1
                self._odd = (packet.sequence + 1) & 0xFFFF
                return
            self.reset()
            place = self._place(packet)
        self._odd = None
        if place < self._expected(place):
            self._overtaken(place, packet)
        elif place in self._waiting:
            self.counts["duplicates"] += 1
        elif len(self._waiting) >= ROOM:
            self.counts["dropped"] += 1
        else:
            later = [p.arrival for n, p in self._waiting.items() if n > place]
            if later:
                self._grow(packet.arrival - min(later))
            self._waiting[place] = packet

    def pop(self, now: int) -> list[Heard | Lost]:
        """What is in order, and behind holes what has waited long enough."""
        out: list[Heard | Lost] = []
        waiting = self._waiting
        while waiting and self._next is not None:
            packet = waiting.pop(self._next, None)
            if packet is not None:
                self._next += 1
                self._hear(packet, 0, out)
                continue
            since = min(packet.arrival for packet in waiting.values())
            if now < since + self.target and len(waiting) < ROOM:
                break
            place = min(waiting)
            after = place - self._next
            self.counts["lost"] += after
            self._holes.append(Hole(self._next, place, since))
            self._next = place + 1
            self._hear(waiting.pop(place), after, out)
        return out

    def due(self) -> int | None:
        """When pop() would give something without another push(), in ns; None: not before one."""
        if not self._waiting:
            return None
        since = min(packet.arrival for packet in self._waiting.values())
        if self._next in self._waiting or len(self._waiting) >= ROOM:
            return since
        return since + self.target

    def _place(self, packet: Packet) -> int:
        if self._next is None:
            self._next = self._first = packet.sequence
        return nearest(packet.sequence, self._next, 16)

    def _expected(self, place: int) -> int:
        return place if self._next is None else self._next

    def _is_odd(self, packet: Packet, place: int) -> bool:
        """Whether the packet cannot be of the sender's clock and count as we know them."""
        ahead = place - self._expected(place)
        if ahead > DROPOUT or ahead < -BEHIND:
            return True
        if ahead < 0 or self._last is None:
            return False
        stamp = self._last[0]
        return nearest(packet.stamp, stamp, 32) <= stamp

    def _hear(self, packet: Packet, after: int, out: list[Heard | Lost]) -> None:
        length = ticks(packet.payload)
        if self._last is not None:
            stamp, before = self._last
            ahead = nearest(packet.stamp, stamp, 32) - stamp
            if ahead <= 0:
                self.counts["odd"] += 1
                return
            # The clock may have jumped, too, while nothing was sent: that much is not lost.
            missing = min(ahead - before, after * max(length, before))
            if after and missing > 0:
                out.append(Lost((packet.stamp - missing) & 0xFFFFFFFF, missing))
        self._last = (packet.stamp, length)
        out.append(Heard(packet.stamp, packet.payload, packet.arrival, after))

    def _overtaken(self, place: int, packet: Packet) -> None:
        """Came when its place was passed: what would have been needed to wait for it?"""
        for hole in self._holes:
            if hole.first <= place < hole.end:
                self.counts["late"] += 1
                self._grow(packet.arrival - hole.since)
                return
        self.counts["late" if place < self._first else "duplicates"] += 1

    def _grow(self, lateness: int) -> None:
        """By what can be waited for: a packet that came later than MOST would be lost anyway."""
        if lateness <= MOST:
            self.target = min(max(self.target, lateness + MARGIN), MOST)

    def _relax(self, arrival: int) -> None:
        if self._updated is None:
            self._updated = arrival
        elapsed = min(arrival - self._updated, SECOND)  # nothing is learnt from a silence
        if elapsed >= SHRINKS:
            self.target = max(self.target - elapsed // SHRINKS, LEAST)
            self._updated = arrival
