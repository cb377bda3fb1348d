"""
How much head and upper body move: motion energy in the box around each.

Each picture is compared with one before it, as means of small blocks, and told as if that had been
a tenth of a second ago: how many pictures a second there are is neither the person nor the body.
What changes all of the picture alike is light; what all of it shows alike is the camera's noise.
Quality: share of the pictures that could be compared x how clear the face is, by which it is known
where the boxes are, x how much of the body is in the picture.
"""

import math
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import fmean

import numpy as np
from numpy.typing import NDArray

from attunement.engine.clock import MILLISECOND
from attunement.engine.frame import Frame, VideoFrame
from attunement.engine.shedding import Level
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
from attunement.pipelines.face.rate import MOST, Rate
from attunement.pipelines.face.seen import LEAST, Seen

COLUMNS = 160  # about as many blocks across
THRESHOLD = 8.0  # grey levels of a block's mean, where the camera is quiet
NOISE = 5.0  # of its standard deviations that a block of a noisy camera must change by
TENTH = 100 * MILLISECOND
NEAR, APART = 60 * MILLISECOND, 250 * MILLISECOND  # pictures nearer or further are not compared
WAITING = 2 * MOST  # pictures that may wait for what was seen in them
HAIR, SIDE = 0.45, 0.15  # of the face's height and width, that belong to the head beyond the face
TRUNK, ARMS = 1.2, 1.0  # likewise of the upper body: down from the chin, and to either side
SHOWN = 0.2  # of the upper body's box that has to be in the picture

Grey = NDArray[np.float32]
Box = tuple[int, int, int, int]  # top, bottom, left, right, in blocks; the ends not in it


@dataclass(slots=True)
class Part:
    """What a part of the body did in one second."""

    changed: list[float] = field(default_factory=list)  # share, pair by pair
    shown: list[float] = field(default_factory=list)  # share of the part that was in the picture

    def clear(self) -> None:
        self.changed.clear()
        self.shown.clear()


class Motion(Stage[VideoFrame | Face]):
    def __init__(self) -> None:
        self._rate = Rate()
        self._seen = Seen()
        self._waiting: deque[tuple[int, Grey]] = deque(maxlen=WAITING)
        self._before: tuple[int, Grey] | None = None
        self._head, self._upper = Part(), Part()

    def push(self, frame: VideoFrame | Face, /) -> Sequence[Frame]:
        if isinstance(frame, Face):
            self._look(frame)
        elif self._rate.picks(frame.t):
            block = max(1, round(frame.image.shape[1] / COLUMNS))
            self._waiting.append((frame.t, motion.grey(frame.image, block)))
        return ()

    def ease(self, level: Level, /) -> None:
        self._rate.ease(level)

    def measure(self) -> Readings:
        readings = {
            "body.motion_head": self._reading(self._head, 0.0),
            "body.motion_upper": self._reading(self._upper, SHOWN),
        }
        self._seen.clear()
        self._head.clear()
        self._upper.clear()
        return readings

    def _look(self, face: Face) -> None:
        self._seen.add(face)
        while self._waiting and self._waiting[0][0] < face.t:
            self._waiting.popleft()
        if not self._waiting or self._waiting[0][0] != face.t:
            return
        now, before = self._waiting.popleft(), self._before
        apart = APART + 1 if before is None else now[0] - before[0]
        if apart < NEAR:
            return
        self._before = now
        if before is None or face.points is None or apart > APART:
            return
        if now[1].shape == before[1].shape and now[1].size:
            self._compare(before[1], now[1], apart, view.box(face.points))

    def _compare(self, before: Grey, now: Grey, apart: int, face: view.Box) -> None:
        gain, offset, noise = motion.light(before, now, THRESHOLD)
        threshold = max(THRESHOLD, NOISE * noise)
        for part, box in ((self._head, _head(face, now)), (self._upper, _upper(face, now))):
            changed = motion.changed(before, now, *box, threshold, gain, offset)
            part.shown.append(_shown(box, now))
            if math.isfinite(changed):
                part.changed.append(min(1.0, changed * TENTH / apart))

    def _reading(self, part: Part, least: float) -> Reading:
        why = self._seen.why_no_face()
        if why is None and len(part.shown) < LEAST - 1:
            why = Why.WARMING
        shown = fmean(part.shown) if part.shown else 0.0
        if why is None and (shown < least or len(part.changed) < LEAST - 1):
            why = Why.LOW_QUALITY  # it is outside of the picture
        if why:
            return Missing(why)
        clearness = fmean(face.quality for face in self._seen.good)
        share = min(1.0, len(part.changed) / self._seen.pictures)
        whole = shown if least else 1.0
        return Measured(fmean(part.changed), share * clearness * whole, len(part.changed))


def _head(face: view.Box, grey: Grey) -> Box:
    left, top, right, bottom = face
    height, width = bottom - top, right - left
    return _blocks(left - SIDE * width, top - HAIR * height, right + SIDE * width, bottom, grey)


def _upper(face: view.Box, grey: Grey) -> Box:
    left, top, right, bottom = face
    height, width = bottom - top, right - left
    down = bottom + TRUNK * height
    return _blocks(left - ARMS * width, bottom, right + ARMS * width, down, grey)


def _blocks(left: float, top: float, right: float, bottom: float, grey: Grey) -> Box:
    rows, columns = grey.shape
    return (
        math.floor(top * rows),
        math.ceil(bottom * rows),
        math.floor(left * columns),
        math.ceil(right * columns),
    )


def _shown(box: Box, grey: Grey) -> float:
    """Share of the box that is in the picture."""
    top, bottom, left, right = box
    inside_rows = max(0, min(bottom, grey.shape[0]) - max(top, 0))
    inside_columns = max(0, min(right, grey.shape[1]) - max(left, 0))
    return float(inside_rows * inside_columns) / max(1, (bottom - top) * (right - left))


def _make(context: Context) -> Stage[VideoFrame | Face]:
    return Motion()


_EVIDENCE = "Mean over up to fifteen pairs of pictures of one second, three at least."
_SOURCE = (
    "Motion energy analysis (Ramseyer & Tschacher 2011), over the part's area; changes of light "
    "and a camera's noise are taken out."
)
_CAUTION = "A moving background or a shaking camera counts as movement."

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
                _EVIDENCE,
                _SOURCE,
                f"Speaking moves the face, too. {_CAUTION}",
            ),
        ),
        Spec(
            "body.motion_upper",
            "body movement",
            "1",
            0.0,
            1.0,
            Card(
                "The share of the picture below the chin, as wide as three faces, that changed "
                "from one tenth of a second to the next.",
                f"{_EVIDENCE} A fifth of that area has to be in the picture.",
                _SOURCE,
                f"Hands that stay out of the picture are not seen. {_CAUTION}",
            ),
        ),
    ),
)
