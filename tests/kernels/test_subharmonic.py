"""The kernels against plain NumPy, and what the pitch is of sounds whose pitch is known."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from attunement.kernels import subharmonic as sh
from tests.pipelines.voice.synthetic import speak

Array = NDArray[np.float32]
Values = NDArray[np.float64]

RATE = sh.RATE


def tone(seconds: float, hz: float, harmonics: int = 12, level: float = 0.05) -> Array:
    t = np.arange(round(seconds * RATE)) / RATE
    parts = (np.sin(2 * np.pi * hz * n * t + n) / n for n in range(1, harmonics + 1))
    return np.asarray(level * sum(parts), np.float32)


def pitch(sound: Array) -> Array:
    listener = sh.Subharmonic()
    return np.concatenate((listener.push(sound), listener.finish()))


def spectra(seed: int, n: int = 6) -> Array:
    """Of noise, half of it on top of a voice."""
    sound = np.random.default_rng(seed).normal(0, 0.02, n * sh.WINDOW)
    sound[: sound.size // 2] += tone(1, 140)[: sound.size // 2]
    return np.abs(np.fft.rfft(sound.reshape(n, -1), sh.FFT)).astype(np.float32)


def twin_octaves(magnitude: Array) -> Values:
    """Peaks alone, smoothed, on the octave scale; the spline's equations solved as a whole."""
    x = magnitude.astype(np.float64)
    edged = np.concatenate(([-1], x, [-1]))
    tops = np.flatnonzero((edged[1:-1] >= edged[:-2]) & (edged[1:-1] > edged[2:]))
    near = np.abs(np.arange(x.size)[:, None] - tops).min(axis=1) <= sh.REACH
    near[: tops[0]] = True
    kept = np.pad(np.where(near, x, 0), 1, mode="edge")
    y = np.convolve(kept, [0.25, 0.5, 0.25], mode="valid")[1:]
    knot = np.log2(np.arange(1, sh.POINTS) * RATE / sh.FFT)
    gap = np.diff(knot)
    equations, right = np.eye(y.size), np.zeros(y.size)
    for i in range(1, y.size - 1):
        equations[i, i - 1 : i + 2] = gap[i - 1], 2 * (gap[i - 1] + gap[i]), gap[i]
        right[i] = 6 * ((y[i + 1] - y[i]) / gap[i] - (y[i] - y[i - 1]) / gap[i - 1])
    curvature = np.linalg.solve(equations, right)
    at = np.linspace(np.log2(sh.FIRST), np.log2(sh.LAST), sh.POINTS)
    j = np.clip(np.searchsorted(knot, at, side="right") - 1, 0, knot.size - 2)
    b = (at - knot[j]) / gap[j]
    a = 1 - b
    bend = (a**3 - a) * curvature[j] + (b**3 - b) * curvature[j + 1]
    spline = a * y[j] + b * y[j + 1] + bend * gap[j] ** 2 / 6
    ear = 0.5 + np.arctan(sh.STEEPNESS * np.log2(2**at / sh.KNEE)) / np.pi
    return np.asarray(spline * ear)


def twin_candidates(magnitude: Array) -> list[tuple[float, float]]:
    octaves = twin_octaves(magnitude)
    total, per_octave = np.zeros(sh.POINTS), sh.POINTS / np.log2(sh.LAST / sh.FIRST)
    for n in range(1, sh.HARMONICS + 1):
        shift = int(np.log2(n) * per_octave)
        total[: sh.POINTS - shift] += sh.COMPRESSION ** (n - 1) * octaves[shift:]
    inner = total[1:-1]
    tops = np.flatnonzero((inner > total[:-2]) & (inner >= total[2:])) + 1
    found = []
    for p in tops[np.argsort(-total[tops], kind="stable")][: sh.CANDIDATES]:
        c, b, a = np.polyfit([-1, 0, 1], total[p - 1 : p + 2], 2)[::-1]
        x = -b / (2 * a)
        hz = sh.FIRST * (sh.LAST / sh.FIRST) ** ((p + x) / (sh.POINTS - 1))
        found.append((hz, 1 - total.mean() / (a * x * x + b * x + c)))
    return [each for each in found if sh.LOWEST <= each[0] <= sh.HIGHEST]


