"""
Action units, asymmetry, gaze, pose, blinks and nods of simulated faces, against their script.

    ATTUNEMENT_MODELS=... python -m benchmarks.au_eval

Everything goes through the stages of the catalog, at ten pictures a second.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from attunement.engine.clock import SECOND
from attunement.engine.frame import VideoFrame
from attunement.engine.pipeline import Pipeline
from attunement.engine.runner import replay
from attunement.engine.session import Roster
from attunement.engine.signal import Measured, Reading
from attunement.pipelines.face import (
    action_units,
    asymmetry,
    blink,
    gaze,
    landmarks,
    nods,
    pose,
    smile_kinds,
)
from attunement.pipelines.models.files import Shelf
from attunement.simulator.acting import Expression, expression
from attunement.simulator.author import LOOKS
from attunement.simulator.face import Artist
from attunement.simulator.script import Look, Part, Script
from tests.support.stages import PATIENT

STAGES = (landmarks, pose, action_units, asymmetry, gaze, blink, nods, smile_kinds)
CATALOG = tuple(stage.STAGE for stage in STAGES)
PER_SECOND = 10
FIRST = 30  # s in which the face at rest is learned, with something shown in two fifths of them
HELD = 2  # s that an expression is held; the last one is read
TRIALS = 60
DARK = Look(skin=(120, 84, 64), hair=(28, 22, 20), iris=(52, 38, 30))
WHO = {"therapist": LOOKS["therapist"], "patient": LOOKS["patient"], "dark skin": DARK}

Image = NDArray[np.uint8]
Readings = dict[str, Reading]
Change = Callable[[Image], Image]


def mirrored(image: Image) -> Image:
    return np.ascontiguousarray(image[:, ::-1])


def half(image: Image) -> Image:
    import cv2

    return np.asarray(
        cv2.resize(image, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA), np.uint8
    )


def squeezed(image: Image) -> Image:
    """JPEG at quality 20: the blocks of a poor call."""
    import cv2

    _, packed = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, 20])
    return np.asarray(cv2.imdecode(packed, cv2.IMREAD_COLOR), np.uint8)


CHANGES: dict[str, Change] = {
    "as it is": lambda image: image,
    "mirrored": mirrored,
    "half size": half,
    "JPEG 20": squeezed,
}


def watched(
    look: Look, shown: Sequence[Expression], change: Change = CHANGES["as it is"]
) -> list[Readings]:
    """Readings second by second; `shown` has PER_SECOND of each."""
    artist = Artist(look)

    def pictures() -> Iterator[VideoFrame]:
        for i, one in enumerate(shown):
            yield VideoFrame(PATIENT.id, i * SECOND // PER_SECOND, change(artist.draw(one)))

    pipeline = Pipeline(CATALOG, Roster((PATIENT,)), Shelf())
    return [dict(second.people[PATIENT.id]) for second in replay(pictures(), pipeline)]


def value(readings: Readings, name: str) -> float:
    reading = readings[name]
    return reading.value if isinstance(reading, Measured) else float("nan")


def trial(rng: np.random.Generator, turn: float) -> Expression:
    """Each movement in two of five, as strong as chance has it; the head within `turn` degrees."""

    def some() -> float:
        return float(rng.uniform(0, 1)) if rng.random() < 0.4 else 0.0

    return Expression(
        frown=some(),
        cheeks=some(),
        smile=some(),
        part=some(),
        jaw=some(),
        lean=float(rng.choice((-0.8, 0.0, 0.8))),
        blink=some(),  # of a blink in the middle of the second
        yaw=float(rng.uniform(-turn, turn)),
        pitch=float(rng.uniform(-turn, turn)) / 3,
    )


def held(one: Expression, seconds: int) -> list[Expression]:
    """Three pictures of each second have the lids down: a blink as deep as `one` has it."""
    open_ = replace(one, blink=0.0)
    return [one if 4 <= i % PER_SECOND < 7 else open_ for i in range(seconds * PER_SECOND)]


def session(seed: int, turn: float) -> tuple[list[Expression], list[Expression]]:
    """What is shown picture by picture, and the trials of it that begin after FIRST."""
    rng = np.random.default_rng(seed)
    shown: list[Expression] = []
    for _ in range(FIRST):
        shown += held(trial(rng, turn) if rng.random() < 0.4 else Expression(), 1)
    trials = [trial(rng, turn) for _ in range(TRIALS)]
    for one in trials:
        shown += held(one, HELD)
    return shown, trials


def truth(one: Expression) -> dict[str, float]:
    """Scripted strength. Lips are as far apart as jaw and lips part them (as drawn)."""
    return {
        "au04": one.frown,
        "au06": one.cheeks,
        "au12": one.smile,
        "au25": (28 * one.jaw + 12 * one.part) / 40,
        "au26": one.jaw,
        "au45": one.blink,
    }


def lopsided(one: Expression) -> float:
    return one.smile * one.lean


def read(seconds: list[Readings], name: str) -> NDArray[np.float64]:
    """Of the last second of each trial."""
    return np.array([value(s, name) for s in seconds[FIRST + HELD - 1 :: HELD]][:TRIALS])


def r(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    known = np.isfinite(one) & np.isfinite(other)
    return float(np.corrcoef(one[known], other[known])[0, 1])


def units() -> None:
    print("| r with the script | " + " | ".join(truth(Expression())) + " | asymmetry | read |")
    print("|---|" + "---|" * 8)
    plain: dict[str, list[Readings]] = {}
    for title, look, turn in [
        *((f"{who}, facing", look, 0.0) for who, look in WHO.items()),
        ("patient, turned to 20 degrees", WHO["patient"], 20.0),
    ]:
        shown, trials = session(7, turn)
        seconds = plain[title] = watched(look, shown)
        print(_row(title, seconds, trials))
    shown, trials = session(7, 0.0)
    before = plain["patient, facing"]
    for title, change in list(CHANGES.items())[1:]:
        seconds = watched(WHO["patient"], shown, change)
        sign = -1 if change is mirrored else 1
        print(_row(f"patient, {title}", seconds, [replace(t, lean=sign * t.lean) for t in trials]))
        same = [
            r(read(seconds, f"face.{au}_i"), read(before, f"face.{au}_i"))
            for au in truth(trials[0])
        ]
        lean = r(read(seconds, "face.asymmetry_mouth"), read(before, "face.asymmetry_mouth"))
        cells = " | ".join(f"{x:.2f}" for x in (*same, lean))
        print(f"| ... against as it is | {cells} | |")


def _row(title: str, seconds: list[Readings], trials: list[Expression]) -> str:
    cells = [
        r(read(seconds, f"face.{au}_i"), np.array([truth(t)[au] for t in trials]))
        for au in truth(trials[0])
    ]
    cells.append(r(read(seconds, "face.asymmetry_mouth"), np.array([lopsided(t) for t in trials])))
    known = np.isfinite(read(seconds, "face.au12_i")).mean()
    return f"| {title} | " + " | ".join(f"{x:.2f}" for x in cells) + f" | {known:.0%} |"


def turns() -> None:
    """Pose and gaze, held HELD seconds each, after FIRST seconds of looking ahead."""
    poses = [
        Expression(yaw=y, pitch=p, roll=q, gaze_yaw=g, gaze_pitch=h)
        for y, p, q, g, h in [
            *((y, 0, 0, 0, 0) for y in range(-30, 31, 10)),
            *((0, p, 0, 0, 0) for p in (-12, -6, 6, 12)),
            *((0, 0, q, 0, 0) for q in (-12, -6, 6, 12)),
            *((0, 0, 0, g, 0) for g in (-20, -15, -10, -5, 5, 10, 15, 20)),
            *((0, 0, 0, 0, h) for h in (-12, -6, 6, 12)),
            *((y, 0, 0, -y, 0) for y in (-15, -8, 8, 15)),
        ]
    ]
    shown = [Expression()] * (FIRST * PER_SECOND)
    for one in poses:
        shown += [one] * (HELD * PER_SECOND)
    print("| degrees off: median, worst | as it is | less the person's own at rest |")
    print("|---|---|---|")
    all_off: dict[str, list[NDArray[np.float64]]] = {}
    for look in WHO.values():
        seconds = watched(look, shown)
        for name, true in {
            "face.yaw": [p.yaw for p in poses],
            "face.pitch": [p.pitch for p in poses],
            "face.roll": [-p.roll for p in poses],
            "gaze.yaw": [p.yaw + p.gaze_yaw for p in poses],
            "gaze.pitch": [p.pitch + p.gaze_pitch for p in poses],
        }.items():
            got = np.array(
                [value(s, name) for s in seconds[FIRST + HELD - 1 :: HELD]][: len(poses)]
            )
            rest = float(np.median([value(s, name) for s in seconds[1:FIRST]]))
            all_off.setdefault(name, []).append(np.array([got - true, got - rest - true]))
    for name, offs in all_off.items():
        off = np.abs(np.concatenate(offs, axis=1))
        cells = " | ".join(f"{np.nanmedian(row):.1f}, {np.nanmax(row):.1f}" for row in off)
        print(f"| {name} | {cells} |")


def counts(seeds: Sequence[int] = (5, 6), seconds: int = 90) -> None:
    """Of scripted sessions: in each window of 30 s that is whole, how many of each there were."""
    print("| counted in windows of 30 s | counted | scripted | windows off by more than one |")
    print("|---|---|---|---|")
    rows: dict[str, list[tuple[int, int]]] = {"face.blink_rate": [], "face.nod_rate": []}
    shakes = 0
    for seed in seeds:
        for part in Script.generate(seed, seconds).parts:
            shown = [expression(part, i / PER_SECOND) for i in range(seconds * PER_SECOND)]
            got = watched(part.look, shown)
            for last in range(29, seconds, 30):
                for name, ends in _ends(part).items():
                    reading = got[last][name]
                    assert isinstance(reading, Measured), reading
                    true = sum(last - 29 < t <= last + 1 for t in ends)
                    rows[name].append((reading.n, true))
                shake = got[last]["face.shake_rate"]
                shakes += shake.n if isinstance(shake, Measured) else 0
    for name, pairs in rows.items():
        counted, true = np.array(pairs).T
        off = int((np.abs(counted - true) > 1).sum())
        print(f"| {name} | {counted.sum()} | {true.sum()} | {off} of {len(pairs)} |")
    print(f"| face.shake_rate (none scripted) | {shakes} | 0 | |")


def _ends(part: Part) -> dict[str, list[float]]:
    return {
        "face.blink_rate": [each.begin + each.length for each in part.blinks],
        "face.nod_rate": [each.end for each in part.nods],
    }


def smiles(pairs: int = 8) -> None:
    """Smiles of 1.5 s every four, of the mouth alone and with the cheeks, one after the other."""
    print("| smiles, three looks | counted | scripted |")
    print("|---|---|---|")
    ease = np.clip(1.5 - np.abs(np.linspace(-2, 2, 15)), 0, 1)
    found = {"duchenne": 0, "other": 0}
    for look in WHO.values():
        shown = [Expression()] * (FIRST * PER_SECOND)
        for _ in range(pairs):
            for cheeks in (0.8, 0.0):
                shown += [Expression(smile=0.9 * x, cheeks=cheeks * x) for x in ease.tolist()]
                shown += [Expression()] * (4 * PER_SECOND - len(ease))
        seconds = watched(look, shown)
        for kind in found:
            reading = seconds[FIRST + 8 * pairs - 1][f"face.smile_{kind}_rate"]
            found[kind] += reading.n if isinstance(reading, Measured) else 0
    last = 60 // 4  # smiles of the last minute, which begins with one of the mouth alone
    print(f"| with the cheeks | {found['duchenne']} | {len(WHO) * (last // 2)} |")
    print(f"| of the mouth alone | {found['other']} | {len(WHO) * (last - last // 2)} |")


def main() -> None:
    for table in (units, turns, counts, smiles):
        table()
        print()


if __name__ == "__main__":
    main()
