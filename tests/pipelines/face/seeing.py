"""Faces as the landmarker would see them, told and not drawn."""

from collections import defaultdict

import numpy as np

from attunement.engine.signal import Why
from attunement.pipelines.derived import Face

STEP = 100_000_000  # ns


def seen(i: int, quality: float = 1.0, **shapes: float) -> Face:
    points = np.zeros((478, 3), np.float32)
    points[:, 0] = np.linspace(0.3, 0.7, 478)
    points[:, 1] = np.linspace(0.2, 0.8, 478)
    points[33], points[263] = (0.4, 0.4, 0), (0.6, 0.4, 0)
    points[13] = points[14] = (0.5, 0.6, 0)
    known: defaultdict[str, float] = defaultdict(float, shapes)
    matrix = np.eye(4, dtype=np.float32)
    return Face("p", i * STEP, 1, quality, landmarks=points, blendshapes=known, matrix=matrix)


def absent(i: int) -> Face:
    return Face("p", i * STEP, 0, 0.0)


def black(i: int) -> Face:
    return Face("p", i * STEP, 0, 0.0, black=True)


def poor(i: int, why: Why = Why.TOO_DARK) -> Face:
    return Face("p", i * STEP, 0, 0.0, fault=why)
