"""
Labels for speech that has none: what three programs agree on where the sound is clean.

Praat, openSMILE and WORLD's DIO with StoneMask; a frame is voiced where two of the three say so.
Their tracks are shifted by the constant that suits the laryngograph best on the sentences of FDA
that may be learned from.
"""

import warnings
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

Track = tuple[NDArray[np.float64], NDArray[np.float64]]  # s; Hz, NaN where unvoiced

LOW, HIGH = 60.0, 600.0  # Hz


def praat(x: NDArray[np.float32]) -> Track:
    import parselmouth

    found = parselmouth.Sound(x.astype(np.float64), 16_000).to_pitch_ac(
        time_step=0.01, pitch_floor=LOW, pitch_ceiling=HIGH
    )
    hz = found.selected_array["frequency"]
    return found.xs() + 0.0025, np.where(hz > 0, hz, np.nan)


def dio(x: NDArray[np.float32]) -> Track:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pyworld
    sound = x.astype(np.float64)
    hz, t = pyworld.dio(sound, 16_000, frame_period=10.0)
    hz = pyworld.stonemask(sound, hz, t, 16_000)
    return t, np.where(hz > 0, hz, np.nan)


@cache
def _smile() -> Any:
    import opensmile

    return opensmile.Smile(
        opensmile.FeatureSet.eGeMAPSv02, opensmile.FeatureLevel.LowLevelDescriptors
    )


def smile(x: NDArray[np.float32]) -> Track:
    semitones = _smile().process_signal(x, 16_000)["F0semitoneFrom27.5Hz_sma3nz"].to_numpy()
    hz = np.where(semitones > 0, 27.5 * 2 ** (semitones / 12), np.nan)
    return np.arange(hz.size) * 0.01 + 0.0275, hz


def near(track: Track, t: NDArray[np.float64]) -> NDArray[np.float64]:
    """The frame nearest to each time; NaN where there is none within 20 ms."""
    when, hz = track
    i = np.clip(np.searchsorted(when, t), 1, when.size - 1)
    i -= np.abs(when[i - 1] - t) <= np.abs(when[i] - t)
    return np.where(np.abs(when[i] - t) <= 0.02, hz[i], np.nan)


def labels(
    x: NDArray[np.float32], t: NDArray[np.float64]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Share of the teachers that call each time voiced, and the median of their pitch (or 0)."""
    said = np.stack([near(teacher(x), t) for teacher in (praat, smile, dio)])
    voiced = np.isfinite(said)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # nobody heard a voice
        hz = np.nanmedian(said, axis=0)
    return voiced.mean(axis=0, dtype=np.float32), np.nan_to_num(hz).astype(np.float32)
