from dataclasses import replace

import numpy as np
import pytest

from attunement.engine.signal import Measured, Missing, Reading, Why
from attunement.pipelines.body.posture import ENOUGH, NAME, Posture
from attunement.pipelines.derived import Face
from tests.pipelines.face.seeing import absent, seen


def at(i: int, x: float = 0.0, size: float = 1.0) -> Face:
    """The face, `x` of its width aside, `size` times as large."""
    face = seen(i)
    assert face.landmarks is not None
    middle = np.float32([0.5, 0.5, 0])
    moved = (face.landmarks - middle) * np.float32(size) + middle
    return replace(face, landmarks=moved + np.float32([0.4 * x, 0, 0]))


def told(stage: Posture, faces: list[Face]) -> Reading:
    """The reading after these faces, ten a second."""
    reading: Reading = Missing(Why.NO_MEDIA)
    for i, face in enumerate(faces):
        stage.push(face)
        if i % 10 == 9:
            reading = stage.measure()[NAME]
    return reading


def sat(*places: tuple[float, float], seconds: int = 20) -> list[Face]:
    spots = [place for place in places for _ in range(seconds * 10)]
    return [at(i, *spot) for i, spot in enumerate(spots)]


def test_who_sits_still_does_not_shift() -> None:
    assert told(Posture(), sat((0, 1), seconds=60)) == Measured(0.0, 0.5, 0)


@pytest.mark.parametrize("place", [(0.5, 1.0), (-0.5, 1.0), (0.0, 1.3), (0.0, 0.75)])
def test_another_place_that_is_kept_is_one_shift(place: tuple[float, float]) -> None:
    reading = told(Posture(), sat((0, 1), place, seconds=30))
    assert reading == Measured(1.0, 0.5, 1)


def test_each_shift_counts_once() -> None:
    reading = told(Posture(), sat((0, 1), (0.6, 1), (0, 1), (0, 1.4)))
    assert isinstance(reading, Measured)
    assert reading.n == 3


def test_leaning_aside_for_a_moment_is_no_shift() -> None:
    faces = [at(i, 0.6 if 300 <= i < 310 else 0.0) for i in range(600)]
    assert told(Posture(), faces) == Measured(0.0, 0.5, 0)


def test_nodding_and_swaying_are_no_shifts() -> None:
    faces = [at(i, 0.25 * np.sin(i / 3), 1 + 0.05 * np.sin(i / 5)) for i in range(600)]
    assert told(Posture(), faces) == Measured(0.0, 0.5, 0)


def test_a_slow_drift_is_no_shift() -> None:
    faces = [at(i, i / 600) for i in range(600)]
    assert told(Posture(), faces) == Measured(0.0, 0.5, 0)


def test_it_takes_half_a_minute_to_tell() -> None:
    assert told(Posture(), sat((0, 1), seconds=ENOUGH - 1)) == Missing(Why.WARMING)


def test_a_place_before_somebody_left_is_not_compared() -> None:
    faces = [at(i) if i < 400 else absent(i) if i < 430 else at(i, 0.6) for i in range(800)]
    reading = told(Posture(), faces)
    assert isinstance(reading, Measured)
    assert reading.n == 0
    assert told(Posture(), [absent(i) for i in range(400)]) == Missing(Why.NO_FACE)
