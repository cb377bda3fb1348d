"""What a voice meets on its way to the microphone: rooms full of voices, noise, other levels."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

RATE = 16_000
Sound = NDArray[np.float64]


def decoded(file: Path) -> NDArray[np.float32]:
    """Any sound file as mono at RATE."""
    import av

    parts = []
    with av.open(str(file)) as container:
        resampler = av.AudioResampler("flt", "mono", RATE)
        for frame in (*container.decode(audio=0), None):
            parts += [part.to_ndarray()[0] for part in resampler.resample(frame)]
    return np.concatenate(parts)


def rms(x: NDArray[np.floating]) -> float:
    return float(np.sqrt(np.mean(np.square(x, dtype=np.float64))))


def mixed(voice: NDArray[np.floating], other: NDArray[np.floating], snr: float) -> Sound:
    """Both, the other one `snr` dB below; powers are means over the whole."""
    return voice + other * (rms(voice) / rms(other) * 10 ** (-snr / 20))


def without_pauses_around(x: NDArray[np.floating]) -> NDArray[np.floating]:
    loud = np.flatnonzero(np.abs(x) > 0.02 * np.abs(x).max())
    return x[loud[0] : loud[-1]]


def colored(rng: np.random.Generator, n: int, slope: float) -> Sound:
    """Noise whose power falls as f^-slope: 0 white, 1 pink, 2 brown."""
    spectrum = np.fft.rfft(rng.normal(size=n))
    return np.fft.irfft(spectrum * (np.arange(spectrum.size) + 10.0) ** (-slope / 2), n)


def babble(
    rng: np.random.Generator, n: int, voices: Mapping[str, Sequence[NDArray[np.floating]]]
) -> Sound:
    """Three to nine voices at once, at levels within 8 dB; `voices`: utterances by speaker."""
    people = sorted(voices)
    out = np.zeros(n)
    for _ in range(rng.integers(3, 10)):
        line: list[Sound] = []
        while sum(part.size for part in line) < 2 * n:
            said = voices[people[rng.integers(len(people))]]
            part = without_pauses_around(said[rng.integers(len(said))])
            line.append(part / rms(part))
        begin = rng.integers(n)
        out += np.concatenate(line)[begin : begin + n] * 10 ** (rng.uniform(-4, 4) / 20)
    return out


def through_a_microphone(rng: np.random.Generator, x: NDArray[np.floating]) -> Sound:
    """A tilted spectrum, now and then without its lowest or highest part."""
    spectrum = np.fft.rfft(x)
    hz = np.arange(spectrum.size) * RATE / 2 / (spectrum.size - 1)
    gain = (np.maximum(hz, 50) / 500) ** rng.uniform(-0.5, 0.5)
    if rng.random() < 0.4:
        gain /= np.sqrt(1 + (rng.uniform(60, 300) / np.maximum(hz, 1)) ** 4)
    if rng.random() < 0.3:
        gain /= np.sqrt(1 + (hz / rng.uniform(2_500, 7_000)) ** 8)
    return np.fft.irfft(spectrum * gain, x.size)


def worsened(
    rng: np.random.Generator,
    x: NDArray[np.floating],
    voices: Mapping[str, Sequence[NDArray[np.floating]]],
) -> NDArray[np.float32]:
    """
    In three of ten clean, else in noise, in babble or both; at any level a call may have.

    Loudness is set at the end, so nothing can be learned from it.
    """
    y = through_a_microphone(rng, x) if rng.random() < 0.5 else x.astype(np.float64)
    kind = rng.choice(["clean", "noise", "babble", "both"], p=[0.3, 0.3, 0.35, 0.05])
    if kind in ("noise", "both"):
        y = mixed(y, colored(rng, y.size, rng.choice([0, 0, 1, 2])), rng.uniform(3, 30))
    if kind in ("babble", "both"):
        y = mixed(y, babble(rng, y.size, voices), rng.uniform(4, 22))
    y = mixed(y, rng.normal(size=y.size), rng.uniform(40, 70))
    return np.asarray(y * 10 ** (rng.uniform(-35, -15) / 20) / rms(y), np.float32)
