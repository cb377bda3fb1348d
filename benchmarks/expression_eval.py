"""
What the face nets are worth: expression on FER+ `valid`, shapes against their teacher, cost.

    ATTUNEMENT_DATA=... ATTUNEMENT_MODELS=... python -m benchmarks.expression_eval

Nothing that is reported here was learned from, or chosen by. The clips and pictures that the
teacher has to label first take two minutes; `--cache` keeps what it says.
"""

import argparse
import os
import time
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from attunement.pipelines.models.arkit import SHAPES
from attunement.pipelines.models.face_finder import rotation
from attunement.pipelines.models.face_net import CLASSES, SIDE, Expressions, Shapes
from training.face.prepare import Labelled
from training.face.shapes import angles
from training.face.votes import Pictures, pictures

Image = NDArray[np.uint8]
BINS = 15  # of confidence, of as many pictures each or as wide each
WATCHED = {
    "smile": ("mouthSmileLeft", "mouthSmileRight"),
    "jaw open": ("jawOpen",),
    "blink": ("eyeBlinkLeft", "eyeBlinkRight"),
    "brows up": ("browInnerUp",),
    "brows down": ("browDownLeft", "browDownRight"),
}


def likely(model: Expressions, image: NDArray[np.uint8]) -> tuple[NDArray[np.float64], ...]:
    """Probabilities (n, 8) and how likely it is none of them (n,), of pictures (n, 48, 48)."""
    said = [model(one) for one in image]
    probability = np.stack([one.probability for one in said]).astype(np.float64)
    return probability, np.array([one.unknown for one in said])


def calibration_error(p: NDArray[np.float64], said: NDArray[np.int64], even: bool = False) -> float:
    """
    Mean distance of confidence and accuracy over BINS bins of equal width (Guo et al. 2017), or
    `even`: of equally many pictures.
    """
    sure, right = p.max(axis=1), p.argmax(axis=1) == said
    edges = np.quantile(sure, np.linspace(0, 1, BINS + 1)) if even else np.linspace(0, 1, BINS + 1)
    which = np.clip(np.searchsorted(edges, sure, side="left") - 1, 0, BINS - 1)
    off = [abs(float(sure[which == one].sum() - right[which == one].sum())) for one in range(BINS)]
    return sum(off) / said.size


def scores(found: NDArray[np.int64], said: NDArray[np.int64]) -> NDArray[np.float64]:
    """Precision, recall, F1 and number of each class, (8, 4)."""
    rows = []
    for one in range(len(CLASSES)):
        hit = float(((found == one) & (said == one)).sum())
        precision = hit / max(1, (found == one).sum())
        recall = hit / max(1, (said == one).sum())
        f1 = 2 * precision * recall / max(1e-9, precision + recall)
        rows.append((precision, recall, f1, float((said == one).sum())))
    return np.array(rows)


def interval(right: NDArray[np.bool_]) -> str:
    rng = np.random.default_rng(0)
    means = [right[rng.integers(right.size, size=right.size)].mean() for _ in range(1000)]
    low, high = np.quantile(means, (0.025, 0.975))
    return f"{low:.3f}-{high:.3f}"


