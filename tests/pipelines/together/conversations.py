"""Two people's voice activity, written as a score: one character per 32 ms and person."""

import random
from collections.abc import Sequence

import numpy as np

from attunement.engine.clock import MILLISECOND, SECOND
from attunement.engine.frame import Frame
from attunement.engine.signal import Context, Readings, Stage, StageSpec
from attunement.pipelines.derived import Activity
from attunement.pipelines.together.turns import STAGE as TURNS
from tests.pipelines.voice.listening import PATIENT, THERAPIST, NoModels

HOP = 32 * MILLISECOND
PEOPLE = (THERAPIST, PATIENT)
CONTEXT = Context(PEOPLE, NoModels())


def score(*parts: tuple[str, float]) -> tuple[str, str]:
    """("a", 2.0), ("", 0.3), ("ab", 0.5): who speaks, and for how many seconds."""
    lines = ["", ""]
    for who, seconds in parts:
        n = round(seconds * SECOND / HOP)
        for place, person in enumerate("ab"):
            lines[place] += ("#" if person in who else ".") * n
    return lines[0], lines[1]


def activities(lines: Sequence[str], t: int = 0) -> list[Activity]:
    """A space is a hole in the sound."""
    out = []
    for person, line in zip(PEOPLE, lines, strict=True):
        out += [
            Activity(person.id, t + i * HOP, HOP, np.array([0.97 if c == "#" else 0.01], "f4"))
            for i, c in enumerate(line)
            if c != " "
        ]
    return out


def seconds(lines: Sequence[str], *, seed: int | None = None) -> list[list[Activity]]:
    """By the second in which they end; the two people shuffled together if there is a seed."""
    out: list[list[Activity]] = [[] for _ in range(len(lines[0]) * HOP // SECOND + 1)]
    for activity in sorted(activities(lines), key=lambda a: a.t):
        out[(activity.t + HOP - 1) // SECOND].append(activity)
    if seed is not None:
        chance = random.Random(seed)
        for one in out:
            a, b = ([x for x in one if x.participant == p.id] for p in PEOPLE)
            one.clear()
            while a or b:
                one.append((a if a and (not b or chance.random() < 0.5) else b).pop(0))
    return out


def turns(lines: Sequence[str], *, seed: int | None = None) -> list[list[Frame]]:
    """What the core derives, second by second."""
    stage = TURNS.make(CONTEXT)
    out = []
    for one in seconds(lines, seed=seed):
        derived: list[Frame] = []
        for activity in one:
            derived += stage.push(activity)
        out.append([*derived, *stage.finish()])
    return out


def measured(spec: StageSpec, lines: Sequence[str]) -> list[Readings]:
    stage: Stage[Frame] = spec.make(CONTEXT)
    out = []
    for derived in turns(lines):
        for frame in derived:
            if isinstance(frame, spec.takes):
                stage.push(frame)
        stage.finish()
        out.append(stage.measure())
    return out
