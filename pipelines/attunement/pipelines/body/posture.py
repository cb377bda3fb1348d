"""
How often the person sits down anew: the face has moved to another place, or closer, and stays.

Where the face is and how large is taken as the median of two seconds, and compared with that of the
two seconds before the last: nods, shakes and gestures come back and do not count, and a slow drift
does not either. Quality: seconds seen of the two minutes x how clear the face is.
"""

from collections import deque
from collections.abc import Sequence
from statistics import fmean

import numpy as np
from numpy.typing import NDArray

from attunement.engine.frame import Frame
from attunement.engine.signal import (
    Card,
    Context,
    Group,
    Measured,
    Missing,
    Readings,
    Spec,
    Stage,
    StageSpec,
    Why,
)
from attunement.pipelines.derived import Face
from attunement.pipelines.face import view
from attunement.pipelines.face.seen import CLEAR, LEAST, Seen

SETTLED = 2  # s that a place is taken over
BETWEEN = 1  # s that a shift may take
SPAN = 2 * SETTLED + BETWEEN  # s
MOVED = 0.35  # of a face's size, from one place to the next
CLOSER = 1.15  # ratio of heights
STILL = 0.1  # of a face's size that it moves about within a place, at most
WINDOW = 120  # s
ENOUGH = 30  # s seen, before which a rate is a guess
OFTEN = 30.0  # per minute
NAME = "body.posture_shift_rate"

Place = NDArray[np.float64]  # (4,): x, y of the face's middle, its width, its height


class Posture(Stage[Face]):
    def __init__(self) -> None:
        self._seen = Seen()
        self._now: list[Place] = []
        self._places: deque[tuple[Place, float] | None] = deque(maxlen=SPAN)  # by second
        self._whole: deque[bool] = deque(maxlen=WINDOW)  # was the second seen?
        self._shifts: deque[int] = deque(maxlen=WINDOW)  # seconds in which one was found
        self._second = 0

    def push(self, face: Face, /) -> Sequence[Frame]:
        self._seen.add(face)
        if face.points is not None and face.quality >= CLEAR:
            self._now.append(place(face.points))
        return ()

    def measure(self) -> Readings:
        self._second += 1
        known = len(self._now) >= LEAST
        self._places.append(_settled(self._now) if known else None)
        self._whole.append(known)
        self._now.clear()
        if self._shifted():
            self._shifts.append(self._second)
            self._places.clear()  # one shift is one, however long it is looked back upon
        while self._shifts and self._shifts[0] <= self._second - WINDOW:
            self._shifts.popleft()
        reading = self._reading()
        self._seen.clear()
        return {NAME: reading}

    def _shifted(self) -> bool:
        places = list(self._places)
        if len(places) < SPAN:
            return False
        first, last = places[:SETTLED], places[-SETTLED:]
        at, then = _together(first), _together(last)
        if at is None or then is None:
            return False
        moved = float(np.hypot(*((then[:2] - at[:2]) / at[2:])))
        ratio = max(then[3] / at[3], at[3] / then[3])
        return bool(moved >= MOVED or ratio >= CLOSER)

    def _reading(self) -> Measured | Missing:
        seen = sum(self._whole)
        why = self._seen.why_no_face() or (Why.WARMING if seen < ENOUGH else None)
        if why:
            return Missing(why)
        clearness = fmean(face.quality for face in self._seen.good)
        rate = min(OFTEN, 60 * len(self._shifts) / seen)
        return Measured(rate, seen / WINDOW * clearness, len(self._shifts))


def place(points: NDArray[np.float32]) -> Place:
    """points (n, 3). Middle and size of what they span, in parts of the picture."""
    left, top, right, bottom = view.box(points)
    size = max(right - left, 1e-6), max(bottom - top, 1e-6)
    return np.array([(left + right) / 2, (top + bottom) / 2, *size])


def _settled(places: list[Place]) -> tuple[Place, float]:
    """Median place of a second, and how far the face moved about it, in its own size."""
    held = np.array(places)
    middle = np.median(held, axis=0)
    about = np.abs(held[:, :2] - middle[:2]).mean(axis=0) / middle[2:]
    return middle, float(about.max())


def _together(seconds: list[tuple[Place, float] | None]) -> Place | None:
    """The place of seconds in all of which the face was settled."""
    known = [each for each in seconds if each is not None and each[1] <= STILL]
    if len(known) < len(seconds):
        return None
    return np.asarray(np.mean([middle for middle, _ in known], axis=0))


def _make(context: Context) -> Stage[Face]:
    return Posture()


STAGE = StageSpec(
    name="posture",
    group=Group.BODY,
    takes=(Face,),
    make=_make,
    signals=(
        Spec(
            NAME,
            "posture shifts",
            "/min",
            0.0,
            OFTEN,
            Card(
                "How many times per minute the head moved to another place, or nearer to or "
                "farther from the camera, and stayed there.",
                "Place and size of the face in the last two minutes in which it is clear; half a "
                "minute at least. A shift is told once two seconds have passed after it.",
                "Places held for 2 s that are 0.35 of the face's size apart, or 15 % in size.",
                "Someone who moves the camera or the screen shifts as well. What the body does "
                "below the picture is not seen.",
            ),
            window=0,
        ),
    ),
)
