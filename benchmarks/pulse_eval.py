"""
Pulse and breath of drawn skin, against what it was drawn with.

    ATTUNEMENT_MODELS=... python -m benchmarks.pulse_eval [--seed 100]

Per condition, five people of five heart rates, LENGTH seconds each, through the stages of the
catalog: how many seconds have a value, and how far those are off. Beside it the plain way, without
any veto: the strongest rhythm of the mean green of the same skin. Bounds were set with --seed 0;
what is reported has other rates, noise and movement.
"""

import argparse
from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from rich.progress import track

from attunement.engine.clock import SECOND
from attunement.engine.frame import Frame, VideoFrame
from attunement.engine.pipeline import Pipeline
from attunement.engine.runner import replay
from attunement.engine.session import Roster
from attunement.engine.signal import Measured, Reading
from attunement.kernels.pulse import rhythm
from attunement.kernels.warm import warm_up
from attunement.pipelines.face import landmarks, pulse
from attunement.pipelines.face.skin import Skin
from attunement.pipelines.models.files import Shelf
from attunement.simulator.acting import expression
from attunement.simulator.author import LOOKS
from attunement.simulator.face import Artist
from attunement.simulator.script import Look, Part, Pose, Script
from benchmarks import worse_pictures
from tests.support.stages import PATIENT

LENGTH = 45  # s
DARK = Look(skin=(120, 84, 64), hair=(28, 22, 20), iris=(52, 38, 30))
WHO = (LOOKS["patient"], LOOKS["therapist"], DARK, LOOKS["patient"], LOOKS["therapist"])

Image = NDArray[np.uint8]
Film = list[tuple[int, Image]]  # ns, picture
Change = Callable[[Film, np.random.Generator], Film]


def still(part: Part, chance: np.random.Generator) -> Part:
    """Blinks, and nothing else."""
    return replace(part, utterances=(), smiles=(), raises=(), nods=(), poses=(), faults=())


def acted(part: Part, chance: np.random.Generator) -> Part:
    """As the demo's script has it: speech, smiles, nods, turns of the head."""
    return replace(part, faults=())


def swaying(part: Part, chance: np.random.Generator) -> Part:
    """The head turns by 10 degrees to either side, all the time."""
    when = np.cumsum(chance.uniform(0.5, 1.2, 2 * LENGTH))
    turns = (Pose(float(t), yaw=10 * (-1) ** i) for i, t in enumerate(when) if t < LENGTH)
    return replace(still(part, chance), poses=tuple(turns))


def drawn(part: Part, look: Look, seed: int, per_second: int, jitter: float) -> Film:
    chance = np.random.default_rng((seed, 9))
    artist, film = Artist(look, seed=seed), []
    for i in range(LENGTH * per_second):
        t = max(0.0, i / per_second + float(chance.uniform(-jitter, jitter)))
        film.append((round(t * SECOND), artist.draw(expression(part, t))))
    return film


def as_it_is(film: Film, chance: np.random.Generator) -> Film:
    return film


def grainy(sigma: float) -> Change:
    def worse(film: Film, chance: np.random.Generator) -> Film:
        return [
            (t, np.clip(x + chance.normal(0, sigma, x.shape), 0, 255).astype(np.uint8))
            for t, x in film
        ]

    return worse


