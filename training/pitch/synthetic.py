"""
Voices whose pitch is known to the period: low and high ones, gliding, rough, breathy.

People who act emotions for a corpus hardly ever speak at 60 Hz, or at 400; these do.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.signal import lfilter

from training.pitch.sounds import RATE, rms

REACH = 160  # samples to either side of a frame's centre that decide whether it is voiced


@dataclass(frozen=True)
class Voice:
    sound: NDArray[np.float32]
    f0: NDArray[np.float64]  # Hz per sample; 0 where unvoiced

    def at(self, t: NDArray[np.float64]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Share of 20 ms around each time that is voiced, and the pitch there (or 0)."""
        here = np.clip(np.round(t * RATE).astype(int), 0, self.f0.size - 1)
        heard = np.concatenate(([0], np.cumsum(self.f0 > 0)))
        begin, end = np.maximum(here - REACH, 0), np.minimum(here + REACH, self.f0.size)
        voiced = (heard[end] - heard[begin]) / (2 * REACH)
        return voiced.astype(np.float32), self.f0[here].astype(np.float32)


def voice(rng: np.random.Generator, seconds: float = 3.0) -> Voice:
    middle = np.exp(rng.uniform(np.log(55), np.log(420)))
    jitter, shimmer = rng.uniform(0, 0.03), rng.uniform(0, 0.15)
    breath = 10 ** (-rng.uniform(15, 40) / 20)
    tract = np.clip(1 + 0.25 * np.log2(middle / 120), 0.9, 1.25)
    sounds: list[NDArray[np.float64]] = []
    pitches: list[NDArray[np.float64]] = []
    while sum(part.size for part in sounds) < seconds * RATE:
        n = int(rng.uniform(0.06, 0.6) * RATE)
        f0 = _contour(rng, n, middle)
        source = _pulses(rng, f0, jitter, shimmer)
        source += rng.normal(size=n) * rms(source) * breath
        vowel = _through_a_tract(rng, source, tract)
        sounds.append(vowel / (rms(vowel) + 1e-9) * _swell(n) * 10 ** (-rng.uniform(0, 12) / 20))
        pitches.append(f0)
        n = int(rng.uniform(0.04, 0.3) * RATE)
        hiss = lfilter([1, -rng.uniform(0, 0.95)], 1, rng.normal(size=n))
        sounds.append(hiss / rms(hiss) * rng.choice([0, 0, 0.03, 0.2]))
        pitches.append(np.zeros(n))
    sound = np.concatenate(sounds) + rng.normal(0, 1e-4, sum(part.size for part in sounds))
    return Voice(sound.astype(np.float32), np.concatenate(pitches))


def _contour(rng: np.random.Generator, n: int, middle: float) -> NDArray[np.float64]:
    """From one pitch to another by way of a third."""
    octaves = np.interp(np.linspace(0, 2, n), (0, 1, 2), rng.normal(0, 0.2, 3))
    return np.clip(middle * 2**octaves, 52, 580)


def _pulses(
    rng: np.random.Generator, f0: NDArray[np.float64], jitter: float, shimmer: float
) -> NDArray[np.float64]:
    """Differentiated flow through the glottis: it rises slowly and falls steeply."""
    out = np.zeros(f0.size)
    opened, steep = rng.uniform(0.4, 0.8), rng.uniform(0.6, 0.95)
    at = rng.uniform(0, 100)
    while at < f0.size - 1:
        period = RATE / f0[int(at)] * (1 + jitter * rng.normal())
        size = max(4, int(period * opened))
        x = (np.arange(size) + 1 - at % 1) / size
        flow = np.where(x < steep, 1 - np.cos(np.pi * x / steep), 2 * (1 - x) / (1 - steep))
        pulse = np.diff(np.maximum(flow, 0), prepend=0.0, append=0.0) * (1 + shimmer * rng.normal())
        begin = int(at)
        room = min(pulse.size, out.size - begin)
        out[begin : begin + room] += pulse[:room]
        at += period
    return out


def _through_a_tract(
    rng: np.random.Generator, source: NDArray[np.float64], tract: float
) -> NDArray[np.float64]:
    formants = (rng.uniform(280, 850), rng.uniform(900, 2_300), rng.uniform(2_300, 3_100), 3_700)
    for hz in formants:
        radius = np.exp(-np.pi * rng.uniform(50, 200) / RATE)
        turn = 2 * np.pi * min(hz * tract, 7_000) / RATE
        source = lfilter([1.0], [1, -2 * radius * np.cos(turn), radius**2], source)
    return source


def _swell(n: int) -> NDArray[np.float64]:
    edge = min(n // 4, 400)
    return np.minimum(1, (np.minimum(np.arange(n), np.arange(n)[::-1]) + 1) / edge)
