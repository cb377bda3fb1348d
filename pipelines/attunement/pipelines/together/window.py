"""The spans of the last minutes, and how much of them both people were heard in."""

from collections import deque
from collections.abc import Mapping

from attunement.engine.clock import SECOND
from attunement.engine.signal import Why
from attunement.pipelines.together.turns import Span

LEAST = 5 * SECOND  # of sound from both

Kind = tuple[tuple[bool, ...], bool]  # of a span: who speaks; is it known whose the floor is?


class Window:
    """Remembers spans for `length` ns before the newest one's end."""

    def __init__(self, length: int) -> None:
        self.length = length
        self.breaks = 0  # how often one of them was not heard for a while
        self._spans: deque[Span] = deque()
        self._times: dict[Kind, int] = {}  # ns of the spans in which both were heard
        self._fresh = False  # did the last second bring sound from both?

    def add(self, span: Span) -> None:
        both = all(span.heard)
        self.breaks += bool(self._spans) and all(self._spans[-1].heard) and not both
        self._spans.append(span)
        self._count(span, span.ns)
        self._fresh = self._fresh or both
        while self._spans[0].end <= self.begin:
            gone = self._spans.popleft()
            self._count(gone, -gone.ns)
            self.breaks -= all(gone.heard) and not all(self._spans[0].heard)

    @property
    def begin(self) -> int:
        return self._spans[-1].end - self.length if self._spans else 0

    @property
    def passed(self) -> int:
        """ns of the window that there have been yet."""
        return min(self.length, self._spans[-1].end - self._spans[0].t) if self._spans else 0

    def heard(self) -> Mapping[Kind, int]:
        """ns inside the window in which both were heard, by the kind of span."""
        times = dict(self._times)
        if self._spans and all(self._spans[0].heard):
            first = self._spans[0]
            times[first.speaking, first.sure] -= max(0, self.begin - first.t)
        return times

    def close(self) -> tuple[Why | None, int]:
        """The second is over: why nothing can be said, and the ns that both were heard."""
        fresh, self._fresh = self._fresh, False
        both = sum(self.heard().values())
        if not fresh:
            return Why.NO_MEDIA, both
        return (Why.WARMING if both < LEAST else None), both

    def _count(self, span: Span, ns: int) -> None:
        if all(span.heard):
            kind = span.speaking, span.sure
            self._times[kind] = self._times.get(kind, 0) + ns
