import math

import numpy as np
import pytest
from numpy.typing import NDArray

from attunement.kernels import pitch
from attunement.kernels.frames import tapered


def spectra(sound: NDArray[np.float32]) -> NDArray[np.float32]:
    count = (sound.size - pitch.WINDOW) // pitch.HOP + 1
    heard, _ = tapered(sound, pitch.HANN, pitch.HOP, np.ones(count, np.bool_), pitch.FFT)
    return pitch.power(heard)


def tone(hz: float, n: int = 4_000, harmonics: int = 6) -> NDArray[np.float32]:
    t = np.arange(n) / pitch.RATE
    parts = (np.sin(2 * np.pi * k * hz * t) / k for k in range(1, harmonics + 1) if k * hz < 3_500)
    return np.asarray(0.1 * np.sum(list(parts), axis=0), np.float32)


def normalised(correlations: NDArray[np.float32]) -> NDArray[np.float64]:
    seen = correlations[:, :, : pitch.UNDO.shape[1]].astype(np.float64)
    return np.asarray(seen / seen[:, :, :1] * pitch.UNDO[:, None, :])


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
    found, clues = pitch.candidates(spectra(tone(hz)))
    nearest = np.abs(1_200 * np.log2(np.maximum(found, 1) / hz))
    assert nearest.min(axis=1).max() < (30 if hz < 60 else 8)
    strength = np.take_along_axis(clues[:, :, 0], nearest.argmin(axis=1)[:, None], axis=1)
    assert strength.min() > (0.65 if hz < 60 else 0.9)


def test_candidates_are_those_of_plain_python() -> None:
    power = spectra(noisy(140))
    correlations = pitch.autocorrelations(power)
    found, clues = pitch.candidates(power)
    for hz, clue, r in zip(found, clues, normalised(correlations).mean(axis=0), strict=True):
        plain = plain_candidates(r)
        mine = sorted(float(f) for f in hz if f > 0)
        np.testing.assert_allclose(mine, [f for f, _ in plain], rtol=1e-4)
        under = sorted(h for _, h in plain)
        np.testing.assert_allclose(sorted(clue[hz > 0, 11]), np.array(under) - under[-1], atol=1e-4)


def test_clues_are_what_stands_at_the_lag_and_at_its_parts() -> None:
    power = spectra(noisy(180))
    found, clues = pitch.candidates(power)
    seen = normalised(pitch.autocorrelations(power))
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
    heard, _ = tapered(sound, pitch.HANN, pitch.HOP, np.ones(1, np.bool_), pitch.FFT)
    x, w = heard[0, : pitch.WINDOW].astype(np.float64), pitch.HANN.astype(np.float64)
    plain = [
        (x[: x.size - lag] @ x[lag:]) / (x @ x) / ((w[: w.size - lag] @ w[lag:]) / (w @ w))
        for lag in range(pitch.RATE // 50)
    ]
    mine = normalised(pitch.autocorrelations(pitch.power(heard)))[0, 0, :: pitch.FINE]
    np.testing.assert_allclose(mine[: len(plain)], plain, atol=2e-3)


def test_bands_share_out_the_power() -> None:
    for hz, loudest in ((300, 0), (1_500, 1), (3_000, 2)):
        levels = pitch.bands(spectra(tone(hz, harmonics=1)))
        assert (levels.argmax(axis=1) == loudest).all()
    whole = spectra(noisy(200))
    total = 10 * np.log10((10 ** (pitch.bands(whole) / 10)).sum(axis=1))
    np.testing.assert_allclose(total, 10 * np.log10(whole.sum(axis=1)), atol=1e-3)


@pytest.mark.parametrize("sound", [np.zeros(1_000), np.ones(1_000)], ids=["silence", "DC"])
def test_what_does_not_move_has_no_candidates(sound: NDArray[np.float64]) -> None:
    found, _ = pitch.candidates(spectra(sound.astype(np.float32)))
    assert (found == 0).all()
