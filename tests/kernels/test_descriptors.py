import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from attunement.kernels import bands, harmonics, resample
from attunement.kernels.descriptor_stream import Descriptors
from attunement.kernels.descriptors import (
    COLUMNS,
    ENERGY,
    F0,
    HOP,
    LONG,
    NAMES,
    RATE,
    SHORT,
)

Array = NDArray[np.float32]


def voice(seconds: float, hz: float = 130.0, seed: int = 0) -> Array:
    """Pulses through three resonances, and breath."""
    rng = np.random.default_rng(seed)
    n = int(seconds * RATE)
    t = np.arange(n) / RATE
    sound = np.zeros(n)
    for k in range(1, int(7_000 / hz)):
        f = k * hz
        gain = sum(1 / (1 + ((f - c) / w) ** 2) for c, w in ((500, 80), (1500, 120), (2500, 160)))
        sound += gain / k**0.5 * np.sin(2 * np.pi * f * t + 0.7 * k)
    return np.asarray(0.1 * sound + rng.normal(0, 2e-3, n), np.float32)


def frames_of(sound: Array) -> int:
    return max(0, (sound.size - LONG) // HOP + 1)


def at_once(sound: Array, hz: Array, **how: bool) -> Array:
    return Descriptors(room=sound.size + HOP, **how).push([sound], [hz])[0]


# The plain twin: definitions written out with NumPy in double precision.


def plain_bands(frame: NDArray[np.float64]) -> list[float]:
    power = np.abs(np.fft.rfft(frame * np.hamming(SHORT), bands.FFT)) ** 2
    hz = np.arange(bands.BINS) * RATE / bands.FFT
    edge = np.linspace(bands.mel(bands.LOW), bands.mel(bands.HIGH), bands.MEL + 2)
    m = bands.mel(hz)
    step = edge[1] - edge[0]
    flanks = [np.clip(1 - np.abs(m - centre) / step, 0, None) for centre in edge[1:-1]]
    energy = np.array([power[2:-1] @ f[2:-1] for f in flanks])
    weight = bands.equal_loudness(700 * np.expm1(edge[1:-1] / 1_127))
    loud = np.mean((energy * weight) ** 0.33)
    alpha = power[(hz >= 1_000) & (hz <= 5_000)].sum() / power[hz < 1_000].sum()
    hammarberg = power[hz < 2_000].max() / power[(hz >= 2_000) & (hz <= 5_000)].max()
    level = 10 * np.log10(power)
    slopes = []
    for first, last in ((0, 16), (16, 48)):
        x, y = hz[first : last + 1], level[first : last + 1]
        n = x.size - 1
        slopes.append((n * x @ y - x.sum() * y.sum()) / (n * x @ x - x.sum() ** 2))
    logs = np.log(energy * 32_767.0**2)
    cepstrum = [
        np.sqrt(2 / 26)
        * sum(log * np.cos(np.pi * n * (b + 0.5) / 26) for b, log in enumerate(logs))
        * (1 + 11 * np.sin(np.pi * n / 22))
        for n in range(1, 5)
    ]
    return [loud, 10 * np.log10(alpha), 10 * np.log10(hammarberg), *slopes, *cepstrum]


def plain_formants(frame: NDArray[np.float64], sign: int) -> list[float]:
    """Frequency and bandwidth of the three lowest."""
    middle = np.zeros(512)
    middle[96 : 96 + SHORT] = frame * np.hamming(SHORT)
    half = np.fft.rfft(middle)[: resample.BINS]
    turn = np.exp(2j * np.pi * np.outer(np.arange(resample.BINS), np.arange(220)) / 352)
    y = (half @ turn).real
    r = np.array([y[: y.size - lag] @ y[lag:] for lag in range(12)])
    matrix = r[np.abs(np.subtract.outer(np.arange(11), np.arange(11)))]
    a = np.linalg.solve(matrix + 1e-9 * r[0] * np.eye(11), -r[1:])
    z = np.roots(np.concatenate(([1], sign * a)))
    z = z[z.imag > 0]
    z = z[np.argsort(np.angle(z))][:3]
    hz, width = np.angle(z) * 11_000 / (2 * np.pi), -np.log(np.abs(z)) * 11_000 / np.pi
    return [x for pair in zip(hz, width, strict=True) for x in pair]


def test_what_the_spectrum_says_is_what_plain_numpy_says() -> None:
    sound = voice(0.3)
    found = at_once(sound, np.zeros(frames_of(sound), np.float32))
    columns = [i for i in range(10) if NAMES[i] != "spectralFlux"]
    for i, row in enumerate(found):
        plain = plain_bands(sound[i * HOP : i * HOP + SHORT].astype(np.float64))
        np.testing.assert_allclose(row[columns], plain, rtol=2e-4, atol=2e-4)


def test_the_flux_is_how_far_the_amplitudes_have_moved() -> None:
    sound = voice(0.2)
    found = at_once(sound, np.zeros(frames_of(sound), np.float32))
    sizes = [
        np.abs(np.fft.rfft(sound[i * HOP : i * HOP + SHORT] * np.hamming(SHORT), 512))[:161]
        for i in range(len(found))
    ]
    plain = [0, *(np.sqrt(np.mean((b - a) ** 2)) for a, b in zip(sizes, sizes[1:], strict=False))]
    np.testing.assert_allclose(found[:, 5], plain, rtol=1e-3, atol=1e-5)


@pytest.mark.parametrize("resonances", [False, True])
def test_formants_are_the_roots_that_numpy_finds(resonances: bool) -> None:
    sound = voice(0.2)
    found = at_once(sound, np.zeros(frames_of(sound), np.float32), resonances=resonances)
    for i, row in enumerate(found):
        frame = sound[i * HOP : i * HOP + SHORT].astype(np.float64)
        plain = plain_formants(frame, 1 if resonances else -1)
        np.testing.assert_allclose(row[[16, 17, 19, 20, 22, 23]], plain, rtol=0.01, atol=3)


def test_resonances_are_where_the_voice_has_them() -> None:
    sound = voice(0.5)
    found = at_once(sound, np.zeros(frames_of(sound), np.float32), resonances=True)
    np.testing.assert_allclose(
        np.median(found[:, [16, 19, 22]], axis=0), (500, 1500, 2500), atol=90
    )


def test_a_steady_voice_has_hardly_any_jitter_or_shimmer_and_little_noise() -> None:
    sound = voice(0.5)
    found = at_once(sound, np.full(frames_of(sound), 130, np.float32))
    jitter, shimmer, hnr = found[:, 11:14].T
    assert 0 < np.median(jitter) < 0.003
    assert np.median(shimmer) < 0.3
    assert np.median(hnr) > 8  # as much as the window lets through


def test_jitter_is_that_of_the_periods_put_in() -> None:
    rng = np.random.default_rng(3)
    periods = 1 / 130 * (1 + 0.02 * rng.standard_normal(400))
    truth = np.mean(np.abs(np.diff(periods))) / np.mean(periods)
    pulse = np.exp(-np.arange(60) / 9) * np.sin(np.arange(60) / 2.2)
    at = np.cumsum(periods) * RATE
    grid = np.arange(int(at[-1]) - 200)
    sound = np.zeros(grid.size)
    for begin in at[at < grid.size - 70]:
        i = np.arange(int(np.ceil(begin)), int(np.ceil(begin)) + 58)
        sound[i] += np.interp(i - begin, np.arange(60), pulse)
    hz = np.full(frames_of(sound.astype(np.float32)), 130, np.float32)
    found = at_once((0.3 * sound).astype(np.float32), hz)
    assert np.mean(found[:, 11]) == pytest.approx(truth, rel=0.25)


def test_differences_of_harmonics_are_those_put_in() -> None:
    t = np.arange(RATE // 2) / RATE
    levels = [0.0, -6.0, -14.0, *([-40.0] * 20)]
    sound = sum(
        0.2 * 10 ** (level / 20) * np.sin(2 * np.pi * 250 * (k + 1) * t)
        for k, level in enumerate(levels)
    )
    found = at_once(np.asarray(sound, np.float32), np.full(45, 250, np.float32))
    # H1 and H2 are the second and third harmonic of the published set.
    np.testing.assert_allclose(found[1:, 14], 8, atol=0.3)
    np.testing.assert_allclose(found[1:, F0], 12 * np.log2(250 / 27.5), rtol=1e-5)


@settings(max_examples=20, deadline=None)
@given(st.lists(st.integers(1, 2_500), min_size=1, max_size=20), st.integers(0, 3))
def test_sound_may_come_in_blocks_of_any_size(sizes: list[int], late: int) -> None:
    sound = voice(min(sum(sizes), 12_000) / RATE, seed=len(sizes))
    count = frames_of(sound)
    hz = np.where(np.arange(count) % 7 < 4, 130, 0).astype(np.float32)
    whole = at_once(sound, hz)
    split, parts, known, at = Descriptors(), [], 0, 0
    for size in [*sizes, 0]:
        block = sound[at : at + size]
        at += block.size
        reach = max(known, frames_of(sound[:at]) - late) if size else count
        parts.append(split.push([block], [hz[known:reach]])[0])
        known = reach
    assert np.array_equal(np.concatenate(parts), whole)


def test_streams_side_by_side_are_as_each_alone() -> None:
    sounds = [voice(0.5, 90 + 20 * i, seed=i) for i in range(11)]
    pitches = [np.full(frames_of(s), 90 + 20 * i, np.float32) for i, s in enumerate(sounds)]
    together = Descriptors(len(sounds)).push(sounds, pitches)
    for sound, hz, found in zip(sounds, pitches, together, strict=True):
        assert np.array_equal(found, at_once(sound, hz))


STRANGE = {
    "digital silence": np.zeros(8_000),
    "DC": np.full(8_000, 0.5),
    "full scale": np.sign(np.sin(np.arange(8_000) / 20)),
    "NaN": np.full(8_000, np.nan),
    "infinite": np.full(8_000, np.inf),
    "noise": np.random.default_rng(0).normal(0, 0.1, 8_000),
    "one impulse": np.eye(1, 8_000, 4_000).ravel(),
}


@pytest.mark.parametrize("sound", STRANGE.values(), ids=STRANGE)
@pytest.mark.parametrize("hz", [0, 50, 600, np.nan])
def test_nothing_makes_a_number_that_is_none(sound: NDArray[np.float64], hz: float) -> None:
    x = sound.astype(np.float32)
    found = at_once(x, np.full(frames_of(x), hz, np.float32))
    assert np.isfinite(found).all()
    if not hz > 0:
        assert (found[:, F0:16] == 0).all()
        assert (found[:, [18, 21, 24]] == harmonics.UNVOICED).all()


def test_a_tenth_of_a_second_has_the_frames_it_has() -> None:
    sound = voice(0.1)
    assert at_once(sound, np.zeros(5, np.float32)).shape == (5, COLUMNS)
    assert at_once(sound[:900], np.zeros(0, np.float32)).shape == (0, COLUMNS)


def test_a_stream_that_waits_too_long_for_its_pitch_is_refused() -> None:
    described = Descriptors(room=3_200)
    described.push([voice(0.15)], [np.zeros(0, np.float32)])
    with pytest.raises(ValueError, match="got 4800 samples and 0 pitches"):
        described.push([voice(0.15)], [np.zeros(0, np.float32)])


def test_the_mean_square_is_kept_for_the_sound_level() -> None:
    sound = voice(0.2)
    found = at_once(sound, np.zeros(frames_of(sound), np.float32))
    plain = [np.mean(sound[i * HOP : i * HOP + SHORT] ** 2) for i in range(len(found))]
    np.testing.assert_allclose(found[:, ENERGY], plain, rtol=1e-5)


def test_another_number_of_streams_is_refused() -> None:
    with pytest.raises(ValueError, match="got sound of 2 and pitches of 1 streams, expected 1"):
        Descriptors().push([voice(0.1)] * 2, [np.zeros(0, np.float32)])
