"""
Pauses inside this person's own speech, over the last minute.

A pause is a silence of 0.25 to 2 s between two stretches of this person's speech: shorter ones
belong to articulation (plosives), and after longer ones a new turn begins, mostly the other
person's. A long hole in the sound hides pauses and looks like some: none are told where more than a
quarter of the speech is near one. Quality: how much of the minute there has been yet x evidence
(10 s of speech are plenty) x share of the speech that is not near a long hole.
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
    Readings,
    Spec,
    Stage,
    StageSpec,
    Why,
)
from attunement.pipelines.derived import Activity
from attunement.pipelines.voice.stretch import Heard
from attunement.pipelines.voice.utterances import Edge, Utterances

SHORTEST = 250 * MILLISECOND
LONGEST = 2 * SECOND
WINDOW = 60 * SECOND
LEAST = 5 * SECOND  # of speech and pauses
PLENTY = 10 * SECOND
LONG = 6  # chunks
NEAR = 1 * SECOND  # around a long hole
SHARP = 0.75  # share of speech and pauses that must not be near one


class Pauses(Stage[Activity]):
    def __init__(self) -> None:
        self._heard = Heard()
        self._utterances = Utterances(SHORTEST)
        self._seconds = 0  # that there have been since sound first came
        self._speech: deque[tuple[int, int]] = deque()  # ns of begin and end
        self._pauses: deque[tuple[int, int]] = deque()
        self._holes: deque[int] = deque()  # ns of each long hole
        self._guessed = 0  # chunks in a row
        self._begun = -1  # ns of the utterance that is going on; -1: none is
        self._ended = -1  # ns of the last one's end; -1: none, or a hole came since

    def push(self, activity: Activity, /) -> Sequence[Frame]:
        if not activity.guessed:
            self._heard.add(activity.speech, activity.muted)
        before, self._guessed = self._guessed, self._guessed * activity.guessed
        self._guessed += activity.speech.size * activity.guessed
        if before < LONG <= self._guessed:
            self._holes.append(activity.t)
        self._utterances.push(activity)
        for event in self._utterances.take():
            self._note(event.t, event.edge)
        return ()

    def _note(self, t: int, edge: Edge) -> None:
        if edge is Edge.BEGINS:
            if self._ended >= 0 and SHORTEST <= t - self._ended <= LONGEST:
                self._pauses.append((self._ended, t))
            self._begun = t
        elif edge is Edge.ENDS:
            self._speech.append((self._begun, t))
            self._begun, self._ended = -1, t
        elif edge is Edge.LOST:
            self._ended = -1
            self._holes.append(t)

    def measure(self) -> Readings:
        why = self._heard.why_not()
        self._seconds += self._seconds > 0 or self._heard.chunks > 0
        self._heard.clear()
        since = self._utterances.known - WINDOW
        for spans in (self._speech, self._pauses):
            while spans and spans[0][1] <= since:
                spans.popleft()
        while self._holes and self._holes[0] <= since:
            self._holes.popleft()
        speech = self._time(self._speech, since)
        if self._begun >= 0:
            speech += self._utterances.known - max(self._begun, since)
        paused = self._time(self._pauses, since)
        if why is None and speech + paused < LEAST:
            why = Why.WARMING
        if why:
            return {spec.name: Missing(why) for spec in STAGE.signals}
        return self._readings(speech, paused)

    def _readings(self, speech: int, paused: int) -> Readings:
        n, whole = len(self._pauses), speech + paused
        passed = min(1.0, self._seconds * SECOND / WINDOW)
        sharp = 1 - len(self._holes) * NEAR / whole
        if sharp < SHARP:
            return {spec.name: Missing(Why.LOW_QUALITY) for spec in STAGE.signals}
        quality = passed * min(1.0, whole / PLENTY) * sharp
        lengths = [(end - begin) / SECOND for begin, end in self._pauses]
        return {
            "voice.pause_mean_s": Measured(sum(lengths) / n, quality * min(1.0, n / 5), n)
            if n
            else Missing(Why.WARMING),
            "voice.pause_rate": Measured(n / (whole / (60 * SECOND)), quality, n),
            "voice.silence_ratio": Measured(paused / whole, quality, n),
        }

    def _time(self, spans: deque[tuple[int, int]], since: int) -> int:
        return sum(end - max(begin, since) for begin, end in spans)


def _make(context: Context) -> Stage[Activity]:
    return Pauses()


_EVIDENCE = (
    "The last 60 seconds, at least 5 seconds of this person's speech in them; silences of 0.25 to "
    "2 seconds between two stretches of it."
)
_SOURCE = "Voice activity (Silero VAD); measures as in OpenWillis."
_CAUTION = (
    "Thinking, breathing, word search and a slow line all make pauses. What the other person says "
    "in the meantime is not looked at."
)

STAGE = StageSpec(
    name="pauses",
    group=Group.VOICE,
    takes=(Activity,),
    make=_make,
    signals=(
        Spec(
            "voice.pause_mean_s",
            "length of pauses",
            "s",
            0.0,
            2.0,
            Card(
                measures="How long this person's pauses are on average.",
                evidence=_EVIDENCE,
                source=_SOURCE,
                caution=_CAUTION,
            ),
            window=WINDOW // SECOND,
        ),
        Spec(
            "voice.pause_rate",
            "pauses per minute",
            "/min",
            0.0,
            120.0,
            Card(
                measures="How many pauses this person makes in a minute of their own speech.",
                evidence=_EVIDENCE,
                source=_SOURCE,
                caution=_CAUTION,
            ),
            window=WINDOW // SECOND,
        ),
        Spec(
            "voice.silence_ratio",
            "share of pauses",
            "1",
            0.0,
            1.0,
            Card(
                measures="The share of this person's own speaking time that is pause.",
                evidence=_EVIDENCE,
                source=_SOURCE,
                caution=_CAUTION,
            ),
            window=WINDOW // SECOND,
        ),
    ),
)
