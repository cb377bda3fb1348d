"""How much of a face lies behind something, on drawn faces."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from attunement.engine.errors import ModelUnavailable
from attunement.pipelines.models import face_net
from attunement.pipelines.models.face_cover import Cover, Covered
from attunement.pipelines.models.face_net import COVER, SIDE, Square, cut, tensors
from attunement.simulator.face import Artist, Expression
from attunement.simulator.script import Look

FACE = Square(320.0, 480 * 0.46 + 26, 218.0)  # where the simulator's face lies, as FER+ frames it
MOUTH, EYES = (320, 295), (320, 205)  # in pixels of its pictures


def drawn(**shown: float) -> NDArray[np.uint8]:
    return Artist(Look()).draw(Expression(**shown))


def held(at: tuple[int, int], size: tuple[int, int], color: tuple[int, int, int]) -> Covered:
    picture = drawn()
    cv2.ellipse(picture, at, size, 0, 0, 360, color, -1, cv2.LINE_AA)
    return Cover()(cut(picture, FACE))


@pytest.mark.parametrize("color", [(200, 160, 140), (30, 30, 40), (235, 235, 235)], ids=str)
def test_what_lies_before_the_mouth_is_told(color: tuple[int, int, int]) -> None:
    covered = held(MOUTH, (70, 45), color)
    assert covered.mouth > 0.7
    assert covered.eyes < 0.4


@pytest.mark.parametrize("color", [(200, 160, 140), (30, 30, 40), (235, 235, 235)], ids=str)
def test_what_lies_before_the_eyes_is_told(color: tuple[int, int, int]) -> None:
    covered = held(EYES, (100, 35), color)
    assert covered.eyes > 0.7
    assert covered.mouth < 0.4


def test_a_bare_face_is_called_bare_whatever_it_does() -> None:
    cover = Cover()
    for shown in ({}, {"jaw": 0.9}, {"blink": 1.0}, {"smile": 1.0}, {"yaw": 20.0}, {"roll": 10.0}):
        assert cover(cut(drawn(**shown), FACE)).worst < 0.4, shown


def test_something_beside_the_face_covers_nothing() -> None:
    assert held((520, 330), (50, 90), (200, 160, 140)).worst < 0.4


def test_the_worst_part_is_what_counts() -> None:
    assert Covered(0.9, 0.1, 0.2).worst == 0.9
    assert Covered(0.1, 0.8, 0.2).worst == 0.8
    assert Covered(0.5, 0.5, 0.5).worst == 0.75
    assert Covered(1.0, 1.0, 1.0).worst == 1.0


def test_pictures_of_any_light_give_shares() -> None:
    rng, cover = np.random.default_rng(2), Cover()
    for image in (
        np.zeros((SIDE, SIDE), np.uint8),
        np.full((SIDE, SIDE), 255, np.uint8),
        rng.integers(0, 256, (SIDE, SIDE), np.uint8),
    ):
        covered = cover(image)
        assert min(covered.eyes, covered.mouth, covered.face) >= 0
        assert max(covered.eyes, covered.mouth, covered.face, covered.worst) <= 1


def test_an_answer_is_the_same_bit_by_bit_on_every_thread() -> None:
    crops = [cut(drawn(jaw=k / 8), FACE) for k in range(8)]
    alone = [Cover()(crop) for crop in crops]

    def asked(_: int) -> list[Covered]:
        cover = Cover()
        return [cover(crop) for crop in crops]

    with ThreadPoolExecutor(4) as threads:
        assert all(answers == alone for answers in threads.map(asked, range(4)))


def test_the_weights_are_those_expected_and_small() -> None:
    folder = Path(face_net.__file__).parent / "weights"
    assert (folder / COVER).stat().st_size <= 300_000
    assert sum(tensor.size for tensor in tensors(COVER).values()) <= 60_000


def test_a_file_that_is_not_the_one_expected_is_refused(tmp_path: Path) -> None:
    (tmp_path / COVER).write_bytes(b"something else")
    with pytest.raises(ModelUnavailable, match="got sha256"):
        tensors(COVER, tmp_path)


def test_the_first_picture_of_a_call_waits_for_no_compiler() -> None:
    code = """
import numpy as np
from attunement.kernels import cover, warm
from attunement.pipelines.models.face_cover import Cover
warm._cover()
Cover()(np.zeros((48, 48), np.uint8))
assert len(cover.covered.signatures) == 1
"""
    subprocess.run([sys.executable, "-c", code], check=True, timeout=120)


def test_it_is_told_without_torch() -> None:
    code = """
import sys
import numpy as np
from attunement.pipelines.models.face_cover import Cover
Cover()(np.zeros((48, 48), np.uint8))
assert "torch" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
