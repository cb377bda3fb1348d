"""
How often one takes the floor while the other speaks, and the longest silence of both.

An interruption: somebody begins while the other has been speaking for at least a second, both go on
for at least 0.3 s, and the other stops first. Shorter overlaps are the ordinary end of a turn.
After a hole in either sound it takes BLIND, and until it is known whose the floor is, before an
interruption would be known for one.
Quality: how much of the five minutes there has been yet x share of what was heard that was not
blind; of the longest silence, how much of one.
"""

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
    Reading,
    Readings,
    Scope,
    Spec,
    Stage,
    StageSpec,
    Why,
)
from attunement.pipelines.together.turns import Span, Transfer
from attunement.pipelines.together.window import Window

WINDOW = 300 * SECOND
OVERLAP = 300 * MILLISECOND
HELD = 1 * SECOND
LEAST = 10 * SECOND  # of sound from both
BLIND = 2 * SECOND
SHARP = 0.75  # share of what was heard that must not be blind
ENOUGH = 60 * SECOND  # that must not be, where anything was: one that was missed counts for less


class Interruptions(Stage[Span | Transfer]):
    def __init__(self) -> None:
        self._window = Window(WINDOW)
        self._times: deque[int] = deque()  # ns of each interruption
        self._silences: deque[tuple[int, int]] = deque()  # ns of begin and end, of both

    def push(self, frame: Span | Transfer, /) -> Sequence[Frame]:
        if isinstance(frame, Span):
            self._window.add(frame)
            if all(frame.heard) and not any(frame.speaking):
                self._silent(frame.t, frame.end)
        elif frame.offset <= -OVERLAP and frame.held >= HELD:
            self._times.append(frame.t)
        return ()

    def measure(self) -> Readings:
        while self._times and self._times[0] < self._window.begin:
            self._times.popleft()
        why, heard = self._window.close()
        why = why or (Why.WARMING if heard < LEAST else None)
        if why:
            return {spec.name: Missing(why) for spec in STAGE.signals}
        quality = self._window.passed / WINDOW
        return {
            "dyad.interruptions": self._rate(heard, quality),
            "dyad.longest_silence_s": Measured(
                self._longest_silence() / SECOND, min(1.0, 5 * quality), heard // SECOND
            ),
        }

    def _rate(self, heard: int, quality: float) -> Reading:
        unsure = sum(ns for (_, sure), ns in self._window.heard().items() if not sure)
        n, seen = len(self._times), heard - unsure - self._window.breaks * BLIND
        if seen < min(heard, max(ENOUGH, SHARP * heard)):
            return Missing(Why.LOW_QUALITY)
        return Measured(n / (seen / (60 * SECOND)), quality * seen / heard, n)

    def _silent(self, t: int, end: int) -> None:
        if self._silences and self._silences[-1][1] == t:
            t, _ = self._silences.pop()
        self._silences.append((t, end))

    def _longest_silence(self) -> int:
        begin = self._window.begin
        while self._silences and self._silences[0][1] <= begin:
            self._silences.popleft()
        return max((end - max(t, begin) for t, end in self._silences), default=0)


def _make(context: Context) -> Stage[Span | Transfer]:
    return Interruptions()


STAGE = StageSpec(
    name="interruptions",
    group=Group.TOGETHER,
    takes=(Span, Transfer),
    make=_make,
    scope=Scope.SESSION,
    signals=(
        Spec(
            "dyad.interruptions",
            "interruptions",
            "/min",
            0.0,
            60.0,
            Card(
                measures="How often per minute one of the two takes over while the other speaks.",
                evidence="The last 5 minutes, as far as both were heard, at least 10 seconds; at "
                "least 0.3 s of both at once, after at least 1 s of speech, and the first one "
                "stops.",
                source="Overlaps after Heldner & Edlund (2010), on voice activity of both sounds.",
                caution="Eager agreement and a late line look the same as an interruption.",
            ),
            window=WINDOW // SECOND,
        ),
        Spec(
            "dyad.longest_silence_s",
            "longest silence",
            "s",
            0.0,
            WINDOW / SECOND,
            Card(
                measures="The longest time in which neither of the two spoke.",
                evidence="The last 5 minutes, as far as both were heard, at least 10 seconds.",
                source="Voice activity (Silero VAD) of both sounds.",
                caution="Silence can be work. A hole in either sound ends it.",
            ),
            window=WINDOW // SECOND // 5,
        ),
    ),
)
