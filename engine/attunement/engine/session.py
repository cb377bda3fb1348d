"""Who takes part, what state the call is in, and what may be measured of whom."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from attunement.engine.errors import BadTransition, UnknownParticipant
from attunement.engine.frame import AudioFrame, LinkFrame, VideoFrame
from attunement.engine.signal import Group, Mode, Person, Role, Why


class State(StrEnum):
    INVITED = "invited"  # people may connect; nothing is measured
    LIVE = "live"
    PAUSED = "paused"  # the call goes on; nothing is measured
    ENDED = "ended"


class Event(StrEnum):
    START = "start"
    PAUSE = "pause"
    RESUME = "resume"
    END = "end"


TRANSITIONS: Mapping[tuple[State, Event], State] = {
    (State.INVITED, Event.START): State.LIVE,
    (State.LIVE, Event.PAUSE): State.PAUSED,
    (State.PAUSED, Event.RESUME): State.LIVE,
    (State.INVITED, Event.END): State.ENDED,
    (State.LIVE, Event.END): State.ENDED,
    (State.PAUSED, Event.END): State.ENDED,
}

# Which agreements a kind of frame can serve. Without any of them it is not let in at all.
SERVES: Mapping[type, frozenset[Group]] = {
    AudioFrame: frozenset({Group.VOICE, Group.TOGETHER, Group.INFERRED}),
    VideoFrame: frozenset({Group.FACE, Group.BODY, Group.INFERRED}),
    LinkFrame: frozenset({Group.LINK}),
}

ASKED = frozenset(Group) - {Group.LINK}  # what a person agrees to, or not


@dataclass(frozen=True, slots=True)
class Roster:
    """A snapshot of who takes part and what is barred. Immutable, so any thread may hold it."""

    people: tuple[Person, ...]
    mode: Mode = Mode.BEHAVIOUR
    barred: Mapping[tuple[str, Group], Why] = field(default_factory=dict)

    def why_not(self, participant: str, group: Group) -> Why | None:
        return self.barred.get((participant, group))

    def why_not_together(self, group: Group) -> Why | None:
        """A measure of what is between people needs the agreement of each of them."""
        if len(self.people) < 2:
            return Why.NO_MEDIA
        reasons = (self.why_not(person.id, group) for person in self.people)
        return next((why for why in reasons if why), None)


class Session:
    """
    One call. Emotion is inferred of patients only: a therapist is at work, and inferring emotions
    at work is prohibited (EU AI Act, Art. 5(1)(f)), unless `infer_all` says otherwise in writing.
    """

    def __init__(
        self,
        people: Iterable[Person],
        mode: Mode = Mode.BEHAVIOUR,
        consent: Mapping[str, Iterable[Group]] | None = None,
        *,
        infer_all: bool = False,
    ) -> None:
        self.people = tuple(people)
        if len({person.id for person in self.people}) != len(self.people):
            raise ValueError("two participants of one name")
        self.mode = mode
        self.state = State.INVITED
        self._infer_all = infer_all
        self._consent: dict[str, frozenset[Group]] = {p.id: frozenset() for p in self.people}
        self._roster = self._snapshot()
        for participant, groups in (consent or {}).items():
            self.agree(participant, groups)

    # What happens.

    def handle(self, event: Event) -> State:
        """Raises BadTransition and changes nothing if the state does not allow the event."""
        try:
            self.state = TRANSITIONS[self.state, event]
        except KeyError:
            raise BadTransition(self.state, event) from None
        self._roster = self._snapshot()
        return self.state

    def agree(self, participant: str, groups: Iterable[Group]) -> frozenset[Group]:
        """From now on the participant agrees to exactly these groups. Raises UnknownParticipant."""
        if participant not in self._consent:
            raise UnknownParticipant
        self._consent[participant] = frozenset(groups) & ASKED
        self._roster = self._snapshot()
        return self._consent[participant]

    # What follows from it.

    @property
    def consent(self) -> Mapping[str, frozenset[Group]]:
        return dict(self._consent)

    def roster(self) -> Roster:
        """The same object until something changes."""
        return self._roster

    def admits(self, participant: str, kind: type) -> bool:
        """May a frame of this kind of this participant be looked at now?"""
        return (
            participant in self._consent
            and self.state is State.LIVE
            and any(self._roster.why_not(participant, g) is None for g in SERVES[kind])
        )

    def _snapshot(self) -> Roster:
        barred: dict[tuple[str, Group], Why] = {}
        for person in self.people:
            for group in ASKED:
                why = self._why_not(person, group)
                if why:
                    barred[person.id, group] = why
        return Roster(self.people, self.mode, barred)

    def _why_not(self, person: Person, group: Group) -> Why | None:
        if group is Group.INFERRED:
            if self.mode is Mode.BEHAVIOUR:
                return Why.POLICY
            if person.role is not Role.PATIENT and not self._infer_all:
                return Why.POLICY
        if self.state is not State.LIVE or group not in self._consent[person.id]:
            return Why.CONSENT
        return None
