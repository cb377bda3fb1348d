"""
What the emotion model looks at, every 10 ms: mel spectrum, level and pitch of the sound.

The same code makes what the model learns from and runs in a call. It is its own, not that of the
voice's stages, so that those may be improved without the model meeting what it never learned.
"""

import functools

import numpy as np
from numpy.typing import NDArray

RATE = 16_000  # Hz
HOP = 160  # samples, 10 ms
WINDOW = 640  # samples, 40 ms, of the pitch; the spectrum has its middle 25 ms
INNER = 400
BANDS = 40
LOW, HIGH = 60.0, 7_000.0  # Hz
FLOOR = 1e-9  # power of a band, under which there is nothing
F0_LOW, F0_HIGH = 62.5, 500.0  # Hz
VOICED = 0.45  # autocorrelation at the pitch's lag
ORIGIN = 27.5  # Hz, of the semitone scale

LEVEL, PITCH, STRENGTH = BANDS, BANDS + 1, BANDS + 2  # columns after those of the mel spectrum
COLUMNS = BANDS + 3

_FFT = 512
_LAGS_FFT = 1_024
_SHORTEST, _LONGEST = int(RATE / F0_HIGH), int(RATE / F0_LOW)
_OCTAVE = 0.03  # how much a peak has to be higher at twice the lag


def rows(sound: NDArray[np.float32]) -> NDArray[np.float32]:
    """
    sound (n,), finite, full scale 1. Returns (frames, COLUMNS): natural logarithm of power in mel
    bands, level in dBFS, pitch in semitones over 27.5 Hz (0 where unvoiced), how periodic (0 to 1).

    Frame i begins at sample i * HOP; (n - WINDOW) // HOP + 1 of them fit.
    """
    count = max(0, (sound.size - WINDOW) // HOP + 1)
    out = np.zeros((count, COLUMNS), np.float32)
    if not count:
        return out
    cut = np.lib.stride_tricks.sliding_window_view(sound, WINDOW)[: count * HOP : HOP]
    cut = cut - cut.mean(axis=1, keepdims=True)
    taper, inner, mel = _tables()
    edge = (WINDOW - INNER) // 2
    spectrum = np.fft.rfft(cut[:, edge : edge + INNER] * inner, _FFT)
    power = spectrum.real**2 + spectrum.imag**2
    out[:, :BANDS] = np.log(power @ mel + FLOOR)
    out[:, LEVEL] = 10 * np.log10(np.mean(np.square(cut), axis=1) + 1e-12)
    out[:, PITCH], out[:, STRENGTH] = _pitch(cut * taper)
    return out


def _pitch(frames: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Highest peak of the window-corrected autocorrelation (Boersma 1993), frame by frame."""
    raw, window = _autocorrelation(frames), _autocorrelation(_tables()[0][None, :])
    r = raw[:, : _LONGEST + 2] / np.maximum(raw[:, :1], np.float32(1e-9))
    r = r / (window / window[:, :1])[:, : _LONGEST + 2]
    lags = np.arange(_SHORTEST, _LONGEST + 1)
    inside = r[:, lags]
    peak = (inside >= r[:, lags - 1]) & (inside > r[:, lags + 1])
    score = np.where(peak, inside - _OCTAVE * np.log2(lags), -9.0)
    best = lags[np.argmax(score, axis=1)]
    at = np.arange(r.shape[0])
    left, middle, right = r[at, best - 1], r[at, best], r[at, best + 1]
    bend = np.maximum(2 * middle - left - right, 1e-6)
    lag = best + np.clip(0.5 * (right - left) / bend, -0.5, 0.5)
    strength = np.clip(middle, 0.0, 1.0)
    voiced = (strength >= VOICED) & (score.max(axis=1) > -9.0)
    pitch = np.where(voiced, 12 * np.log2(RATE / lag / ORIGIN), 0.0)
    return pitch.astype(np.float32), strength.astype(np.float32)


def _autocorrelation(frames: NDArray[np.float32]) -> NDArray[np.float32]:
    spectrum = np.fft.rfft(frames, _LAGS_FFT)
    return np.asarray(np.fft.irfft(spectrum.real**2 + spectrum.imag**2), np.float32)


@functools.cache
def _tables() -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
    """Tapers of the pitch and of the spectrum, and weight of each bin in each band."""
    low, high = (1127 * np.log1p(hz / 700) for hz in (LOW, HIGH))
    edge = 700 * np.expm1(np.linspace(low, high, BANDS + 2) / 1127)
    hz = np.arange(_FFT // 2 + 1) * RATE / _FFT
    rise = (hz[:, None] - edge[:-2]) / np.diff(edge)[:-1]
    fall = (edge[2:] - hz[:, None]) / np.diff(edge)[1:]
    mel = np.clip(np.minimum(rise, fall), 0, None)
    narrow = ~mel.any(axis=0)
    mel[np.argmin(np.abs(hz[:, None] - edge[1:-1]), axis=0)[narrow], np.flatnonzero(narrow)] = 1.0
    return (
        np.hanning(WINDOW).astype(np.float32),
        np.hanning(INNER).astype(np.float32),
        mel.astype(np.float32),
    )
