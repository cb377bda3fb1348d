"""
How long it takes until the other speaks: the last change of the floor, and the usual one.

Quality of the last: 1 within 10 s after it, then falling with its age to 0.1; of the median: number
of changes, 10 being plenty. Raw: the delay of the line is still in it. After a hole that may hide
a newer change the last is not told until there is another.
"""

import statistics
from collections import deque
from collections.abc import Sequence

from attunement.engine.clock import MILLISECOND, SECOND
from attunement.engine.frame import Frame
from attunement.engine.signal import (
    Card,
    Context,
    Group,
    Measured,
    Missing,
    Readings,
    Scope,
    Spec,
    Stage,
    StageSpec,
    Why,
)
from attunement.pipelines.together.turns import LONGEST_GAP, LONGEST_OVERLAP, Span, Transfer
from attunement.pipelines.together.window import Window

WINDOW = 300 * SECOND
LEAST = 3  # changes, for a median
PLENTY = 10
FRESH = 10 * SECOND


class FloorTransfer(Stage[Span | Transfer]):
    def __init__(self) -> None:
        self._window = Window(WINDOW)
        self._transfers: deque[Transfer] = deque()
        self._hidden = False  # may a newer one have been in a hole?
        self._now = 0

    def push(self, frame: Span | Transfer, /) -> Sequence[Frame]:
        if isinstance(frame, Transfer):
            self._transfers.append(frame)
            self._hidden = False
        else:
            self._window.add(frame)
            self._now = frame.end
            self._hidden = self._hidden or not frame.sure
        return ()

    def measure(self) -> Readings:
        while self._transfers and self._transfers[0].t < self._window.begin:
            self._transfers.popleft()
        n = len(self._transfers)
        why, _ = self._window.close()
        if why is Why.NO_MEDIA or not n:
            return {spec.name: Missing(why or Why.WARMING) for spec in STAGE.signals}
        last = self._transfers[-1]
        age = max(FRESH, self._now - last.t)
        offsets = [transfer.offset / MILLISECOND for transfer in self._transfers]
        return {
            "dyad.floor_transfer_ms": Missing(Why.LOW_QUALITY)
            if self._hidden
            else Measured(offsets[-1], max(0.1, FRESH / age), 1),
            "dyad.floor_transfer_median_ms": Measured(
                statistics.median(offsets), min(1.0, n / PLENTY), n
            )
            if n >= LEAST
            else Missing(Why.WARMING),
        }


def _make(context: Context) -> Stage[Span | Transfer]:
    return FloorTransfer()


_LOW, _HIGH = -LONGEST_OVERLAP / MILLISECOND, LONGEST_GAP / MILLISECOND
_SOURCE = "Gaps and overlaps after Heldner & Edlund (2010), on voice activity of both sounds."
_CAUTION = (
    "A call adds its own delay: the same two people leave longer gaps here than in a room. A quick "
    "answer is not rapport, nor a slow one resistance."
)

STAGE = StageSpec(
    name="floor",
    group=Group.TOGETHER,
    takes=(Span, Transfer),
    make=_make,
    scope=Scope.SESSION,
    signals=(
        Spec(
            "dyad.floor_transfer_ms",
            "last change of speaker",
            "ms",
            _LOW,
            _HIGH,
            Card(
                measures="The time from the end of one person's speech to the begin of the "
                "other's, at the last change; negative where they overlapped.",
                evidence="The last change of speaker of the last 5 minutes, unless a hole in "
                "either sound may hide a later one.",
                source=_SOURCE,
                caution=_CAUTION,
            ),
            window=FRESH // SECOND,
        ),
        Spec(
            "dyad.floor_transfer_median_ms",
            "usual change of speaker",
            "ms",
            _LOW,
            _HIGH,
            Card(
                measures="The median time between one person's speech and the other's; negative "
                "where they mostly overlap.",
                evidence="All changes of speaker in the last 5 minutes, at least 3.",
                source=_SOURCE,
                caution=_CAUTION,
            ),
            window=WINDOW // SECOND,
        ),
    ),
)
