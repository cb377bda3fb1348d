"""How often something happened of late, counted with hysteresis so that a tremor is one event."""

from collections import deque
from statistics import fmean

from attunement.engine.clock import SECOND
from attunement.engine.signal import Measured, Missing, Reading, Why
from attunement.pipelines.face.seen import Seen

GAP = SECOND // 2  # pictures further apart than this say nothing of the time between them
LEAST = 3.5  # s seen, before which a rate is a guess
MOST = 4_096  # pictures and events that are remembered


class Episodes:
    """
    Counts the rises of a value above `on` that sink below `off` again, by the time they ended.

    An episode shorter than `shortest` or longer than `longest`, or one that the pictures do not
    show whole, is not counted. Only time in which the value was seen counts as time.
    """

    def __init__(self, window: int, on: float, off: float, shortest: int, longest: int) -> None:
        """Times in ns."""
        self._window, self._on, self._off = window, on, off
        self._shortest, self._longest = shortest, longest
        self._steps: deque[tuple[int, int]] = deque(maxlen=MOST)  # t, ns seen before it
        self._ended: deque[int] = deque(maxlen=MOST)
        self._began: int | None = None
        self._before: int | None = None

    def add(self, t: int, value: float) -> bool:
        """t ns. Has one ended with this value?"""
        counted = False
        if self._before is None or t - self._before > GAP:
            self._began = None
        else:
            self._steps.append((t, t - self._before))
        self._before = t
        if self._began is None:
            self._began = t if value >= self._on else None
        elif value < self._off:
            counted = self._shortest <= t - self._began <= self._longest
            if counted:
                self._ended.append(t)
            self._began = None
        while self._steps and self._steps[0][0] <= t - self._window:
            self._steps.popleft()
        while self._ended and self._ended[0] <= t - self._window:
            self._ended.popleft()
        return counted

    @property
    def began(self) -> int | None:
        """When the one that goes on began, ns; None: none does."""
        return self._began

    @property
    def seen(self) -> float:
        """Seconds of the window in which the value was seen."""
        return sum(step for _, step in self._steps) / SECOND

    @property
    def count(self) -> int:
        return len(self._ended)

    def per_minute(self) -> float:
        return 60 * self.count / self.seen if self.seen else 0.0

    def rate(self, seen: Seen, fastest: float) -> Reading:
        """Per minute. Quality: share of the window that was seen x how clear the face is."""
        why = seen.why_no_face() or (Why.WARMING if self.seen < LEAST else None)
        if why:
            return Missing(why)
        clearness = fmean(face.quality for face in seen.good)
        share = min(1.0, self.seen * SECOND / self._window)
        return Measured(min(fastest, self.per_minute()), share * clearness, self.count)
