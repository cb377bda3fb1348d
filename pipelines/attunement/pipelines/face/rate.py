"""Which pictures are looked at: chosen in event time, so that replay chooses alike."""

from attunement.engine.clock import MILLISECOND, SECOND
from attunement.engine.shedding import Level

STEP = 100 * MILLISECOND  # 10 pictures per second: a blink of 100 to 300 ms is on one at least
PER_SECOND = SECOND // STEP


class Rate:
    """Picks the first picture of each step."""

    def __init__(self) -> None:
        self._every = STEP
        self._step = -1

    def ease(self, level: Level) -> None:
        """Half of them, when the machine is that short."""
        self._every = 2 * STEP if level >= Level.PICTURES else STEP
        self._step = -1

    def picks(self, t: int) -> bool:
        step = t // self._every
        if step == self._step:
            return False
        self._step = step
        return True
