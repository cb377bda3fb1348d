"""What came out of a receiver, and when: how many pictures, how old, after what gaps; and sound."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import av
import numpy as np

from tests.support import cells

RATE = 16_000  # Hz, of the sound that we count
CLOCK = 48_000  # Hz, of RTP stamps of sound


@dataclass(slots=True)
class Seen:
    """Times are of time.monotonic(), s."""

    pictures: list[float] = field(default_factory=list)
    ages: list[tuple[float, float]] = field(default_factory=list)  # when, and ms since drawn
    sounds: list[tuple[float, float]] = field(default_factory=list)  # when, and s of it
    lags: list[tuple[float, float]] = field(default_factory=list)  # when, and ms behind its stamp

    def picture(self, frame: av.VideoFrame) -> None:
        now = time.monotonic()
        self.pictures.append(now)
        drawn = cells.read(frame)
        if drawn is not None:
            self.ages.append((now, cells.age(drawn, time.time() * 1_000)))

    def sound(self, seconds: float, stamp: int) -> None:
        """`stamp`: on the RTP clock."""
        now = time.monotonic()
        self.sounds.append((now, seconds))
        self.lags.append((now, (now - stamp / CLOCK) * 1_000))

    def seen_within(self, begin: float, end: float) -> int:
        return sum(begin <= at < end for at in self.pictures)

    def heard_within(self, begin: float, end: float) -> float:
        """s of sound."""
        return sum(s for at, s in self.sounds if begin <= at < end)

    def gap(self, begin: float, end: float) -> float:
        """ms, the longest without a picture."""
        return _gap(self.pictures, begin, end)

    def sound_gap(self, begin: float, end: float) -> float:
        """ms, the longest without sound."""
        return _gap([at for at, _ in self.sounds], begin, end)

    def age(self, begin: float, end: float, percent: float = 50) -> float:
        """ms from being drawn to being seen; NaN where nothing was seen."""
        return _percentile(self.ages, begin, end, percent)

    def lag(self, begin: float, end: float, percent: float = 50) -> float:
        """ms of sound behind its stamps, from an unknown zero: for comparing two spans."""
        return _percentile(self.lags, begin, end, percent)

    def first_after(self, begin: float) -> float:
        """s until the next picture; infinity where none came."""
        return min((at - begin for at in self.pictures if at >= begin), default=float("inf"))


def _gap(times: list[float], begin: float, end: float) -> float:
    within = [begin, *(at for at in times if begin <= at < end), end]
    return max(b - a for a, b in pairwise(within)) * 1_000


def _percentile(values: list[tuple[float, float]], begin: float, end: float, p: float) -> float:
    within = [value for at, value in values if begin <= at < end]
    return float(np.percentile(within, p)) if within else float("nan")


def tap(sink: Any) -> Seen:
    """What reaches a sink of the gateway, which takes it as before."""
    seen = Seen()

    def first(tell: Callable[..., None], then: Callable[..., None]) -> Callable[..., None]:
        def both(what: Any, rtp: int, arrival: int) -> None:
            tell(what, rtp)
            then(what, rtp, arrival)

        return both

    sink.picture = first(lambda frame, _: seen.picture(frame), sink.picture)
    sink.sound = first(lambda x, rtp: seen.sound(x.size / RATE, rtp), sink.sound)
    return seen
