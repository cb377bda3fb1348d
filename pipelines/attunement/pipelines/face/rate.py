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


class Rate:
    """Picks the first picture of each step: those that may be worth a look."""

    def __init__(self) -> None:
        self._every = FINEST
        self._step = -1

    def ease(self, level: Level) -> None:
        """Fewer of them, when the machine is that short."""
        self._every = SHORT if level >= Level.PICTURES else FINEST
        self._step = -1

    def picks(self, t: int) -> bool:
        step = t // self._every
        if step == self._step:
            return False
        self._step = step
        return True


def is_due(t: int, told: int) -> bool:
    """Must a picture at t be told even of a face at rest, if the last one was told at `told`?"""
    return t // CALM != told // CALM
