import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from attunement.kernels import decimate

RATE = 48_000


def pcm(n: int, channels: int, hz: float) -> NDArray[np.int16]:
    t = np.arange(n) / RATE
    mono = np.round(16_384 * np.sin(2 * np.pi * hz * t)).astype(np.int16)
    return np.repeat(mono, channels)


def lowered(sound: NDArray[np.int16], channels: int, blocks: list[int]) -> NDArray[np.float32]:
    past, at, out = np.zeros(decimate.THIRD_LAG, np.float32), 0, []
    for frames in blocks:
        block = sound[at * channels : (at + frames) * channels]
        samples, past = decimate.third(past, block, channels)
        out.append(samples)
        at += frames
    return np.concatenate(out)


def twin(sound: NDArray[np.int16], channels: int) -> NDArray[np.float64]:
    """Plain NumPy."""
    mono = sound.reshape(-1, channels).mean(axis=1) / 32_768
    padded = np.concatenate((np.zeros(decimate.THIRD_LAG), mono))
    return np.convolve(padded, decimate.THIRD_BAND.astype(np.float64), "valid")[::3]


@pytest.mark.parametrize("channels", [1, 2])
def test_it_does_what_plain_numpy_does(channels: int) -> None:
    rng = np.random.default_rng(0)
    sound = rng.integers(-20_000, 20_000, 4_800 * channels).astype(np.int16)
    assert np.allclose(lowered(sound, channels, [4_800]), twin(sound, channels), atol=1e-5)


@given(st.lists(st.integers(1, 400), min_size=1, max_size=8))
def test_blocks_leave_no_seam(thirds: list[int]) -> None:
    blocks = [3 * n for n in thirds]
    sound = pcm(sum(blocks), 2, 440)
    assert np.array_equal(lowered(sound, 2, blocks), lowered(sound, 2, [sum(blocks)]))


@pytest.mark.parametrize(("hz", "passes"), [(100, True), (6_000, True), (10_000, False)])
def test_what_a_voice_needs_passes_and_what_would_fold_back_does_not(
    hz: float, passes: bool
) -> None:
    out = lowered(pcm(RATE, 2, hz), 2, [RATE])[100:-100]
    level = 20 * np.log10(np.sqrt(2 * np.mean(out**2)) / 0.5)
    assert abs(level) < 0.1 if passes else level < -60


def test_it_knows_how_far_it_looks_back() -> None:
    out = lowered(pcm(RATE, 1, 440), 1, [RATE])
    t = (3 * np.arange(out.size) - decimate.THIRD_DELAY) / RATE
    assert np.abs(out[100:] - 0.5 * np.sin(2 * np.pi * 440 * t[100:])).max() < 1e-3
