"""
Is a face that lies behind something told, and is one that does not left alone?

    ATTUNEMENT_DATA=... ATTUNEMENT_MODELS=... python -m benchmarks.occlusion_eval [--shown FOLDER]

Clips and people that nothing was learned from (prepare.JUDGED), FER+ `valid`; what is held before
them is drawn by other code than what was learned from (`occluders`), on the picture, before the
landmarker sees it. A clip begins with half a second of the bare face. Also real hands and dark
glasses in the first thousand pictures of `valid`, which were looked through by eye before the net
had seen any of them (`covered_valid`). --shown: pictures of hits, misses and false alarms.
"""

import argparse
import os
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from attunement.engine.clock import SECOND
from attunement.engine.frame import VideoFrame
from attunement.engine.signal import Why
from attunement.pipelines.face import view
from attunement.pipelines.face.landmarks import face_in
from attunement.pipelines.face.seen import CLEAR
from attunement.pipelines.models.face_cover import Cover
from attunement.pipelines.models.landmarker import NAME, Landmarker, shrunk
from attunement.simulator.face import Artist, Expression
from benchmarks.covered_valid import EYES, LOOKED_AT, MOUTH, UNSURE
from benchmarks.occluders import KINDS, Image, Points, hand, over
from benchmarks.worse_pictures import blurred, encoded, lit, smaller
from training.face.drawn import drawn, look
from training.face.prepare import JUDGED, enlarged, frames
from training.face.votes import pictures

BARE_FIRST = 5  # pictures of a clip
PER_SECOND = 10
DRAWN, POSED = 300, 40
POSES = {
    "turned by 35 degrees": {"yaw": 35.0},
    "jaw wide open": {"jaw": 1.0},
    "eyes shut": {"blink": 1.0},
}
WORSE = {
    "blur, 3 pixels": blurred(3),
    "a quarter of the light": lit(0.25),
    "half the size": smaller(2),
    "VP8, 50 kbit/s": encoded(50),
}


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """What was seen in one picture in which there is a face."""

    image: Image  # what was shown
    crop: Image  # (48, 48)
    clear: bool  # good enough to be measured, were nothing before it
    told: bool
    measured: bool
    score: float  # of the net
    yaw: float  # degrees that the head is turned by, any way
    shapes: dict[str, float]


