from dataclasses import replace

import numpy as np
import pytest

from attunement.engine.clock import MILLISECOND, SECOND
from attunement.engine.frame import VideoFrame
from attunement.engine.shedding import Level
from attunement.engine.signal import Measured
from attunement.pipelines.body.motion import Motion
from attunement.pipelines.face.rate import Rate, is_due
from tests.pipelines.body.test_motion import WALL
from tests.pipelines.face.seeing import seen


def picked(rate: Rate, second: int) -> int:
    return sum(rate.picks(second * SECOND + i * SECOND // 30) for i in range(30))


def test_fifteen_pictures_a_second_are_glanced_at_and_five_when_the_machine_is_short() -> None:
    rate = Rate()
    assert picked(rate, 0) == 15
    rate.ease(Level.SPEECH_EMOTION)
    assert picked(rate, 1) == 15
    rate.ease(Level.PICTURES)
    assert picked(rate, 2) == 5
    rate.ease(Level.NOTHING)
    assert picked(rate, 3) == 15


@pytest.mark.parametrize("fps", [10, 15])
def test_a_camera_that_is_no_clock_loses_no_picture(fps: int) -> None:
    """Wherever its pictures lie, and each up to a seventh of the time between two early or late."""
    rng = np.random.default_rng(0)
    for begin in range(0, SECOND // fps, 5 * MILLISECOND):
        rate, apart = Rate(), SECOND // fps
        shaken = rng.integers(-apart // 7, apart // 7, 10 * fps)
        assert all(rate.picks(begin + i * apart + int(late)) for i, late in enumerate(shaken))


def test_pictures_whose_time_is_put_back_are_looked_at() -> None:
    rate = Rate()
    assert rate.picks(10 * SECOND)
    assert rate.picks(9 * SECOND)
    assert not rate.picks(9 * SECOND + 20 * MILLISECOND)


@pytest.mark.parametrize("fps", [8, 10, 12.5, 15, 24, 25, 30, 60])
def test_of_a_face_at_rest_eight_pictures_a_second_are_told_whatever_the_camera(fps: float) -> None:
    rate, told = Rate(), [-SECOND]
    for i in range(round(10 * fps)):
        t = round(i * SECOND / fps)
        if rate.picks(t) and is_due(t, told[-1]):
            told.append(t)
    assert len(told) - 1 == 80


def test_movement_is_measured_of_half_the_pictures_too() -> None:
    stage = Motion()
    stage.ease(Level.PICTURES)
    for i in range(10):
        stage.push(VideoFrame("p", i * 100 * MILLISECOND, WALL))
    for i in range(0, 10, 2):
        stage.push(seen(i))
    head = stage.measure()["body.motion_head"]
    assert isinstance(head, Measured)
    assert head.n == 4


@pytest.mark.parametrize("apart", [70, 100, 130, 200])
def test_how_many_pictures_there_are_does_not_change_how_much_somebody_moves(apart: int) -> None:
    """An edge that moves on steadily."""
    stage = Motion()
    for t in range(0, 1_000, apart):
        image = WALL.copy()
        image[:, : 160 + 32 * t // 100] = 20
        stage.push(VideoFrame("p", t * MILLISECOND, image))
        stage.push(replace(seen(0), t=t * MILLISECOND))
    head = stage.measure()["body.motion_head"]
    assert isinstance(head, Measured)
    assert head.value == pytest.approx(32 / 333, rel=0.15)  # of the head's width, in 0.1 s
