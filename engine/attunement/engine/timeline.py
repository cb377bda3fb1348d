"""
When a packet's media happened, in session time.

A sender stamps its media with RTP clocks, one per track, and says in RTCP sender reports which
wall-clock time (NTP) a stamp stands for (RFC 3550, 6.4.1). Through the reports all tracks of a
sender come onto its one wall clock, and from there, by the fastest packet seen lately, onto the
session's clock. Until a track's first report the arrival of its packets has to do.

Sound cards drift by up to 500 ppm, RTP stamps wrap every 13 to 25 hours, stand still while a track
is paused, and jump when it is replaced; wall clocks are set by the hour. Drift is followed slowly,
never packet by packet; a jump is taken at once.
"""

from collections import deque
from dataclasses import dataclass

from attunement.engine.clock import MILLISECOND, SECOND

WRAP = 1 << 32
MAX_DRIFT = 500e-6  # of consumer sound cards
REPORTS = 64  # that shape the line from stamps to wall clock
SPAN = 10 * SECOND  # from which on their slope is trusted
JUMP = 250 * MILLISECOND  # a larger disagreement is no jitter
STALE = 1 * SECOND  # media this much later than usual: its stamps no longer mean what they did
WINDOW = 10 * SECOND  # in which the fastest packet is looked for


class Fastest:
    """The least of the values seen in the last WINDOW, in constant time."""

    def __init__(self) -> None:
        self._rising: deque[tuple[int, int]] = deque()  # (at, value), values rise

    def add(self, at: int, value: int) -> int:
        while self._rising and self._rising[-1][1] >= value:
            self._rising.pop()
        self._rising.append((at, value))
        while self._rising[0][0] < at - WINDOW:
            self._rising.popleft()
        return self._rising[0][1]

    def clear(self) -> None:
        self._rising.clear()


class Offset:
    """How far one clock is behind another: follows drift slowly, takes a jump at once."""

    def __init__(self) -> None:
        self._fastest = Fastest()
        self._value: float | None = None
        self._at = 0

    def update(self, at: int, difference: int) -> int:
        """
        The offset after a packet that arrived `at` and suggests `difference`; both in ns.

        A packet can only be late, so the least difference is the best; one far *below* the
        current value proves that a clock has jumped.
        """
        if self._value is not None and difference < self._value - JUMP:
            self.reset()
        least = self._fastest.add(at, difference)
        if self._value is None or abs(least - self._value) > JUMP:
            self._value = least
        else:
            # Down at once: the packet has come, so it was sent before, whatever the reports say.
            # Up by twice the drift of a card, so that both ends drifting apart are followed.
            step = 2 * MAX_DRIFT * (at - self._at)
            self._value += min(least - self._value, step)
        self._at = at
        return round(self._value)

    def late(self, difference: int) -> bool:
        return self._value is not None and difference > self._value + STALE

    def contradicts(self, difference: int) -> bool:
        return self._value is not None and abs(difference - self._value) > STALE

    def reset(self) -> None:
        self._fastest.clear()
        self._value = None


@dataclass(frozen=True, slots=True)
class Line:
    """ntp = origin_ntp + slope * (stamp - origin_stamp)"""

    stamp: float
    ntp: float
    slope: float  # ns per tick

    def ntp_of(self, stamp: int) -> int:
        return round(self.ntp + (stamp - self.stamp) * self.slope)


class Track:
    """One RTP clock of one sender. Made by Timeline.track()."""

    def __init__(self, timeline: "Timeline", rate: int, last: int = -1) -> None:
        self._timeline = timeline
        self._tick = SECOND / rate
        self._stamp: int | None = None  # unwrapped, of the newest packet
        self._own = Offset()  # session time minus stamp time, while there is no report
        self._reports: deque[tuple[int, int]] = deque(maxlen=REPORTS)  # (stamp, ntp)
        self._line: Line | None = None
        self._epoch = 0  # of the wall clock that the line belongs to
        self._last = last

    def time(self, rtp: int, arrival: int) -> int:
        """
        Session time in ns of the media stamped `rtp` (32 bits) that arrived at `arrival`.

        Strictly rising from call to call, and never later than the arrival.
        """
        stamp = self._unwrap(rtp)
        t = self._by_report(stamp, arrival)
        if t is None:
            t = round(stamp * self._tick) + self._own.update(
                arrival, arrival - round(stamp * self._tick)
            )
        self._last = max(min(t, arrival), self._last + 1)
        return self._last

    def report(self, ntp: int, rtp: int, arrival: int) -> None:
        """A sender report came: `rtp` stands for `ntp`, ns of the sender's wall clock."""
        stamp = self._unwrap(rtp)
        if self._timeline.offset.contradicts(arrival - ntp):
            self._timeline.restart()  # reports are sent as they are made: its wall clock was set
        line = self._valid_line()
        if line is None or abs(line.ntp_of(stamp) - ntp) > JUMP:
            self._reports.clear()
        self._reports.append((stamp, ntp))
        self._line, self._epoch = self._fit(), self._timeline.epoch
        self._timeline.offset.update(arrival, arrival - ntp)

    def sent(self, rtp: int) -> int | None:
        """When the media left, on the sender's wall clock in ns; None before the first report."""
        line = self._valid_line()
        return None if line is None else line.ntp_of(self._unwrap(rtp))

    def _valid_line(self) -> Line | None:
        return self._line if self._epoch == self._timeline.epoch else None

    def _by_report(self, stamp: int, arrival: int) -> int | None:
        line = self._valid_line()
        if line is None:
            return None
        ntp = line.ntp_of(stamp)
        if self._timeline.offset.late(arrival - ntp):
            # The stamps stood still while the track was paused: the reports no longer hold.
            self._reports.clear()
            self._line = None
            self._own.reset()
            return None
        return ntp + self._timeline.offset.update(arrival, arrival - ntp)

    def _fit(self) -> Line:
        stamps = [stamp for stamp, _ in self._reports]
        ntps = [ntp for _, ntp in self._reports]
        n, origin = len(stamps), ntps[0]
        x0, y0 = sum(stamps) / n, sum(ntp - origin for ntp in ntps) / n
        slope = self._tick
        if ntps[-1] - origin >= SPAN:
            covariance = sum((x - x0) * (y - origin - y0) for x, y in self._reports)
            slope = covariance / sum((x - x0) ** 2 for x in stamps)
            limit = self._tick * MAX_DRIFT
            slope = min(max(slope, self._tick - limit), self._tick + limit)
        return Line(x0, origin + y0, slope)

    def _unwrap(self, rtp: int) -> int:
        if self._stamp is None:
            self._stamp = rtp % WRAP
            return self._stamp
        step = (rtp - self._stamp + WRAP // 2) % WRAP - WRAP // 2
        stamp = self._stamp + step
        self._stamp = max(self._stamp, stamp)
        return stamp


class Timeline:
    """The clocks of one sender: tracks share a wall clock, so sound and picture stay together."""

    def __init__(self) -> None:
        self.offset = Offset()  # session time minus the sender's wall clock
        self.epoch = 0  # rises when that wall clock is set: reports from before no longer hold

    def restart(self) -> None:
        self.epoch += 1
        self.offset.reset()

    def track(self, rate: int, after: Track | None = None) -> Track:
        """
        `rate`: ticks per second of the RTP clock, 48,000 for Opus and 90,000 for pictures. Where
        one stream takes the place of another, its time goes on `after` that one's.
        """
        return Track(self, rate, -1 if after is None else after._last)
