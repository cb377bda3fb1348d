"""Whether anybody is at the other end, by what comes and when."""

from attunement.engine.clock import MILLISECOND, SECOND
from attunement.gateway.receive.liveness import Liveness


def test_somebody_who_was_never_heard_is_neither_lost_nor_asked() -> None:
    liveness = Liveness()
    assert not liveness.lost(100 * SECOND)
    assert not liveness.gone(100 * SECOND)
    assert not liveness.wants_probe(100 * SECOND)


def test_two_seconds_without_a_sign_are_a_loss_and_thirty_are_the_end() -> None:
    liveness = Liveness()
    liveness.media(5 * SECOND)
    seen = {s: (liveness.lost(s * SECOND), liveness.gone(s * SECOND)) for s in (5, 6, 7, 34, 35)}
    assert seen == {
        5: (False, False),
        6: (False, False),
        7: (True, False),
        34: (True, False),
        35: (True, True),
    }


def test_whoever_is_silent_is_asked_twice_a_second() -> None:
    liveness = Liveness()
    liveness.media(0)
    asked = [ms for ms in range(0, 3_000, 10) if liveness.wants_probe(ms * MILLISECOND)]
    assert asked == [1_000, 1_500, 2_000, 2_500]


def test_a_muted_person_who_answers_is_there() -> None:
    liveness = Liveness()
    liveness.media(0)
    for second in range(1, 60):
        assert not liveness.lost(second * SECOND)
        liveness.wants_probe(second * SECOND)
        liveness.heard(second * SECOND)
    assert not liveness.gone(60 * SECOND)


def test_media_ends_the_questions_and_the_loss() -> None:
    liveness = Liveness()
    liveness.media(0)
    assert liveness.wants_probe(9 * SECOND)
    assert liveness.lost(9 * SECOND)
    liveness.media(9 * SECOND)
    assert not liveness.wants_probe(9 * SECOND + 900 * MILLISECOND)
    assert not liveness.lost(9 * SECOND + 900 * MILLISECOND)


def test_the_end_of_a_loss_is_known_when_it_is_over_and_a_short_silence_is_none() -> None:
    liveness = Liveness()
    liveness.media(0)
    liveness.media(1_900 * MILLISECOND)
    assert liveness.revived is None
    liveness.heard(4 * SECOND)
    liveness.media(4_100 * MILLISECOND)
    assert liveness.revived == 4 * SECOND
