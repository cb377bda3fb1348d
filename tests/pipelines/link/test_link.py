"""The link's stage: reports become readings, and what is not known is missing."""

from typing import Any

from attunement.engine.clock import SECOND
from attunement.engine.frame import LinkFrame
from attunement.engine.signal import Context, Measured, Missing, Stage, Why
from attunement.pipelines.link.link import STAGE
from tests.support.stages import PATIENT, NoModels


def stage() -> Stage[Any]:
    return STAGE.make(Context((PATIENT,), NoModels()))


def test_a_report_becomes_a_reading_for_each_figure_it_knows() -> None:
    link = stage()
    link.push(LinkFrame("p", SECOND // 2, rtt=12.0, jitter=1.5, loss=0.0, fps=29.5))
    got = link.measure()
    assert got["net.rtt"] == Measured(12.0, 1.0, 1)
    assert got["net.loss"] == Measured(0.0, 1.0, 1)
    assert got["net.kbps"] == Missing(Why.WARMING)


def test_without_a_report_nothing_is_known() -> None:
    assert set(stage().measure().values()) == {Missing(Why.NO_MEDIA)}


def test_the_newest_report_of_a_second_that_knows_a_figure_counts() -> None:
    link = stage()
    link.push(LinkFrame("p", 0, rtt=10.0, fps=30.0))
    link.push(LinkFrame("p", 1, rtt=20.0))
    got = link.measure()
    assert got["net.rtt"] == Measured(20.0, 1.0, 2)
    assert got["net.fps"] == Measured(30.0, 1.0, 1)


def test_a_second_does_not_know_of_the_one_before() -> None:
    link = stage()
    link.push(LinkFrame("p", 0, rtt=10.0))
    link.measure()
    assert link.measure()["net.rtt"] == Missing(Why.NO_MEDIA)


def test_every_signal_of_the_spec_is_measured() -> None:
    assert set(stage().measure()) == {spec.name for spec in STAGE.signals}


def test_a_picture_that_is_away_for_a_long_session_is_still_in_range() -> None:
    link = stage()
    hours = 3 * 3_600_000.0
    link.push(LinkFrame("p", 0, freeze=hours))
    (spec,) = [spec for spec in STAGE.signals if spec.name == "net.freeze"]
    assert link.measure()["net.freeze"] == Measured(hours, 1.0, 1)
    assert hours <= spec.high