def twin_path(hz: Values, prominence: Values) -> list[float]:
    """The cheapest way to each state, kept as a whole."""
    states = [*range(sh.CANDIDATES), sh.UNVOICED]
    ways: dict[int, tuple[float, float, list[float]]] = {}  # cost, last leap, pitches
    for i, (found, height) in enumerate(zip(hz, prominence, strict=True)):
        fresh = {}
        for state in states:
            voiced = state != sh.UNVOICED
            if voiced and not found[state]:
                continue
            fits = (height[state] if voiced else height.max()) >= sh.VOICED
            local = sh.MISFIT * (fits != voiced) + voiced * sh.FAINT * (1 - height[state % 6])
            choices: list[tuple[float, float, list[float]]] = [] if i else [(local, 0.0, [])]
            for other, (cost, leap, pitches) in ways.items():
                both = voiced and other != sh.UNVOICED
                octaves = np.log2(found[state] / pitches[-1]) if both else 0.0
                if both:
                    cost += sh.LEAP * abs(octaves) + sh.BEND * abs(octaves - leap)
                cost += sh.CHANGE * (voiced != (other != sh.UNVOICED))
                choices.append((cost + local, octaves, pitches))
            cost, leap, pitches = min(choices, key=lambda choice: choice[0])
            fresh[state] = (cost, leap, [*pitches, found[state] if voiced else 0.0])
        ways = fresh
    return min(ways.values(), key=lambda way: way[0])[2]


@pytest.mark.parametrize("seed", range(3))
def test_candidates_are_those_of_plain_numpy(seed: int) -> None:
    magnitude = spectra(seed)
    hz, prominence = np.empty((2, len(magnitude), sh.CANDIDATES))
    sh.candidates(magnitude, sh.SCALE, hz, prominence)
    for row, found, height in zip(magnitude, hz, prominence, strict=True):
        expected = np.array(twin_candidates(row))
        np.testing.assert_allclose(found[found > 0], expected[:, 0], rtol=1e-6)
        np.testing.assert_allclose(height[found > 0], expected[:, 1], rtol=1e-6)


@pytest.mark.parametrize("seed", range(4))
def test_the_path_is_the_cheapest(seed: int) -> None:
    rng = np.random.default_rng(seed)
    hz, prominence = np.zeros((2, 30, sh.CANDIDATES))
    hz[:, :3] = rng.uniform(80, 300, (30, 3)) * (rng.random((30, 3)) < 0.9)
    prominence[hz > 0] = rng.uniform(0.55, 0.85, np.count_nonzero(hz))
    path, out = sh.new_path(), np.empty(sh.LAG)
    assert sh.follow(hz, prominence, path, out) == 0
    assert sh.undecided(path, out) == 30
    assert out[:30].tolist() == twin_path(hz, prominence)


@pytest.mark.parametrize("hz", [75, 130, 220, 400])
def test_a_tone_has_its_pitch_in_every_frame(hz: float) -> None:
    found = pitch(tone(0.5, hz))
    assert found.size == (RATE // 2 - sh.WINDOW) // sh.HOP + 1
    np.testing.assert_allclose(found, hz, rtol=0.015)


def test_a_missing_fundamental_is_heard() -> None:
    sound = tone(0.5, 150) - tone(0.5, 150, harmonics=1)
    np.testing.assert_allclose(pitch(sound), 150, rtol=0.015)


def test_what_is_no_voice_has_no_pitch() -> None:
    noise = np.random.default_rng(0).normal(0, 0.1, RATE).astype(np.float32)
    assert np.mean(pitch(noise) > 0) < 0.05
    assert not pitch(np.zeros(RATE, np.float32)).any()
    assert not pitch(tone(0.5, 130, level=1e-4)).any()
    assert pitch(np.zeros(sh.WINDOW - 1, np.float32)).size == 0


def test_a_gap_of_one_frame_is_bridged_and_a_burst_of_two_is_none() -> None:
    prominence = np.full((30, sh.CANDIDATES), 0.1)
    hz = np.zeros((30, sh.CANDIDATES))
    hz[:, 0], prominence[:, 0] = 120, 0.5
    prominence[5:15, 0] = prominence[20:22, 0] = 0.8
    prominence[9, 0] = 0.5
    path, out = sh.new_path(), np.empty(sh.LAG)
    sh.follow(hz, prominence, path, out)
    sh.undecided(path, out)
    assert np.flatnonzero(out[:30] > 0).tolist() == list(range(5, 15))


@settings(max_examples=8, deadline=None)
@given(st.lists(st.integers(0, 9_000), min_size=1, max_size=8))
def test_sound_may_come_in_blocks_of_any_size(sizes: list[int]) -> None:
    sound = np.asarray(speak(2, 130, seed=1).samples, np.float32)
    cuts = np.cumsum(sizes)
    listener = sh.Subharmonic()
    parts = [listener.push(part) for part in np.split(sound, cuts[cuts < sound.size])]
    assert np.array_equal(np.concatenate((*parts, listener.finish())), pitch(sound))


def test_a_frame_is_decided_lag_frames_late() -> None:
    listener = sh.Subharmonic()
    assert listener.push(tone(1, 130)[: sh.WINDOW + (sh.LAG - 1) * sh.HOP]).size == 0
    assert listener.push(np.zeros(sh.HOP, np.float32)).size == 1
    assert listener.finish().size == sh.LAG
