"""How often somebody may speak."""

from collections import OrderedDict
from collections.abc import Hashable
from math import ceil

PER_SECOND = 5.0
BURST = 20.0
KEPT = 4096  # who spoke last
AT_ONCE = 10.0  # times as many as per second


class Rate:
    """A bucket of tokens that refills steadily."""

    def __init__(self, per_second: float = PER_SECOND, burst: float = BURST) -> None:
        self.per_second, self._burst = per_second, burst
        self._left = burst
        self._at: float | None = None

    def allows(self, now: float) -> bool:
        """`now` in seconds, of any clock that does not go back."""
        if self._at is not None:
            self._left = min(self._burst, self._left + (now - self._at) * self.per_second)
        self._at = now
        if self._left < 1:
            return False
        self._left -= 1
        return True

    @property
    def wait(self) -> float:
        """s from the last question until the answer may be yes."""
        return max(0.0, 1 - self._left) / self.per_second


class Rates:
    """One rate for each of many. Whoever spoke longest ago is forgotten, which is to their good."""

    def __init__(self, per_second: float) -> None:
        self._per_second = per_second
        self._rates: OrderedDict[Hashable, Rate] = OrderedDict()

    def wait(self, who: Hashable, now: float) -> int | None:
        """None: `who` may speak. Otherwise after how many whole seconds. `now`: as of Rate."""
        rate = self._rates.pop(who, None)
        if rate is None:
            rate = Rate(self._per_second, max(1.0, AT_ONCE * self._per_second))
        self._rates[who] = rate
        if len(self._rates) > KEPT:
            self._rates.popitem(last=False)
        return None if rate.allows(now) else max(1, ceil(rate.wait))
