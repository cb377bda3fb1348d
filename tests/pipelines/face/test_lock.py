import numpy as np
import pytest

from attunement.engine.clock import SECOND
from attunement.pipelines.face.lock import PATIENCE, Lock
from attunement.pipelines.face.view import Box

IMAGE = np.full((480, 640, 3), 90, np.uint8)
STEP = SECOND // 10


def box(right: float = 0.0, size: float = 1.0) -> Box:
    """As far to the right, in shares of the picture, and as much larger."""
    half = 0.1 * size, 0.2 * size
    return 0.5 + right - half[0], 0.5 - half[1], 0.5 + right + half[0], 0.5 + half[1]


@pytest.fixture
def lock() -> Lock:
    lock = Lock()
    lock.shown(IMAGE, 0)
    assert lock.admits(box(), IMAGE, 0)
    return lock


def test_a_head_may_move_and_lean_in(lock: Lock) -> None:
    for i in range(1, 10):
        assert lock.admits(box(0.03 * i, 1 + 0.1 * i), IMAGE, i * STEP)


def test_a_face_elsewhere_is_somebody_else_s(lock: Lock) -> None:
    assert not lock.admits(box(0.35), IMAGE, STEP)
    assert lock.admits(box(0.05), IMAGE, 2 * STEP)


def test_a_face_of_another_size_is_somebody_else_s(lock: Lock) -> None:
    assert not lock.admits(box(0.1, 0.4), IMAGE, STEP)


def test_a_lost_face_is_looked_for_where_it_was(lock: Lock) -> None:
    image = np.full((480, 640, 3), 90, np.uint8)
    assert lock.shown(image, STEP) is image
    lock.lose()
    shown = lock.shown(image, STEP)
    assert (shown[240, 320] == 90).all()
    assert not shown[240, 600:].any()
    later = lock.shown(image, 4 * SECOND)  # by then it may have gone farther
    assert later.astype(bool).sum() > shown.astype(bool).sum()


def test_after_a_while_another_face_may_take_the_place(lock: Lock) -> None:
    lock.lose()
    assert lock.shown(IMAGE, PATIENCE + STEP) is IMAGE
    assert lock.admits(box(0.35), IMAGE, PATIENCE + STEP)
    assert not lock.admits(box(), IMAGE, PATIENCE + 2 * STEP)


@pytest.mark.parametrize(
    "other", [np.full((480, 640, 3), 190, np.uint8), np.full((360, 640, 3), 90, np.uint8)]
)
def test_another_camera_may_show_the_person_anywhere(lock: Lock, other: np.ndarray) -> None:  # type: ignore[type-arg]
    lock.lose()
    assert lock.shown(other, STEP) is other
    assert lock.admits(box(0.35), other, STEP)


@pytest.mark.parametrize(
    ("away", "right", "anew"),
    [
        (4, 0.05, False),  # behind their hands
        (20, 0.05, False),  # back in the same place
        (20, 0.35, True),  # another place: maybe somebody else
        (40, 0.0, True),  # long gone
    ],
)
def test_who_comes_back_to_the_same_place_soon_is_the_same_person(
    lock: Lock, away: int, right: float, anew: bool
) -> None:
    lock.lose()
    lock.shown(IMAGE, away * SECOND)
    assert lock.admits(box(right), IMAGE, away * SECOND)
    assert lock.sitting == anew


def test_before_another_camera_all_begins_anew(lock: Lock) -> None:
    lock.shown(255 - IMAGE, STEP)
    assert lock.admits(box(0.3), 255 - IMAGE, STEP)
    assert lock.sitting == 1
