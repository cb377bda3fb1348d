"""Time, as a thing that is handed in. The only file of the engine that reads it."""

import time
from typing import Protocol

SECOND = 1_000_000_000
MILLISECOND = 1_000_000


class Clock(Protocol):
    def now(self) -> int:
        """Nanoseconds since the session began. Never goes back."""
        ...


class SystemClock:
    def __init__(self) -> None:
        self._start = time.monotonic_ns()

    def now(self) -> int:
        return time.monotonic_ns() - self._start


class ManualClock:
    """A clock that moves when told to, for tests and for replay faster than real time."""

    def __init__(self, now: int = 0) -> None:
        self._now = now

    def now(self) -> int:
        return self._now

    def advance(self, ns: int) -> None:
        if ns < 0:
            raise ValueError(f"a clock cannot go back: got {ns} ns")
        self._now += ns
