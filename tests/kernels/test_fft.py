import numpy as np
import pytest
from numpy.typing import NDArray

from attunement.kernels import fft
from attunement.kernels.jit import kernel
from attunement.kernels.lanes import WIDTH, load, rows, store


@kernel
def transformed(p: fft.Plan, sound: NDArray[np.float32], re: fft.Array, im: fft.Array) -> None:
    for i in range(p.half):
        store(p.re, i, load(sound, 2 * i))
        store(p.im, i, load(sound, 2 * i + 1))
    fft.spectrum(p, re, im)


@pytest.mark.parametrize("size", [8, 16, 512, 1_024])
def test_every_lane_has_the_spectrum_that_numpy_gives_it(size: int) -> None:
    sound = np.random.default_rng(size).normal(size=(size, WIDTH)).astype(np.float32)
    re, im = rows(size // 2 + 1), rows(size // 2 + 1)
    transformed(fft.plan(size), sound, re, im)
    plain = np.fft.rfft(sound.astype(np.float64), axis=0)
    np.testing.assert_allclose(re + 1j * im, plain, atol=1e-5 * np.abs(plain).max())


@pytest.mark.parametrize("size", [512, 1_024])
def test_the_autocorrelation_is_the_transform_of_the_power_spectrum(size: int) -> None:
    sound = np.random.default_rng(size).normal(size=(size, WIDTH)).astype(np.float32)
    p, re, im = fft.plan(size), rows(size // 2 + 1), rows(size // 2 + 1)
    transformed(p, sound, re, im)
    spectra, found = rows(size // 2 + 1), rows(100)
    fft.power(re, im, spectra)
    fft.correlation(fft.plan(size // 2), spectra, found)
    x = sound.astype(np.float64)
    plain = [np.sum(x * np.roll(x, -lag, axis=0), axis=0) for lag in range(100)]
    np.testing.assert_allclose(found / (size // 2), plain, atol=1e-5 * np.max(plain))


@pytest.mark.parametrize("size", [0, 4, 100])
def test_a_transform_that_is_no_power_of_two_is_refused(size: int) -> None:
    with pytest.raises(ValueError, match=f"got a transform of {size}, expected a power of 2"):
        fft.plan(size)
