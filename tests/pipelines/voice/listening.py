"""Feeding sound to stages the way the pipeline does, second by second."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import cycle
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from attunement.engine.clock import SECOND
from attunement.engine.errors import ModelUnavailable
from attunement.engine.frame import AudioFrame, Frame
from attunement.engine.pipeline import Pipeline
from attunement.engine.runner import replay
from attunement.engine.session import Roster
from attunement.engine.signal import Person, Reading, Role, Second, StageSpec
from attunement.pipelines.together import floor, interruptions, talk_share, turns
from attunement.pipelines.voice import (
    articulation,
    condition,
    crosstalk,
    loudness,
    pauses,
    pitch,
    speech,
    timbre,
)

RATE = 16_000
VOICE = (
    speech.STAGE,
    crosstalk.STAGE,
    condition.STAGE,
    pitch.STAGE,
    loudness.STAGE,
    pauses.STAGE,
    articulation.STAGE,
    timbre.STAGE,
)
TOGETHER = (turns.STAGE, talk_share.STAGE, floor.STAGE, interruptions.STAGE)
THERAPIST = Person("a", Role.THERAPIST)
PATIENT = Person("b", Role.PATIENT)


class NoModels:
    def path(self, name: str) -> Path:
        raise ModelUnavailable(name, "not here", "nothing needs it")


def frames(
    samples: NDArray[np.float32],
    who: str = "a",
    t: int = 0,
    sizes: Iterable[int] = (320,),
) -> Iterator[AudioFrame]:
    """Blocks of these sizes, over and over."""
    at = 0
    for size in cycle(sizes):
        if at >= samples.size:
            return
        begin = t + at * SECOND // RATE
        yield AudioFrame(who, begin, samples[at : at + size], RATE)
        at += size


def measure(
    sound: Iterable[Frame],
    people: Sequence[Person] = (THERAPIST,),
    catalog: Sequence[StageSpec] = VOICE,
) -> list[Second]:
    pipeline = Pipeline(catalog, Roster(tuple(people)), NoModels())
    return list(replay(sorted(sound, key=lambda frame: frame.t), pipeline))


def readings(seconds: Iterable[Second], name: str, who: str = "a") -> list[Reading]:
    return [s.together[name] if name.startswith("dyad") else s.people[who][name] for s in seconds]
