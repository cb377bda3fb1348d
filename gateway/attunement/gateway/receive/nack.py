"""Which packets to ask for again, and when."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from attunement.engine.clock import MILLISECOND

TRIES = 10
OLDEST = 800 * MILLISECOND  # what is missing longer is not asked for any more
AT_ONCE = 60  # packets in one request
MOST = 400  # packets that are missing and remembered
LONGEST_GRACE = 80 * MILLISECOND  # for a packet that was merely overtaken
SHRINKS = 0.98  # the grace, with each packet that was missing and came
INTERVAL = 20 * MILLISECOND  # the least between two requests for the same packet
# Tries that do not wait for the answer to the one before: that may be lost, too, and pictures wait.
# Measured with 5 % loss each way: gaps a fifth shorter for 4 % more packets.
HURRIED = range(1, 5)
SPARE = 5 * MILLISECOND  # for the sender, and for our guess of the round trip


@dataclass(slots=True)
class Missing:
    noticed: int  # ns
    asked: int = 0  # times
    last: int = 0  # ns


class NackSchedule:
    """Pure. Numbers are unwrapped sequence numbers."""

    def __init__(self) -> None:
        self._missing: dict[int, Missing] = {}
        self._grace = 0  # ns; none before the first packet was overtaken
        self._round_trip = 100 * MILLISECOND
        self.counts: Counter[str] = Counter()

    def __bool__(self) -> bool:
        return bool(self._missing)

    def miss(self, numbers: Iterable[int], now: int) -> None:
        for number in numbers:
            if len(self._missing) >= MOST:
                del self._missing[next(iter(self._missing))]
            self._missing[number] = Missing(now)

    def arrived(self, number: int, now: int) -> None:
        """One that was missing: repeated for us, or overtaken by others on its way."""
        entry = self._missing.pop(number, None)
        if entry is None:
            return
        since = now - entry.noticed
        answer = entry.asked and now - entry.last >= 0.7 * self._round_trip
        self._grace = int(self._grace * SHRINKS)
        if answer or entry.asked > 1:
            self.counts["repaired"] += 1
            return
        self.counts["reordered"] += 1
        self._grace = min(max(self._grace, since * 5 // 4), LONGEST_GRACE)

    def due(self, now: int, round_trip: int) -> tuple[int, ...]:
        """What to ask for now, as 16-bit numbers, the oldest first."""
        self._round_trip = round_trip
        for number in [n for n, entry in self._missing.items() if self._given_up(entry, now)]:
            del self._missing[number]
            self.counts["given up"] += 1
        wanted = [n for n, entry in self._missing.items() if self._at(entry) <= now]
        wanted = sorted(wanted)[:AT_ONCE]
        for number in wanted:
            entry = self._missing[number]
            entry.asked, entry.last = entry.asked + 1, now
        self.counts["asked"] += len(wanted)
        return tuple(number & 0xFFFF for number in wanted)

    def next(self) -> int | None:
        """When due() would want something, ns."""
        return min((self._at(entry) for entry in self._missing.values()), default=None)

    def forget(self, before: int) -> None:
        """What came before is not needed any more."""
        for number in [n for n in self._missing if n < before]:
            del self._missing[number]

    def _at(self, entry: Missing) -> int:
        if not entry.asked:
            return entry.noticed + self._grace
        answered = self._round_trip * 11 // 10 + SPARE + self._grace
        if entry.asked in HURRIED:
            answered //= 2
        return entry.last + max(answered, INTERVAL)

    def _given_up(self, entry: Missing, now: int) -> bool:
        return entry.asked >= TRIES or now - entry.noticed > OLDEST
