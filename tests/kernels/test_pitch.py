import math
from typing import NamedTuple

import numpy as np
import pytest
from numpy.typing import NDArray

from attunement.kernels import pitch
from attunement.kernels.lanes import WIDTH


class Heard(NamedTuple):
    power: NDArray[np.float64]  # (n, bins)
    correlations: NDArray[np.float64]  # (2, n, lags)
    hz: NDArray[np.float32]
    clues: NDArray[np.float32]
    bands: NDArray[np.float32]


def hear(sound: NDArray[np.float32]) -> Heard:
    start = np.arange(0, sound.size - pitch.WINDOW + 1, pitch.HOP)
    n, bench = start.size, pitch.bench()
    power, correlations = [], []
    for first in range(0, n, WIDTH):
        here = start[first : first + WIDTH]
        pitch.spectra(sound, here, bench)
        power.append(bench.power[: pitch.FFT // 2 + 1, : here.size].T.astype(float))
        pitch.autocorrelations(bench)
        found = bench.correlations[:2, : bench.undo.shape[1], : here.size]
        correlations.append(found.transpose(0, 2, 1).astype(float))
    hz = np.empty((n, pitch.CANDIDATES), np.float32)
    clues = np.empty((n, pitch.CANDIDATES, pitch.CLUES), np.float32)
    bands = np.empty((n, 3), np.float32)
    pitch.candidates(sound, start, bench, hz, clues, bands)
    return Heard(np.concatenate(power), np.concatenate(correlations, axis=1), hz, clues, bands)


def tone(hz: float, n: int = 4_000, harmonics: int = 6) -> NDArray[np.float32]:
    t = np.arange(n) / pitch.RATE
    parts = (np.sin(2 * np.pi * k * hz * t) / k for k in range(1, harmonics + 1) if k * hz < 3_500)
    return np.asarray(0.1 * np.sum(list(parts), axis=0), np.float32)


def noisy(hz: float) -> NDArray[np.float32]:
    noise = np.random.default_rng(2).normal(0, 0.05, 4_000)
    return (tone(hz) + noise).astype(np.float32)


def plain_candidates(r: NDArray[np.float64]) -> list[tuple[float, float]]:
    """Frequency and lag of the best peaks of one mean autocorrelation."""
    rate = pitch.FINE * pitch.RATE
    peaks = []
    for i in range(int(rate / pitch.HIGH), int(rate / pitch.LOW) + 1):
        if r[i] > pitch.WEAKEST and r[i] >= r[i - 1] and r[i] > r[i + 1]:
            a, b, c = np.polyfit([-1, 0, 1], r[i - 1 : i + 2], 2)
            lag, height = i - b / (2 * a), c - b * b / (4 * a)
            if pitch.LOW <= rate / lag <= pitch.HIGH:
                rank = height + pitch.OCTAVE * math.log2(rate / lag / pitch.MIDDLE)
                peaks.append((rank, rate / lag, height))
    return sorted((hz, height) for _, hz, height in sorted(peaks)[-pitch.CANDIDATES :])


@pytest.mark.parametrize("hz", [55, 80, 120, 220, 330, 480, 590])
def test_a_tone_has_its_own_pitch_among_its_candidates(hz: float) -> None:
    heard = hear(tone(hz))
    found, clues = heard.hz, heard.clues
    nearest = np.abs(1_200 * np.log2(np.maximum(found, 1) / hz))
    assert nearest.min(axis=1).max() < (30 if hz < 60 else 8)
    strength = np.take_along_axis(clues[:, :, 0], nearest.argmin(axis=1)[:, None], axis=1)
    assert strength.min() > (0.65 if hz < 60 else 0.9)


def test_candidates_are_those_of_plain_python() -> None:
    heard = hear(noisy(140))
    for hz, clue, r in zip(heard.hz, heard.clues, heard.correlations.mean(axis=0), strict=True):
        plain = plain_candidates(r)
        mine = sorted(float(f) for f in hz if f > 0)
        np.testing.assert_allclose(mine, [f for f, _ in plain], rtol=1e-4)
        under = sorted(h for _, h in plain)
        np.testing.assert_allclose(sorted(clue[hz > 0, 11]), np.array(under) - under[-1], atol=1e-4)


def test_clues_are_what_stands_at_the_lag_and_at_its_parts() -> None:
    heard = hear(noisy(180))
    found, clues, seen = heard.hz, heard.clues, heard.correlations
    lags = np.arange(seen.shape[2])
    for n, k in zip(*np.nonzero(found), strict=True):
        lag = pitch.FINE * pitch.RATE / found[n, k]
        for c in range(2):
            r = seen[c, n]
            near = round(lag)
            assert clues[n, k, 5 * c] == pytest.approx(r[near - 1 : near + 2].max(), abs=1e-5)
            parts = lag * np.array([0.5, 2, 1.5, 1 / 3])
            plain = np.interp(parts, lags, r, right=0)
            np.testing.assert_allclose(clues[n, k, 5 * c + 1 : 5 * c + 5], plain, atol=1e-4)
        assert clues[n, k, 10] == pytest.approx(math.log2(pitch.MIDDLE / found[n, k]), abs=1e-4)


def test_the_autocorrelation_is_that_of_the_definition() -> None:
    sound = tone(200)
    w = pitch.HANN.astype(np.float64)
    x = sound[: pitch.WINDOW].astype(np.float64)
    x = (x - x.mean()) * w
    plain = [
        (x[: x.size - lag] @ x[lag:]) / (x @ x) / ((w[: w.size - lag] @ w[lag:]) / (w @ w))
        for lag in range(pitch.RATE // 50)
    ]
    mine = hear(sound).correlations[0, 0, :: pitch.FINE]
    np.testing.assert_allclose(mine[: len(plain)], plain, atol=2e-3)


def test_bands_share_out_the_power() -> None:
    for hz, loudest in ((300, 0), (1_500, 1), (3_000, 2)):
        levels = hear(tone(hz, harmonics=1)).bands
        assert (levels.argmax(axis=1) == loudest).all()
    whole = hear(noisy(200))
    total = 10 * np.log10((10 ** (whole.bands / 10)).sum(axis=1))
    np.testing.assert_allclose(total, 10 * np.log10(whole.power.sum(axis=1)), atol=1e-3)


@pytest.mark.parametrize("sound", [np.zeros(1_000), np.ones(1_000)], ids=["silence", "DC"])
def test_what_does_not_move_has_no_candidates(sound: NDArray[np.float64]) -> None:
    with np.errstate(all="ignore"):
        assert (hear(sound.astype(np.float32)).hz == 0).all()
