"""Runs pictures through the stages of the face, as replay does."""

from collections.abc import Iterable, Iterator
from fractions import Fraction
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from attunement.engine.clock import SECOND
from attunement.engine.frame import Frame, VideoFrame
from attunement.engine.pipeline import Pipeline
from attunement.engine.runner import replay
from attunement.engine.session import Roster
from attunement.engine.signal import Models, Person, Reading, Role
from attunement.pipelines.body import motion
from attunement.pipelines.face import (
    action_units,
    asymmetry,
    blink,
    gaze,
    landmarks,
    nods,
    pose,
    presence,
    smile,
    smile_kinds,
)

STAGES = (
    landmarks,
    presence,
    pose,
    gaze,
    nods,
    blink,
    smile,
    action_units,
    smile_kinds,
    asymmetry,
    motion,
)
CATALOG = tuple(stage.STAGE for stage in STAGES)
PATIENT = Roster((Person("p", Role.PATIENT),))

Image = NDArray[np.uint8]


def watch(frames: Iterable[Frame], models: Models) -> list[dict[str, Reading]]:
    """Readings of each second."""
    pipeline = Pipeline(CATALOG, PATIENT, models)
    return [dict(second.people["p"]) for second in replay(iter(frames), pipeline)]


def shown(images: Iterable[Image], fps: float = 10) -> Iterator[VideoFrame]:
    for i, image in enumerate(images):
        yield VideoFrame("p", round(i * SECOND / fps), image)


def grained(image: Image, seed: int, sigma: float = 2.0) -> Image:
    """With a camera's noise, so that no two pictures are the same bit by bit."""
    noise = np.random.default_rng(seed).normal(0, sigma, image.shape)
    return np.clip(image + noise, 0, 255).astype(np.uint8)


def clip(path: Path) -> Iterator[VideoFrame]:
    import av

    with av.open(str(path)) as container:
        for picture in container.decode(video=0):
            t = Fraction(picture.pts or 0) * (picture.time_base or 0)
            yield VideoFrame("p", int(t * SECOND), picture.to_ndarray(format="rgb24"))
