"""Where the landmarker's file is not here: the face net sees the same faces, without landmarks."""

from collections.abc import Iterator

import numpy as np
import pytest

from attunement.engine.signal import Measured, Missing, Reading, Why
from attunement.simulator.face import Artist, Expression
from attunement.simulator.script import Look
from tests.pipelines.face.watching import Image, shown, watch
from tests.support.stages import NoModels

KNOWN = ("face.presence", "face.count", "face.size", "face.yaw", "face.pitch", "face.roll")
KNOWN += ("face.blink_rate", "face.smile_rate", "body.motion_head")


def acting(seconds: int) -> Iterator[Image]:
    """Blinks of 200 ms every three seconds, and smiles of a second every five; turned by 15."""
    artist = Artist(Look())
    for i in range(10 * seconds):
        blink, smile = float(i % 30 in (13, 14)), float(20 <= i % 50 < 30)
        yield artist.draw(Expression(yaw=15.0, blink=blink, smile=smile))


@pytest.fixture(scope="module")
def last() -> dict[str, Reading]:
    return watch(shown(acting(12)), NoModels())[11]


def test_presence_pose_blinks_smiles_and_movement_are_measured(last: dict[str, Reading]) -> None:
    for name in KNOWN:
        reading = last[name]
        assert isinstance(reading, Measured), (name, reading)
        assert reading.quality > 0.1, name
    values = {n: r.value for n, r in last.items() if isinstance(r, Measured)}
    assert values["face.presence"] == 1
    assert values["face.count"] == 1
    assert 0.3 < values["face.size"] < 0.6
    assert values["face.yaw"] == pytest.approx(15, abs=8)


def test_blinks_and_smiles_are_counted(last: dict[str, Reading]) -> None:
    blinks, smiles = last["face.blink_rate"], last["face.smile_rate"]
    assert isinstance(blinks, Measured)
    assert isinstance(smiles, Measured)
    assert blinks.n == 4
    assert smiles.n == 2


def test_what_needs_landmarks_says_that_the_model_is_not_here(last: dict[str, Reading]) -> None:
    units = {name: reading for name, reading in last.items() if name.startswith("face.au")}
    assert units
    assert set(units.values()) == {Missing(Why.NO_MODEL)}


def test_nobody_in_the_picture_is_told_and_nothing_else() -> None:
    wall = np.random.default_rng(3)
    pictures = [wall.integers(110, 130, (120, 160, 3), np.uint8) for _ in range(30)]
    second = watch(shown(pictures), NoModels())[2]
    told = {name: r.value for name, r in second.items() if isinstance(r, Measured)}
    assert told == {"face.presence": 0, "face.count": 0}


def test_the_same_pictures_give_the_same_signals_bit_by_bit() -> None:
    assert watch(shown(acting(3)), NoModels()) == watch(shown(acting(3)), NoModels())
