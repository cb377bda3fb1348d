import numpy as np
import pytest

from attunement.engine.signal import Why
from attunement.pipelines.face import view

UPRIGHT = np.eye(4, dtype=np.float32)
POINTS = np.array([[0.3, 0.2, 0], [0.7, 0.8, 0]], np.float32)
SHARP = np.random.default_rng(0).integers(60, 200, (240, 320, 3)).astype(np.uint8)


def test_a_large_lit_sharp_frontal_face_is_seen_in_full() -> None:
    assert view.quality(SHARP, POINTS, UPRIGHT)[0] == 1.0


@pytest.mark.parametrize(
    ("image", "points", "why"),
    [
        (np.full_like(SHARP, 15), POINTS, Why.TOO_DARK),
        (np.full_like(SHARP, 255), POINTS, Why.TOO_BRIGHT),
        (np.full_like(SHARP, 120), POINTS, Why.BLURRED),
        (SHARP, POINTS * 0.1, Why.TOO_SMALL),
        (SHARP, POINTS + 1, Why.CUT_OFF),
        (SHARP, POINTS * 0, Why.TOO_SMALL),
    ],
    ids=["dark", "burnt", "without structure", "tiny", "outside", "of no size"],
)
def test_one_fault_is_enough_and_is_named(image: np.ndarray, points: np.ndarray, why: Why) -> None:
    assert view.quality(image, points.astype(np.float32), UPRIGHT) == (0.0, why)


def test_quality_sinks_as_the_head_turns_away() -> None:
    qualities = []
    for degrees in (0, 20, 40, 60, 80):
        matrix, angle = np.eye(4, dtype=np.float32), np.radians(degrees)
        matrix[0, 0] = matrix[2, 2] = np.cos(angle)
        matrix[0, 2], matrix[2, 0] = np.sin(angle), -np.sin(angle)
        quality, why = view.quality(SHARP, POINTS, matrix)
        qualities.append(quality)
    assert qualities[:2] == [1.0, 1.0]
    assert 0.5 < qualities[2] < 1
    assert 0 < qualities[3] < 0.5
    assert qualities[4] == 0
    assert why is Why.TURNED_AWAY


@pytest.mark.parametrize("side", [-1, 1], ids=["to the left", "to the right"])
def test_a_face_that_lies_or_hangs_upside_down_cannot_be_read(side: int) -> None:
    qualities = []
    for degrees in (0, 20, 35, 52.5, 70, 110, 180):
        matrix, angle = np.eye(4, dtype=np.float32), np.radians(side * degrees)
        matrix[:2, :2] = [[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]
        quality, why = view.quality(SHARP, POINTS, matrix)
        qualities.append(quality)
    assert qualities == pytest.approx([1, 1, 1, 0.5, 0, 0, 0], abs=1e-5)
    assert why is Why.TURNED_AWAY
