"""Which packets are asked for again, when, and how often."""

from attunement.engine.clock import MILLISECOND, SECOND
from attunement.gateway.receive.nack import (
    AT_ONCE,
    LONGEST_GRACE,
    MOST,
    OLDEST,
    TRIES,
    NackSchedule,
)

RTT = 50 * MILLISECOND


def asked(schedule: NackSchedule, until: int, since: int = 0) -> list[int]:
    """When it asks, if called just when it wants to be."""
    times = []
    while (due := schedule.next()) is not None and due <= until:
        if schedule.due(max(due, since), RTT):
            times.append(due)
    return times


def test_a_packet_is_asked_for_at_once_where_nothing_was_overtaken() -> None:
    schedule = NackSchedule()
    schedule.miss([65_536 + 7, 65_536 + 8], 1_000)
    assert schedule.due(1_000, RTT) == (7, 8)
    assert schedule.due(1_001, RTT) == ()


def test_it_is_asked_for_again_each_half_round_trip_then_slower_and_not_for_ever() -> None:
    schedule = NackSchedule()
    schedule.miss([1], 0)
    times = asked(schedule, SECOND)
    assert len(times) == TRIES
    gaps = [b - a for a, b in zip(times, times[1:], strict=False)]
    assert min(gaps) >= RTT // 2
    assert gaps[-1] >= RTT
    assert times[-1] <= OLDEST
    schedule.due(2 * SECOND, RTT)
    assert not schedule
    assert schedule.counts["given up"] == 1


def test_what_is_missing_for_long_is_given_up_unasked() -> None:
    schedule = NackSchedule()
    schedule.miss([1], 0)
    assert schedule.due(OLDEST + 1, RTT) == ()
    assert schedule.next() is None


def test_what_came_and_what_was_passed_is_not_asked_for() -> None:
    schedule = NackSchedule()
    schedule.miss(range(1, 6), 0)
    schedule.arrived(4, 0)
    schedule.arrived(100, 0)
    schedule.forget(3)
    assert schedule.due(0, RTT) == (3, 5)


def test_where_packets_overtake_one_another_it_waits_as_long_as_they_do() -> None:
    schedule = NackSchedule()
    schedule.miss([1], 0)
    schedule.arrived(1, 12 * MILLISECOND)
    schedule.miss([2], SECOND)
    (due,) = {schedule.next()}
    assert due is not None
    assert 12 * MILLISECOND < due - SECOND < 20 * MILLISECOND


def test_the_waiting_has_an_end_and_shrinks_again() -> None:
    schedule = NackSchedule()
    schedule.miss([1], 0)
    schedule.arrived(1, 5 * SECOND)
    graces = []
    for n in range(2, 300):
        schedule.miss([n], n * SECOND)
        graces.append((schedule.next() or 0) - n * SECOND)
        schedule.due(n * SECOND + graces[-1], RTT)
        schedule.arrived(n, n * SECOND + graces[-1] + RTT)
    assert graces[0] == LONGEST_GRACE
    assert graces[-1] < MILLISECOND
    assert schedule.counts["repaired"] == len(graces)


def test_a_long_gap_is_asked_for_in_bounded_pieces_the_oldest_first() -> None:
    schedule = NackSchedule()
    schedule.miss(range(5_000), 0)
    pieces = []
    while piece := schedule.due(0, RTT):
        assert len(piece) <= AT_ONCE
        pieces += piece
    assert pieces == list(range(5_000 - MOST, 5_000))
