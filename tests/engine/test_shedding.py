"""What is given up when the machine is short, in which order, and how it comes back."""

import logging
from collections.abc import Sequence
from dataclasses import replace

import pytest

from attunement.engine.clock import MILLISECOND, SECOND
from attunement.engine.frame import AudioFrame, Frame
from attunement.engine.pipeline import Pipeline
from attunement.engine.session import Roster
from attunement.engine.shedding import ROOM, Level, Shedding
from attunement.engine.signal import Measured, Missing, StageSpec, Why
from tests.support.stages import PATIENT, Count, Deriver, Echo, NoModels, counting, sound

pytestmark = pytest.mark.usefixtures("few_frames_are_a_second")

IN_TIME = 80 * MILLISECOND
ALONE = Roster((PATIENT,))


def seconds(shedding: Shedding, n: int, worked: float, late: int = IN_TIME) -> list[Level]:
    levels = []
    for _ in range(n):
        shedding.worked(round(worked * SECOND))
        levels.append(shedding.second(late))
    return levels


def test_one_slow_second_gives_nothing_up() -> None:
    shedding = Shedding()
    assert seconds(shedding, 1, 3.0) == [0]
    assert seconds(shedding, 1, 0.2) == [0]
    assert seconds(shedding, 1, 3.0) == [0]


@pytest.mark.parametrize(("worked", "late"), [(0.9, IN_TIME), (0.1, 900 * MILLISECOND)])
def test_a_machine_that_stays_short_gives_up_one_thing_after_another(
    worked: float, late: int
) -> None:
    assert seconds(Shedding(), 10, worked, late) == [0, 1, 1, 2, 2, 3, 3, 4, 4, 4]


def test_what_was_given_up_comes_back_step_by_step_once_there_is_room() -> None:
    shedding = Shedding()
    seconds(shedding, 4, 0.9)
    assert shedding.level == 2
    levels = seconds(shedding, 2 * ROOM + 1, 0.3)
    assert [levels[ROOM - 2], levels[ROOM - 1], levels[2 * ROOM - 1], levels[-1]] == [2, 1, 0, 0]


def test_between_short_and_room_everything_stays_as_it_is() -> None:
    shedding = Shedding()
    seconds(shedding, 2, 0.9)
    assert set(seconds(shedding, 5 * ROOM, 0.65)) == {1}


def test_work_in_many_small_rounds_adds_up() -> None:
    shedding = Shedding()
    for _ in range(2):
        for _ in range(25):
            shedding.worked(36 * MILLISECOND)
        shedding.second(IN_TIME)
    assert shedding.level == 1


class Eased(Count):
    levels: list[Level] = []

    def ease(self, level: Level, /) -> None:
        self.levels.append(level)


def pulse(stage: type[Count] = Count) -> StageSpec:
    return replace(counting("pulse", stage=stage), given_up=Level.PULSE)


def read(pipeline: Pipeline, second: int) -> dict[str, object]:
    pipeline.receive(sound(second + 0.5))
    pipeline.advance((second + 2) * SECOND)
    (made,) = [each for each in pipeline.signals() if each.index == second]
    return dict(made.people["p"])


def test_what_is_given_up_says_so_and_begins_anew() -> None:
    pipeline = Pipeline([pulse(), counting("pitch")], ALONE, NoModels())
    pipeline.shed(Level.PULSE)
    assert read(pipeline, 0)["pulse"] == Missing(Why.SHED)
    pipeline.shed(Level.NOTHING)
    now = read(pipeline, 3)
    assert isinstance(now["pulse"], Measured)
    assert isinstance(now["pitch"], Measured)


def test_what_is_heard_is_never_given_up() -> None:
    pipeline = Pipeline([pulse(), counting("pitch")], ALONE, NoModels())
    pipeline.shed(max(Level))
    assert isinstance(read(pipeline, 0)["pitch"], Measured)


def test_what_lives_on_what_is_given_up_is_given_up_with_it() -> None:
    source = replace(
        counting("source", stage=Deriver), emits=(Echo,), given_up=Level.SPEECH_EMOTION
    )
    pipeline = Pipeline([source, counting("taker", Echo)], ALONE, NoModels())
    pipeline.shed(Level.PICTURES)
    assert read(pipeline, 0) == {"source": Missing(Why.SHED), "taker": Missing(Why.SHED)}
    pipeline.shed(Level.EXPRESSION)
    assert all(isinstance(reading, Measured) for reading in read(pipeline, 3).values())


def test_a_stage_hears_how_far_it_is_to_do_with_less_whenever_it_is_made() -> None:
    Eased.levels = []
    pipeline = Pipeline([counting("seen", AudioFrame, stage=Eased)], ALONE, NoModels())
    pipeline.shed(Level.EXPRESSION)
    pipeline.apply(Roster(()))
    pipeline.apply(ALONE)
    pipeline.shed(Level.NOTHING)
    assert Eased.levels == [Level.EXPRESSION, Level.EXPRESSION, Level.NOTHING]


def test_a_stage_that_breaks_on_doing_with_less_is_out_alone(
    caplog: pytest.LogCaptureFixture,
) -> None:
    class Breaks(Count):
        def ease(self, level: Level, /) -> None:
            raise ValueError("secret")

        def push(self, frame: Frame, /) -> Sequence[Frame]:
            return ()

    pipeline = Pipeline([counting("bad", stage=Breaks), counting("good")], ALONE, NoModels())
    with caplog.at_level(logging.ERROR):
        pipeline.shed(Level.PULSE)
    assert "secret" not in caplog.text
    now = read(pipeline, 0)
    assert now["bad"] == Missing(Why.FAILED)
    assert isinstance(now["good"], Measured)
