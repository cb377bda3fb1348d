import pytest

from attunement.engine.clock import MILLISECOND, SECOND
from attunement.pipelines.face.episodes import Episodes

STEP = 100 * MILLISECOND


def counted(values: list[float], longest: int = 700) -> Episodes:
    episodes = Episodes(30 * SECOND, 0.2, 0.1, 1, longest * MILLISECOND)
    for i, value in enumerate(values):
        episodes.add(i * STEP, value)
    return episodes


def test_a_rise_that_sinks_again_is_one() -> None:
    assert counted([0, 0, 0.5, 0, 0, 0.5, 0.5, 0]).count == 2


def test_a_tremor_around_the_level_is_one() -> None:
    assert counted([0, 0.25, 0.15, 0.25, 0.15, 0]).count == 1


def test_what_lasts_too_long_is_none() -> None:
    assert counted([0, *[0.5] * 12, 0]).count == 0


def test_what_the_pictures_do_not_show_whole_is_none() -> None:
    episodes = counted([0, 0.5])
    episodes.add(2 * SECOND, 0.0)
    assert episodes.count == 0


def test_a_rate_is_per_minute_of_time_that_was_seen() -> None:
    episodes = counted([0, 0.5, 0, *[0] * 98])
    assert episodes.seen == pytest.approx(10.0)
    assert episodes.per_minute() == pytest.approx(6.0)
    for i in range(100):
        episodes.add(20 * SECOND + i * STEP, 0.0)
    assert episodes.seen == pytest.approx(19.9)  # the hole of 10 s is no time


def test_what_is_older_than_the_window_is_forgotten() -> None:
    episodes = counted([0, 0.5, 0, *[0] * 310])
    assert episodes.count == 0
    assert episodes.seen == pytest.approx(30.0)
