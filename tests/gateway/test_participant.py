"""How regularly somebody's pictures come, whoever asks when."""

import pytest

from attunement.engine.clock import MILLISECOND, SECOND
from attunement.gateway.participant import Cadence

STEP, TICKS = SECOND // 30, 3_000  # between pictures: ns, and in their stamps
ZERO = 0xFFFFFFFF - 20 * TICKS  # so that stamps go round


def shown(cadence: Cadence, begin: int, end: int, late: int = 0) -> None:
    """Pictures of these numbers; `late`: they wait, and come all at once."""
    for n in range(begin, end):
        cadence.note((ZERO + n * TICKS) & 0xFFFFFFFF, max(n * STEP, late))


def test_before_two_pictures_there_is_no_rate() -> None:
    cadence = Cadence()
    assert cadence.report(SECOND) == (None, None)
    cadence.note(SECOND, SECOND)
    rate, gap = cadence.report(SECOND + 20 * MILLISECOND)
    assert rate is None
    assert gap == 20


def test_a_stall_of_ours_changes_nothing_about_the_rate_of_pictures() -> None:
    cadence = Cadence()
    shown(cadence, 0, 20)
    shown(cadence, 20, 45, late=1_500 * MILLISECOND)
    assert cadence.report(1_500 * MILLISECOND)[0] == pytest.approx(30, abs=0.01)
    shown(cadence, 45, 49)
    assert cadence.report(1_650 * MILLISECOND)[0] == pytest.approx(30, abs=0.01)


def test_pictures_that_are_missing_lower_the_rate_and_none_at_all_are_zero() -> None:
    cadence = Cadence()
    for n in range(0, 31, 3):
        cadence.note(n * TICKS, n * STEP)
    rate, gap = cadence.report(SECOND)
    assert rate == pytest.approx(10, abs=0.01)
    assert gap == pytest.approx(100, abs=1)
    rate, gap = cadence.report(2 * SECOND)
    assert rate == 0
    assert gap == pytest.approx(1_000, abs=1)


def test_stamps_that_stand_still_are_no_rate_beyond_any_camera() -> None:
    cadence = Cadence()
    for n in range(90):
        cadence.note(SECOND, SECOND + n)
    rate, _ = cadence.report(2 * SECOND)
    assert rate == 1_000


def test_another_source_counts_from_its_own_first_stamp() -> None:
    cadence = Cadence()
    shown(cadence, 0, 20)
    cadence.restart()
    for n in range(20, 50):
        cadence.note(7 + n * TICKS, n * STEP)
    assert cadence.report(50 * STEP)[0] == pytest.approx(30, abs=0.01)
