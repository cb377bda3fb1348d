"""A face behind something, through the landmarker and all stages of the face."""

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest

from attunement.engine.signal import Measured, Missing, Reading, Why
from attunement.pipelines.face import view
from attunement.pipelines.face.seen import CLEAR
from attunement.pipelines.models.face_cover import Covered
from attunement.pipelines.models.files import Shelf
from attunement.simulator.face import Artist, Expression
from attunement.simulator.script import Look
from tests.pipelines.face.watching import Image, clip, shown, watch
from tests.support.stages import NoModels

TELLS_OF_ABSENCE = {"face.presence", "face.count", "face.size"}
SKIN = 214, 170, 142


@pytest.fixture
def shelf(models_dir: Path) -> Shelf:
    return Shelf(models_dir)


def hand(image: Image, x: int, y: int) -> Image:
    """Four fingers side by side, from the right, of skin like the face's."""
    held = image.copy()
    for finger in range(-2, 3):
        row = y + 22 * finger
        cv2.line(held, (x - 60, row), (x + 260, row + 60), SKIN, 22, cv2.LINE_AA)
        cv2.line(held, (x - 60, row + 11), (x + 260, row + 71), (150, 110, 90), 2, cv2.LINE_AA)
    return np.asarray(cv2.GaussianBlur(held, (3, 3), 0), np.uint8)


def acting(seconds: int, covered: tuple[int, int] | None, since: int) -> Iterator[Image]:
    artist = Artist(Look())
    for i in range(10 * seconds):
        image = artist.draw(Expression(jaw=0.2 * (i % 3)))
        yield hand(image, *covered) if covered and i >= since else image


def whys(second: dict[str, Reading]) -> set[Why]:
    return {
        reading.why
        for name, reading in second.items()
        if isinstance(reading, Missing) and name not in TELLS_OF_ABSENCE
    }


@pytest.mark.parametrize("place", [(320, 290), (320, 210)], ids=["mouth", "eyes"])
def test_a_hand_before_the_face_is_told(shelf: Shelf, place: tuple[int, int]) -> None:
    first, *_, last = watch(shown(acting(4, place, 10)), shelf)
    assert isinstance(first["face.yaw"], Measured)
    assert last["face.yaw"] == last["face.blink_rate"] == Missing(Why.OCCLUDED)


def test_a_bare_face_that_speaks_is_measured(shelf: Shelf) -> None:
    for second in watch(shown(acting(3, None, 0)), shelf):
        assert Why.OCCLUDED not in whys(second)
        assert isinstance(second["face.yaw"], Measured)


def test_nobody_in_real_clips_is_said_to_be_covered(shelf: Shelf, data_dir: Path) -> None:
    for file in sorted((data_dir / "video/grid").glob("*.mpg"))[:4]:
        for second in watch(clip(file), shelf):
            assert Why.OCCLUDED not in whys(second), file.name


def test_a_bare_face_is_measured_without_the_landmarker_too() -> None:
    last = watch(shown(acting(3, None, 0)), NoModels())[2]
    assert Why.OCCLUDED not in whys(last)
    assert isinstance(last["face.yaw"], Measured)


def test_quality_sinks_with_what_is_covered() -> None:
    qualities = [view.openness(Covered(0.0, share, 0.1))[0] for share in np.linspace(0, 1, 11)]
    assert qualities[0] == 1
    assert qualities == sorted(qualities, reverse=True)
    assert qualities[-1] == 0
    for covered in (Covered(1.0, 0.0, 0.2), Covered(0.0, 1.0, 0.2), Covered(0.6, 0.6, 0.6)):
        assert view.openness(covered)[0] < CLEAR
