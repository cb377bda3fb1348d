"""What the kernels make of a whole sound, frame by frame, before either net is asked."""

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from attunement.kernels import decimate, frames, pitch, voicing

CENTRE = pitch.WINDOW - 1 - decimate.DELAY  # samples at 16 kHz from a frame's first to its middle
AFTER = 1_024  # samples of silence appended, so that the last frames are whole


@dataclass(frozen=True)
class Frames:
    t: NDArray[np.float64]  # s, the frames' centres
    hz: NDArray[np.float32]
    clues: NDArray[np.float32]
    bands: NDArray[np.float32]
    levels: NDArray[np.float32]


def analysed(sound: NDArray[np.float32]) -> Frames:
    sound = np.pad(sound, (0, AFTER + sound.size % 2))
    halved = decimate.halve(np.zeros(decimate.LAG, np.float32), sound)
    n = (halved.size - pitch.WINDOW) // pitch.HOP + 1
    every = np.ones(n, np.bool_)
    heard, _ = frames.tapered(halved, pitch.HANN, pitch.HOP, every, pitch.FFT)
    spectra = pitch.power(heard)
    hz, clues = pitch.candidates(spectra)
    return Frames(
        t=(np.arange(n) * 2 * pitch.HOP + CENTRE) / 16_000,
        hz=hz,
        clues=clues,
        bands=pitch.bands(spectra),
        levels=voicing.level_and_tilt(sound, CENTRE, 2 * pitch.HOP, n),
    )


def joined(parts: list[Frames]) -> Frames:
    return Frames(*(np.concatenate([getattr(p, f.name) for p in parts]) for f in fields(Frames)))
