"""The whole face, on drawn pictures and on real ones."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from attunement.engine.clock import SECOND
from attunement.engine.errors import ModelUnavailable
from attunement.engine.frame import VideoFrame
from attunement.engine.signal import Measured, Missing, Reading, Why
from attunement.pipelines.face import landmarks
from attunement.pipelines.models.files import Shelf
from tests.pipelines.face.watching import Image, clip, grained, shown, watch
from tests.support.drawn_face import face
from tests.support.stages import NoModels

TELLS_OF_ABSENCE = {"face.presence", "face.count"}


@pytest.fixture
def shelf(models_dir: Path) -> Shelf:
    return Shelf(models_dir)


def value(reading: Reading) -> float:
    assert isinstance(reading, Measured), reading
    return reading.value


def reasons(second: dict[str, Reading]) -> set[Why]:
    return {reading.why for reading in second.values() if isinstance(reading, Missing)}


def acting(seconds: int) -> Iterator[Image]:
    """Blinks of 100 and 200 ms, and smiles of a second."""
    for i in range(10 * seconds):
        shut = float(i % 30 == 13 or i % 60 == 14)
        yield grained(face(shut=shut, smile=float(20 <= i % 50 < 30)), i)


def test_without_the_model_and_what_stands_in_for_it_every_signal_says_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def not_here() -> None:
        raise ModelUnavailable("scikit-image", "the package is not installed", "install it")

    monkeypatch.setattr(landmarks, "FaceFinder", not_here)
    for second in watch(shown([np.full((48, 64, 3), 99, np.uint8)] * 12), NoModels()):
        assert reasons(second) == {Why.NO_MODEL}
        assert all(isinstance(reading, Missing) for reading in second.values())


def test_blinks_and_smiles_of_a_drawn_face_are_counted(shelf: Shelf) -> None:
    last = watch(shown(acting(20)), shelf)[19]
    blinks, smiles = last["face.blink_rate"], last["face.smile_rate"]
    assert isinstance(blinks, Measured)
    assert isinstance(smiles, Measured)
    assert abs(blinks.n - 7) <= 1
    assert smiles.n == 4


def test_a_head_that_tilts_and_moves_is_measured(shelf: Shelf) -> None:
    def moving() -> Iterator[Image]:
        for i in range(40):
            shift = 20.0 * (i % 2) if i >= 30 else 0.0
            yield grained(face(roll=15 if 10 <= i < 30 else 0, shift=shift), i)

    still, tilted, _, shaken = watch(shown(moving()), shelf)
    assert value(still["face.roll"]) == pytest.approx(0, abs=3)
    assert value(tilted["face.roll"]) == pytest.approx(15, abs=3)
    assert value(still["body.motion_head"]) < 0.02
    assert value(shaken["body.motion_head"]) > 0.2


def test_the_same_pictures_give_the_same_signals(shelf: Shelf) -> None:
    assert watch(shown(acting(3)), shelf) == watch(shown(acting(3)), shelf)


def test_a_camera_that_is_off_is_muted(shelf: Shelf) -> None:
    for second in watch(shown([np.zeros((48, 64, 3), np.uint8)] * 20), shelf):
        assert reasons(second) == {Why.MUTED}


def test_a_frozen_picture_tells_nothing_after_a_second(shelf: Shelf) -> None:
    first, second, third = watch(shown([face()] * 30), shelf)
    assert isinstance(first["face.yaw"], Measured)
    assert reasons(second) == reasons(third) == {Why.FROZEN}


def test_a_dark_room_is_not_an_absent_face(shelf: Shelf) -> None:
    dark = [grained(np.full((240, 320, 3), 2, np.uint8), i, 1.0) for i in range(10)]
    assert reasons(watch(shown(dark), shelf)[0]) == {Why.TOO_DARK}


@pytest.mark.parametrize(
    "size", [(3840, 2160), (480, 854), (641, 481), (1921, 1081), (160, 120)], ids=str
)
def test_a_face_is_found_in_a_picture_of_any_size(shelf: Shelf, size: tuple[int, int]) -> None:
    drawn = face(size=size)
    images = [drawn.copy() for _ in range(5)]
    for i, image in enumerate(images):
        image[i, 0] += 1  # no picture twice
    second = watch(shown(images), shelf)[0]
    assert value(second["face.presence"]) == 1.0
    assert value(second["face.count"]) == 1


@pytest.mark.parametrize("shape", [(1, 1), (2, 300), (17, 31), (48, 64), (360, 640)], ids=str)
def test_noise_has_no_face(shelf: Shelf, shape: tuple[int, int]) -> None:
    rng = np.random.default_rng(7)
    images = [rng.integers(0, 255, (*shape, 3), np.uint8) for _ in range(10)]
    for name, reading in watch(shown(images), shelf)[0].items():
        if name not in TELLS_OF_ABSENCE:
            assert isinstance(reading, Missing), name
            assert reading.why in {Why.NO_FACE, Why.TOO_SMALL}, name


def test_a_resolution_that_changes_harms_nothing(shelf: Shelf) -> None:
    sizes = [(640, 480)] * 15 + [(320, 240)] * 15 + [(240, 426)] * 10
    images = [grained(face(size=size), i) for i, size in enumerate(sizes)]
    for second in watch(shown(images), shelf):
        assert value(second["face.presence"]) == 1.0
        assert value(second["body.motion_head"]) < 0.05


def test_a_picture_that_is_grey_in_shape_fails_alone(shelf: Shelf) -> None:
    frames = [VideoFrame("p", i * SECOND // 10, np.zeros((48, 64), np.uint8)) for i in range(10)]
    assert reasons(watch(frames, shelf)[0]) == {Why.FAILED}


def truth(name: str) -> list[bool | None]:
    """Is there a face, second by second? None where it comes or goes."""
    return {
        "single_face.mp4": [True] * 3,
        "face_noface.mov": [True, True, None, False, False, False, False],
        "no_face.mp4": [False] * 4,
    }.get(name, [True] * 3)


def test_faces_of_real_recordings_are_there_when_they_are(shelf: Shelf, data_dir: Path) -> None:
    video = data_dir / "video"
    names = ["single_face.mp4", "face_noface.mov", "no_face.mp4"]
    right = []
    for path in [*(video / name for name in names), *sorted((video / "grid").glob("*.mpg"))]:
        seconds = watch(clip(path), shelf)
        for second, there in zip(seconds, truth(path.name), strict=True):
            presence = second["face.presence"]
            if there is None or not isinstance(presence, Measured):
                continue
            right.append((presence.value > 0.5) == there)
            if not there:
                rest = {k: r for k, r in second.items() if k not in TELLS_OF_ABSENCE}
                assert all(r == Missing(Why.NO_FACE) for r in rest.values()), path.name
    assert len(right) >= 30
    assert sum(right) >= 0.95 * len(right)
