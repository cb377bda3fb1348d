import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from attunement.kernels import pitch
from attunement.kernels.frames import tapered


def analyse(sound: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    count = (sound.size - pitch.WINDOW) // pitch.HOP + 1
    heard, _ = tapered(sound, pitch.HANN, pitch.HOP, np.ones(count, bool), pitch.FFT)
    return pitch.candidates(pitch.autocorrelation(heard))


def tone(hz: float, n: int = 4_000, harmonics: int = 6) -> NDArray[np.float32]:
    t = np.arange(n) / pitch.RATE
    parts = (np.sin(2 * np.pi * k * hz * t) / k for k in range(1, harmonics + 1) if k * hz < 3_500)
    return np.asarray(0.1 * np.sum(list(parts), axis=0), np.float32)


def plain_candidates(correlation: NDArray[np.float32]) -> list[list[tuple[float, float]]]:
    out = []
    rate = pitch.FINE * pitch.RATE
    for r in correlation.astype(np.float64):
        peaks = []
        for i in range(int(rate / pitch.HIGH), int(rate / pitch.LOW) + 1):
            if r[i] > 0.5 * pitch.VOICING and r[i] >= r[i - 1] and r[i] > r[i + 1]:
                a, b, c = np.polyfit([-1, 0, 1], r[i - 1 : i + 2], 2)
                hz, peak = rate / (i - b / (2 * a)), c - b * b / (4 * a)
                peak = 1 / peak if peak > 1 else peak
                if pitch.LOW <= hz <= pitch.HIGH:
                    peaks.append(
                        (peak + pitch.OCTAVE_COST * math.log2(hz / pitch.MIDDLE), hz, peak)
                    )
        best = sorted(peaks, reverse=True)[: pitch.CANDIDATES]
        out.append(sorted((hz, peak) for _, hz, peak in best))
    return out


def plain_path(
    frequency: NDArray[np.float32], strength: NDArray[np.float32], loudness: NDArray[np.float32]
) -> list[float]:
    """Every frame decided by the best path through all frames up to LOOKAHEAD after it."""
    states = [
        [(float(f), float(s)) for f, s in zip(fs, ss, strict=True) if s >= 0] + [(math.nan, 0.0)]
        for fs, ss in zip(frequency, strength, strict=True)
    ]

    def worth(t: int, state: tuple[float, float]) -> float:
        f, s = state
        if math.isnan(f):
            return pitch.VOICING + max(
                0.0, 2.0 - float(loudness[t]) * (1 + pitch.VOICING) / pitch.SILENCE
            )
        return float(s + pitch.OCTAVE_COST * math.log2(f / pitch.MIDDLE))

    def cost(f: float, g: float) -> float:
        if math.isnan(f) and math.isnan(g):
            return 0.0
        if math.isnan(f) or math.isnan(g):
            return pitch.VOICING_COST
        return pitch.JUMP_COST * abs(math.log2(f / g))

    paths = [(worth(0, s), [s[0]]) for s in states[0]]
    decided = []
    for t in range(1, len(states)):
        paths = [
            max(
                ((w + worth(t, s) - cost(s[0], way[-1]), [*way, s[0]]) for w, way in paths),
                key=lambda path: path[0],
            )
            for s in states[t]
        ]
        if t >= pitch.LOOKAHEAD:
            decided.append(max(paths, key=lambda path: path[0])[1][t - pitch.LOOKAHEAD])
    return decided


@pytest.mark.parametrize(
    ("hz", "cents"), [(55, 12), (80, 5), (120, 5), (220, 5), (330, 5), (480, 5), (590, 5)]
)
def test_a_tone_has_its_own_pitch_within_a_few_cents(hz: float, cents: float) -> None:
    found, strength = analyse(tone(hz))
    score, seen, back = pitch.new_path()
    loud = np.ones(len(found), np.float32)
    path, firm = pitch.follow(found, strength, loud, score, seen, back)
    assert np.abs(1_200 * np.log2(path / hz)).max() < cents
    assert firm.min() > (0.9 if hz > 60 else 0.6)


def test_candidates_are_those_of_plain_python() -> None:
    rng = np.random.default_rng(2)
    sound = (tone(140) + rng.normal(0, 0.05, 4_000)).astype(np.float32)
    count = (sound.size - pitch.WINDOW) // pitch.HOP + 1
    heard, _ = tapered(sound, pitch.HANN, pitch.HOP, np.ones(count, bool), pitch.FFT)
    correlation = pitch.autocorrelation(heard)
    found, strength = pitch.candidates(correlation)
    for fs, ss, plain in zip(found, strength, plain_candidates(correlation), strict=True):
        mine = sorted((float(f), float(s)) for f, s in zip(fs, ss, strict=True) if s >= 0)
        np.testing.assert_allclose(mine, plain, rtol=1e-4)


def test_the_autocorrelation_is_that_of_the_definition() -> None:
    sound = tone(200)
    heard, _ = tapered(sound, pitch.HANN, pitch.HOP, np.ones(1, bool), pitch.FFT)
    x, w = heard[0, : pitch.WINDOW].astype(np.float64), pitch.HANN.astype(np.float64)
    plain = [
        (x[: x.size - lag] @ x[lag:]) / (x @ x) / ((w[: w.size - lag] @ w[lag:]) / (w @ w))
        for lag in range(pitch.RATE // 50)
    ]
    mine = pitch.autocorrelation(heard)[0, :: pitch.FINE][: len(plain)]
    np.testing.assert_allclose(mine, plain, atol=2e-3)


def test_the_path_is_the_best_one_with_the_look_ahead_it_has() -> None:
    rng = np.random.default_rng(7)
    frequency = rng.uniform(60, 500, (40, pitch.CANDIDATES)).astype(np.float32)
    strength = rng.uniform(-0.3, 1, (40, pitch.CANDIDATES)).astype(np.float32)
    strength[strength < 0] = -1
    loudness = rng.uniform(0, 0.1, 40).astype(np.float32)
    score, seen, back = pitch.new_path()
    mine, _ = pitch.follow(frequency, strength, loudness, score, seen, back)
    np.testing.assert_allclose(mine, plain_path(frequency, strength, loudness), rtol=1e-6)


def test_what_is_undecided_is_the_end_of_the_best_path_so_far() -> None:
    rng = np.random.default_rng(8)
    frequency = rng.uniform(60, 500, (20, pitch.CANDIDATES)).astype(np.float32)
    strength = rng.uniform(0, 1, (20, pitch.CANDIDATES)).astype(np.float32)
    loudness = np.ones(20, np.float32)
    for n in (1, 2, 3, 4, 20):
        path = pitch.new_path()
        decided, _ = pitch.follow(frequency[:n], strength[:n], loudness[:n], *path)
        ahead, firm = pitch.undecided(*path)
        assert decided.size + ahead.size == n
        assert np.array_equal(firm > 0, np.isfinite(ahead))
        # A frame without any candidate after them leaves the best path as it is.
        none = np.full((pitch.LOOKAHEAD, pitch.CANDIDATES), -1, np.float32)
        quiet = np.zeros(pitch.LOOKAHEAD, np.float32)
        later, _ = pitch.follow(none, none, quiet, *path)
        if np.isnan(ahead[-1]):
            assert np.array_equal(later[-ahead.size :], ahead, equal_nan=True)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(1, 30), min_size=1, max_size=12))
