"""How often somebody may speak."""

PER_SECOND = 5.0
BURST = 20.0


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
