"""Pictures as no camera should send them, and some do: through all that looks at a face."""

from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest

from attunement.engine.signal import Measured, Missing, Reading
from attunement.pipelines.catalog import specs
from attunement.pipelines.models.files import Shelf
from attunement.simulator.acting import Expression
from attunement.simulator.author import LOOKS
from attunement.simulator.face import Artist
from tests.pipelines.face.watching import Image, grained, shown, watch

SECONDS, FPS = 3, 10
TURNED = 12.0  # degrees
SPECS = specs()

Change = Callable[[Image], Image]


@pytest.fixture
def shelf(models_dir: Path) -> Shelf:
    return Shelf(models_dir)


def filmed(size: tuple[int, int] = (480, 360), change: Change | None = None) -> Iterator[Image]:
    """A head turned by TURNED that smiles a little more from picture to picture."""
    artist = Artist(LOOKS["patient"], size)
    for i in range(SECONDS * FPS):
        image = artist.draw(Expression(yaw=TURNED, smile=i / (SECONDS * FPS)))
        yield image if change is None else change(image)


def sized(width: int, height: int) -> Change:
    return lambda image: np.asarray(cv2.resize(image, (width, height)), np.uint8)


def portrait(image: Image) -> Image:
    return np.ascontiguousarray(image[:, 140:340])


def in_a_large_picture(image: Image) -> Image:
    large = np.asarray(cv2.resize(image, (2880, 2160)), np.uint8)
    return cv2.copyMakeBorder(large, 0, 0, 480, 480, cv2.BORDER_REPLICATE).astype(np.uint8)


def grey(image: Image) -> Image:
    return np.repeat(image.mean(axis=2, keepdims=True), 3, axis=2).astype(np.uint8)


def order_of_colours(image: Image) -> Image:
    return np.ascontiguousarray(image[..., ::-1])


def not_contiguous(image: Image) -> Image:
    return np.asfortranarray(image)


def yaw(second: dict[str, Reading]) -> float:
    reading = second["face.yaw"]
    assert isinstance(reading, Measured), reading
    return reading.value


@pytest.mark.parametrize(
    "change",
    [
        sized(333, 251),
        portrait,
        in_a_large_picture,
        grey,
        order_of_colours,
        not_contiguous,
    ],
    ids=["odd-sized", "portrait", "4K", "grey", "wrong order of colours", "columns first"],
)
def test_a_face_in_an_odd_picture_is_measured_as_in_any(change: Change, shelf: Shelf) -> None:
    seconds = watch(shown(filmed(change=change)), shelf)
    assert yaw(seconds[1]) == pytest.approx(TURNED, abs=4)
    presence = seconds[1]["face.presence"]
    assert isinstance(presence, Measured)
    assert presence.value == 1.0


@pytest.mark.parametrize("side", [1, 3, 12, 17])
def test_of_a_tiny_picture_nothing_is_told(side: int, shelf: Shelf) -> None:
    for second in watch(shown(filmed(change=sized(side, side))), shelf):
        told = {name for name, reading in second.items() if isinstance(reading, Measured)}
        assert told <= {"face.presence", "face.count"}, told


def torn(seed: int) -> Change:
    """Blocks that a decoder put in wrong places, and a grey smear under them."""
    chance = np.random.default_rng(seed)

    def change(image: Image) -> Image:
        out = image.copy()
        for _ in range(60):
            y, x, v, u = (16 * int(n) for n in chance.integers(0, (22, 30, 22, 30)))
            out[y : y + 16, x : x + 16] = image[v : v + 16, u : u + 16][:16, :16]
        out[-int(chance.integers(1, 200)) :] = 128
        return out

    return change


def test_of_torn_pictures_no_value_is_out_of_range(shelf: Shelf) -> None:
    for second in watch(shown(filmed(change=torn(1))), shelf):
        for name, reading in second.items():
            if isinstance(reading, Measured):
                assert SPECS[name].low <= reading.value <= SPECS[name].high
                assert 0 <= reading.quality <= 1
            else:
                assert isinstance(reading, Missing)


def test_a_camera_that_is_switched_amid_a_second_is_measured_from_then_on(shelf: Shelf) -> None:
    """Another size, another place, another light."""
    there = [grained(image, i) for i, image in enumerate(filmed())][: FPS + 4]
    here = [np.roll(image, 90, axis=1) // 2 for image in filmed((640, 480))]
    seconds = watch(shown(there + here), shelf)
    assert yaw(seconds[0]) == pytest.approx(TURNED, abs=4)
    assert yaw(seconds[2]) == pytest.approx(TURNED, abs=6)


def test_a_resolution_that_goes_down_and_up_changes_no_pose(shelf: Shelf) -> None:
    sizes = ((480, 360), (320, 240), (640, 480), (240, 180))
    images = [
        np.asarray(cv2.resize(image, sizes[i // 5 % len(sizes)]), np.uint8)
        for i, image in enumerate(filmed())
    ]
    for second in watch(shown(images), shelf)[1:]:
        assert yaw(second) == pytest.approx(TURNED, abs=4)
