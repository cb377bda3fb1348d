"""
How much the head moves: motion energy in the box around it.

Each picture is compared with the one before, a tenth of a second ago, as means of small blocks, in
which a camera's noise stays below the threshold. Quality: share of the pictures that
could be compared x how clear the face is.
"""

import math
from collections import deque
from collections.abc import Sequence
from statistics import fmean

import numpy as np
from numpy.typing import NDArray

from attunement.engine.clock import MILLISECOND
from attunement.engine.frame import Frame, VideoFrame
from attunement.engine.signal import (
    Card,
    Context,
    Group,
    Measured,
    Missing,
    Reading,
    Readings,
    Spec,
    Stage,
    StageSpec,
    Why,
)
from attunement.kernels import motion
from attunement.pipelines.derived import Face
from attunement.pipelines.face import view
from attunement.pipelines.face.rate import PER_SECOND, Rate
from attunement.pipelines.face.seen import LEAST, Seen

COLUMNS = 160  # about as many blocks across
THRESHOLD = 8.0  # grey levels of a block's mean
APART = 250 * MILLISECOND  # pictures further apart are not compared
WAITING = 2 * PER_SECOND  # pictures that may wait for what was seen in them
HAIR, SIDE = 0.45, 0.15  # of the face's height and width, that belong to the head beyond the face

Grey = NDArray[np.float32]


class HeadMotion(Stage[VideoFrame | Face]):
    def __init__(self) -> None:
        self._rate = Rate()
        self._seen = Seen()
        self._waiting: deque[tuple[int, Grey]] = deque(maxlen=WAITING)
        self._before: tuple[int, Grey] | None = None
        self._shares: list[float] = []

    def push(self, frame: VideoFrame | Face, /) -> Sequence[Frame]:
        if isinstance(frame, Face):
            self._compare(frame)
        elif self._rate.picks(frame.t):
            block = max(1, round(frame.image.shape[1] / COLUMNS))
            self._waiting.append((frame.t, motion.grey(frame.image, block)))
        return ()

    def measure(self) -> Readings:
        reading = self._reading()
        self._seen.clear()
        self._shares.clear()
        return {"body.motion_head": reading}

    def _compare(self, face: Face) -> None:
        self._seen.add(face)
        while self._waiting and self._waiting[0][0] < face.t:
            self._waiting.popleft()
        if not self._waiting or self._waiting[0][0] != face.t:
            return
        now, before = self._waiting.popleft(), self._before
        self._before = now
        if before is None or face.points is None:
            return
        if now[0] - before[0] > APART or now[1].shape != before[1].shape:
            return
        share = motion.changed(before[1], now[1], *_head(face.points, now[1]), THRESHOLD)
        if math.isfinite(share):
            self._shares.append(share)

    def _reading(self) -> Reading:
        why = self._seen.why_no_face()
        if why is None and len(self._shares) < LEAST - 1:
            why = Why.WARMING
        if why:
            return Missing(why)
        clearness = fmean(face.quality for face in self._seen.good)
        share = min(1.0, len(self._shares) / self._seen.pictures)
        return Measured(fmean(self._shares), share * clearness, len(self._shares))


def _head(points: NDArray[np.float32], grey: Grey) -> tuple[int, int, int, int]:
    """Top, bottom, left, right of the head, in blocks."""
    left, top, right, bottom = view.box(points)
    height, width = bottom - top, right - left
    rows, columns = grey.shape
    return (
        math.floor((top - HAIR * height) * rows),
        math.ceil(bottom * rows),
        math.floor((left - SIDE * width) * columns),
        math.ceil((right + SIDE * width) * columns),
    )


def _make(context: Context) -> Stage[VideoFrame | Face]:
    return HeadMotion()


STAGE = StageSpec(
    name="motion",
    group=Group.BODY,
    takes=(VideoFrame, Face),
    make=_make,
    signals=(
        Spec(
            "body.motion_head",
            "head movement",
            "1",
            0.0,
            1.0,
            Card(
                "The share of the picture around the head that changed from one tenth of a second "
                "to the next.",
                "Mean over up to ten pairs of pictures of one second, three at least.",
                "Motion energy analysis (Ramseyer & Tschacher 2011), over the area of the head.",
                "Speaking moves the face, too. A lamp that is switched, a moving background or a "
                "shaking camera counts as movement.",
            ),
        ),
    ),
)
