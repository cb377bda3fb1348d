"""Frames that stages derive for those further down: each model runs once, many signals read it."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from attunement.engine.signal import Why


@dataclass(frozen=True, slots=True, eq=False)
class Activity:
    """Whether somebody speaks, in steps of `hop` from `t` on."""

    participant: str
    t: int  # ns of session time at which the first step begins
    hop: int  # ns
    speech: NDArray[np.float32]  # (n,), probability of speech
    muted: bool = False  # exact digital silence
    guessed: bool = False  # through a short hole, from the sound before it


@dataclass(frozen=True, slots=True, eq=False)
class Pitch:
    """Fundamental frequency, in steps of `hop`; NaN where unvoiced."""

    participant: str
    t: int  # ns of session time of the first step's centre
    hop: int  # ns
    hz: NDArray[np.float32]  # (n,)
    strength: NDArray[np.float32]  # (n,), 0 to 1: how periodic


@dataclass(frozen=True, slots=True, eq=False)
class Face:
    """
    What was seen of a face in one picture: by the landmarker, or where its file is not here by the
    face net, which knows no landmarks.
    """

    participant: str
    t: int  # ns of session time
    count: int  # faces in the picture
    quality: float  # 0 to 1; 0 where there is no face
    black: bool = False  # exact black: the camera is off
    fault: Why | None = None  # what is worst about it; without a face: why that cannot be told
    landmarks: NDArray[np.float32] | None = None  # (478, 3): x, y in 0..1 of the picture, z as x
    blendshapes: Mapping[str, float] | None = None  # 52 names of ARKit, 0 to 1
    matrix: NDArray[np.float32] | None = None  # (4, 4), face to camera, cm
    span: NDArray[np.float32] | None = None  # (2, 3): corners, where there are no landmarks
    crop: NDArray[np.uint8] | None = None  # (48, 48), grey: what the face nets are shown
    sitting: int = 0  # goes up when it may be somebody else's, or is seen by another camera

    @property
    def poor(self) -> bool:
        """Can it not be told whether there is a face?"""
        return self.points is None and self.fault is not None

    @property
    def points(self) -> NDArray[np.float32] | None:
        """Of which the extent is that of the face, brow to chin; None: there is no face."""
        return self.span if self.landmarks is None else self.landmarks
