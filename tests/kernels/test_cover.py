"""The small net over a face, against plain NumPy."""

import numpy as np
import pytest
from numpy.typing import NDArray

from attunement.kernels.convolution import convolve
from attunement.kernels.cover import FLAT, SIDE, Cover, bench, covered

Array = NDArray[np.float32]
CHANNELS = 16, 32, 48, 16  # of the four convolutions
HIDDEN, OUTPUTS = 32, 3


def net(seed: int) -> Cover:
    rng = np.random.default_rng(seed)

    def weight(*shape: int) -> Array:
        return rng.normal(0, 1.4 / np.sqrt(np.prod(shape[:-1])), shape).astype(np.float32)

    sizes, parts, before = (5, 3, 3, 3), list[Array](), 1
    for size, channels in zip(sizes, CHANNELS, strict=True):
        parts += [weight(size, size, before, channels), weight(1, channels)[0]]
        before = channels
    parts += [weight(36 * before, HIDDEN), weight(1, HIDDEN)[0]]
    return Cover(*parts, weight(OUTPUTS, HIDDEN), weight(1, OUTPUTS)[0])


def pictures(count: int) -> list[NDArray[np.uint8]]:
    rng = np.random.default_rng(count)
    return [rng.integers(0, 256, (SIDE, SIDE), np.uint8) for _ in range(count)]


def said(picture: NDArray[np.uint8], weights: Cover) -> Array:
    out = np.zeros(weights.head_bias.size, np.float32)
    covered(picture, weights, bench(weights), out)
    return out


def layer(x: NDArray[np.float64], weight: Array, bias: Array, step: int) -> NDArray[np.float64]:
    """Plain NumPy: with a rim of zeros half as wide as the weights."""
    size = weight.shape[0]
    x = np.pad(x, ((size // 2,) * 2, (size // 2,) * 2, (0, 0)))
    windows = np.lib.stride_tricks.sliding_window_view(x, (size, size), axis=(0, 1))
    chosen = windows[::step, ::step]  # (rows, columns, inputs, size, size)
    return np.maximum(0, np.einsum("ijnuv,uvnk->ijk", chosen, weight.astype(float)) + bias)


def twin(picture: NDArray[np.uint8], w: Cover) -> NDArray[np.float64]:
    grey = picture.astype(float)
    x = ((grey - grey.mean()) / (grey.std() + FLAT))[..., None]
    x = layer(x, w.stem, w.stem_bias, 2)
    x = layer(x, w.second, w.second_bias, 2)
    x = layer(x, w.third, w.third_bias, 2)
    x = layer(x, w.fourth, w.fourth_bias, 1)
    hidden = np.maximum(0, x.reshape(-1) @ w.hidden.astype(float) + w.hidden_bias)
    return np.asarray(1 / (1 + np.exp(-(w.head.astype(float) @ hidden + w.head_bias))))


@pytest.mark.parametrize("seed", range(3))
def test_it_does_what_plain_numpy_does(seed: int) -> None:
    weights = net(seed)
    for picture in pictures(3):
        assert said(picture, weights) == pytest.approx(twin(picture, weights), abs=1e-5)


@pytest.mark.parametrize("step", [1, 2])
def test_a_layer_leaves_the_rim_of_what_it_writes_into_alone(step: int) -> None:
    rng, w = np.random.default_rng(1), net(0)
    x = rng.normal(0, 1, (12, 12, 16)).astype(np.float32)
    out = np.full((12 // step + 2, 12 // step + 2, 32), -7, np.float32)
    convolve(np.pad(x, ((1, 1), (1, 1), (0, 0))), w.second, w.second_bias, step, out, 1)
    expected = layer(x.astype(float), w.second, w.second_bias, step)
    assert out[1:-1, 1:-1] == pytest.approx(expected, abs=1e-4)
    out[1:-1, 1:-1] = -7
    assert (out == -7).all()


def test_an_answer_is_the_same_bit_by_bit_whatever_was_looked_at_before() -> None:
    weights = net(5)
    room, out = bench(weights), np.zeros(OUTPUTS, np.float32)
    first, *others = pictures(4)
    alone = said(first, weights)
    for picture in (*others, first):
        covered(picture, weights, room, out)
    assert out.tobytes() == alone.tobytes()


@pytest.mark.parametrize("value", [0, 128, 255])
def test_a_picture_without_structure_gives_finite_numbers(value: int) -> None:
    assert np.isfinite(said(np.full((SIDE, SIDE), value, np.uint8), net(2))).all()


def test_twice_the_light_says_nearly_the_same() -> None:
    dim = pictures(1)[0] // 3
    weights = net(4)
    assert said(dim, weights) == pytest.approx(said(3 * dim, weights), abs=0.15)
