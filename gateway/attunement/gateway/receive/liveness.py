"""Whether anybody is at the other end."""

from attunement.engine.clock import SECOND

QUIET = 1 * SECOND  # without media: ask
AGAIN = SECOND // 2  # between two questions
LOST = 2 * SECOND  # without a sign of life: somebody should be told
GONE = 30 * SECOND  # nobody will come back this way


class Liveness:
    """Pure: told of signs of life and of the time. Nobody was here before the first sign."""

    def __init__(self) -> None:
        self._alive: int | None = None  # ns, when something authentic last came
        self._media: int | None = None
        self._asked = -AGAIN
        self.revived: int | None = None  # ns at which the last loss ended

    def heard(self, now: int) -> None:
        """Something that only the other side can have sent."""
        if self.lost(now):
            self.revived = now
        self._alive = now

    def media(self, now: int) -> None:
        self.heard(now)
        self._media = now

    def wants_probe(self, now: int) -> bool:
        """Should the other side be asked whether it is there? Counts as asked."""
        if self._media is None or now - self._media < QUIET or now - self._asked < AGAIN:
            return False
        self._asked = now
        return True

    def lost(self, now: int) -> bool:
        return self._alive is not None and now - self._alive >= LOST

    def gone(self, now: int) -> bool:
        return self._alive is not None and now - self._alive >= GONE
