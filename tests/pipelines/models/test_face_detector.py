"""Faces are found where they were drawn, in pictures of any shape."""

import zipfile
from pathlib import Path

import numpy as np
import pytest

from attunement.pipelines.models.face_detector import FaceDetector, _merged
from attunement.pipelines.models.landmarker import NAME
from tests.support.drawn_face import face


@pytest.fixture(scope="module")
def find(models_dir: Path) -> FaceDetector:
    with zipfile.ZipFile(models_dir / NAME) as bundle:
        return FaceDetector(bundle.read("face_detector.tflite"))


@pytest.mark.parametrize("shift", [-150, 0, 150])
@pytest.mark.parametrize("size", [(640, 480), (320, 240)], ids=str)
def test_a_face_is_found_where_it_was_drawn(
    find: FaceDetector, shift: int, size: tuple[int, int]
) -> None:
    (found,) = find(face(shift=shift, size=size))
    scale = size[0] / 640
    x, y = found.corners.mean(0) / scale
    assert x == pytest.approx(320 + shift, abs=12)
    assert y == pytest.approx(240, abs=40)
    left, right = found.marks[:2] / scale
    assert left == pytest.approx((320 + shift - 42, 215), abs=12)
    assert right == pytest.approx((320 + shift + 42, 215), abs=12)


def test_a_portrait_is_no_other_face(find: FaceDetector) -> None:
    (found,) = find(face()[:, 140:500])
    assert found.corners.mean(0)[0] == pytest.approx(180, abs=12)


def test_boxes_of_one_face_are_one_and_weigh_what_they_are_sure_of() -> None:
    box = np.array(((0, 0), (10, 10)), np.float32)
    places = np.zeros((3, 8, 2), np.float32)
    places[0, :2], places[1, :2], places[2, :2] = box, box + 1, box + 100
    surest, other = _merged(np.array((0.6, 0.8, 0.7), np.float32), places)
    assert surest.score == pytest.approx(0.8)
    np.testing.assert_allclose(surest.corners, box + 0.8 / 1.4, rtol=1e-6)
    np.testing.assert_allclose(other.corners, box + 100)
