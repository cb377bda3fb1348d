"""When somebody's media broke off and came back."""

from attunement.engine.clock import MILLISECOND, SECOND
from attunement.gateway.breaks import Breaks, Change, Flow, Link

ONE, OTHER = object(), object()  # connections


class Watched:
    """A person whose media come when they are told to."""

    def __init__(self) -> None:
        self.flow, self.breaks = Flow(), Breaks()

    def came(self, at: float, way: object = ONE, revived: float | None = None) -> None:
        silent_until = None if revived is None else round(revived * SECOND)
        self.flow.note(round(at * SECOND), way, silent_until)

    def look(self, link: Link) -> Change | None:
        return self.breaks.look(link, self.flow)


def test_who_comes_for_the_first_time_has_not_been_away() -> None:
    person = Watched()
    assert person.look("never") is None
    person.came(30)
    assert person.look("up") is None
    person.came(31)
    assert person.look("up") is None


def test_a_break_is_told_when_it_is_noticed_and_as_long_as_it_was_when_it_ends() -> None:
    person = Watched()
    person.came(10)
    assert person.look("up") is None
    assert person.look("lost") == Change(10 * SECOND, "lost")
    assert person.look("lost") is None
    assert person.look("up") is None, "the way is there; media are not yet"
    person.came(15.3, OTHER)
    person.came(16, OTHER)
    assert person.look("up") == Change(15_300 * MILLISECOND, "up", 5_300 * MILLISECOND)
    assert person.look("up") is None


def test_who_left_and_returns_leaves_a_marked_gap_however_short() -> None:
    person = Watched()
    person.came(4)
    assert person.look("gone") == Change(4 * SECOND, "gone")
    person.came(5, OTHER)
    assert person.look("up") == Change(5 * SECOND, "up", SECOND)


def test_a_break_between_two_looks_is_marked_when_another_connection_took_over() -> None:
    person = Watched()
    person.came(10)
    assert person.look("up") is None
    person.came(12.9, OTHER)
    person.came(13, OTHER)
    assert person.look("up") == Change(12_900 * MILLISECOND, "up", 2_900 * MILLISECOND)


def test_a_break_between_two_looks_is_marked_when_the_same_connection_had_been_silent() -> None:
    person = Watched()
    person.came(10)
    assert person.look("up") is None
    person.came(12.2, revived=12.1)
    person.came(12.3, revived=12.1)
    assert person.look("up") == Change(12_200 * MILLISECOND, "up", 2_200 * MILLISECOND)
    person.came(13, revived=12.1)
    assert person.look("up") is None


def test_a_new_connection_without_a_gap_is_no_break() -> None:
    person = Watched()
    person.came(10)
    person.look("up")
    person.came(11, OTHER)
    assert person.look("up") is None


def test_who_takes_both_tracks_away_and_answers_has_not_broken_off() -> None:
    person = Watched()
    person.came(10, revived=5)
    assert [person.look("up") for _ in range(11, 16)] == [None] * 5
    person.came(16, revived=5)
    assert person.look("up") is None
