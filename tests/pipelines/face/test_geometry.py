import numpy as np
import pytest

from attunement.pipelines.face.geometry import BROWS, CORNERS, MEASURES, higher, measures, own

RNG = np.random.default_rng(2)


def scattered() -> np.ndarray:
    points = RNG.uniform(0.2, 0.8, (478, 3)).astype(np.float32)
    points[33, :2], points[263, :2] = (0.4, 0.4), (0.6, 0.4)
    points[168, :2], points[2, :2] = (0.5, 0.42), (0.5, 0.6)
    return points


def of(points: np.ndarray) -> np.ndarray:
    placed = own(points)
    assert placed is not None
    return measures(placed)


@pytest.mark.parametrize(
    "change",
    [
        np.diag([0.5, 0.5]),  # farther away
        np.diag([1.0, 16 / 9]),  # another format of the picture
        np.array([[0.9, -0.3], [0.3, 0.9]]),  # tilted
    ],
    ids=["far", "wide", "tilted"],
)
def test_distance_format_and_tilt_change_no_length(change: np.ndarray) -> None:
    points = scattered()
    moved = points.copy()
    moved[:, :2] = points[:, :2] @ change + 0.1
    assert of(moved) == pytest.approx(of(points), abs=1e-4)


def test_lips_that_part_are_apart_by_that_many_noses() -> None:
    points = scattered()
    points[13, :2], points[14, :2] = (0.5, 0.65), (0.5, 0.65 + 0.18 / 2)
    assert of(points)[:, MEASURES.index("lips")] == pytest.approx([0.5, 0.5], abs=1e-5)


def test_a_lower_lid_that_rises_counts_up() -> None:
    points = scattered()
    points[145, :2] = 0.5, 0.5
    low = of(points)[0, MEASURES.index("lower_lid")]
    points[145, 1] = 0.45
    assert of(points)[0, MEASURES.index("lower_lid")] > low


def test_a_face_seen_edge_on_has_no_lengths() -> None:
    points = scattered()
    points[:, 0] = 0.5
    assert own(points) is None


def even() -> np.ndarray:
    """A face in space that is the same left and right, (478, 3): x right, y down, z to us."""
    points = np.zeros((478, 3))
    points[168], points[2] = (0, 0.02, 0.3), (0, 0.2, 0.4)
    for right, left, x, y, z in [
        (33, 263, 0.15, 0.0, 0.1),
        (*CORNERS, 0.08, 0.3, 0.2),
        *((*pair, 0.05, -0.1, 0.2 + i / 20) for i, pair in enumerate(zip(*BROWS, strict=True))),
    ]:
        points[right], points[left] = (-x, y, z), (x, y, z)
    return points


@pytest.mark.parametrize("degrees", [(30, 0, 0), (0, 15, 0), (0, 0, 20), (25, -10, 15)])
def test_an_even_face_is_as_high_on_both_sides_however_it_turns(
    degrees: tuple[float, float, float],
) -> None:
    (a, b, c), (d, e, f) = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    aside = np.array([[a, 0, d], [0, 1, 0], [-d, 0, a]])
    up = np.array([[1, 0, 0], [0, b, -e], [0, e, b]])
    round_ = np.array([[c, -f, 0], [f, c, 0], [0, 0, 1]])
    placed = own((even() @ (aside @ up @ round_).T + 0.5).astype(np.float32))
    assert placed is not None
    assert higher(placed) == pytest.approx([0, 0], abs=1e-5)


def test_what_rises_on_the_left_alone_stands_higher() -> None:
    points = even()
    points[CORNERS[1], 1] -= 0.018
    points[list(BROWS[1]), 1] -= 0.036
    placed = own((points + 0.5).astype(np.float32))
    assert placed is not None
    assert higher(placed) == pytest.approx([0.2, 0.1], abs=1e-4)
