import sys
from pathlib import Path

import numpy as np
import pytest

from attunement.engine.clock import MILLISECOND
from attunement.engine.errors import ModelUnavailable
from attunement.pipelines.models import landmarker
from attunement.pipelines.models.landmarker import NAME, Landmarker, shrunk
from tests.support.drawn_face import face


def test_a_package_that_is_not_installed_is_told(
    monkeypatch: pytest.MonkeyPatch, models_dir: Path
) -> None:
    monkeypatch.setitem(sys.modules, "ai_edge_litert.interpreter", None)
    with pytest.raises(ModelUnavailable, match=r"pip install 'attunement\[face\]'"):
        Landmarker(models_dir / NAME)


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailable, match="the file is not here"):
        Landmarker(tmp_path / NAME)


def test_a_file_that_is_no_model_is_told(tmp_path: Path) -> None:
    file = tmp_path / NAME
    file.write_bytes(b"no model")
    with pytest.raises(ModelUnavailable, match="cannot be loaded"):
        Landmarker(file)


def test_a_drawn_face_smiles_shuts_its_eyes_and_drops_its_jaw(models_dir: Path) -> None:
    look = Landmarker(models_dir / NAME)
    found = []
    for i, drawn in enumerate((face(), face(smile=1), face(shut=1), face(jaw=1))):
        for again in range(3):
            seen = look(drawn, (3 * i + again) * 100 * MILLISECOND)
        assert seen is not None
        assert seen.points.shape == (478, 3)
        assert len(seen.blendshapes) == 52
        assert seen.matrix.shape == (4, 4)
        found.append(seen.blendshapes)
    neutral, smile, shut, jaw = found
    assert smile["mouthSmileLeft"] > neutral["mouthSmileLeft"] + 0.5
    assert shut["eyeBlinkLeft"] > neutral["eyeBlinkLeft"] + 0.25
    assert jaw["jawOpen"] > neutral["jawOpen"] + 0.05


def test_a_wall_has_no_face(models_dir: Path) -> None:
    look = Landmarker(models_dir / NAME)
    wall = np.full((240, 320, 3), 120, np.uint8)
    assert look(wall, 0) is None
    assert look.count(wall) == 0


def test_a_face_that_is_elsewhere_is_found_in_the_same_picture(models_dir: Path) -> None:
    look = Landmarker(models_dir / NAME)
    for i, shift in enumerate((-200, 200)):
        seen = look(face(shift=shift), i * 100 * MILLISECOND)
        assert seen is not None
        assert seen.points[1, 0] == pytest.approx((320 + shift) / 640, abs=0.02)


def test_a_picture_that_follows_none_is_seen_as_the_first(models_dir: Path) -> None:
    look = Landmarker(models_dir / NAME)
    first = look(face(smile=1), 0)
    look(face(shift=20), 100 * MILLISECOND)
    look.forget()
    again = look(face(smile=1), 200 * MILLISECOND)
    assert first is not None
    assert again is not None
    np.testing.assert_array_equal(first.points, again.points)
    assert first.blendshapes == again.blendshapes


def test_faces_are_counted(models_dir: Path) -> None:
    pair = np.concatenate([face(), face()], axis=1)
    assert Landmarker(models_dir / NAME).count(shrunk(pair)) == 2


def test_nothing_is_chattered_to_the_terminal(
    models_dir: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    Landmarker(models_dir / NAME)(face(), 0)
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("size", [(3840, 2160), (1080, 1920), (641, 3), (640, 480), (31, 17)])
def test_a_shrunk_picture_keeps_its_shape_and_its_light(size: tuple[int, int]) -> None:
    width, height = size
    image = np.full((height, width, 3), 77, np.uint8)
    small = shrunk(image)
    assert max(small.shape) <= landmarker.WIDEST
    assert small.shape[0] >= 1
    assert (small == 77).all()
