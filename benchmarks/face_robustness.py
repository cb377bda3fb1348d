"""
What a call does to each signal of the face: how far it is moved, and how often it is not told.

    ATTUNEMENT_MODELS=... python -m benchmarks.face_robustness [docs/face_robustness.svg]

Drawn people act scripts; the same film is measured as it is and made worse, second by second,
through the stages of the catalog, from 20 s on, when the face at rest is known. Error: the median
of |worsened - as it was| over the seconds told both times, in the signal's own SD, which is how far
its seconds lie around their person's median (half of what lies between the 16th and the 84th
percentile). Not told: missing, or of a quality of less than 0.3. Turned: the same acting with the
head turned aside, by which yaw itself may differ. A signal that hardly stirs in these films has no
row.
"""

import math
import os
import sys
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from attunement.engine.baseline import GOOD
from attunement.engine.clock import SECOND
from attunement.engine.frame import VideoFrame
from attunement.engine.pipeline import Pipeline
from attunement.engine.runner import replay
from attunement.engine.session import Roster
from attunement.engine.signal import Group, Measured
from attunement.kernels.warm import warm_up
from attunement.pipelines.catalog import CATALOG
from attunement.pipelines.inferred import expression as expressed
from attunement.pipelines.models.files import Shelf
from attunement.simulator.acting import expression
from attunement.simulator.face import Artist
from attunement.simulator.script import Part, Script
from benchmarks.worse_pictures import (
    FPS,
    Film,
    Image,
    Worsen,
    blurred,
    encoded,
    grainy,
    lit,
    lost,
    smaller,
)
from benchmarks.worsened import compare, draw, tallies, tell
from tests.support.stages import PATIENT

SEEDS, SECONDS, FIRST = (21, 22), 60, 20
SIZE = 480, 360
STIRS = 0.004  # SD over the signal's range, under which it hardly does
SEEN = (*(s for s in CATALOG if s.group in (Group.FACE, Group.BODY)), expressed.STAGE)
SPECS = {spec.name: spec for stage in SEEN for spec in stage.signals}
LEFT_OUT = ("face.presence", "face.count")  # the same all the time
NAMES = tuple(n for n in SPECS if n not in LEFT_OUT and not n.endswith("_p"))
ASIDE = ("face.yaw", "gaze.yaw")
CLEAN = "as it is"

WAYS: Mapping[str, Worsen] = {
    "half light": lit(0.5),
    "a quarter": lit(0.25),
    "noise 10": grainy(10),
    "blur 1.5": blurred(1.5),
    "blur 3": blurred(3),
    "half size": smaller(2),
    "third": smaller(3),
    "VP8 150k": encoded(150),
    "VP8 50k": encoded(50),
    "loss 5 %": lost(0.05, 4),
    "loss 15 %": lost(0.15, 6),
}
TURNS = {"yaw 15": 15.0, "yaw 30": 30.0, "yaw 45": 45.0}

Seconds = NDArray[np.float64]  # (seconds, signals)


def filmed(part: Part, turn: float = 0.0) -> Iterator[Image]:
    artist = Artist(part.look, SIZE)
    for i in range(SECONDS * FPS):
        shown = expression(part, i / FPS)
        yield artist.draw(replace(shown, yaw=shown.yaw + turn))


def measured(film: Film) -> Seconds:
    """From FIRST on; NaN where it is not told, or hardly."""

    def frames() -> Iterator[VideoFrame]:
        for i, image in enumerate(film):
            if image is not None:
                yield VideoFrame(PATIENT.id, i * SECOND // FPS, image)

    rows = np.full((SECONDS, len(NAMES)), math.nan)
    for second in replay(frames(), Pipeline(SEEN, Roster((PATIENT,)), Shelf())):
        for place, name in enumerate(NAMES):
            reading = second.people[PATIENT.id].get(name)
            if isinstance(reading, Measured) and reading.quality >= GOOD:
                rows[second.index, place] = reading.value
    return rows[FIRST:-1]


def spreads(clean: list[Seconds]) -> Seconds:
    """SD (signals,) of the seconds around their person's median."""
    rest = np.concatenate([one - np.nanmedian(one, axis=0) for one in clean])
    low, high = np.nanpercentile(rest, (16, 84), axis=0)
    found: Seconds = (high - low) / 2
    return found


def worsened(part: Part) -> Iterator[tuple[str, Seconds]]:
    """What is measured of one person, as it is and in each condition."""
    film = list(filmed(part))  # drawing takes longer than measuring
    yield CLEAN, measured(film)
    for way, worsen in WAYS.items():
        yield way, measured(worsen(film))
    for way, turn in TURNS.items():
        yield way, measured(filmed(part, turn)) - [turn * (name in ASIDE) for name in NAMES]


def main() -> None:
    if "ATTUNEMENT_MODELS" not in os.environ:
        sys.exit("ATTUNEMENT_MODELS is unset: needs face_landmarker.task")
    warm_up()
    parts = [part for seed in SEEDS for part in Script.generate(seed, SECONDS).parts]
    films = []
    for part in parts:
        films.append(dict(worsened(part)))
        print(len(films), "of", len(parts), "people", file=sys.stderr)
    spread = spreads([film[CLEAN] for film in films])
    span = np.array([SPECS[name].high - SPECS[name].low for name in NAMES])
    stirs = spread > STIRS * span
    found = tallies([*WAYS, *TURNS], np.array(NAMES)[stirs].tolist())
    for film in films:
        for way, rows in found.items():
            compare(film[CLEAN][:, stirs], film[way][:, stirs], spread[stirs], rows)
    print("hardly stir:", ", ".join(np.array(NAMES)[~stirs]))
    tell(found)
    if len(sys.argv) > 1:
        draw(found, Path(sys.argv[1]))


if __name__ == "__main__":
    main()
