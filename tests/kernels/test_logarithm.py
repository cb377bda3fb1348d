import numpy as np
from numpy.typing import NDArray

from attunement.kernels.jit import kernel
from attunement.kernels.lanes import WIDTH, load, rows, store
from attunement.kernels.logarithm import LEAST, exp2, log2


@kernel
def logarithms(x: NDArray[np.float32], out: NDArray[np.float32]) -> None:
    for i in range(x.shape[0]):
        store(out, i, log2(load(x, i)))


@kernel
def powers(x: NDArray[np.float32], out: NDArray[np.float32]) -> None:
    for i in range(x.shape[0]):
        store(out, i, exp2(load(x, i)))


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
