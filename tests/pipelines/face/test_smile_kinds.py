import pytest

from attunement.engine.signal import Measured, Missing, Reading, Why
from attunement.pipelines.derived import Face
from attunement.pipelines.face import action_units, smile_kinds
from tests.pipelines.face.resting import FIRST, fresh, plain, shown

SMILE = {"mouthSmileLeft": 0.9, "mouthSmileRight": 0.9}


def smiling(cheeks: list[bool]) -> list[Face]:
    """After a third of a minute at rest: a smile of a second every three, with cheeks or not."""
    faces = [plain(i) for i in range(FIRST)]
    for with_cheeks in cheeks:
        for i in range(30):
            lids = 0.05 if with_cheeks and 10 <= i < 20 else 0.0
            shapes = SMILE if 10 <= i < 20 else {}
            faces.append(plain(len(faces), lower_lids=lids, **shapes))  # type: ignore[arg-type]
    return faces


def read(faces: list[Face]) -> dict[str, Reading]:
    return shown([fresh(action_units), fresh(smile_kinds)], faces)


def test_smiles_with_the_cheeks_and_without_are_two_counts() -> None:
    readings = read(smiling([True, False, True, True]))
    duchenne, other = readings["face.smile_duchenne_rate"], readings["face.smile_other_rate"]
    assert isinstance(duchenne, Measured)
    assert isinstance(other, Measured)
    assert (duchenne.n, other.n) == (3, 1)
    assert duchenne.value == pytest.approx(60 * 3 / 12, rel=0.05)


def test_a_smile_that_goes_on_is_not_counted_yet() -> None:
    faces = smiling([True]) + [plain(FIRST + 30 + i, **SMILE) for i in range(20)]  # type: ignore[arg-type]
    reading = read(faces)["face.smile_other_rate"]
    assert isinstance(reading, Measured)
    assert reading.n == 0


def test_before_the_rest_is_known_no_smile_has_a_kind() -> None:
    readings = read(smiling([True])[: FIRST - 20])
    assert set(readings.values()) == {Missing(Why.WARMING)}