def flickering(film: Film, chance: np.random.Generator) -> Film:
    """A screen that lights the face: another brightness every few seconds."""
    level = np.repeat(chance.uniform(0.75, 1.1, LENGTH), 2)
    return [(t, np.clip(x * level[t // SECOND // 2], 0, 255).astype(np.uint8)) for t, x in film]


def encoded(kbps: int) -> Change:
    """As VP8 of that bit rate leaves it."""

    def worse(film: Film, chance: np.random.Generator) -> Film:
        times, images = zip(*film, strict=True)
        shown = worse_pictures.encoded(kbps)(images)
        return [(t, image) for t, image in zip(times, shown, strict=False) if image is not None]

    return worse


Condition = tuple[Callable[[Part, np.random.Generator], Part], int, float, Change]
CONDITIONS: dict[str, Condition] = {
    "still, as drawn": (still, 25, 0.0, as_it_is),
    "15 pictures/s, up to 15 ms off": (still, 15, 0.015, as_it_is),
    "noise, SD 8": (still, 25, 0.0, grainy(8)),
    "VP8, 2 Mbit/s": (still, 25, 0.0, encoded(2_000)),
    "VP8, 1 Mbit/s": (still, 25, 0.0, encoded(1_000)),
    "VP8, 500 kbit/s": (still, 25, 0.0, encoded(500)),
    "VP8, 200 kbit/s": (still, 25, 0.0, encoded(200)),
    "light that changes": (still, 25, 0.0, flickering),
    "acted as in the demo": (acted, 25, 0.0, as_it_is),
    "acted, VP8, 1 Mbit/s": (acted, 25, 0.0, encoded(1_000)),
    "head sways": (swaying, 25, 0.0, as_it_is),
}


class Plain:
    """The strongest rhythm of the mean green, whatever else happens."""

    def __init__(self) -> None:
        self._skin, self._faces = Skin(60 * pulse.WINDOW), list[landmarks.Face]()
        self.found: list[float] = []

    def push(self, frame: Frame) -> None:
        if isinstance(frame, VideoFrame):
            self._skin.push(frame.t, frame.image)
        elif isinstance(frame, landmarks.Face):
            self._faces.append(frame)

    def close(self) -> None:
        self._skin.seen(self._faces)
        self._faces = []
        samples = list(self._skin.samples)
        green = np.array([s.colour[1] for s in samples if s.t > samples[-1].t - 10 * SECOND])
        rate = len(green) / pulse.WINDOW
        self.found.append(60 * rhythm(green, rate, *pulse.BEAT)[0] if len(green) > 80 else np.nan)


def watched(film: Film) -> tuple[list[dict[str, Reading]], list[float]]:
    """Readings second by second, and what the plain way has."""
    pipeline = Pipeline((landmarks.STAGE, pulse.STAGE), Roster((PATIENT,)), Shelf())
    plain, eyes = Plain(), landmarks.STAGE.make(_context())

    def pictures() -> Iterator[VideoFrame]:
        for t, image in film:
            yield VideoFrame(PATIENT.id, t, image)

    readings = [dict(second.people[PATIENT.id]) for second in replay(pictures(), pipeline)]
    last = 0
    for frame in pictures():
        if frame.t // SECOND > last:
            last = frame.t // SECOND
            for face in eyes.finish():
                plain.push(face)
            plain.close()
        plain.push(frame)
        eyes.push(frame)
    return readings, plain.found


def _context() -> landmarks.Context:
    return landmarks.Context((PATIENT,), Shelf())


def row(name: str, condition: Condition, seed: int) -> str:
    act, per_second, jitter, change = condition
    chance = np.random.default_rng((seed, len(name)))
    off: list[float] = []
    breath: list[float] = []
    plain: list[float] = []
    seconds = slow = 0
    for i, look in enumerate(WHO):
        part = Script.generate(seed + i, LENGTH).part("patient")
        part = act(part, chance)
        part = replace(part, pulse=float(chance.uniform(50, 120)), breath=chance.uniform(10, 20))
        film = change(drawn(part, look, seed + i, per_second, jitter), chance)
        readings, guesses = watched(film)
        told = readings[pulse.WINDOW + pulse.SECONDS :]
        seconds += len(told)
        off += [
            abs(r.value - part.pulse) for s in told if isinstance(r := s["pulse.bpm"], Measured)
        ]
        later = readings[pulse.SLOW + 1 :]
        slow += len(later)
        breath += [
            abs(r.value - part.breath)
            for s in later
            if isinstance(r := s["pulse.rr_bpm"], Measured)
        ]
        plain += [abs(g - part.pulse) for g in guesses[pulse.WINDOW + pulse.SECONDS :]]
    return (
        f"| {name} | {len(off) / seconds:.0%} | {_said(off)} | {_said(plain)} "
        f"| {len(breath) / max(1, slow):.0%} | {_said(breath)} |"
    )


def _said(off: list[float]) -> str:
    known = np.array([x for x in off if np.isfinite(x)])
    return f"{known.mean():.1f}, {np.mean(known <= 5):.0%}" if known.size else "-"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=100)
    parser.add_argument("--only", default="")
    asked = parser.parse_args()
    warm_up()
    print("| | seconds with a pulse | off by, within 5 | plain green | with breath | off by |")
    print("|---|---|---|---|---|---|")
    chosen = {name: c for name, c in CONDITIONS.items() if asked.only in name}
    for name, condition in track(chosen.items(), description="conditions"):
        print(row(name, condition, asked.seed), flush=True)


if __name__ == "__main__":
    main()
