"""A face is found and followed where no file was pulled."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from attunement.engine.clock import MILLISECOND
from attunement.pipelines.face.pose import angles
from attunement.pipelines.models.face_finder import FaceFinder, Found, rotation
from attunement.simulator.face import Artist, Expression
from attunement.simulator.script import Look

STEP = 100 * MILLISECOND
WALL = np.random.default_rng(0).integers(100, 140, (480, 640, 3), np.uint8)


def drawn(**shown: float) -> NDArray[np.uint8]:
    return Artist(Look()).draw(Expression(**shown))


def follow(pictures: list[NDArray[np.uint8]]) -> list[Found | None]:
    finder = FaceFinder()
    return [finder(picture, at * STEP) for at, picture in enumerate(pictures)]


def test_a_drawn_face_is_found_at_once_and_framed() -> None:
    (found,) = follow([drawn()])
    assert found is not None
    assert found.square.x == pytest.approx(320, abs=15)
    assert found.square.y == pytest.approx(247, abs=25)
    assert found.square.side == pytest.approx(225, rel=0.15)
    left, top = found.corners[0, :2]
    right, bottom = found.corners[1, :2]
    assert 0.3 < left < 0.42 < 0.58 < right < 0.7
    assert 0.2 < top < 0.4 < 0.65 < bottom < 0.85


def test_a_face_that_moves_is_followed() -> None:
    picture = drawn()
    shifts = [min(150, 15 * at) for at in range(16)]
    found = follow([np.roll(picture, shift, axis=1) for shift in shifts])
    for one, shift in zip(found, shifts, strict=True):
        assert one is not None
        assert one.square.x == pytest.approx(320 + shift, abs=40)
    assert found[-1] is not None
    assert found[-1].square.x == pytest.approx(470, abs=15)


def test_a_face_that_goes_is_gone_in_the_same_picture_and_found_again_when_it_is_back() -> None:
    found = follow([drawn()] * 3 + [WALL] * 4 + [drawn()] * 4)
    assert all(one is not None for one in found[:3])
    assert all(one is None for one in found[3:7])
    assert found[-1] is not None


def test_an_empty_room_has_no_face() -> None:
    assert follow([WALL] * 4) == [None] * 4
    assert FaceFinder().count(WALL) == 0


def test_two_faces_are_counted_and_one_is_followed() -> None:
    both = np.concatenate((drawn(), drawn(smile=1.0)), axis=1)
    finder = FaceFinder()
    assert finder.count(both) == 2
    assert finder(both, 0) is not None


@pytest.mark.parametrize("shape", [(16, 16, 3), (20, 300, 3), (301, 17, 3), (2160, 3840, 3)])
def test_odd_pictures_are_looked_at(shape: tuple[int, int, int]) -> None:
    assert follow([np.full(shape, 80, np.uint8)]) == [None]


def test_a_camera_that_changes_its_size_is_searched_anew() -> None:
    large = drawn()
    found = follow([large, large, np.ascontiguousarray(large[::2, ::2])])
    assert found[2] is not None
    assert found[2].square.x == pytest.approx(160, abs=10)


def test_a_matrix_gives_back_the_angles_it_was_made_of() -> None:
    assert angles(rotation(20, -10, 5)) == pytest.approx((20, -10, 5), abs=1e-4)


def test_nobody_is_seen_in_a_clip_whose_face_has_left(data_dir: Path) -> None:
    from training.face.prepare import frames

    pictures = list(frames(data_dir / "video" / "face_noface.mov", every=12))
    found = [one is not None for one in follow(pictures)]
    assert all(found[:6])
    assert not any(found[7:])
