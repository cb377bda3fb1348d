"""
How much of each second's media came, and what follows for whatever was measured from it.

One place for all stages: a stage tells how good its evidence is, and never counts what is missing.
Sound covers the samples that came. A picture stands for the time up to the next, but not for
longer than a slow camera takes: 4 pictures per second or more cover all of it.
"""

from collections import deque
from collections.abc import Iterable, Mapping
from itertools import islice
from statistics import fmean

from attunement.engine.clock import MILLISECOND, SECOND
from attunement.engine.frame import AudioFrame, Frame, VideoFrame
from attunement.engine.signal import Measured, Missing, Reading, Why

SEAM = 5 * MILLISECOND  # by which frames without a hole between them may seem apart
REACH = 250 * MILLISECOND  # for which a picture stands at most, until the next
LONGEST = 300  # seconds of the longest window of a signal
HALF = 0.5  # share of a second's media, below which nothing is measured in it

# What a stage says of the media that came. Where too little did, it cannot know.
OF_THE_MEDIA = frozenset({Why.WARMING, Why.SILENCE, Why.NO_FACE, Why.NO_MEDIA, Why.OVERLAP})

Lane = tuple[str, type]
Asked = tuple[tuple[str, ...], frozenset[type], int]


class Covered:
    """The covered time of one lane in the open second. Spans come in order of their end."""

    def __init__(self, second: int, seam: int) -> None:
        """Spans no further apart than `seam`, in ns, have nothing missing between them."""
        self._begin = second * SECOND
        self._seam = seam
        self._reached = self._begin  # ns up to which all was counted
        self._ns = 0
        self._over = 0  # ns up to which the last span reaches into seconds to come

    def add(self, begin: int, end: int) -> None:
        limit = self._begin + SECOND
        begin = self._reached if begin - self._reached <= self._seam else begin
        self._ns += max(0, min(end, limit) - begin)
        self._reached = max(self._reached, min(end, limit))
        self._over = max(self._over, end)

    def close(self) -> float:
        """The share of the second that is covered, 0 to 1; what reaches over it is the next's."""
        rest = self._begin + SECOND - self._reached
        share = (self._ns + (rest if rest <= self._seam else 0)) / SECOND
        self._begin += SECOND
        self._reached, self._ns = self._begin, 0
        self.add(self._begin, max(self._over, self._begin))
        return share


class Coverage:
    """Of one session, second by second. Feed it the frames that are measured, then close()."""

    def __init__(self, second: int) -> None:
        self._second = second
        self._lanes: dict[Lane, Covered] = {}
        self._began: dict[Lane, int] = {}  # second in which anything came first
        self._closed: deque[Mapping[Lane, float]] = deque(maxlen=LONGEST)
        self._least: dict[tuple[Lane, ...], deque[float]] = {}  # of these lanes, by second
        self._told: dict[Asked, float] = {}  # since the last second closed

    def note(self, frame: Frame) -> None:
        if isinstance(frame, AudioFrame):
            end = frame.t + frame.samples.size * SECOND // frame.rate
            self._lane(frame, SEAM).add(frame.t, end)
        elif isinstance(frame, VideoFrame):
            self._lane(frame, 0).add(frame.t, frame.t + REACH)

    def close(self) -> None:
        """The second is over."""
        self._second += 1
        came = {lane: covered.close() for lane, covered in self._lanes.items()}
        self._closed.append(came)
        for lanes, least in self._least.items():
            least.append(_least(lanes, came))
        self._told.clear()

    def share(self, people: tuple[str, ...], media: frozenset[type], window: int) -> float:
        """
        What came of the last `window` closed seconds, of whatever lane came least in each; 1 if
        there is no medium. Seconds before all of them had begun do not count.
        """
        asked = people, media, window
        if asked not in self._told:
            lanes = tuple((who, kind) for who in people for kind in media)
            self._told[asked] = self._share(lanes, window) if lanes else 1.0
        return self._told[asked]

    def _share(self, lanes: tuple[Lane, ...], window: int) -> float:
        if not all(lane in self._began for lane in lanes):
            return 0.0
        if lanes not in self._least:
            self._least[lanes] = deque((_least(lanes, came) for came in self._closed), LONGEST)
        most = self._second - max(self._began[lane] for lane in lanes)
        return fmean(list(islice(reversed(self._least[lanes]), min(window, most))))

    def _lane(self, frame: Frame, seam: int) -> Covered:
        lane = frame.participant, type(frame)
        if lane not in self._lanes:
            self._lanes[lane] = Covered(self._second, seam)
            self._began[lane] = self._second
        return self._lanes[lane]


def _least(lanes: Iterable[Lane], came: Mapping[Lane, float]) -> float:
    return min(came.get(lane, 0.0) for lane in lanes)


def weighed(reading: Reading, now: float, window: float) -> Reading:
    """
    The reading as far as the media that it was made from allow: `now` is the share of this second
    that came, `window` that of the signal's whole window.
    """
    if now < HALF:
        why = Why.LOW_QUALITY if now > 0 else Why.NO_MEDIA
        told = isinstance(reading, Missing) and reading.why not in OF_THE_MEDIA
        return reading if told else Missing(why)
    if isinstance(reading, Measured) and window < 1:
        return Measured(reading.value, reading.quality * window, reading.n)
    return reading