def expression(data: Path) -> None:
    valid, model = pictures(data, "valid"), Expressions()
    clear = valid.majority >= 0
    mine, said = valid.of(np.flatnonzero(clear)), valid.majority[clear]
    p, unknown = likely(model, mine.image)
    best = p.argmax(axis=1)
    table = scores(best, said)
    print("\n# Expression, FER+ valid\n")
    print(f"{clear.sum()} of {clear.size} pictures, in which over half of the votes agree\n")
    print("| accuracy | 95 % | macro F1 | ECE, 15 bins of equal width | of equal number | NLL |")
    print("|---|---|---|---|---|---|")
    loss = -np.log(np.maximum(p[np.arange(said.size), said], 1e-9)).mean()
    print(
        f"| {(best == said).mean():.3f} | {interval(best == said)} | {table[:, 2].mean():.3f} "
        f"| {calibration_error(p, said):.3f} | {calibration_error(p, said, even=True):.3f} "
        f"| {loss:.3f} |\n"
    )
    mirrored, _ = likely(model, np.ascontiguousarray(mine.image[:, :, ::-1]))
    both = (p + mirrored) / 2  # as in a call, where every other look is at the mirror image
    print("with the mirror image, as in a call:")
    print(f"accuracy {(both.argmax(axis=1) == said).mean():.3f}", end=", ")
    print(f"{interval(both.argmax(axis=1) == said)}", end=", ")
    print(f"macro F1 {scores(both.argmax(axis=1), said)[:, 2].mean():.3f}", end=", ")
    print(f"ECE {calibration_error(both, said):.3f}\n")
    _per_class(table)
    _abstaining(p, unknown, said)
    _votes(valid, model)
    _worse(model, mine, said)


def _per_class(table: NDArray[np.float64]) -> None:
    print("| | pictures | precision | recall | F1 |\n|---|---|---|---|---|")
    for name, (precision, recall, f1, count) in zip(CLASSES, table, strict=True):
        print(f"| {name} | {count:.0f} | {precision:.2f} | {recall:.2f} | {f1:.2f} |")


def _abstaining(
    p: NDArray[np.float64], unknown: NDArray[np.float64], said: NDArray[np.int64]
) -> None:
    order = np.argsort(-p.max(axis=1) * (1 - unknown))
    wrong = (p.argmax(axis=1) != said)[order]
    shares = (1.0, 0.9, 0.8, 0.7, 0.6, 0.5)
    print("\n| answered, surest first | " + " | ".join(f"{share:.0%}" for share in shares) + " |")
    print("|---" * (len(shares) + 1) + "|")
    errors = (f"{wrong[: int(share * wrong.size)].mean():.3f}" for share in shares)
    print("| errors | " + " | ".join(errors) + " |")


def _votes(valid: Pictures, model: Expressions) -> None:
    """All pictures, and the whole distribution."""
    p, unknown = likely(model, valid.image)
    none = valid.share[:, 8] > 0.5
    share = valid.share[:, :8] / np.maximum(valid.share[:, :8].sum(axis=1, keepdims=True), 1e-9)
    some = ~none & (share.sum(axis=1) > 0)
    apart = 0.5 * np.abs(p[some] - share[some]).sum(axis=1)
    first = (p[some].argmax(axis=1) == share[some].argmax(axis=1)).mean()
    print(
        f"\nall {some.sum()} pictures that are mostly one of the eight: {first:.3f} say what most"
    )
    print(f"say; distance of the distributions (total variation): mean {apart.mean():.3f}")
    print(f"mostly none of the eight: {none.sum()}, of which {(unknown[none] > 0.5).mean():.2f}")
    print(f"are left unanswered; of the others {(unknown[~none] > 0.5).mean():.3f} are")


def _worse(model: Expressions, mine: Pictures, said: NDArray[np.int64]) -> None:
    mine, said = mine.of(np.arange(0, said.size, 3)), said[::3]
    print(f"\n| every third picture ({said.size}), made worse | accuracy | ECE |\n|---|---|---|")
    for name, way in WORSE.items():
        rng = np.random.default_rng(5)
        p, _ = likely(model, np.stack([way(one, rng) for one in mine.image]))
        right = (p.argmax(axis=1) == said).mean()
        print(f"| {name} | {right:.3f} | {calibration_error(p, said):.3f} |")


def moved(image: Image, angle: float, scale: float, x: float, y: float) -> Image:
    """Degrees; sizes; shares of the side."""
    warp = cv2.getRotationMatrix2D((23.5, 23.5), angle, scale)
    warp[:, 2] += np.array((x, y)) * SIDE
    rim = cv2.BORDER_REPLICATE
    return np.asarray(cv2.warpAffine(image, warp, (SIDE, SIDE), borderMode=rim), np.uint8)


