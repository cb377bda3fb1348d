"""A head is where it was put, and turned as it was turned."""

import zipfile
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from attunement.pipelines.models.canonical_face import POINTS, VIEW, CanonicalFace, _description
from attunement.pipelines.models.landmarker import NAME

WIDE, HIGH = 640, 480


@pytest.fixture(scope="module")
def content(models_dir: Path) -> bytes:
    with zipfile.ZipFile(models_dir / NAME) as bundle:
        return bundle.read("geometry_pipeline_metadata_landmarks.binarypb")


def turned(yaw: float, pitch: float) -> NDArray[np.float64]:
    """Degrees: about the axis upwards, then about the one to the right."""
    y, x = np.radians((yaw, pitch))
    about_y = ((np.cos(y), 0, np.sin(y)), (0, 1, 0), (-np.sin(y), 0, np.cos(y)))
    about_x = ((1, 0, 0), (0, np.cos(x), -np.sin(x)), (0, np.sin(x), np.cos(x)))
    return np.array(about_x) @ np.array(about_y)


def seen(points: NDArray[np.float64]) -> NDArray[np.float32]:
    """Points in front of a camera, cm, as landmarks of its picture."""
    away = -points[:, 2]
    tall = 2 * np.tan(VIEW / 2)
    wide = tall * WIDE / HIGH
    x = points[:, 0] / away / wide + 0.5
    y = 0.5 - points[:, 1] / away / tall
    depth = (away / away.mean() - 1) / wide
    landmarks = np.stack((x, y, depth), axis=1)
    return np.concatenate((landmarks, np.zeros((10, 3)))).astype(np.float32)


@pytest.mark.parametrize(("yaw", "pitch"), [(0, 0), (25, 0), (-30, 10), (5, -20)])
def test_a_head_is_found_where_it_is_and_as_it_is_turned(
    content: bytes, yaw: float, pitch: float
) -> None:
    mesh = np.array(_description().FromString(content).mesh.vertices).reshape(POINTS, 5)[:, :3]
    where, rotation = np.array((4.0, -3.0, -55.0)), turned(yaw, pitch)
    matrix = CanonicalFace(content)(seen(mesh @ rotation.T + where), WIDE, HIGH)
    np.testing.assert_allclose(matrix[:3, :3], rotation, atol=0.02)
    np.testing.assert_allclose(matrix[:3, 3], where, atol=1.0)


def test_a_face_without_its_points_says_what_was_got() -> None:
    with pytest.raises(ValueError, match="got 0 numbers of a canonical face, expected 2340"):
        CanonicalFace(b"")
