import numpy as np
import pytest

from attunement.engine.frame import VideoFrame
from attunement.engine.signal import Measured, Missing, Reading, Stage, Why
from attunement.pipelines.body.motion import HeadMotion
from tests.pipelines.face.seeing import STEP, absent, black, seen

WALL = np.full((480, 640, 3), 90, np.uint8)


def moved(i: int) -> np.ndarray:
    """Half of the head's box is bright in every second picture."""
    image = WALL.copy()
    if i % 2:
        image[:, :320] = 200
    return image


def measured(stage: Stage, images: list[np.ndarray], see=seen) -> Reading:  # type: ignore[no-untyped-def, type-arg]
    for i, image in enumerate(images):
        stage.push(VideoFrame("p", i * STEP, image))
    for i in range(len(images)):
        stage.push(see(i))
    return stage.measure()["body.motion_head"]


def test_a_head_at_rest_does_not_move() -> None:
    assert measured(HeadMotion(), [WALL] * 10) == Measured(0.0, 0.9, 9)


def test_the_share_that_changes_is_the_value() -> None:
    reading = measured(HeadMotion(), [moved(i) for i in range(10)])
    assert isinstance(reading, Measured)
    assert reading.value == pytest.approx(0.5, abs=0.02)


def test_what_moves_beside_the_head_does_not_count() -> None:
    images = [WALL.copy() for _ in range(10)]
    for image in images[::2]:
        image[:, 560:] = 200
    assert measured(HeadMotion(), images) == Measured(0.0, 0.9, 9)


def test_pictures_far_apart_are_not_compared() -> None:
    stage = HeadMotion()
    for i in (0, 3, 6, 9):
        stage.push(VideoFrame("p", i * STEP, moved(i)))
        stage.push(seen(i))
    assert stage.measure()["body.motion_head"] == Missing(Why.WARMING)


def test_without_a_face_there_is_no_head() -> None:
    images = [moved(i) for i in range(10)]
    assert measured(HeadMotion(), images, absent) == Missing(Why.NO_FACE)
    assert measured(HeadMotion(), [WALL * 0] * 10, black) == Missing(Why.MUTED)
    assert measured(HeadMotion(), []) == Missing(Why.NO_MEDIA)
