"""When somebody's media broke off and came back."""

from attunement.engine.clock import SECOND
from attunement.gateway.breaks import Breaks, Change


def test_who_comes_for_the_first_time_has_not_been_away() -> None:
    breaks = Breaks()
    assert breaks.look("never", None, 1 * SECOND) is None
    assert breaks.look("up", 2 * SECOND, 2 * SECOND) is None
    assert breaks.look("up", 3 * SECOND, 3 * SECOND) is None


def test_a_break_is_told_when_it_is_noticed_and_as_long_as_it_was_when_it_ends() -> None:
    breaks = Breaks()
    breaks.look("up", 10 * SECOND, 10 * SECOND)
    assert breaks.look("up", 10 * SECOND, 11 * SECOND) is None
    assert breaks.look("lost", 10 * SECOND, 13 * SECOND) == Change(10 * SECOND, "lost")
    assert breaks.look("lost", 10 * SECOND, 14 * SECOND) is None
    assert breaks.look("up", 15 * SECOND, 15 * SECOND) == Change(15 * SECOND, "up", 5 * SECOND)


def test_who_left_and_returns_leaves_a_marked_gap_too() -> None:
    breaks = Breaks()
    breaks.look("up", 4 * SECOND, 4 * SECOND)
    assert breaks.look("gone", 4 * SECOND, 5 * SECOND) == Change(4 * SECOND, "gone")
    assert breaks.look("up", 64 * SECOND, 64 * SECOND) == Change(64 * SECOND, "up", 60 * SECOND)