def blurred(image: Image, side: int) -> Image:
    small = cv2.resize(image, (side, side), interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.resize(small, (SIDE, SIDE)), np.uint8)


def squeezed(image: Image, quality: int) -> Image:
    kept = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    return np.asarray(cv2.imdecode(kept, cv2.IMREAD_GRAYSCALE), np.uint8)


Rng = np.random.Generator
WORSE: dict[str, Callable[[Image, Rng], Image]] = {
    "as they are": lambda image, _: image,
    "mirrored": lambda image, _: np.ascontiguousarray(image[:, ::-1]),
    "a crop 8 % too large, or aside by 8 %": lambda image, rng: moved(
        image, 0, float(np.exp(rng.choice((-0.08, 0.08)))), *rng.choice((-0.08, 0.08), 2)
    ),
    "tilted by 15 degrees": lambda image, rng: moved(image, float(rng.choice((-15, 15))), 1, 0, 0),
    "24 pixels wide": lambda image, _: blurred(image, 24),
    "16 pixels wide": lambda image, _: blurred(image, 16),
    "JPEG, quality 20": lambda image, _: squeezed(image, 20),
    "half as bright": lambda image, _: image // 2,
    "noise, SD 12": lambda image, rng: (
        np.clip(image + rng.normal(0, 12, image.shape), 0, 255).round().astype(np.uint8)
    ),
}


def shapes(cache: Path) -> None:
    model = Shapes()
    print("\n# Shapes against the Face Landmarker, on what was not learned from\n")
    print("| | faces | " + " | ".join(f"r {name}" for name in WATCHED), end="")
    print(" | yaw, pitch, roll: median off, degrees | 90 % |")
    print("|---" * (len(WATCHED) + 4) + "|")
    named = {"clips_judged": "clips", "ferplus_judged": "FER+ valid", "drawn_judged": "drawn"}
    for name, label in named.items():
        faces = Labelled.load(cache / f"{name}.npz")
        rim = (faces.image.shape[1] - SIDE) // 2
        found = [model(np.ascontiguousarray(one[rim:-rim, rim:-rim])) for one in faces.image]
        cells = []
        for both in WATCHED.values():
            mine = [sum(one.blendshapes[each] for each in both) for one in found]
            its = faces.shapes[:, [SHAPES.index(each) for each in both]].sum(axis=1)
            cells.append(f"{np.corrcoef(mine, its)[0, 1]:.2f}")
        off = np.abs(np.array([one.pose for one in found]) - angles(faces.turn))
        turned = [_apart(one.pose, turn) for one, turn in zip(found, faces.turn, strict=True)]
        median = ", ".join(f"{value:.1f}" for value in np.median(off, axis=0))
        cells += [f"{median} (together {np.median(turned):.1f})", f"{np.quantile(turned, 0.9):.1f}"]
        print(f"| {label} | {len(found)} | " + " | ".join(cells) + " |")


def _apart(pose: tuple[float, float, float], turn: NDArray[np.float32]) -> float:
    """Angle between two directions of a head, degrees: by one rotation."""
    between = rotation(*pose)[:3, :3].T @ turn
    return float(np.degrees(np.arccos(np.clip((np.trace(between) - 1) / 2, -1, 1))))


def cost(data: Path) -> None:
    image = pictures(data, "valid").image[:200]
    print("\n# Cost\n\n| | CPU, ms per picture: median | 90 % |\n|---|---|---|")
    for name, model in (("expression", Expressions()), ("shapes", Shapes())):
        spent = []
        for one in image:
            began = time.thread_time()
            model(one)
            spent.append(1000 * (time.thread_time() - began))
        print(f"| {name} | {np.median(spent[20:]):.2f} | {np.quantile(spent[20:], 0.9):.2f} |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cache", type=Path, help="where training.face.prepare kept its faces")
    cache: Path | None = parser.parse_args().cache
    data = Path(os.environ["ATTUNEMENT_DATA"])
    cost(data)
    expression(data)
    if cache is not None:
        shapes(cache)


if __name__ == "__main__":
    main()
