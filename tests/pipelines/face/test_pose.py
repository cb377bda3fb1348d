import numpy as np
import pytest

from attunement.pipelines.face.pose import angles


def turned(yaw: float, pitch: float, roll: float, scale: float = 1.0) -> np.ndarray:
    y, p, r = np.radians([yaw, pitch, roll])
    around_y = np.array([[np.cos(y), 0, np.sin(y)], [0, 1, 0], [-np.sin(y), 0, np.cos(y)]])
    around_x = np.array([[1, 0, 0], [0, np.cos(p), np.sin(p)], [0, -np.sin(p), np.cos(p)]])
    around_z = np.array([[np.cos(r), -np.sin(r), 0], [np.sin(r), np.cos(r), 0], [0, 0, 1]])
    matrix = np.eye(4)
    matrix[:3, :3] = scale * around_y @ around_x @ around_z
    return matrix.astype(np.float32)


@pytest.mark.parametrize(
    "pose",
    [(0, 0, 0), (30, 0, 0), (-30, 0, 0), (0, 20, 0), (0, 0, 15), (25, -15, 10), (-60, 40, -30)],
)
def test_the_angles_of_a_rotation_come_back(pose: tuple[float, float, float]) -> None:
    assert angles(turned(*pose)) == pytest.approx(pose, abs=1e-3)


def test_a_scale_in_the_matrix_changes_nothing() -> None:
    assert angles(turned(25, -15, 10, 3.0)) == pytest.approx((25, -15, 10), abs=1e-3)