def test_the_path_does_not_depend_on_how_the_frames_come(sizes: list[int]) -> None:
    rng = np.random.default_rng(sum(sizes))
    n = sum(sizes)
    frequency = rng.uniform(60, 500, (n, pitch.CANDIDATES)).astype(np.float32)
    strength = rng.uniform(0, 1, (n, pitch.CANDIDATES)).astype(np.float32)
    loudness = np.ones(n, np.float32)
    whole, _ = pitch.follow(frequency, strength, loudness, *pitch.new_path())
    path, parts, at = pitch.new_path(), [], 0
    for size in sizes:
        cut = slice(at, at + size)
        parts.append(pitch.follow(frequency[cut], strength[cut], loudness[cut], *path)[0])
        at += size
    assert np.array_equal(np.concatenate(parts), whole, equal_nan=True)


@pytest.mark.parametrize("sound", [np.zeros(1_000), np.ones(1_000)], ids=["silence", "DC"])
def test_what_does_not_move_has_no_candidates(sound: NDArray[np.float64]) -> None:
    _, strength = analyse(sound.astype(np.float32))
    assert (strength == -1).all()


def test_white_noise_has_hardly_a_strong_candidate() -> None:
    rng = np.random.default_rng(0)
    _, strength = analyse(rng.normal(0, 0.1, 40_000).astype(np.float32))
    assert np.mean(strength.max(axis=1) > 0.6) < 0.02
