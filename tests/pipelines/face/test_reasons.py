"""Why there is no number of a face, for every stage that measures one."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from attunement.engine.signal import Context, Measured, Missing, Reading, Stage, Why
from attunement.pipelines.derived import Face
from attunement.pipelines.face import (
    action_units,
    asymmetry,
    blink,
    gaze,
    nods,
    pose,
    presence,
    smile,
    smile_kinds,
)
from tests.pipelines.face.seeing import absent, black, poor, seen
from tests.support.stages import PATIENT, NoModels

Second = list[Face]
SECONDS: dict[str, tuple[Callable[[], Second], Why]] = {
    "nothing": (list, Why.NO_MEDIA),
    "black": (lambda: [black(i) for i in range(10)], Why.MUTED),
    "dark": (lambda: [poor(i) for i in range(10)], Why.TOO_DARK),
    "frozen": (lambda: [poor(i, Why.FROZEN) for i in range(10)], Why.FROZEN),
    "turned": (
        lambda: [replace(seen(i, 0.1), fault=Why.TURNED_AWAY) for i in range(10)],
        Why.TURNED_AWAY,
    ),
    "three": (lambda: [seen(i) for i in range(3)], Why.LOW_QUALITY),
    "absent": (lambda: [absent(i) for i in range(10)], Why.NO_FACE),
    "leaves": (lambda: [*map(seen, range(4)), *map(absent, range(4, 10))], Why.NO_FACE),
    "blurred": (lambda: [seen(i, 0.1) for i in range(10)], Why.LOW_QUALITY),
}
STAGES = (presence, pose, blink, smile, action_units, asymmetry, smile_kinds, gaze, nods)
PRESENCE = {"face.presence", "face.count"}


def fresh(module: object) -> Stage[Face]:
    stage: Stage[Face] = module.STAGE.make(Context((PATIENT,), NoModels()))  # type: ignore[attr-defined]
    return stage


def readings(stage: Stage[Face], faces: Second) -> dict[str, Reading]:
    for face in faces:
        stage.push(face)
    stage.finish()
    return dict(stage.measure())


@pytest.mark.parametrize("case", SECONDS)
@pytest.mark.parametrize("module", STAGES, ids=lambda m: m.__name__.rsplit(".", 1)[1])
def test_a_face_that_cannot_be_seen_has_no_values(module: object, case: str) -> None:
    make, why = SECONDS[case]
    for name, reading in readings(fresh(module), make()).items():
        if (
            name in PRESENCE
            and why is Why.NO_FACE
            or name in PRESENCE
            and case in ("blurred", "turned")
        ):
            assert isinstance(reading, Measured)
        else:
            assert reading == Missing(why), name


@pytest.mark.parametrize("module", STAGES, ids=lambda m: m.__name__.rsplit(".", 1)[1])
def test_a_second_leaves_nothing_behind_for_the_next(module: object) -> None:
    stage = fresh(module)
    readings(stage, [seen(i) for i in range(60)])
    for name, reading in readings(stage, []).items():
        assert reading == Missing(Why.NO_MEDIA), name


def test_presence_is_the_share_of_pictures_with_a_face() -> None:
    got = readings(fresh(presence), [*map(seen, range(3)), *map(absent, range(3, 10))])
    assert got["face.presence"] == Measured(0.3, 1.0, 10)
    assert got["face.count"] == Measured(0, 1.0, 10)


def test_blinks_and_smiles_are_counted_in_events() -> None:
    eyes, mouth = fresh(blink), fresh(smile)
    for i in range(100):
        lids = 0.6 if i % 20 == 10 else 0.1
        corners = 0.9 if 20 <= i % 50 < 30 else 0.05
        face = seen(
            i,
            eyeBlinkLeft=lids,
            eyeBlinkRight=lids,
            mouthSmileLeft=corners,
            mouthSmileRight=corners,
        )
        eyes.push(face)
        mouth.push(face)
    blinks, smiles = eyes.measure()["face.blink_rate"], mouth.measure()["face.smile_rate"]
    assert isinstance(blinks, Measured)
    assert isinstance(smiles, Measured)
    assert blinks.n == 5
    assert smiles.n == 2
    assert blinks.value == pytest.approx(30, rel=0.03)


def test_a_wink_is_no_blink() -> None:
    stage = fresh(blink)
    for i in range(60):
        stage.push(seen(i, eyeBlinkLeft=0.7 if i % 10 == 5 else 0.1, eyeBlinkRight=0.1))
    assert stage.measure()["face.blink_rate"] == Measured(0.0, pytest.approx(0.2, abs=0.01), 0)


def test_looking_down_is_no_blink() -> None:
    stage = fresh(blink)
    for i in range(100):
        lids = 0.5 if 40 <= i < 70 else 0.1
        stage.push(seen(i, eyeBlinkLeft=lids, eyeBlinkRight=lids))
    reading = stage.measure()["face.blink_rate"]
    assert isinstance(reading, Measured)
    assert reading.n == 0
