"""What the kernels make of a whole sound, frame by frame, before either net is asked."""

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from attunement.kernels import decimate, pitch, voicing
from attunement.kernels.contour import CENTRE, HOP

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
    start = np.arange(n) * pitch.HOP
    hz = np.empty((n, pitch.CANDIDATES), np.float32)
    clues = np.empty((n, pitch.CANDIDATES, pitch.CLUES), np.float32)
    bands, levels = np.empty((n, 3), np.float32), np.empty((n, 2), np.float32)
    pitch.candidates(halved, start, pitch.bench(), hz, clues, bands)
    voicing.level_and_tilt(sound, CENTRE, HOP, levels)
    return Frames((np.arange(n) * HOP + CENTRE) / 16_000, hz, clues, bands, levels)


def joined(parts: list[Frames]) -> Frames:
    return Frames(*(np.concatenate([getattr(p, f.name) for p in parts]) for f in fields(Frames)))
