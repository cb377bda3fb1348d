"""
Landmarks, blendshapes and pose beside those of MediaPipe's own task, on every clip: how far apart
they are, and what each costs.

    ATTUNEMENT_DATA=... ATTUNEMENT_MODELS=... python -m benchmarks.landmarks_agreement

MediaPipe needs the Debian packages libegl1 and libgles2.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from time import process_time

import numpy as np

from attunement.engine.clock import SECOND
from attunement.engine.frame import VideoFrame
from attunement.gateway.media import Recording, Track
from attunement.pipelines.face.pose import angles
from attunement.pipelines.models.landmarker import NAME, Landmarker, Landmarks, shrunk
from benchmarks.mediapipe_task import Task

EVERY = 2  # pictures of a clip


@dataclass(frozen=True, slots=True)
class Pair:
    """One picture seen by both; what is None was not seen."""

    ours: Landmarks | None
    theirs: Landmarks | None
    size: tuple[int, int]  # pixels, width and height
    cost: tuple[float, float]  # s of CPU: ours, theirs

    def apart(self) -> tuple[float, float, float]:
        """Landmarks, mean, in per cent of the face's size; blendshapes, the worst; degrees."""
        assert self.ours is not None
        assert self.theirs is not None
        ours, theirs = (one.points[:, :2] * self.size for one in (self.ours, self.theirs))
        points = np.linalg.norm(ours - theirs, axis=1).mean() / np.ptp(theirs, axis=0).max()
        shapes = self.theirs.blendshapes.items()
        worst = max(abs(self.ours.blendshapes[name] - level) for name, level in shapes)
        turned = np.abs(np.subtract(angles(self.ours.matrix), angles(self.theirs.matrix))).max()
        return 100 * float(points), worst, float(turned)


def pairs(clip: Path, file: Path) -> Iterator[Pair]:
    frames = (f for f in Recording((Track("p", clip),)).frames() if isinstance(f, VideoFrame))
    look = Landmarker(file)
    with Task(file) as task:
        for frame in list(frames)[::EVERY]:
            image = shrunk(frame.image)
            t = frame.t + SECOND  # to theirs, 0 is no time
            begun = process_time()
            ours = look(image, t)
            between = process_time()
            theirs = task(image, t)
            cost = between - begun, process_time() - between
            yield Pair(ours, theirs, (image.shape[1], image.shape[0]), cost)


def main() -> None:
    data, file = Path(os.environ["ATTUNEMENT_DATA"]), Path(os.environ["ATTUNEMENT_MODELS"]) / NAME
    print("| clip | pictures | seen by one alone | landmarks, %: median, worst | ", end="")
    print("blendshapes: median, worst | pose, degrees, worst | ours, ms | theirs, ms |")
    print("|---|" + "---|" * 7)
    video = data / "video"
    for clip in sorted((*video.glob("grid/*.mpg"), *video.glob("*.mp4"), *video.glob("*.mov"))):
        found = list(pairs(clip, file))[1:]  # the first picture compiles and loads
        both = [one for one in found if one.ours is not None and one.theirs is not None]
        alone = sum((one.ours is None) != (one.theirs is None) for one in found)
        words = [clip.name, str(len(found)), str(alone)]
        if both:
            points, shapes, turned = np.array([one.apart() for one in both]).T
            words += [f"{np.median(points):.2f}, {points.max():.2f}"]
            words += [f"{np.median(shapes):.3f}, {shapes.max():.3f}", f"{turned.max():.2f}"]
            words += [f"{1e3 * ms:.1f}" for ms in np.mean([one.cost for one in both], axis=0)]
        else:
            words += ["-"] * 5
        print("| " + " | ".join(words) + " |", flush=True)


if __name__ == "__main__":
    main()
