"""Quick swings of an angle to and fro, such as a nod has and a turn of the head has not."""

from dataclasses import dataclass

from attunement.engine.clock import MILLISECOND, SECOND

REVERSAL = 1.2  # degrees back, that end a swing; less is noise
REST = 0.7  # degrees from where a swing starts, within which it has not begun
NOISE = 0.2  # degrees farther, that are no going on
HELD = 400 * MILLISECOND  # without going on, after which a swing is over
SLOWEST = 600 * MILLISECOND  # of a swing of a nod or a shake
GAP = SECOND // 2  # pictures further apart than this say nothing of the time between them
CROSSED = 0.8  # of a swing, that the other axis may move meanwhile


@dataclass(slots=True)
class _Leg:
    """From one extreme to the next."""

    start: float  # degrees
    left: int  # ns at which it was last near its start
    top: float  # degrees, the farthest yet
    at: int  # ns
    beside: float  # the other axis then, degrees
    low: float  # of the other axis, degrees
    high: float


class Swings:
    """Is a gesture going on: `least` quick swings in a row, each of `wide` degrees or more?"""

    def __init__(self, least: int, wide: float) -> None:
        self._least, self._wide = least, wide
        self._leg: _Leg | None = None
        self._row = 0  # quick swings in a row
        self._before = 0  # ns

    def add(self, t: int, angle: float, other: float) -> bool:
        """t ns; degrees of this axis and of the other."""
        if self._leg is None or t - self._before > GAP:
            self._row, self._leg = 0, _Leg(angle, t, angle, t, other, other, other)
        self._before = t
        leg = self._leg
        if abs(angle - leg.start) > abs(leg.top - leg.start) + NOISE:
            leg.top, leg.at, leg.beside = angle, t, other
        if abs(angle - leg.start) < REST and abs(leg.top - leg.start) < REVERSAL:
            leg.left = t
        leg.low, leg.high = min(leg.low, other), max(leg.high, other)
        back = (leg.top - angle) * (1 if leg.top >= leg.start else -1)
        if back >= REVERSAL:
            self._end(leg)
            low, high = sorted((leg.beside, other))
            self._leg = _Leg(leg.top, leg.at, angle, t, other, low, high)
        elif t - leg.at > HELD or t - leg.left > SLOWEST + HELD:
            self._end(leg)
            last, self._row = self._row, 0
            self._leg = _Leg(angle, t, angle, t, other, other, other)
            return last >= self._least
        return self._row >= self._least

    def _end(self, leg: _Leg) -> None:
        wide = abs(leg.top - leg.start)
        quick = leg.at - leg.left <= SLOWEST
        straight = leg.high - leg.low <= CROSSED * wide
        self._row = self._row + 1 if wide >= self._wide and quick and straight else 0
