import math
from collections.abc import Iterator

import numpy as np
import pytest

from attunement.engine.frame import Frame
from attunement.engine.signal import Measured, Missing, Reading, Why
from attunement.pipelines.derived import Face
from attunement.pipelines.face import action_units, levels
from tests.pipelines.face.resting import FIRST, fresh, plain, shown, value

BLINK = {"eyeBlinkLeft": 0.7, "eyeBlinkRight": 0.7, "lids": 0.05}


def then(seconds: int = 1, rest: dict[str, float] | None = None, **acted: float) -> list[Face]:
    """A minute's third at rest, then so many seconds of this."""
    before = [plain(i, **(rest or {})) for i in range(FIRST)]  # type: ignore[arg-type]
    return before + [plain(FIRST + i, **acted) for i in range(10 * seconds)]  # type: ignore[arg-type]


def read(faces: list[Face]) -> dict[str, Reading]:
    return shown([fresh(action_units)], faces)


def test_before_a_third_of_a_minute_there_is_no_rest_to_measure_against() -> None:
    readings = read([plain(i) for i in range(FIRST - 20)])
    assert set(readings.values()) == {Missing(Why.WARMING)}


def test_a_face_at_rest_shows_nothing_whatever_it_looks_like() -> None:
    drooping = {"browInnerUp": 0.5, "mouthFrownLeft": 0.4, "mouthFrownRight": 0.4, "lids": 0.12}
    readings = read(then(rest=drooping, **drooping))
    for name, reading in readings.items():
        assert value(reading) == pytest.approx(0, abs=0.02), name


def test_presence_and_strength_of_a_unit_are_two_signals() -> None:
    readings = read(then(mouthSmileLeft=0.5, mouthSmileRight=0.5))
    assert value(readings["face.au12_p"]) > 0.99
    assert value(readings["face.au12_i"]) == pytest.approx(5 * 0.5 / 0.95)


@pytest.mark.parametrize(
    ("unit", "acted"),
    [
        (1, {"browInnerUp": 0.9, "brows": 0.15}),
        (2, {"browOuterUpLeft": 0.9, "browOuterUpRight": 0.9, "brows": 0.15}),
        (4, {"brows": -0.09}),
        (4, {"browDownLeft": 0.7, "browDownRight": 0.7}),
        (5, {"eyeWideLeft": 0.3, "eyeWideRight": 0.3}),
        (6, {"lower_lids": 0.06}),
        (7, {"eyeSquintLeft": 0.7, "eyeSquintRight": 0.7}),
        (10, {"mouthUpperUpLeft": 0.8, "mouthUpperUpRight": 0.8}),
        (14, {"mouthDimpleLeft": 0.25, "mouthDimpleRight": 0.25}),
        (15, {"mouthFrownLeft": 0.45, "mouthFrownRight": 0.45}),
        (17, {"mouthShrugLower": 0.5}),
        (20, {"mouthStretchLeft": 0.7, "mouthStretchRight": 0.7}),
        (24, {"mouthPressLeft": 0.3, "mouthPressRight": 0.3}),
        (25, {"lips": 0.25}),
        (26, {"jawOpen": 0.7}),
        (28, {"mouthRollLower": 0.35, "mouthRollUpper": 0.25}),
        (43, BLINK),
    ],
)
def test_what_is_acted_is_the_strongest_unit(unit: int, acted: dict[str, float]) -> None:
    readings = read(then(**acted))
    strength = {k: value(r) for k, r in readings.items() if k.endswith("_i")}
    assert strength[f"face.au{unit:02}_i"] > 4
    others = {k: v for k, v in strength.items() if k not in {f"face.au{unit:02}_i"}}
    assert max(others.values()) < 4 or unit in {1, 2}


def test_a_blink_is_the_deepest_picture_of_a_second_and_no_shut_eye() -> None:
    faces = then() + [plain(FIRST + 10 + i, **(BLINK if i == 4 else {})) for i in range(10)]  # type: ignore[arg-type]
    readings = read(faces)
    assert value(readings["face.au45_i"]) > 4
    assert value(readings["face.au43_i"]) == 0
    assert value(readings["face.au06_i"]) == 0


def test_eyes_that_stay_shut_do_not_blink() -> None:
    readings = read(then(seconds=2, **BLINK))
    assert value(readings["face.au43_p"]) > 0.99
    assert value(readings["face.au45_i"]) == 0


def test_quality_grows_with_what_is_known_of_the_rest() -> None:
    def quality(seconds: int) -> float:
        reading = read([plain(i) for i in range(10 * seconds)])["face.au12_p"]
        assert isinstance(reading, Measured)
        return reading.quality

    assert quality(25) == pytest.approx(25 / 60, abs=0.03)
    assert quality(70) == 1.0


def test_poor_pictures_show_no_units() -> None:
    stage = fresh(action_units)

    def derived() -> Iterator[Frame]:
        for i in range(FIRST + 20):
            yield from stage.push(plain(i, quality=0.1))
            if i % 10 == 9:
                stage.measure()

    assert list(derived()) == []


def test_a_face_without_landmarks_has_no_units() -> None:
    bare = [
        Face("p", i * 10**8, 1, 1.0, blendshapes=plain(i).blendshapes, span=plain(i).landmarks)
        for i in range(10)
    ]
    assert set(read(bare).values()) == {Missing(Why.NO_MODEL)}


@pytest.mark.parametrize("degrees", [-12.0, 12.0])
def test_a_nod_neither_raises_nor_lowers_the_brows(degrees: float) -> None:
    """Which lie before the eyes, so that they rise over them in the picture as the head does."""
    sine = math.sin(math.radians(degrees))
    nodding = np.eye(4, dtype=np.float32)
    nodding[1, 2], nodding[2, 2] = sine, math.sqrt(1 - sine * sine)
    still = [plain(i) for i in range(FIRST)]
    risen = levels.BEFORE["brow_inner"] * sine
    readings = read(still + [plain(FIRST + i, brows=risen, matrix=nodding) for i in range(10)])
    for unit in (1, 2, 4):
        assert value(readings[f"face.au{unit:02}_i"]) < 0.9, unit
