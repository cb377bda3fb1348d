"""A plain face as the landmarker would see it, whose lids, lips, brows and eyes move as told."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

import numpy as np

from attunement.engine.frame import Frame
from attunement.engine.signal import Context, Measured, Reading, Stage
from attunement.pipelines.derived import Face
from attunement.pipelines.face.gaze import LEVEL
from attunement.pipelines.face.geometry import BROWS, CORNERS
from tests.support.stages import PATIENT, NoModels

STEP = 100_000_000  # ns
NOSE = 0.18  # its length, in heights of the picture
EYE = 0.06  # its width, in widths of the picture
FIRST = 210  # pictures after which the face at rest is known


def plain(
    i: int,
    *,
    lids: float = 0.2,  # noses apart
    lower_lids: float = 0.0,  # noses higher
    lips: float = 0.0,  # noses apart
    brows: float = 0.0,  # noses higher
    uneven: tuple[float, float] = (0.0, 0.0),  # noses higher, brow and mouth: right, left
    look: tuple[float, float] = (0.0, 0.0),  # of the pupils: in widths of an eye, in noses, down
    dip: float = 0.0,  # heights of the picture the head is lower
    matrix: np.ndarray | None = None,
    quality: float = 1.0,
    **shapes: float,
) -> Face:
    points = np.zeros((478, 3), np.float32)
    points[:, :2] = 0.5
    put = points[:, :2]
    put[168], put[2], put[1] = (0.5, 0.42), (0.5, 0.42 + NOSE), (0.5, 0.56)
    for outer, inner, upper, lower, brow, end, iris, side in (
        (33, 133, 159, 145, 55, 46, 468, -1),
        (263, 362, 386, 374, 285, 276, 473, 1),
    ):
        x = 0.5 + side * 0.08
        put[outer], put[inner] = (x + side * EYE / 2, 0.42), (x - side * EYE / 2, 0.42)
        base = 0.42 + NOSE * (0.06 - lower_lids)
        put[lower], put[upper] = (x, base), (x, base - NOSE * lids)
        put[brow] = (x - side * 0.03, 0.42 - NOSE * (0.35 + brows))
        put[end] = (x + side * 0.03, 0.42 - NOSE * (0.35 + brows))
        put[iris] = x + look[0] * EYE, 0.42 + (look[1] - LEVEL) * NOSE
    for side, rise in zip((-1, 1), uneven, strict=True):
        for place, right_left in enumerate((*zip(*BROWS, strict=True), CORNERS)):
            height = 0.66 if right_left == CORNERS else 0.36
            put[right_left[side > 0]] = 0.5 + side * (0.05 + place / 100), height - NOSE * rise
    put[48], put[278] = (0.47, 0.57), (0.53, 0.57)
    put[0], put[13], put[14], put[17] = (
        (0.5, 0.66),
        (0.5, 0.68),
        (0.5, 0.68 + NOSE * lips),
        (0.5, 0.71 + NOSE * lips),
    )
    put[:, 1] += dip
    known: defaultdict[str, float] = defaultdict(float, shapes)
    pose = np.eye(4, dtype=np.float32) if matrix is None else matrix
    return Face("p", i * STEP, 1, quality, landmarks=points, blendshapes=known, matrix=pose)


def fresh(module: object) -> Stage[Frame]:
    stage: Stage[Frame] = module.STAGE.make(Context((PATIENT,), NoModels()))  # type: ignore[attr-defined]
    return stage


def shown(stages: Sequence[Stage[Frame]], faces: Iterable[Face]) -> dict[str, Reading]:
    """The last second's readings; what a stage derives goes to those after it."""
    readings: dict[str, Reading] = {}
    for i, face in enumerate(faces):
        frames: list[Frame] = [face]
        for stage in stages:
            frames += [derived for frame in frames for derived in stage.push(frame)]
        if i % 10 == 9:
            readings = {}
            for stage in stages:
                stage.finish()
                readings |= stage.measure()
    return readings


def value(reading: Reading) -> float:
    assert isinstance(reading, Measured), reading
    return reading.value
