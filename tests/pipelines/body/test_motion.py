from dataclasses import replace

import numpy as np
import pytest

from attunement.engine.frame import VideoFrame
from attunement.engine.signal import Measured, Missing, Reading, Stage, Why
from attunement.pipelines.body.motion import Motion
from attunement.pipelines.derived import Face
from tests.pipelines.face.seeing import STEP, absent, black, seen

WALL = np.full((480, 640, 3), 90, np.uint8)


def moved(i: int) -> np.ndarray:
    """Half of the head's box is bright in every second picture."""
    image = WALL.copy()
    if i % 2:
        image[:, :320] = 200
    return image


def measured(  # type: ignore[no-untyped-def]
    stage: Stage,  # type: ignore[type-arg]
    images: list[np.ndarray],
    see=seen,
    name: str = "body.motion_head",
) -> Reading:
    for i, image in enumerate(images):
        stage.push(VideoFrame("p", i * STEP, image))
    for i in range(len(images)):
        stage.push(see(i))
    return stage.measure()[name]


def test_a_head_at_rest_does_not_move() -> None:
    assert measured(Motion(), [WALL] * 10) == Measured(0.0, 0.9, 9)


def test_the_share_that_changes_is_the_value() -> None:
    reading = measured(Motion(), [moved(i) for i in range(10)])
    assert isinstance(reading, Measured)
    assert reading.value == pytest.approx(0.5, abs=0.02)


def test_what_moves_beside_the_head_does_not_count() -> None:
    images = [WALL.copy() for _ in range(10)]
    for image in images[::2]:
        image[:, 560:] = 200
    assert measured(Motion(), images) == Measured(0.0, 0.9, 9)


def test_pictures_far_apart_are_not_compared() -> None:
    stage = Motion()
    for i in (0, 3, 6, 9):
        stage.push(VideoFrame("p", i * STEP, moved(i)))
        stage.push(seen(i))
    assert stage.measure()["body.motion_head"] == Missing(Why.WARMING)


def test_without_a_face_there_is_no_head() -> None:
    images = [moved(i) for i in range(10)]
    assert measured(Motion(), images, absent) == Missing(Why.NO_FACE)
    assert measured(Motion(), [WALL * 0] * 10, black) == Missing(Why.MUTED)
    assert measured(Motion(), []) == Missing(Why.NO_MEDIA)


def test_hands_below_the_face_are_body_and_not_head() -> None:
    images = [WALL.copy() for _ in range(10)]
    for image in images[::2]:
        image[400:] = 200
    assert measured(Motion(), images) == Measured(0.0, 0.9, 9)
    upper = measured(Motion(), images, name="body.motion_upper")
    assert isinstance(upper, Measured)
    assert upper.value == pytest.approx(80 / 96, abs=0.02)  # of what is below the chin
    assert 0 < upper.quality < 0.3  # most of which is not in the picture


def test_a_body_outside_of_the_picture_is_not_told_of() -> None:
    def low(i: int) -> Face:
        face = seen(i)
        assert face.landmarks is not None
        return replace(face, landmarks=face.landmarks + np.float32([0, 0.19, 0]))

    assert measured(Motion(), [WALL] * 10, low, "body.motion_upper") == Missing(Why.LOW_QUALITY)
    assert isinstance(measured(Motion(), [WALL] * 10, low), Measured)


@pytest.mark.parametrize(("gain", "offset"), [(1.0, 40.0), (1.4, 0.0), (0.7, 10.0)])
def test_light_that_changes_is_no_movement(gain: float, offset: float) -> None:
    scene = textured(1)
    lit = np.clip(scene * gain + offset, 0, 255).astype(np.uint8)
    assert measured(Motion(), [scene, lit] * 5) == Measured(0.0, 0.9, 9)


def test_what_moves_while_the_light_changes_is_found() -> None:
    scene = textured(2)
    lit = (scene * 0.8 + 20).astype(np.uint8)
    lit[120:360, 192:320] = 255 - lit[120:360, 192:320]
    reading = measured(Motion(), [scene, lit] * 5)
    assert isinstance(reading, Measured)
    # A quarter of the head's box, but for those blocks that are as grey as before.
    assert reading.value == pytest.approx(240 * 128 / (417 * 333), rel=0.25)


@pytest.mark.parametrize("noise", [5, 30])
def test_a_camera_s_noise_is_no_movement(noise: float) -> None:
    rng = np.random.default_rng(1)
    scene = textured(3)
    images = [
        np.clip(scene + rng.normal(0, noise, scene.shape), 0, 255).astype(np.uint8)
        for _ in range(10)
    ]
    reading = measured(Motion(), images)
    assert isinstance(reading, Measured)
    assert reading.value < 0.002


def textured(seed: int) -> np.ndarray:  # type: ignore[type-arg]
    """Patches of 32 pixels from dark to light."""
    patches = np.random.default_rng(seed).integers(30, 170, (15, 20, 1), np.uint8)
    return np.repeat(np.repeat(np.repeat(patches, 32, axis=0), 32, axis=1), 3, axis=2)
