"""Somebody walks into the picture of a call, in front of the real models."""

from pathlib import Path

import numpy as np
import pytest

from attunement.engine.clock import SECOND
from attunement.engine.frame import VideoFrame
from attunement.engine.signal import Context, Person, Role
from attunement.pipelines.derived import Face
from attunement.pipelines.face import view
from attunement.pipelines.face.landmarks import STAGE
from attunement.pipelines.models.files import Shelf
from tests.support import drawn_face

COMES, HIDES, BACK, END = 20, 40, 65, 90  # pictures, ten a second


@pytest.fixture(params=["landmarker", "face net"])
def shelf(request: pytest.FixtureRequest, tmp_path: Path) -> Shelf:
    if request.param == "face net":
        return Shelf(tmp_path)
    return Shelf(request.getfixturevalue("models_dir"))


def scene(i: int) -> np.ndarray:  # type: ignore[type-arg]
    """The person on the left; then a larger face beside; then the person behind their hands."""
    blink = float(i % 4 == 0)  # so that every picture is worth a look
    own = drawn_face.face(size=(320, 240), shut=blink, shift=6 * np.sin(i / 4))
    if HIDES <= i < BACK:
        own[40:210, 80:250] = (205, 165, 140)
    left = np.concatenate((own, np.full((120, 320, 3), drawn_face.WALL, np.uint8)))
    right = np.full((360, 480, 3), drawn_face.WALL, np.uint8)
    if i >= COMES:
        right = drawn_face.face(size=(480, 360), smile=0.5, shut=blink)
    return np.concatenate((left, right), axis=1)


def test_the_person_stays_the_person_when_somebody_walks_in(shelf: Shelf) -> None:
    stage = STAGE.make(Context((Person("p", Role.PATIENT),), shelf))
    faces: list[Face] = []
    for i in range(END):
        stage.push(VideoFrame("p", i * SECOND // 10, scene(i)))
        if i % 10 == 9:
            faces += [face for face in stage.finish() if isinstance(face, Face)]
    assert len(faces) >= 0.8 * END  # of a face at rest eight a second are told
    at = np.array([face.t * 10 // SECOND for face in faces])
    for i, face in zip(at, faces, strict=True):
        if face.points is None:
            continue
        left, _, right, _ = view.box(face.points)
        assert (left + right) / 2 < 0.4, f"picture {i} shows somebody else as the person"
    seen = np.array([face.points is not None for face in faces])
    assert seen[(at >= 5) & (at < HIDES)].mean() > 0.95
    assert seen[(at >= HIDES + 8) & (at < BACK)].mean() < 0.1
    assert seen[at >= BACK + 15].mean() > 0.9
    count = np.array([face.count for face in faces])
    assert (count[(at >= COMES + 21) & (at < HIDES)] == 2).all()
