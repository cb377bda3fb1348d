"""When somebody's media broke off and came back."""

from attunement.engine.clock import SECOND
from attunement.gateway.breaks import Breaks, Change, Link

ONE, OTHER = object(), object()  # connections


def look(
    breaks: Breaks, now: float, link: Link, last: float | None, way: object = ONE
) -> Change | None:
    came = None if last is None else round(last * SECOND)
    return breaks.look(link, came, round(now * SECOND), way)


def test_who_comes_for_the_first_time_has_not_been_away() -> None:
    breaks = Breaks()
    assert look(breaks, 1, "never", None) is None
    assert look(breaks, 30, "up", 30) is None
    assert look(breaks, 31, "up", 31) is None


def test_a_break_is_told_when_it_is_noticed_and_as_long_as_it_was_when_it_ends() -> None:
    breaks = Breaks()
    look(breaks, 10, "up", 10)
    assert look(breaks, 11, "up", 10) is None
    assert look(breaks, 13, "lost", 10) == Change(10 * SECOND, "lost")
    assert look(breaks, 14, "lost", 10) is None
    assert look(breaks, 15, "up", 10, OTHER) is None, "the way is there; media are not yet"
    assert look(breaks, 16, "up", 16, OTHER) == Change(16 * SECOND, "up", 6 * SECOND)
    assert look(breaks, 17, "up", 17, OTHER) is None


def test_who_left_and_returns_leaves_a_marked_gap_too() -> None:
    breaks = Breaks()
    look(breaks, 4, "up", 4)
    assert look(breaks, 5, "gone", 4) == Change(4 * SECOND, "gone")
    assert look(breaks, 64, "up", 64) == Change(64 * SECOND, "up", 60 * SECOND)


def test_a_break_between_two_looks_is_marked_when_another_connection_took_over() -> None:
    breaks = Breaks()
    look(breaks, 10, "up", 10)
    assert look(breaks, 11.9, "up", 10) is None
    assert look(breaks, 13, "up", 12.9, OTHER) == Change(13 * SECOND, "up", 3 * SECOND)


def test_a_new_connection_without_a_gap_is_no_break() -> None:
    breaks = Breaks()
    look(breaks, 10, "up", 10)
    assert look(breaks, 11, "up", 11, OTHER) is None


def test_who_takes_both_tracks_away_and_stays_has_not_broken_off() -> None:
    breaks = Breaks()
    look(breaks, 10, "up", 10)
    assert [look(breaks, t, "up", 10) for t in range(11, 16)] == [None] * 5
    assert look(breaks, 16, "up", 16) is None
