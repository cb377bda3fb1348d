import numpy as np
from numpy.typing import NDArray

from attunement.kernels.jit import kernel
from attunement.kernels.lanes import WIDTH, load, rows, store
from attunement.kernels.logarithm import LEAST, angle, exp2, log2


@kernel
def logarithms(x: NDArray[np.float32], out: NDArray[np.float32]) -> None:
    for i in range(x.shape[0]):
        store(out, i, log2(load(x, i)))


@kernel
def powers(x: NDArray[np.float32], out: NDArray[np.float32]) -> None:
    for i in range(x.shape[0]):
        store(out, i, exp2(load(x, i)))


@kernel
def angles(x: NDArray[np.float32], y: NDArray[np.float32], out: NDArray[np.float32]) -> None:
    for i in range(x.shape[0]):
        store(out, i, angle(load(x, i), load(y, i)))


def test_angles_are_those_of_numpy_all_round_the_upper_half() -> None:
    turn = np.linspace(0, np.pi, 800 * WIDTH).reshape(-1, WIDTH)
    size = np.random.default_rng(1).uniform(0.01, 10, turn.shape)
    x, y = (size * np.cos(turn)).astype(np.float32), np.maximum(size * np.sin(turn), 0)
    out = rows(x.shape[0])
    angles(x, y.astype(np.float32), out)
    np.testing.assert_allclose(out, turn, atol=1e-6)


def test_logarithms_are_those_of_numpy_over_the_whole_range() -> None:
    x = np.geomspace(1e-29, 1e37, 800 * WIDTH).astype(np.float32).reshape(-1, WIDTH)
    out = rows(x.shape[0])
    logarithms(x, out)
    np.testing.assert_allclose(out, np.log2(x.astype(np.float64)), rtol=2e-7, atol=1e-6)


def test_the_logarithm_of_nothing_is_that_of_the_least() -> None:
    x = np.zeros((1, WIDTH), np.float32)
    x[0, 1] = -1
    out = rows(1)
    logarithms(x, out)
    np.testing.assert_allclose(out, np.log2(LEAST), rtol=1e-6)


def test_powers_are_those_of_numpy_and_are_bounded() -> None:
    x = np.linspace(-125, 125, 800 * WIDTH).astype(np.float32).reshape(-1, WIDTH)
    out = rows(x.shape[0])
    powers(x, out)
    np.testing.assert_allclose(out, np.exp2(x.astype(np.float64)), rtol=1e-6)
    powers(np.full((1, WIDTH), -1e9, np.float32), out)
    assert 0 < out[0, 0] < 1e-37
