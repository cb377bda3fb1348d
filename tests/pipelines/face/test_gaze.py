import math

import numpy as np
import pytest

from attunement.engine.signal import Missing, Reading, Why
from attunement.pipelines.derived import Face
from attunement.pipelines.face import gaze
from tests.pipelines.face.resting import FIRST, fresh, plain, shown, value


def eyes(yaw: float, pitch: float) -> tuple[float, float]:
    """Where the pupils are, for eyes turned by these degrees."""
    return gaze.ACROSS * math.sin(math.radians(yaw)), -gaze.DOWN * math.sin(math.radians(pitch))


def turned(yaw: float) -> np.ndarray:
    y = math.radians(yaw)
    matrix = np.eye(4, dtype=np.float32)
    matrix[0, 0] = matrix[2, 2] = math.cos(y)
    matrix[0, 2], matrix[2, 0] = math.sin(y), -math.sin(y)
    return matrix


def read(faces: list[Face]) -> dict[str, Reading]:
    return shown([fresh(gaze)], faces)


@pytest.mark.parametrize("look", [(0, 0), (15, 0), (-15, 0), (0, 10), (10, -10)])
def test_eyes_that_turn_look_there(look: tuple[float, float]) -> None:
    readings = read([plain(i, look=eyes(*look)) for i in range(10)])
    assert value(readings["gaze.yaw"]) == pytest.approx(look[0], abs=0.1)
    assert value(readings["gaze.pitch"]) == pytest.approx(look[1], abs=0.1)


def test_eyes_that_stay_on_the_camera_while_the_head_turns_look_at_it() -> None:
    readings = read([plain(i, look=eyes(-12, 0), matrix=turned(12)) for i in range(10)])
    assert value(readings["gaze.yaw"]) == pytest.approx(0, abs=0.1)


def test_the_screen_is_where_the_person_usually_looks() -> None:
    usual = eyes(-8, -10)  # beside and under the camera
    before = [plain(i, look=usual) for i in range(FIRST)]
    there = before + [plain(FIRST + i, look=usual) for i in range(10)]
    away = before + [plain(FIRST + i, look=eyes(25, 0) if i < 7 else usual) for i in range(10)]
    assert value(read(there)["gaze.on_screen"]) == 1.0
    assert value(read(away)["gaze.on_screen"]) == pytest.approx(0.3)


def test_where_the_screen_is_takes_a_while_to_know() -> None:
    assert read([plain(i) for i in range(100)])["gaze.on_screen"] == Missing(Why.WARMING)


def test_shut_eyes_look_nowhere() -> None:
    readings = read([plain(i, lids=0.03) for i in range(10)])
    assert set(readings.values()) == {Missing(Why.LOW_QUALITY)}
