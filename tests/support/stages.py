"""Tiny stages whose readings can be foretold."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from attunement.engine.clock import SECOND
from attunement.engine.errors import ModelUnavailable
from attunement.engine.frame import AudioFrame, Frame, VideoFrame
from attunement.engine.signal import (
    Card,
    Context,
    Group,
    Measured,
    Missing,
    Person,
    Reading,
    Readings,
    Role,
    Scope,
    Spec,
    Stage,
    StageSpec,
    Why,
)

CARD = Card("frames", "one second", "counting", "nothing")
THERAPIST, PATIENT = Person("t", Role.THERAPIST), Person("p", Role.PATIENT)
IMAGE = np.zeros((4, 4, 3), np.uint8)


def spec(name: str, high: float = 1_000) -> Spec:
    return Spec(name, name, "1", 0, high, CARD)


def sound(t: float, participant: str = "p", n: int = 320) -> AudioFrame:
    return AudioFrame(participant, round(t * SECOND), np.zeros(n, np.float32), 16_000)


def picture(t: float, participant: str = "p") -> VideoFrame:
    return VideoFrame(participant, round(t * SECOND), IMAGE)


class NoModels:
    def path(self, name: str) -> Path:
        raise ModelUnavailable(name, "not found", "pull it")


class Count(Stage[Frame]):
    """Counts the frames of a second."""

    def __init__(self, name: str = "count") -> None:
        self._name = name
        self._n = 0

    def push(self, frame: Frame, /) -> Sequence[Frame]:
        self._n += 1
        return ()

    def measure(self) -> Readings:
        n, self._n = self._n, 0
        reading: Reading = Measured(n, 1.0, n) if n else Missing(Why.SILENCE)
        return {self._name: reading}


@dataclass(frozen=True)
class Echo:
    """A frame that Deriver derives."""

    participant: str
    t: int


class Deriver(Count):
    """Derives an Echo from each frame at once, and one more when the second is over."""

    def push(self, frame: Frame, /) -> Sequence[Frame]:
        super().push(frame)
        self._last = frame
        return (Echo(frame.participant, frame.t),)

    def finish(self) -> Sequence[Frame]:
        return (Echo(self._last.participant, self._last.t),) if self._n else ()


class Broken(Count):
    def push(self, frame: Frame, /) -> Sequence[Frame]:
        raise RuntimeError("a patient's name")


def counting(
    name: str = "count",
    *takes: type,
    group: Group = Group.VOICE,
    stage: type[Count] = Count,
    **more: Any,
) -> StageSpec:
    return StageSpec(
        name, group, takes or (AudioFrame,), lambda _: stage(name), (spec(name),), **more
    )


def wanting_a_model(context: Context) -> Stage[Any]:
    context.models.path("net.task")
    raise AssertionError("the model is not there")


COUNT = counting()
DERIVER = counting("deriver", stage=Deriver, emits=(Echo,))
ECHOES = counting("echoes", Echo)
BOTH = counting("both", Echo, group=Group.TOGETHER, scope=Scope.SESSION)
BROKEN = counting("broken", stage=Broken, emits=(Echo,))
MODELLESS = StageSpec(
    "modelless",
    Group.VOICE,
    (AudioFrame,),
    wanting_a_model,
    (spec("modelless"),),
    (Echo,),
    ("net.task",),
)
