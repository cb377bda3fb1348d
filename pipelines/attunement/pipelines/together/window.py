"""The spans of the last minutes, and how much of them both people were heard in."""

from collections import deque
from collections.abc import Iterator
from itertools import pairwise

from attunement.engine.clock import SECOND
from attunement.engine.signal import Why
from attunement.pipelines.together.turns import Span

LEAST = 5 * SECOND  # of sound from both


class Window:
    """Remembers spans for `length` ns before the newest one's end."""

    def __init__(self, length: int) -> None:
        self.length = length
        self._spans: deque[Span] = deque()
        self._fresh = False  # did the last second bring sound from both?

    def add(self, span: Span) -> None:
        self._spans.append(span)
        self._fresh = self._fresh or all(span.heard)
        while self._spans[0].end <= self.begin:
            self._spans.popleft()

    @property
    def begin(self) -> int:
        return self._spans[-1].end - self.length if self._spans else 0

    @property
    def passed(self) -> int:
        """ns of the window that there have been yet."""
        return min(self.length, self._spans[-1].end - self._spans[0].t) if self._spans else 0

    def heard(self) -> Iterator[tuple[Span, int]]:
        """Spans in which both were heard, oldest first, and the ns of each inside the window."""
        begin = self.begin
        for span in self._spans:
            if all(span.heard):
                yield span, span.end - max(span.t, begin)

    @property
    def breaks(self) -> int:
        """How often one of them was not heard for a while."""
        heard = [all(span.heard) for span in self._spans]
        return sum(before and not now for before, now in pairwise(heard))

    def close(self) -> tuple[Why | None, int]:
        """The second is over: why nothing can be said, and the ns that both were heard."""
        fresh, self._fresh = self._fresh, False
        both = sum(ns for _, ns in self.heard())
        if not fresh:
            return Why.NO_MEDIA, both
        return (Why.WARMING if both < LEAST else None), both
