"""Which pictures are looked at: chosen in event time, so that replay chooses alike."""

from attunement.engine.clock import MILLISECOND, SECOND

STEP = 100 * MILLISECOND  # 10 pictures per second: a blink of 100 to 300 ms is on one at least
PER_SECOND = SECOND // STEP


class Rate:
    """Picks the first picture of each step."""

    def __init__(self) -> None:
        self._step = -1

    def picks(self, t: int) -> bool:
        step = t // STEP
        if step == self._step:
            return False
        self._step = step
        return True
