"""
Puts the packets of pictures together, asks for what is missing, and hands on whole pictures only.

A picture is whole at its marker bit. Behind a hole pictures wait, while the missing packets are
asked for again; a key picture, which needs no other, ends the waiting. No picture is handed on
that was coded against one we never had.
"""

from bisect import insort
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from attunement.engine.clock import MILLISECOND, SECOND
from attunement.gateway.receive.keyframe import KeyPolicy
from attunement.gateway.receive.nack import NackSchedule
from attunement.gateway.receive.rtp import Malformed, Packet
from attunement.gateway.receive.sequence import nearest
from attunement.gateway.receive.vp8 import Part

PACKETS = 1_024  # that may wait
BYTES = 4_000_000
OLDEST = 1 * SECOND  # that a hole stays open, key picture or not
BLACKOUT = 1 * SECOND  # without a packet: what is missing since is not worth asking for
DROPOUT = 1_000  # packets: after a longer jump neither
ROUND = 1 << 16  # sequence numbers
PATIENCE = 200 * MILLISECOND  # of a hole, before a key picture is asked for
BEGINNING = 300 * MILLISECOND  # in which a sender sends its first key picture unasked
GRACE = 60 * MILLISECOND  # of a hole, before a key picture behind it is taken
WITHOUT_KEY = 64  # packets kept while no key picture has begun: its first may have been overtaken


@dataclass(frozen=True, slots=True)
class Whole:
    """A picture, in decoding order."""

    stamp: int  # 32 bit
    data: bytes
    key: bool
    arrival: int  # ns, of its last packet


@dataclass(frozen=True, slots=True)
class Wants:
    """What to ask the sender for now."""

    nacks: tuple[int, ...] = ()
    key: bool = False


NOTHING = Wants()


@dataclass(slots=True)  # one for each packet, and frozen ones take longer to make
class Held:
    stamp: int
    marker: bool
    arrival: int
    part: Part | None  # None: padding, which takes a number and holds nothing
    size: int  # bytes


