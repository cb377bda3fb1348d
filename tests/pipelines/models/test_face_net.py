"""Two nets in two files: what they say of faces, and that nobody else changes it."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from attunement.engine.errors import ModelUnavailable
from attunement.pipelines.models import face_net
from attunement.pipelines.models.arkit import SHAPES
from attunement.pipelines.models.batch import SHARED
from attunement.pipelines.models.face_net import (
    CLASSES,
    EXPRESSION,
    SHAPE,
    SIDE,
    Expressions,
    Shapes,
    Square,
    around,
    cut,
    tensors,
)
from attunement.simulator.face import Artist, Expression
from attunement.simulator.script import Look

# Where the simulator's face lies in its pictures of 640 x 480, framed as FER+ frames faces.
FACE = Square(320.0, 480 * 0.46 + 26, 218.0)


def drawn(shown: Expression = Expression()) -> NDArray[np.uint8]:  # noqa: B008
    return Artist(Look()).draw(shown)


def crop(**shown: float) -> NDArray[np.uint8]:
    return cut(drawn(Expression(**shown)), FACE)


def smile(shaped: face_net.Shaped) -> float:
    return (shaped.blendshapes["mouthSmileLeft"] + shaped.blendshapes["mouthSmileRight"]) / 2


def blink(shaped: face_net.Shaped) -> float:
    return min(shaped.blendshapes["eyeBlinkLeft"], shaped.blendshapes["eyeBlinkRight"])


def test_a_drawn_smile_an_open_jaw_and_shut_eyes_are_told_from_a_resting_face() -> None:
    shapes = Shapes()
    rest = shapes(crop())
    assert smile(shapes(crop(smile=1.0))) > smile(rest) + 0.3
    assert blink(shapes(crop(blink=1.0))) > blink(rest) + 0.2
    opened = shapes(crop(jaw=0.9)).blendshapes["jawOpen"]
    assert opened > rest.blendshapes["jawOpen"] + 0.2


def test_a_head_that_turns_is_told_with_its_side() -> None:
    shapes = Shapes()
    for yaw in (-20.0, 0.0, 20.0):
        assert shapes(crop(yaw=yaw)).pose[0] == pytest.approx(yaw, abs=8)
    assert shapes(crop(roll=12.0)).pose[2] == pytest.approx(-12, abs=6)
    assert shapes(crop(pitch=12.0)).pose[1] > shapes(crop(pitch=-12.0)).pose[1] + 10


def test_where_the_face_lies_is_told_from_a_crop_that_missed_it() -> None:
    shapes, picture = Shapes(), drawn()
    centred = shapes(cut(picture, FACE))
    aside = shapes(cut(picture, Square(FACE.x - 0.12 * FACE.side, FACE.y, FACE.side)))
    assert aside.offset[0] - centred.offset[0] == pytest.approx(0.12, abs=0.05)
    large = shapes(cut(picture, Square(FACE.x, FACE.y, 1.2 * FACE.side)))
    assert large.zoom / centred.zoom == pytest.approx(1 / 1.2, abs=0.08)


def test_a_wall_is_no_face() -> None:
    rng = np.random.default_rng(1)
    wall = rng.integers(110, 130, (SIDE, SIDE), np.uint8)
    assert Shapes()(crop()).presence > 0.9
    assert Shapes()(wall).presence < 0.3
    assert Shapes()(np.full((SIDE, SIDE), 90, np.uint8)).presence < 0.3


def test_a_drawn_smile_looks_happier_than_a_resting_face() -> None:
    expressions, happy = Expressions(), CLASSES.index("happiness")
    smiling, rest = expressions(crop(smile=1.0)), expressions(crop())
    assert smiling.probability[happy] > rest.probability[happy] + 0.3
    for said in (smiling, rest):
        assert said.probability.sum() == pytest.approx(1, abs=1e-5)
        assert 0 <= said.unknown <= 1


def test_pictures_of_any_light_give_finite_numbers() -> None:
    rng = np.random.default_rng(2)
    for image in (
        np.zeros((SIDE, SIDE), np.uint8),
        np.full((SIDE, SIDE), 255, np.uint8),
        rng.integers(0, 256, (SIDE, SIDE), np.uint8),
        np.tile(np.array([0, 255], np.uint8), (SIDE, SIDE // 2)),
    ):
        assert np.isfinite(Expressions()(image).probability).all()
        shaped = Shapes()(image)
        assert np.isfinite([*shaped.blendshapes.values(), *shaped.pose, shaped.zoom]).all()


def test_an_answer_is_the_same_bit_by_bit_whoever_else_asks() -> None:
    mine, others = crop(smile=0.6), [crop(jaw=k / 8) for k in range(8)]
    alone = Shapes()(mine)
    with SHARED.serving(), ThreadPoolExecutor(4) as sessions:
        answers = [sessions.submit(Shapes(), one) for one in (mine, *others, mine)]
        first, *_, last = (one.result(30) for one in answers)
    assert first.blendshapes == last.blendshapes == alone.blendshapes
    assert first.pose == last.pose == alone.pose


def test_the_square_of_landmarks_is_a_little_larger_than_the_face_and_lies_higher() -> None:
    points = np.array(((100.0, 50.0), (180.0, 150.0)))
    square = around(points)
    assert square.x == 140
    assert square.side == pytest.approx(108)
    assert 90 < square.y < 100


@pytest.mark.parametrize("side", [20.0, 48.0, 97.0, 218.0, 700.0])
def test_a_crop_shows_the_middle_of_the_square_at_its_own_middle(side: float) -> None:
    rows, columns = np.mgrid[0:480, 0:640]
    picture = np.stack((columns * 255 / 640,) * 3, axis=2).astype(np.uint8)
    shown = cut(picture, Square(320.0, 240.0, side))
    assert shown.shape == (SIDE, SIDE)
    assert float(shown[:, 23:25].mean()) == pytest.approx(127.5, abs=1.5)
    inside = min(side, 640.0)
    assert float(shown[:, -1].mean() - shown[:, 0].mean()) == pytest.approx(
        inside * 255 / 640, rel=0.1, abs=2
    )


@pytest.mark.parametrize(
    "square",
    [Square(-500, -500, 80), Square(5, 5, 400), Square(639, 479, 30), Square(320, 240, 0.5)],
)
def test_a_square_that_reaches_out_of_the_picture_gives_a_crop(square: Square) -> None:
    assert cut(drawn(), square).shape == (SIDE, SIDE)


def test_a_grey_or_tiny_picture_gives_a_crop() -> None:
    for shape in ((16, 16, 3), (2160, 3840, 3), (97, 31, 3)):
        picture = np.full(shape, 77, np.uint8)
        shown = cut(picture, Square(shape[1] / 2, shape[0] / 2, shape[0] / 2))
        assert (shown == 77).all()


def test_the_weights_are_those_expected_and_small() -> None:
    folder = Path(face_net.__file__).parent / "weights"
    for name, outputs in ((EXPRESSION, len(CLASSES) + 1), (SHAPE, face_net.OUTPUTS)):
        assert (folder / name).stat().st_size <= 8 << 20
        assert tensors(name)["head.weight"].shape[0] == outputs
    assert len(SHAPES) == 52


def test_a_file_that_is_not_the_one_expected_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailable, match="cannot be read"):
        tensors(SHAPE, tmp_path)
    (tmp_path / SHAPE).write_bytes(b"something else")
    with pytest.raises(ModelUnavailable, match="got sha256"):
        tensors(SHAPE, tmp_path)


def test_behaviour_is_measured_without_the_file_that_infers() -> None:
    code = """
import numpy as np
from pathlib import Path
opened = []
read = Path.read_bytes
Path.read_bytes = lambda self: (opened.append(self.name), read(self))[1]
from attunement.pipelines.models.face_net import Shapes
Shapes()(np.zeros((48, 48), np.uint8))
assert "face_shapes.safetensors" in opened
assert "face_expression.safetensors" not in opened
"""
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