class Watcher:
    def __init__(self, file: Path) -> None:
        self._file, self._cover = file, Cover()

    def film(self, images: list[Image]) -> list[Look | None]:
        """None where no face is found."""
        landmarker = Landmarker(self._file)
        return [self._look(landmarker, image, i) for i, image in enumerate(images)]

    def points(self, images: list[Image]) -> list[Points | None]:
        found: list[Points | None] = []
        landmarker = Landmarker(self._file)
        for i, image in enumerate(images):
            seen = landmarker(image, i * SECOND // PER_SECOND)
            size = image.shape[1::-1]
            found.append(None if seen is None else seen.points[:, :2].astype(float) * size)
        return found

    def _look(self, landmarker: Landmarker, image: Image, index: int) -> Look | None:
        t = index * SECOND // PER_SECOND
        seen = landmarker(image, t)
        if seen is None:
            return None
        face = face_in(VideoFrame("p", t, image), image, 1, seen, self._cover)
        assert face.crop is not None
        alone, _ = view.quality(image, seen.points, seen.matrix)
        return Look(
            image,
            face.crop,
            alone >= CLEAR,
            face.quality < CLEAR and face.fault is Why.OCCLUDED,
            face.quality >= CLEAR,
            self._cover(face.crop).worst,
            view.turned(seen.matrix),
            dict(seen.blendshapes),
        )


def clips(data: Path) -> dict[str, list[Image]]:
    """About ten pictures a second of each."""
    films = {}
    for name in JUDGED:
        every = 2 if name.startswith("grid") else 3
        films[name] = [shrunk(one) for one in frames(data / "video" / name, every)][:60]
    return films


def stills(watcher: Watcher, images: Iterator[Image] | list[Image]) -> list[Look | None]:
    """Pictures that have nothing to do with each other."""
    return [watcher.film([image])[0] for image in images]


def covered(
    films: dict[str, list[Image]], points: dict[str, list[Points | None]], kind: str, part: str
) -> Iterator[list[Image]]:
    """Each clip with it held before the face from the picture BARE_FIRST on; it moves along."""
    hold = hand if kind == "beside" else KINDS[kind][0]
    others = [film[0] for film in films.values()]
    for number, (name, film) in enumerate(films.items()):
        other = others[(number + 1) % len(others)]
        out = []
        for index, (image, at) in enumerate(zip(film, points[name], strict=True)):
            rng = np.random.default_rng((number, len(kind), len(part), index // 10))
            held = index >= BARE_FIRST and at is not None
            out.append(over(image, hold(rng, image, at, part, other)) if held else image)
        yield out


def mean_face(data: Path) -> NDArray[np.float64]:
    return _standardised(pictures(data, "train").image[:4000]).mean(axis=0)


def _standardised(crops: NDArray[np.uint8]) -> NDArray[np.float64]:
    grey = crops.astype(float)
    spread = grey.std(axis=(1, 2), keepdims=True) + 8
    return np.asarray((grey - grey.mean(axis=(1, 2), keepdims=True)) / spread)


def area(high: list[float], low: list[float]) -> float:
    """Under the ROC curve: how often one of `high` is over one of `low`."""
    ordered = np.sort(low)
    at = np.searchsorted(ordered, high, "left") + np.searchsorted(ordered, high, "right")
    return float(at.mean() / 2 / len(low))


def row(name: str, looks: list[Look | None]) -> str:
    found = [one for one in looks if one is not None]
    clear = [one for one in found if one.clear]
    told, measured = (sum(getattr(one, key) for one in clear) for key in ("told", "measured"))
    n = max(1, len(clear))
    missed = len(looks) - len(found)
    return f"| {name} | {len(clear)} | {told / n:.1%} | {measured / n:.1%} | {missed} |"


def parted_looks(found: list[Look | None]) -> dict[str, list[Look | None]]:
    """What may be taken for something covered, and is not."""
    there = [one for one in found if one is not None]
    return {
        "turned by over 30 degrees": [one for one in there if one.yaw > 30],
        "jaw wide open": [one for one in there if one.shapes["jawOpen"] > 0.5],
        "eyes shut": [one for one in there if _shut(one) > 0.6],
    }


def _shut(one: Look) -> float:
    return min(one.shapes["eyeBlinkLeft"], one.shapes["eyeBlinkRight"])


def posed(**shown: float) -> list[Image]:
    """People who all do the same."""
    rng = np.random.default_rng(14)
    return [Artist(look(rng), seed=i).draw(Expression(**shown)) for i in range(POSED)]


def show(folder: Path, name: str, looks: list[Look]) -> None:
    """The first 96 of them: as shown, beside the crop and its score."""
    tiles = []
    for one in looks[:96]:
        whole = cv2.resize(one.image, (160, 120), interpolation=cv2.INTER_AREA)
        crop = cv2.cvtColor(cv2.resize(one.crop, (96, 120)), cv2.COLOR_GRAY2RGB)
        tile = np.hstack((whole, crop))
        cv2.putText(tile, f"{one.score:.2f}", (4, 14), 0, 0.45, (255, 255, 0), 1)
        tiles.append(tile)
    tiles += [np.zeros_like(tiles[0])] * (-len(tiles) % 8) if tiles else []
    if tiles:
        rows = [np.hstack(tiles[i : i + 8]) for i in range(0, len(tiles), 8)]
        cv2.imwrite(str(folder / f"{name}.png"), cv2.cvtColor(np.vstack(rows), cv2.COLOR_RGB2BGR))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shown", type=Path)
    folder: Path | None = parser.parse_args().shown
    data, file = Path(os.environ["ATTUNEMENT_DATA"]), Path(os.environ["ATTUNEMENT_MODELS"]) / NAME
    watcher, films = Watcher(file), clips(data)
    points = {name: watcher.points(film) for name, film in films.items()}
    bare = [one for film in films.values() for one in watcher.film(film)]
    print("| covered | pictures | told `occluded` | measured | no face |\n|---|---|---|---|---|")
    kept: dict[str, list[Look]] = defaultdict(list)
    everything: list[Look] = []
    for kind, (_, parts) in KINDS.items():
        for part in parts:
            looks: list[Look | None] = []
            for film, at in zip(covered(films, points, kind, part), points.values(), strict=True):
                seen = watcher.film(film)
                looks += [
                    one for i, one in enumerate(seen) if i >= BARE_FIRST and at[i] is not None
                ]
            print(row(f"clips, {kind}, {part}", looks), flush=True)
            for one in looks:
                if one is not None and one.clear:
                    everything.append(one)
                    kept["hits" if one.told else "misses"].append(one)
    image = pictures(data, "valid").image[:LOOKED_AT]
    sure = [i for i in range(LOOKED_AT) if i not in {*MOUTH, *EYES, *UNSURE}]
    valid = stills(watcher, [enlarged(image[i]) for i in sure])
    for name, which in (("mouth", MOUTH), ("eyes", EYES)):
        looks = stills(watcher, [enlarged(image[i]) for i in which])
        print(row(f"FER+ `valid` as it is, {name}", looks), flush=True)
        kept["real"] += [one for one in looks if one is not None]
    print("\n| bare | pictures | told `occluded` | measured | no face |\n|---|---|---|---|---|")
    beside = [
        one
        for film, at in zip(
            covered(films, points, "beside", "beside"), points.values(), strict=True
        )
        for i, one in enumerate(watcher.film(film))
        if i >= BARE_FIRST and at[i] is not None
    ]
    faces = [cv2.resize(one.picture, None, fx=2, fy=2) for one in drawn(DRAWN, seed=13)]
    sets = {"clips": bare, "clips, a hand beside the face": beside, "FER+ `valid`": valid}
    for name, worse in WORSE.items():
        bad = ([image for image in worse(film) if image is not None] for film in films.values())
        sets[f"clips, {name}"] = [one for film in bad for one in watcher.film(film)]
    sets["drawn faces"] = stills(watcher, faces)
    sets |= {f"FER+ `valid`, {name}": part for name, part in parted_looks(valid).items()}
    sets |= {f"drawn, {name}": stills(watcher, posed(**shown)) for name, shown in POSES.items()}
    for name, looks in sets.items():
        print(row(name, [one for one in looks if one is not None]), flush=True)
        kept["alarms"] += [one for one in looks if one is not None and one.told]
    low = [one for one in bare if one is not None and one.clear]
    compare(everything, low, mean_face(data))
    for name, many in kept.items():
        order = np.random.default_rng(0).permutation(len(many))
        if folder is not None:
            show(folder, name, [many[i] for i in order])


def compare(high: list[Look], low: list[Look], mean: NDArray[np.float64]) -> None:
    """Covered against bare, picture by picture, by the net and by what needs no net."""
    scores = {
        "the net": lambda crops: None,
        "unlike the mean face": lambda crops: -(_standardised(crops) * mean).mean(axis=(1, 2)),
        "left unlike right": lambda crops: np.abs(
            _standardised(crops) - _standardised(crops)[:, :, ::-1]
        ).mean(axis=(1, 2)),
    }
    print("\n| clips, covered against bare | area under the curve |\n|---|---|")
    for name, score in scores.items():
        two = [score(np.stack([one.crop for one in looks])) for looks in (high, low)]
        if name == "the net":
            two = [[one.score for one in looks] for looks in (high, low)]
        print(f"| {name} | {area(list(two[0]), list(two[1])):.3f} |")


if __name__ == "__main__":
    main()
