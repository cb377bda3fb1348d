"""
What light, blur, distance and compression do to what is seen of a face.

    ATTUNEMENT_DATA=... ATTUNEMENT_MODELS=... python -m benchmarks.face_robustness

The ten clips of GRID (ten speakers, 360x288, faces of 110 to 150 pixels), five pictures a second,
each made worse, against the same picture as it was: how many faces are found, how many are called
good enough and with what quality, how far landmarks are off in shares of the face's height, how far
head pose, smile, jaw and lids. What was refused does not count as wrong. Nobody labelled these
clips: this is how steady the measurement is, not how right.
"""

import os
from collections import Counter
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from attunement.engine.clock import SECOND
from attunement.engine.frame import VideoFrame
from attunement.gateway.media import Recording, Track
from attunement.pipelines.derived import Face
from attunement.pipelines.face import view
from attunement.pipelines.face.pose import angles
from attunement.pipelines.face.seen import CLEAR
from attunement.pipelines.models.landmarker import NAME, Landmarker

Image = NDArray[np.uint8]
PER_SECOND = 5
SHAPES = {"smile": "mouthSmileLeft", "jaw": "jawOpen", "lids": "eyeBlinkLeft"}


def clips(data: Path) -> Iterator[list[Image]]:
    for file in sorted((data / "video/grid").glob("*.mpg")):
        frames = Recording((Track("p", file),)).frames()
        yield [frame.image for frame in frames if isinstance(frame, VideoFrame)]


def lit(gain: float) -> Callable[[Image], Image]:
    return lambda image: np.clip(image * gain, 0, 255).astype(np.uint8)


def blurred(sigma: float) -> Callable[[Image], Image]:
    return lambda image: np.asarray(cv2.GaussianBlur(image, (0, 0), sigma), np.uint8)


def grainy(sigma: float) -> Callable[[Image], Image]:
    chance = np.random.default_rng(1)

    def worse(image: Image) -> Image:
        return np.clip(image + chance.normal(0, sigma, image.shape), 0, 255).astype(np.uint8)

    return worse


def smaller(by: int) -> Callable[[Image], Image]:
    def worse(image: Image) -> Image:
        size = image.shape[1] // by, image.shape[0] // by
        return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)

    return worse


def each(worse: Callable[[Image], Image]) -> Callable[[list[Image]], list[Image]]:
    return lambda images: [worse(image) for image in images]


def encoded(kbps: int) -> Callable[[list[Image]], list[Image]]:
    """As VP8 of that bit rate leaves it."""

    def worse(images: list[Image]) -> list[Image]:
        encoder = av.CodecContext.create("libvpx", "w")
        encoder.width, encoder.height = images[0].shape[1], images[0].shape[0]
        encoder.pix_fmt, encoder.bit_rate = "yuv420p", kbps * 1_000
        encoder.time_base, encoder.framerate = Fraction(1, 25), Fraction(25)
        encoder.options = {"deadline": "realtime", "cpu-used": "8", "lag-in-frames": "0"}
        decoder, out = av.CodecContext.create("vp8", "r"), []
        for i, image in enumerate(images):
            frame = av.VideoFrame.from_ndarray(image, "rgb24")
            frame.pts, frame.time_base = i, encoder.time_base
            for packet in encoder.encode(frame):
                out += [shown.to_ndarray(format="rgb24") for shown in decoder.decode(packet)]
        return out

    return worse


CONDITIONS: dict[str, Callable[[list[Image]], list[Image]]] = {
    "half the light": each(lit(0.5)),
    "a quarter": each(lit(0.25)),
    "an eighth": each(lit(0.125)),
    "twice the light": each(lit(2.0)),
    "noise, 10 grey levels": each(grainy(10)),
    "noise, 30": each(grainy(30)),
    "blur, 1 pixel": each(blurred(1)),
    "blur, 3 pixels": each(blurred(3)),
    "blur, 6 pixels": each(blurred(6)),
    "half the size": each(smaller(2)),
    "a quarter of the size": each(smaller(4)),
    "an eighth of the size": each(smaller(8)),
    "VP8, 150 kbit/s": encoded(150),
    "VP8, 50 kbit/s": encoded(50),
}


def seen(images: list[Image], file: Path) -> list[Face]:
    faces = []
    with Landmarker(file) as look:
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
            for face, was in zip(seen(worse(film), file), true, strict=False):
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
