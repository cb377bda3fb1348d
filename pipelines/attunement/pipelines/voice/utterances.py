"""
One person's speech as stretches between pauses, with edges as near to the truth as 32 ms allow.

A pure core: activity in, begins and ends out, never revised. An utterance begins where the
probability of speech rises over ON and ends where it falls under OFF for as long as the pause asks;
the moment is interpolated between the two steps, and moved by the bias that the net was measured to
have at this edge of real speech (tests/pipelines/voice/test_real_edges.py).
"""

from dataclasses import dataclass
from enum import IntEnum

from attunement.engine.clock import MILLISECOND
from attunement.pipelines.derived import Activity

ON = 0.5
OFF = 0.35
SHORTEST = 96 * MILLISECOND  # of speech; less is a click
ONSET_BIAS = 20 * MILLISECOND  # how much too late a begin is seen
OFFSET_BIAS = 80 * MILLISECOND  # how much too late an end is seen: as real speech has it
MARGIN = 150 * MILLISECOND  # how far back an edge may be put
SEAM = 10 * MILLISECOND


class Edge(IntEnum):
    """What happened. The order is that of edges at the same moment."""

    LOST = 0  # a hole begins
    ENDS = 1
    HEARD = 2  # sound comes, from now on
    BEGINS = 3


@dataclass(frozen=True, slots=True, order=True)
class Event:
    t: int  # ns
    edge: Edge


class Utterances:
    def __init__(self, pause: int) -> None:
        """pause: ns of silence that end an utterance."""
        self._pause = pause
        self._events: list[Event] = []
        self._now = -1  # ns up to which sound was heard without a hole; -1: nothing is heard
        self._speaking = False
        self._edge = -1  # ns where the state may have changed; -1: no such moment
        self._raw = 0  # ns of the step in which it was seen
        self._last = 0.0  # probability of the step before
        self.known = 0  # ns: every event before this has been given out

    def push(self, activity: Activity) -> None:
        if self._now >= 0 and abs(activity.t - self._now) > SEAM:
            self.lose(activity.t)
        if self._now < 0:
            # Where time jumps back, not before the hole: whoever is told of it last believes it.
            self._events.append(Event(self._after_what_is_known(activity.t), Edge.HEARD))
            self._last = 0.0
        self._now = activity.t
        for speech in activity.speech.tolist():
            self._step(speech, activity.hop)
            self._now += activity.hop
            self._last = speech
        self._settle()

    def lose(self, until: int) -> None:
        """Nothing is heard from where the sound stopped until `until`, in ns."""
        if self._now >= 0:
            if self._speaking:
                self._end(self._edge if self._edge >= 0 else self._now)
            self._events.append(Event(self._now, Edge.LOST))
        self._now = self._edge = -1
        self._speaking = False
        self.known = max(self.known, until)

    def take(self) -> list[Event]:
        """What has happened since the last time, in order."""
        events, self._events = self._events, []
        return events

    @property
    def now(self) -> int:
        return self._now

    def _step(self, speech: float, hop: int) -> None:
        if not self._speaking:
            if self._edge < 0 and speech >= ON:
                self._raw = self._now
                self._edge = self._crossing(speech, ON, hop) - ONSET_BIAS
            elif self._edge >= 0 and speech < OFF:
                self._edge = -1
            if self._edge >= 0 and self._now + hop - self._raw >= SHORTEST:
                self._events.append(Event(self._after_what_is_known(self._edge), Edge.BEGINS))
                self._speaking, self._edge = True, -1
        elif self._edge < 0 and speech < OFF:
            self._raw = self._now
            self._edge = self._crossing(speech, OFF, hop) - OFFSET_BIAS
        elif self._edge >= 0 and speech >= ON:
            self._edge = -1
        elif self._edge >= 0 and self._now + hop - ONSET_BIAS - self._edge >= self._pause:
            self._end(self._edge)
            self._speaking, self._edge = False, -1

    def _end(self, t: int) -> None:
        self._events.append(Event(self._after_what_is_known(t), Edge.ENDS))

    def _after_what_is_known(self, t: int) -> int:
        last = self._events[-1].t if self._events else 0
        return max(t, self.known, last)

    def _crossing(self, speech: float, level: float, hop: int) -> int:
        """Where the line between the centres of the last two steps crosses the level."""
        before = self._last
        share = (level - before) / (speech - before) if speech != before else 1.0
        return self._now - hop // 2 + round(min(1.0, max(0.0, share)) * hop)

    def _settle(self) -> None:
        now = self._now if self._edge < 0 else min(self._edge, self._now)
        self.known = max(self.known, now - MARGIN if self._edge < 0 else now)