class PictureBuffer:
    """
    Of one source. Sans-I/O; holds PACKETS and BYTES at most. `read`: of a payload, `vp8.part` or
    `h264.part`.

    counts: `duplicates`, `late` (of what was passed), `malformed` (as good as lost), `skipped`
    (packets thrown away for a key picture), `blackouts`; `nacks.counts` has what was asked for
    again.
    """

    def __init__(self, read: Callable[[bytes], Part]) -> None:
        self._read = read
        self.nacks, self.keys = NackSchedule(), KeyPolicy()
        self.counts: Counter[str] = Counter()
        self._round_trip = 100 * MILLISECOND
        self._last: int | None = None  # ns, arrival of the newest packet
        self._highest = 0  # number (unwrapped) of the newest packet
        self._held: dict[int, Held] = {}
        self._bytes = 0
        self._starts: list[int] = []  # numbers at which key pictures begin, rising
        self._floor: int | None = None  # what comes before is late
        # From `next` up to `cursor` the next picture has come; None: a key picture is needed.
        self._next: int | None = None
        self._cursor = 0
        self._hole: tuple[int, int] | None = None  # its number; when it was seen, ns

    def push(self, packet: Packet) -> None:
        number, now = self._number(packet), packet.arrival
        self._last = now
        if self._floor is not None and number < self._floor:
            self.counts["late"] += 1
            return
        if number in self._held:
            self.counts["duplicates"] += 1
            return
        try:
            part = self._read(packet.payload) if packet.payload else None
        except Malformed:
            self.counts["malformed"] += 1
            return
        if self.nacks:
            self.nacks.arrived(number, now)
        size = len(packet.payload)
        self._held[number] = Held(packet.stamp, packet.marker, now, part, size)
        self._bytes += size
        if part is not None and part.begins and part.key:
            insort(self._starts, number)
        if len(self._held) > PACKETS or self._bytes > BYTES:
            self._give_up(now)

    def pop(self, now: int) -> list[Whole]:
        """What has become whole, in decoding order."""
        out: list[Whole] = []
        while self._next is not None or self._find_key():
            whole = self._advance()
            if whole is not None:
                out.append(whole)
                continue
            since = self._hole_since()
            key = None if since is None else self._key_behind()
            if since is not None and key is not None and now - since >= GRACE:
                self._go_on_at(key)
            elif since is not None and now - since >= OLDEST:
                self._give_up(now)
            else:
                patience = PATIENCE + self._round_trip
                self.keys.want(None if since is None else since + patience)
                break
        return out

    def due(self) -> int | None:
        """When pop() or wants() would do something without another packet, ns."""
        times = [self.nacks.next()] if self.nacks else []
        key, since = self.keys.next(), self._hole_since()
        if key is not None and not self._silent(key):
            times.append(key)
        if since is not None:
            times.append(since + (OLDEST if self._key_behind() is None else GRACE))
        return min((time for time in times if time is not None), default=None)

    def wants(self, now: int, round_trip: int) -> Wants:
        """What to ask the sender for. `round_trip`: ns."""
        self._round_trip = round_trip
        if not self.nacks and not self.keys.wanted:
            return NOTHING
        return Wants(self.nacks.due(now, round_trip), self.keys.due(now, round_trip))

    def undecodable(self) -> None:
        """The decoder has lost its way: from here on a key picture is needed."""
        self._next = None
        self.keys.want(self._last)

    def _silent(self, now: int) -> bool:
        """Nothing comes: the sender is gone or has nothing to show, and need not be asked."""
        return self._last is not None and now - self._last > BLACKOUT

    def _number(self, packet: Packet) -> int:
        """The packet's place, and what is missing before it."""
        now = packet.arrival
        if self._last is None:
            self._highest = packet.sequence
            self.keys.want(now + BEGINNING)
            return self._highest
        number = nearest(packet.sequence, self._highest, 16)
        if number < self._highest - DROPOUT:
            number += ROUND  # so far behind nothing is repeated: it has gone round
        ahead = number - self._highest
        if ahead > DROPOUT or (ahead > 1 and self._silent(now)):
            self.counts["blackouts"] += 1
            self._highest = number
            self._start_over(number, now)
        elif ahead > 0:
            if ahead > 1:
                self.nacks.miss(range(self._highest + 1, number), now)
            self._highest = number
        return number

    def _advance(self) -> Whole | None:
        """The next picture, if it is whole."""
        while (held := self._held.get(self._cursor)) is not None:
            if held.part is None:  # padding
                self._cursor += 1
                if self._next == self._cursor - 1:  # between two pictures
                    self._drop(self._next)
                    self._next = self._floor = self._cursor
            elif self._next != self._cursor and held.stamp != self._first.stamp:
                return self._take(self._cursor)  # a sender that sets no markers
            else:
                self._cursor += 1
                if held.marker:
                    return self._take(self._cursor)
        return None

    @property
    def _first(self) -> Held:
        """The first packet of the next picture."""
        return self._held[self._cursor if self._next is None else self._next]

    def _take(self, end: int) -> Whole:
        held = [self._drop(number) for number in range(self._next or 0, end)]
        parts = [each.part for each in held if each.part is not None]
        self._next = self._cursor = self._floor = end
        while self._starts and self._starts[0] < end:
            del self._starts[0]
        arrival = max(each.arrival for each in held)
        key = any(part.key for part in parts)
        return Whole(held[0].stamp, b"".join(part.data for part in parts), key, arrival)

    def _hole_since(self) -> int | None:
        """When it was first seen that a packet of the next picture is missing."""
        if self._next is None or len(self._held) == self._cursor - self._next:
            return None
        if self._hole is None or self._hole[0] != self._cursor:
            behind = (held.arrival for n, held in self._held.items() if n > self._cursor)
            self._hole = self._cursor, min(behind)
        return self._hole[1]

    def _key_behind(self) -> int | None:
        """Where the newest key picture begins that is whole, behind a hole."""
        for start in reversed(self._starts):
            if start <= self._cursor:
                return None
            at, stamp = start, self._held[start].stamp
            while (held := self._held.get(at)) is not None and held.stamp == stamp:
                if held.marker:
                    return start
                at += 1
        return None

    def _find_key(self) -> bool:
        """Begin with the first key picture that has begun."""
        if self._starts:
            self._go_on_at(self._starts[0])
            return True
        if len(self._held) > WITHOUT_KEY:
            self._drop_before(sorted(self._held)[-WITHOUT_KEY])
        return False

    def _go_on_at(self, start: int) -> None:
        self._drop_before(start)
        self._next = self._cursor = start

    def _give_up(self, now: int) -> None:
        """On what the hole was in, and on all that was coded against it."""
        newest = self._starts[-1] if self._starts else None
        if newest is None or newest <= self._cursor or self._next is None:
            newest = self._highest + 1
        self._start_over(newest, now)

    def _start_over(self, number: int, now: int) -> None:
        """Nothing before `number` counts any more."""
        self._drop_before(number)
        self._next = None
        self.keys.want(now)

    def _drop_before(self, number: int) -> None:
        """What was not taken is thrown away, and not asked for again."""
        behind = [n for n in self._held if n < number]
        for n in behind:
            self._drop(n)
        self.counts["skipped"] += len(behind)
        while self._starts and self._starts[0] < number:
            del self._starts[0]
        self._floor = number
        self.nacks.forget(number)

    def _drop(self, number: int) -> Held:
        held = self._held.pop(number)
        self._bytes -= held.size
        return held
