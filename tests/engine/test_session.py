import pytest

from attunement.engine.errors import BadTransition, UnknownParticipant
from attunement.engine.frame import AudioFrame, LinkFrame, VideoFrame
from attunement.engine.session import TRANSITIONS, Event, Session, State
from attunement.engine.signal import Group, Mode, Person, Role, Why

PEOPLE = (Person("t", Role.THERAPIST), Person("p", Role.PATIENT))
ALL = {"t": list(Group), "p": list(Group)}


def live(mode: Mode = Mode.BEHAVIOUR, **rules: bool) -> Session:
    session = Session(PEOPLE, mode, ALL, **rules)
    session.handle(Event.START)
    return session


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("event", Event)
def test_only_what_the_table_lists_can_happen(state: State, event: Event) -> None:
    session = Session(PEOPLE)
    session.state = state
    if (state, event) in TRANSITIONS:
        assert session.handle(event) is TRANSITIONS[state, event]
    else:
        with pytest.raises(BadTransition, match=f"a session that is {state} cannot {event}"):
            session.handle(event)
        assert session.state is state


def test_nothing_is_admitted_before_the_start_or_during_a_pause() -> None:
    session = Session(PEOPLE, consent=ALL)
    assert not session.admits("p", AudioFrame)
    session.handle(Event.START)
    assert session.admits("p", AudioFrame)
    session.handle(Event.PAUSE)
    assert not session.admits("p", AudioFrame)
    assert session.roster().why_not("p", Group.VOICE) is Why.CONSENT


def test_without_any_agreement_that_it_serves_a_frame_stays_out() -> None:
    session = live()
    session.agree("p", [Group.VOICE])
    assert session.admits("p", AudioFrame)
    assert not session.admits("p", VideoFrame)
    assert session.admits("p", LinkFrame)  # of the network, not of the person
    assert session.admits("t", VideoFrame)
    assert not session.admits("stranger", AudioFrame)


def test_behaviour_mode_bars_inference_whatever_was_agreed() -> None:
    roster = live().roster()
    assert roster.why_not("p", Group.INFERRED) is Why.POLICY
    assert roster.why_not("p", Group.VOICE) is None


def test_inference_is_of_the_patient_alone_unless_said_otherwise() -> None:
    roster = live(Mode.INFERENCE).roster()
    assert roster.why_not("p", Group.INFERRED) is None
    assert roster.why_not("t", Group.INFERRED) is Why.POLICY
    assert live(Mode.INFERENCE, infer_all=True).roster().why_not("t", Group.INFERRED) is None


def test_what_is_between_people_needs_both() -> None:
    session = live()
    assert session.roster().why_not_together(Group.TOGETHER) is None
    session.agree("t", [Group.VOICE])
    assert session.roster().why_not_together(Group.TOGETHER) is Why.CONSENT


def test_a_roster_stays_the_same_object_until_something_changes() -> None:
    session = live()
    before = session.roster()
    assert session.roster() is before
    session.agree("p", [])
    assert session.roster() is not before


def test_a_stranger_cannot_agree() -> None:
    with pytest.raises(UnknownParticipant):
        live().agree("stranger", [Group.VOICE])
