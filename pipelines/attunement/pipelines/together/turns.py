"""
Who speaks, who is silent, and how the floor changes hands: the core all of `together` stands on.

M. Heldner, J. Edlund, "Pauses, gaps and overlaps in conversations", Journal of Phonetics 38 (2010):
a transfer runs from the end of one person's speech to the begin of the other's; it is negative
where the other began before, and held on. Speech that begins and ends inside the other's
(a "mhm") changes nothing. What a hole in either sound hides is neither silence nor a transfer;
whose the floor is has to be heard again, from who speaks on alone, or begins or stops later.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from attunement.engine.clock import MILLISECOND, SECOND
from attunement.engine.frame import Frame
from attunement.engine.signal import Context, Group, Person, Readings, Scope, Stage, StageSpec
from attunement.pipelines.derived import Activity
from attunement.pipelines.voice.utterances import Edge, Event, Utterances

PAUSE = 200 * MILLISECOND  # silence that ends a stretch of speech
LOST = 100 * MILLISECOND  # sound that is missing at the end of a second: a hole, not a late chunk
LONGEST_GAP = 10 * SECOND  # a silence longer than this is nobody's answer
LONGEST_OVERLAP = 3 * SECOND
AFRESH = 250 * MILLISECOND  # speech that is seen so soon after a hole may have begun in it


@dataclass(frozen=True, slots=True)
class Span:
    """A time in which nothing changes. Everybody's, so `participant` is empty."""

    t: int  # ns
    end: int  # ns
    speaking: tuple[bool, ...]  # in the order of the session's people
    heard: tuple[bool, ...]
    sure: bool = True  # is it known whose the floor is, if anybody's?
    participant: str = ""

    @property
    def ns(self) -> int:
        return self.end - self.t


@dataclass(frozen=True, slots=True)
class Transfer:
    """The floor went from one person to another."""

    t: int  # ns at which the new one began
    offset: int  # ns from the old one's end to the new one's begin; negative: overlap
    to: int  # place among the session's people
    held: int  # ns that the old one had been speaking when the new one began
    participant: str = ""


class Floor:
    """Two people's events in time order, as spans and transfers."""

    def __init__(self) -> None:
        self._holder = -1  # place of who has the floor; -1: nobody yet, or not known since a hole
        self._speaking = [False, False]
        self._heard = [False, False]
        self._back = [-AFRESH, -AFRESH]  # ns since when each is heard
        self._began = [0, 0]
        self._ended = [0, 0]

    def span(self, begin: int, end: int) -> Span:
        sure = all(self._heard) and (self._holder >= 0 or not any(self._speaking))
        return Span(begin, end, (*self._speaking,), (*self._heard,), sure)

    def note(self, who: int, event: Event) -> Transfer | None:
        match event.edge:
            case Edge.HEARD:
                self._heard[who] = True
                self._back[who] = event.t
                self._holder = 1 - who if self._speaking[1 - who] else -1
            case Edge.LOST:
                self._heard[who] = self._speaking[who] = False
                self._holder = -1
            case Edge.BEGINS:
                return self._begins(who, event.t)
            case Edge.ENDS:
                return self._ends(who, event.t)
        return None

    def _begins(self, who: int, t: int) -> Transfer | None:
        other = 1 - who
        self._speaking[who] = True
        self._began[who] = t
        afresh = t - self._back[who] < AFRESH
        if self._speaking[other]:  # an overlap: who keeps the floor shows when one of them stops
            if afresh:
                self._holder = -1
            return None
        before, self._holder = self._holder, who
        gap = t - self._ended[other]
        if afresh or before != other or gap > LONGEST_GAP:
            return None
        return Transfer(t, gap, who, self._ended[other] - self._began[other])

    def _ends(self, who: int, t: int) -> Transfer | None:
        other = 1 - who
        self._speaking[who] = False
        self._ended[who] = t
        if self._holder == other or not self._speaking[other]:
            return None
        before, self._holder = self._holder, other
        if before != who:
            return None
        overlap = t - self._began[other]
        if overlap > LONGEST_OVERLAP:
            return None
        return Transfer(self._began[other], -overlap, other, self._began[other] - self._began[who])


class Turns(Stage[Activity]):
    """
    Listens to both until the end of the second, then goes through what is sure of both.

    So it does not matter how their frames interleave. What it gives out ends where the more
    undecided of the two is known, 150 to 350 ms before the end of the second.
    """

    def __init__(self, people: tuple[Person, ...]) -> None:
        self._places = {person.id: place for place, person in enumerate(people)}
        self._utterances = [Utterances(PAUSE) for _ in people]
        self._events: list[tuple[Event, int]] = []
        self._floor = Floor()
        self._begun = -1  # ns of the first sound of anybody
        self._done = 0  # ns up to which spans were given out
        self._border = 0  # ns: end of the second
        self._newest = -1  # ns up to which anybody had been heard a second ago

    def push(self, activity: Activity, /) -> Sequence[Frame]:
        self._utterances[self._places[activity.participant]].push(activity)
        if self._begun < 0 or (self._done == self._begun and activity.t < self._begun):
            self._begun = self._done = activity.t
        return ()

    def finish(self) -> Sequence[Frame]:
        if self._begun < 0:
            return ()
        self._border = self._second_ends()
        for place, utterances in enumerate(self._utterances):
            if utterances.now < self._border - LOST:
                utterances.lose(self._border - LOST)
            self._events += [(event, place) for event in utterances.take()]
        self._events.sort()
        return self._go_to(min(utterances.known for utterances in self._utterances))

    def measure(self) -> Readings:
        return {}

    def _second_ends(self) -> int:
        """
        Told by the sound itself, which stops within a chunk of the end. A call that begins just on
        a second's border may put its first chunk on either side: counting seconds from there would
        take all sound for late ever after.
        """
        newest = max(utterances.now for utterances in self._utterances)
        if newest <= self._newest:
            return self._border + SECOND  # nobody was heard
        self._newest = newest
        return max(self._border, (newest + SECOND // 2) // SECOND * SECOND)

    def _go_to(self, horizon: int) -> list[Frame]:
        derived: list[Frame] = []
        gone = 0
        for event, place in self._events:
            if event.t >= horizon:
                break
            gone += 1
            if event.t > self._done:
                derived.append(self._floor.span(self._done, event.t))
                self._done = event.t
            transfer = self._floor.note(place, event)
            if transfer:
                derived.append(transfer)
        self._events = self._events[gone:]
        if horizon > self._done:
            derived.append(self._floor.span(self._done, horizon))
            self._done = horizon
        return derived


def _make(context: Context) -> Stage[Activity]:
    return Turns(context.people)


STAGE = StageSpec(
    name="turns",
    group=Group.TOGETHER,
    takes=(Activity,),
    make=_make,
    emits=(Span, Transfer),
    scope=Scope.SESSION,
)
