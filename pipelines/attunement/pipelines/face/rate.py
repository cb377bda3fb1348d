"""
Which pictures are looked at: 8 a second of a face at rest, up to 15 of one that changes. Chosen in
event time, so that replay chooses alike.
"""

from attunement.engine.clock import MILLISECOND, SECOND
from attunement.engine.shedding import Level

FINEST = SECOND // 15  # between two pictures that are looked at, at the least
CALM = SECOND // 8  # while nothing changes
SHORT = 200 * MILLISECOND  # when the machine is short, whatever happens
MOST = SECOND // FINEST  # pictures of a second
EARLY = FINEST // 3  # a picture may come before its time: no camera is as regular as a clock
LONG_AGO = -3_600 * SECOND


class Rate:
    """Picks the pictures that may be worth a look: no more than that many a second."""

    def __init__(self) -> None:
        self._every = FINEST
        self._due = LONG_AGO  # ns at which the next one should come

    def ease(self, level: Level) -> None:
        """Fewer of them, when the machine is that short."""
        self._every = SHORT if level >= Level.PICTURES else FINEST
        self._due = LONG_AGO

    def picks(self, t: int) -> bool:
        """Is the picture at t ns one of them?"""
        ahead = self._due - t
        if EARLY < ahead <= 2 * self._every:
            return False
        if not -self._every <= ahead <= EARLY:  # after a gap, or time was put back
            self._due = t
        self._due += self._every
        return True


def is_due(t: int, told: int) -> bool:
    """Must a picture at t be told even of a face at rest, if the last one was told at `told`?"""
    return t // CALM != told // CALM
