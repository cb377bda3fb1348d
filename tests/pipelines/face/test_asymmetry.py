import pytest

from attunement.engine.signal import Missing, Reading, Why
from attunement.pipelines.derived import Face
from attunement.pipelines.face import action_units, asymmetry
from tests.pipelines.face.resting import FIRST, fresh, plain, shown, value

Sides = tuple[float, float]  # of the person: right, left


def face(i: int, rise: Sides = (0, 0), smile: Sides = (0, 0), blink: Sides = (0, 0)) -> Face:
    shapes = dict(zip(("mouthSmileRight", "mouthSmileLeft"), smile, strict=True))
    shapes |= dict(zip(("eyeBlinkRight", "eyeBlinkLeft"), blink, strict=True))
    return plain(i, uneven=rise, **shapes)  # type: ignore[arg-type]


def read(rest: Sides = (0, 0), seconds: int = 1, **sides: Sides) -> dict[str, Reading]:
    faces = [face(i, rest) for i in range(FIRST)]
    faces += [face(FIRST + i, **sides) for i in range(10 * seconds)]
    return shown([fresh(action_units), fresh(asymmetry)], faces)


def told(part: str, **sides: Sides) -> float:
    return value(read(**sides)[f"face.asymmetry_{part}"])


def test_a_half_smile_leans_to_its_own_side_and_mirrored_as_far_to_the_other() -> None:
    left = told("mouth", rise=(0, 0.06), smile=(0, 0.6))
    assert left > 0.4
    assert told("mouth", rise=(0.06, 0), smile=(0.6, 0)) == pytest.approx(-left, abs=1e-4)


def test_a_corner_of_the_mouth_that_hangs_leans_to_the_other_side() -> None:
    assert told("mouth", rise=(0, -0.06)) < -0.15


def test_a_brow_that_is_raised_alone_leans_to_its_own_side_and_mirrored_to_the_other() -> None:
    left = told("brows", rise=(0, 0.08))
    assert left == pytest.approx(0.5, abs=0.01)
    assert told("brows", rise=(0.08, 0)) == pytest.approx(-left, abs=1e-4)


def test_a_wink_leans_to_its_own_side() -> None:
    left = told("lids", blink=(0, 0.7))
    assert left > 0.4
    assert told("lids", blink=(0.7, 0)) == pytest.approx(-left, abs=1e-6)


def test_a_face_that_always_hangs_on_one_side_is_even_for_this_person() -> None:
    for name, reading in read(rest=(0.05, 0), rise=(0.05, 0)).items():
        if "asymmetry" in name:
            assert value(reading) == pytest.approx(0, abs=1e-4), name


def test_what_both_sides_do_alike_is_no_asymmetry() -> None:
    for part in asymmetry.PARTS:
        assert told(part, rise=(0.1, 0.1), smile=(0.8, 0.8), blink=(0.5, 0.5)) == pytest.approx(
            0, abs=1e-4
        )


def test_before_a_third_of_a_minute_there_is_no_rest_to_measure_against() -> None:
    readings = shown([fresh(asymmetry)], [face(i) for i in range(FIRST - 20)])
    assert set(readings.values()) == {Missing(Why.WARMING)}
