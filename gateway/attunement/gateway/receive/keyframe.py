"""When to ask for a key picture (PLI, RFC 4585, 6.3.1)."""

from attunement.engine.clock import MILLISECOND

LEAST = 200 * MILLISECOND  # between two requests


class KeyPolicy:
    """Pure. Asks again for as long as one is wanted."""

    def __init__(self) -> None:
        self._wanted: int | None = None  # ns, from when on
        self._asked: int | None = None
        self._round_trip = 100 * MILLISECOND

    @property
    def wanted(self) -> bool:
        return self._wanted is not None

    def want(self, at: int | None) -> None:
        """From `at` on, ns; None: all is well."""
        self._wanted = at

    def due(self, now: int, round_trip: int) -> bool:
        """Ask now? Counts as asked."""
        self._round_trip = round_trip
        at = self.next()
        if at is None or now < at:
            return False
        self._asked = now
        return True

    def next(self) -> int | None:
        """When due() would say so, ns."""
        if self._wanted is None:
            return None
        if self._asked is None:
            return self._wanted
        return max(self._wanted, self._asked + max(2 * self._round_trip, LEAST))
