import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from attunement.kernels import pulse

RATE = 20.0
SIZE = round(pulse.SHORT * RATE)
SKIN = np.array((190.0, 140.0, 110.0))
BLOOD = np.array((0.33, 0.77, 0.53))  # how much of each colour goes with it: Wang et al., fig. 2

Floats = NDArray[np.float64]


def skin(bpm: float, seconds: float = 10.0, depth: float = 0.005, seed: int = 0) -> Floats:
    """Colours (n, 3) of a face whose light is not quite steady."""
    t = np.arange(round(seconds * RATE)) / RATE
    beat = np.sin(2 * np.pi * bpm / 60 * t)
    light = 1 + 0.01 * np.sin(2 * np.pi * 0.13 * t)
    noise = np.random.default_rng(seed).normal(0, 0.05, (t.size, 3))
    return SKIN * light[:, None] * (1 - depth * beat[:, None] * BLOOD) + noise


def plain_pos(colours: Floats) -> Floats:
    out = np.zeros(len(colours))
    for first in range(len(colours) - SIZE + 1):
        part = colours[first : first + SIZE]
        r, g, b = (part / part.mean(axis=0)).T
        one, other = g - b, g + b - 2 * r
        both = one + one.std() / other.std() * other
        out[first : first + SIZE] += both - both.mean()
    return out


def plain_chrom(colours: Floats) -> Floats:
    out = np.zeros(len(colours))
    for first in range(len(colours) - SIZE + 1):
        part = colours[first : first + SIZE]
        r, g, b = (part / part.mean(axis=0)).T
        one, other = 3 * r - 2 * g, 1.5 * r + g - 1.5 * b
        both = one - one.std() / other.std() * other
        hann = 0.5 - 0.5 * np.cos(2 * np.pi * (np.arange(SIZE) + 0.5) / SIZE)
        out[first : first + SIZE] += (both - both.mean()) * hann
    return out


@pytest.mark.parametrize(("chrom", "plain"), [(False, plain_pos), (True, plain_chrom)])
def test_a_projection_is_what_its_paper_says(chrom: bool, plain: object) -> None:
    colours = skin(72)
    assert callable(plain)
    np.testing.assert_allclose(pulse.project(colours, SIZE, chrom), plain(colours), atol=1e-9)


@pytest.mark.parametrize("chrom", [False, True])
@pytest.mark.parametrize("bpm", [45, 72, 118, 170])
def test_the_rhythm_of_blood_is_found_under_that_of_light(bpm: float, chrom: bool) -> None:
    found, clear = pulse.rhythm(pulse.project(skin(bpm), SIZE, chrom), RATE, 0.7, 3.0)
    assert 60 * found == pytest.approx(bpm, abs=2)
    assert clear > 3


def test_noise_has_no_clear_rhythm() -> None:
    clear = [
        pulse.rhythm(pulse.project(skin(70, depth=0, seed=n), SIZE, False), RATE, 0.7, 3.0)[1]
        for n in range(20)
    ]
    assert np.median(clear) < -1


def test_colours_of_uneven_times_are_laid_on_straight_lines() -> None:
    chance = np.random.default_rng(3)
    t = np.sort(chance.uniform(0, 10, 150))
    colours, out = chance.uniform(50, 200, (150, 3)), np.empty((200, 3))
    pulse.evenly(t, colours, 0.0, 0.05, out)
    even = np.arange(200) * 0.05
    plain = np.stack([np.interp(even, t, colours[:, c]) for c in range(3)], axis=1)
    np.testing.assert_allclose(out, plain)


@settings(deadline=None)
@given(st.integers(-9, 40), st.integers(-9, 40), st.integers(-9, 40), st.integers(-9, 40))
def test_the_colour_of_a_box_is_that_of_its_pixels(
    top: int, bottom: int, left: int, right: int
) -> None:
    image = np.random.default_rng(5).integers(0, 256, (24, 32, 3), np.uint8)
    total = np.zeros(3)
    n = pulse.colour(image, top, bottom, left, right, total)
    box = image[max(0, top) : max(0, bottom), max(0, left) : max(0, right)].reshape(-1, 3)
    seen = box[(box.min(axis=1) > pulse.DARK) & (box.max(axis=1) < pulse.BRIGHT)]
    assert n == len(seen)
    np.testing.assert_array_equal(total, seen.sum(axis=0, dtype=np.float64))


def test_a_signal_that_stands_still_has_no_rhythm() -> None:
    assert pulse.rhythm(np.full(200, 3.0), RATE, 0.7, 3.0) == (0.0, -np.inf)
