"""The pure core: the same frames in the same order always give the same signals."""

from collections.abc import Iterable, Iterator

from attunement.engine.baseline import Baseline
from attunement.engine.clock import MILLISECOND, SECOND
from attunement.engine.coverage import Coverage
from attunement.engine.frame import AudioFrame, Frame, VideoFrame
from attunement.engine.seating import Seating
from attunement.engine.session import Roster
from attunement.engine.shedding import Level
from attunement.engine.signal import Group, Models, Second, Spec, StageSpec

PATIENCE = 200 * MILLISECOND
HORIZON = 3 * SECOND  # how far ahead of the open second a frame may be
MAX_AHEAD = 1_000  # frames that may wait for their second to begin

USUAL = frozenset({Group.VOICE, Group.FACE, Group.BODY, Group.INFERRED})  # have a baseline

Lane = tuple[str, type]


class Pipeline:
    """
    Sans-I/O pipeline for one session, in event time.

    Feed it with receive(), tell it the time with advance(), then take signals().

    A second is closed as soon as every lane that is alive has passed its end (the watermark), and
    at the latest `patience` after it. A frame of a closed second is dropped and counted in `late`;
    one too far ahead in `early`.
    """

    def __init__(
        self,
        catalog: Iterable[StageSpec],
        roster: Roster,
        models: Models,
        *,
        patience: int = PATIENCE,
        start: int = 0,
    ) -> None:
        """Measuring begins at `start`, ns of session time; seconds before it are not reported."""
        self._catalog = tuple(catalog)
        self._seating = Seating(self._catalog, models)
        self._patience = patience
        self._second = start // SECOND
        self._coverage = Coverage(self._second)
        self._reached: dict[Lane, int] = {}  # ns up to which a lane has come
        self._newest: dict[Lane, int] = {}  # t of a lane's last frame
        self._ahead: list[Frame] = []  # of seconds that have yet to begin
        self._usual: dict[str, Baseline] = {}
        self._signals: list[Second] = []
        self.late = 0
        self.early = 0
        self.level = Level.NOTHING
        self.apply(roster)

    # Frames, time and agreements go in.

    def receive(self, frame: Frame) -> None:
        lane = frame.participant, type(frame)
        second = frame.t // SECOND
        if second < self._second or frame.t < self._newest.get(lane, 0):
            self.late += 1
        elif second == self._second:
            self._note(lane, frame)
            self._measure(frame)
        elif frame.t >= (self._second + 1) * SECOND + HORIZON or len(self._ahead) >= MAX_AHEAD:
            self.early += 1
        else:
            self._note(lane, frame)
            self._ahead.append(frame)

    def advance(self, now: int) -> None:
        while now >= self.next_deadline() or self._everybody_has_passed():
            self._close_second()

    def finish(self) -> None:
        """The recording is over: close every second that has begun."""
        last = max(self._reached.values(), default=0)
        while self._second * SECOND < last:
            self._close_second()

    def apply(self, roster: Roster) -> None:
        """People, mode or agreements changed. What is no longer allowed is forgotten at once."""
        self._roster = roster
        self._seating.apply(roster)
        self._ahead = [frame for frame in self._ahead if self._seating.wants(frame)]
        people = {person.id for person in roster.people}
        self._usual = {who: usual for who, usual in self._usual.items() if who in people}
        for person in people:
            usual = self._usual.setdefault(person, Baseline(self._specs()))
            usual.forget(
                spec.name
                for stage in self._catalog
                if roster.why_not(person, stage.group)
                for spec in stage.signals
            )

    def shed(self, level: Level) -> None:
        """From now on give up what `level` says."""
        self.level = level
        self._seating.shed(level)

    # Signals and the next moment of interest come out.

    def signals(self) -> list[Second]:
        signals, self._signals = self._signals, []
        return signals

    def second_ends(self) -> int:
        """Of the open second, in session time."""
        return (self._second + 1) * SECOND

    def next_deadline(self) -> int:
        """When to call advance() next at the latest, in session time."""
        return self.second_ends() + self._patience

    def _specs(self) -> Iterator[Spec]:
        return (spec for stage in self._catalog if stage.group in USUAL for spec in stage.signals)

    def _note(self, lane: Lane, frame: Frame) -> None:
        self._newest[lane] = frame.t
        if isinstance(frame, AudioFrame):
            self._reached[lane] = frame.t + frame.samples.size * SECOND // frame.rate
        elif isinstance(frame, VideoFrame):
            self._reached[lane] = frame.t

    def _measure(self, frame: Frame) -> None:
        self._coverage.note(frame)
        self._seating.push(frame)

    def _everybody_has_passed(self) -> bool:
        end = (self._second + 1) * SECOND
        alive = [reached for reached in self._reached.values() if reached > end - SECOND]
        return bool(alive) and all(reached >= end for reached in alive)

    def _close_second(self) -> None:
        self._coverage.close()
        people, together = self._seating.measure(self._coverage)
        usual = {who: self._usual[who].compare(readings) for who, readings in people.items()}
        self._signals.append(Second(self._second, people, together, usual))
        self._second += 1
        ahead, self._ahead = self._ahead, []
        for frame in ahead:
            if frame.t // SECOND == self._second:
                self._measure(frame)
            else:
                self._ahead.append(frame)
