"""
How steady what is seen of a real face is in other light, blur, distance and compression.

    ATTUNEMENT_DATA=... ATTUNEMENT_MODELS=... python -m benchmarks.face_steadiness

The ten clips of GRID (ten speakers, 360x288, faces of 110 to 150 pixels), five pictures a second,
each made worse, against the same picture as it was: how many faces are found, how many are called
good enough and with what quality, how far landmarks are off in shares of the face's height, how far
head pose, smile, jaw and lids. What was refused does not count as wrong. Nobody labelled these
clips: this is how steady the measurement is, not how right.
"""

import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from attunement.engine.clock import SECOND
from attunement.engine.frame import VideoFrame
from attunement.gateway.media import Recording, Track
from attunement.pipelines.derived import Face
from attunement.pipelines.face import view
from attunement.pipelines.face.pose import angles
from attunement.pipelines.face.seen import CLEAR
from attunement.pipelines.models.landmarker import NAME, Landmarker
from benchmarks.worse_pictures import Image, Worsen, blurred, encoded, grainy, lit, smaller

PER_SECOND = 5
SHAPES = {"smile": "mouthSmileLeft", "jaw": "jawOpen", "lids": "eyeBlinkLeft"}


def clips(data: Path) -> Iterator[list[Image]]:
    for file in sorted((data / "video/grid").glob("*.mpg")):
        frames = Recording((Track("p", file),)).frames()
        yield [frame.image for frame in frames if isinstance(frame, VideoFrame)]


CONDITIONS: dict[str, Worsen] = {
    "half the light": lit(0.5),
    "a quarter": lit(0.25),
    "an eighth": lit(0.125),
    "twice the light": lit(2.0),
    "noise, 10 grey levels": grainy(10),
    "noise, 30": grainy(30),
    "blur, 1 pixel": blurred(1),
    "blur, 3 pixels": blurred(3),
    "blur, 6 pixels": blurred(6),
    "half the size": smaller(2),
    "a quarter of the size": smaller(4),
    "an eighth of the size": smaller(8),
    "VP8, 150 kbit/s": encoded(150),
    "VP8, 50 kbit/s": encoded(50),
}


def seen(images: list[Image], file: Path) -> list[Face]:
    faces, look = [], Landmarker(file)
    for i, image in enumerate(images[::2]):
        t = i * SECOND // PER_SECOND
        found = look(image, t)
        if found is None:
            faces.append(Face("p", t, 0, 0.0))
            continue
        quality, fault = view.quality(image, found.points, found.matrix)
        shown = {"landmarks": found.points, "blendshapes": found.blendshapes}
        faces.append(Face("p", t, 1, quality, fault=fault, matrix=found.matrix, **shown))
    return faces


def off(face: Face, true: Face) -> dict[str, float]:
    assert face.landmarks is not None
    assert true.landmarks is not None
    assert face.blendshapes is not None
    assert true.blendshapes is not None
    assert face.matrix is not None
    assert true.matrix is not None
    high = np.ptp(true.landmarks[:, 1])
    apart = np.linalg.norm(face.landmarks[:, :2] - true.landmarks[:, :2], axis=1).mean() / high
    turned = np.abs(np.subtract(angles(face.matrix), angles(true.matrix))).max()
    shapes = {
        word: abs(face.blendshapes[name] - true.blendshapes[name]) for word, name in SHAPES.items()
    }
    return {"landmarks": float(apart), "pose": float(turned), **shapes}


def main() -> None:
    data, file = Path(os.environ["ATTUNEMENT_DATA"]), Path(os.environ["ATTUNEMENT_MODELS"]) / NAME
    films = list(clips(data))
    truth = [seen(film, file) for film in films]
    print(f"{len(films)} clips, {sum(map(len, truth))} pictures")
    heads = (
        "found | good | quality | landmarks, median, 95 % | pose, deg | smile | jaw | lids | said"
    )
    print(f"| | {heads} |\n|---|" + "---|" * 9)
    for name, worse in CONDITIONS.items():
        found, good, all_, said, clear = 0, 0, 0, Counter[str](), list[float]()
        errors: list[dict[str, float]] = []
        for film, true in zip(films, truth, strict=True):
            bad = [image for image in worse(film) if image is not None]
            for face, was in zip(seen(bad, file), true, strict=False):
                if was.landmarks is None:
                    continue
                all_ += 1
                found += face.landmarks is not None
                if face.landmarks is None:
                    said["no_face"] += 1
                elif face.quality < CLEAR:
                    said[str(face.fault)] += 1
                else:
                    good += 1
                    clear.append(face.quality)
                    errors.append(off(face, was))
        print(row(name, (found / all_, good / all_), clear, errors, said))


def row(
    name: str,
    shares: tuple[float, float],
    clear: list[float],
    errors: list[dict[str, float]],
    said: Counter[str],
) -> str:
    found, good = shares
    told = ", ".join(f"{why} {n}" for why, n in said.most_common(2))
    if not errors:
        return f"| {name} | {found:.0%} | {good:.0%} | | | | | | | {told} |"
    middle = {key: np.median([one[key] for one in errors]) for key in errors[0]}
    worst = np.percentile([one["landmarks"] for one in errors], 95)
    shapes = " | ".join(f"{middle[key]:.2f}" for key in SHAPES)
    return (
        f"| {name} | {found:.0%} | {good:.0%} | {np.median(clear):.2f} "
        f"| {middle['landmarks']:.1%}, {worst:.1%} "
        f"| {middle['pose']:.1f} | {shapes} | {told} |"
    )


if __name__ == "__main__":
    main()
