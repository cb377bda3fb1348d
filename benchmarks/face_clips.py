"""
Is a face found where there is one, and none where there is none? Picture by picture, of real clips.

    ATTUNEMENT_DATA=... ATTUNEMENT_MODELS=... python -m benchmarks.face_clips

All stages of face and body, as a call has them. What is right was seen by eye: the clips of GRID,
`single_face` and `fer_test` (somebody who looks down at her phone at night) have a face in every
picture, `no_face` in none, `face_noface` until it cuts to a cartoon. Of the picture of a group the
count is told, with a camera's noise added, as a picture that stays the same is taken for frozen.
"""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

from attunement.engine.clock import SECOND
from attunement.engine.frame import VideoFrame
from attunement.engine.pipeline import Pipeline
from attunement.engine.runner import replay
from attunement.engine.session import Roster
from attunement.engine.signal import Context, Group, Measured
from attunement.gateway.media import Recording, Track
from attunement.pipelines.catalog import CATALOG
from attunement.pipelines.face import landmarks
from attunement.pipelines.models.files import Shelf
from tests.support.stages import PATIENT

CUT = round(2.37 * SECOND)  # of face_noface
ALWAYS, NEVER = 1 << 62, 0  # ns until which there is a face
FACE = [stage for stage in CATALOG if stage.group in (Group.FACE, Group.BODY)]
WHETHER = {"face.presence", "face.count"}  # may be told of an absent face


def clips(data: Path) -> Iterator[tuple[str, Path, int]]:
    folder = data / "video"
    for file in sorted((folder / "grid").glob("*.mpg")):
        yield f"GRID {file.stem}", file, ALWAYS
    for name in ("single_face.mp4", "fer_test.mp4"):
        yield name, folder / name, ALWAYS
    yield "face_noface.mov", folder / "face_noface.mov", CUT
    yield "no_face.mp4", folder / "no_face.mp4", NEVER


def pictures(file: Path) -> list[VideoFrame]:
    frames = Recording((Track(PATIENT.id, file),)).frames()
    return [frame for frame in frames if isinstance(frame, VideoFrame)]


def right(film: list[VideoFrame], until: int) -> list[bool]:
    """Of every picture that was looked at."""
    stage = landmarks.STAGE.make(Context((PATIENT,), Shelf()))
    faces = []
    for i, frame in enumerate(film):
        stage.push(frame)
        if i + 1 == len(film) or film[i + 1].t // SECOND > frame.t // SECOND:
            faces += stage.finish()
    return [(face.points is not None) == (face.t < until) for face in faces]


def of_nobody(film: list[VideoFrame], until: int) -> tuple[int, int]:
    """Seconds without a face in them, and numbers of a face that were told in those."""
    seconds = list(replay(film, Pipeline(FACE, Roster((PATIENT,)), Shelf())))
    empty = [s for s in seconds if s.index * SECOND >= until and s.index * SECOND <= film[-1].t]
    told = [
        name
        for second in empty
        for name, reading in second.people[PATIENT.id].items()
        if isinstance(reading, Measured) and name not in WHETHER
    ]
    return len(empty), len(told)


def group(file: Path) -> float:
    image = np.ascontiguousarray(cv2.imread(str(file))[..., ::-1])
    chance = np.random.default_rng(0)
    noise = (chance.integers(-1, 2, image.shape) for _ in range(30))
    film = [
        VideoFrame(PATIENT.id, i * SECOND // 10, np.clip(image + n, 0, 255).astype(np.uint8))
        for i, n in enumerate(noise)
    ]
    last = list(replay(film, Pipeline(FACE, Roster((PATIENT,)), Shelf())))[2]
    reading = last.people[PATIENT.id]["face.count"]
    return reading.value if isinstance(reading, Measured) else 0.0


def main() -> None:
    data = os.environ.get("ATTUNEMENT_DATA")
    if not data:
        sys.exit("ATTUNEMENT_DATA is unset: needs the clips")
    print("| clip | pictures looked at | presence right |")
    print("|---|---|---|")
    everything: list[bool] = []
    nobody = numbers = 0
    for name, file, until in clips(Path(data)):
        film = pictures(file)
        found = right(film, until)
        everything += found
        print(f"| {name} | {len(found)} | {np.mean(found):.1%} |", flush=True)
        if until != ALWAYS:
            more, told = of_nobody(film, until)
            nobody, numbers = nobody + more, numbers + told
    print(f"| all | {len(everything)} | {np.mean(everything):.1%} |")
    print(f"seconds without a face: {nobody}, in which {numbers} numbers of a face were told")
    print(f"faces in the picture of a group: {group(Path(data) / 'video/multi_face.jpg'):.0f}")


if __name__ == "__main__":
    main()
