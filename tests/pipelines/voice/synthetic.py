"""A vocal source and tract for tests: sound of which pitch, syllables and edges are known."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

RATE = 16_000
VOWELS = (  # F1, F2, F3 in Hz: a, e, i, o, u, schwa
    (730, 1_090, 2_440),
    (530, 1_840, 2_480),
    (300, 2_290, 3_010),
    (570, 840, 2_410),
    (320, 870, 2_240),
    (500, 1_500, 2_500),
)
BANDWIDTHS = (80, 110, 160, 250)


@dataclass(frozen=True)
class Speech:
    samples: NDArray[np.float32]
    f0: NDArray[np.float64]  # Hz, per sample; NaN where there is no voice
    syllables: int


def speak(
    seconds: float,
    f0: float = 120.0,
    *,
    rate: float = 4.0,
    jitter: float = 0.01,
    swing: float = 2.0,
    level: float = 0.1,
    seed: int = 0,
) -> Speech:
    """
    Syllables of a vowel and a weak consonant. f0 in Hz, `rate` syllables/s, `swing` semitones.

    level: root mean square of the whole, full scale 1.0.
    """
    rng = np.random.default_rng(seed)
    n = round(seconds * RATE)
    count = max(1, round(seconds * rate))
    borders = np.linspace(0, n, count + 1).astype(int)
    contour = f0 * 2 ** (swing / 12 * np.sin(2 * np.pi * np.arange(n) / RATE * 0.7))
    source = _pulses(contour, jitter, rng) + rng.normal(0, 0.003, n)
    tract = 1.0 + 0.15 * min(1.0, max(0.0, (f0 - 120) / 100))  # shorter where the voice is higher
    out = np.zeros(n)
    voiced = np.zeros(n, bool)
    for begin, end in zip(borders, borders[1:], strict=False):
        vowel = tuple(hz * tract for hz in VOWELS[rng.integers(len(VOWELS))])
        onset = begin + (end - begin) // 5
        sound = _through_the_tract(source[begin:end], vowel)
        out[begin:end] = sound / np.sqrt(np.mean(sound**2)) * _envelope(end - begin)
        hiss = np.diff(rng.normal(0, 0.1, onset - begin + 1))
        out[begin:onset] = 0.2 * out[begin:onset] + hiss
        voiced[onset:end] = True
    out *= level / np.sqrt(np.mean(out**2))
    return Speech(out.astype(np.float32), np.where(voiced, contour, np.nan), count)


def _pulses(
    f0: NDArray[np.float64], jitter: float, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Rosenberg's glottal flow, differentiated, with periods that vary by `jitter`."""
    out = np.zeros(f0.size)
    at = 0.0
    while at < f0.size:
        period = RATE / f0[int(at)] * (1 + jitter * rng.normal())
        n = int(period * 0.6)
        first = math.ceil(at)
        x = (np.arange(first, first + n) - at) / n
        flow = np.where(x < 0.67, 0.5 - 0.5 * np.cos(np.pi * x / 0.67), np.cos((x - 0.67) * 4.76))
        part = out[first : first + n]
        part += np.diff(np.clip(flow, 0, None), prepend=0.0)[: part.size]
        at += period
    return out


def _through_the_tract(
    source: NDArray[np.float64], formants: tuple[float, ...]
) -> NDArray[np.float64]:
    for hz, width in zip((*formants, 3_500), BANDWIDTHS, strict=True):
        radius = math.exp(-math.pi * width / RATE)
        a1, a2 = -2 * radius * math.cos(2 * math.pi * hz / RATE), radius**2
        # Two poles as a short impulse response: the filter rings off within 60 ms.
        ring = np.zeros(960)
        before = last = 0.0
        for i in range(ring.size):
            ring[i] = (i == 0) * (1 + a1 + a2) - a1 * last - a2 * before
            before, last = last, ring[i]
        source = np.convolve(source, ring)[: source.size]
    return source


def _envelope(n: int) -> NDArray[np.float64]:
    x = np.linspace(0, 1, n)
    return 0.15 + np.sin(np.pi * x) ** 1.5


def silence(seconds: float, noise: float = 1e-4, seed: int = 1) -> NDArray[np.float32]:
    """A quiet room: white noise of this root mean square."""
    rng = np.random.default_rng(seed)
    return rng.normal(0, noise, round(seconds * RATE)).astype(np.float32)
