"""Who the demo's people are, and what is true of them."""

import dataclasses
import heapq
import itertools
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from attunement.engine.clock import SECOND
from attunement.engine.frame import AudioFrame, Frame, VideoFrame
from attunement.engine.signal import Measured, Missing, Person, Reading, Role, Second, Why
from attunement.gateway import wire

PEOPLE = (Person("therapist", Role.THERAPIST), Person("patient", Role.PATIENT))
ENDLESS = 4 * 3600  # s; nobody watches a demo for longer
SHORTEST = 5  # s that a script can hold
SIZE, FPS = (480, 360), 20  # two of them, encoded, must leave the engine its core


def media(
    who: str, seed: int, seconds: int | None
) -> tuple[Iterator[AudioFrame], Iterator[VideoFrame]]:
    from attunement.simulator import person

    script = _script(seed, seconds)
    return person.sound(script, who), person.pictures(script, who, size=SIZE, fps=FPS)


def first_second(seed: int) -> list[Frame]:
    """As the pipeline takes it; of poor sound, for it is not to be listened to."""
    lanes: list[Iterator[Frame]] = []
    for person in PEOPLE:
        sound, pictures = media(person.id, seed, SHORTEST)
        lanes += (_at_16_khz(sound), pictures)
    frames = heapq.merge(*lanes, key=lambda frame: frame.t)
    return list(itertools.takewhile(lambda frame: frame.t < SECOND, frames))


def _at_16_khz(sound: Iterator[AudioFrame]) -> Iterator[AudioFrame]:
    for frame in sound:
        step = frame.rate // 16_000
        yield AudioFrame(frame.participant, frame.t, frame.samples[::step].copy(), 16_000)


def _script(seed: int, seconds: int | None) -> Any:
    from attunement.simulator.script import Script

    return Script.generate(seed, max(SHORTEST, seconds or ENDLESS))


def score(
    seed: int, seconds: int, frames: Sequence[wire.SignalFrame], begin: int
) -> dict[str, Any]:
    """What overlays were told against the script, which began at session second `begin`."""
    from attunement.simulator.score import Scorer
    from attunement.simulator.truth import Truth

    truth = Truth.of(_script(seed, seconds))
    ids = {person.role.value: person.id for person in PEOPLE}
    told = Scorer(truth, [_second(frame) for frame in frames], ids, begin).score()
    return dataclasses.asdict(told)


def _second(frame: wire.SignalFrame) -> Second:
    people = {who: _readings(person.signals) for who, person in frame.people.items()}
    return Second(frame.seq - 1, people, _readings(frame.dyad.signals))


def _readings(values: Mapping[str, wire.Value]) -> dict[str, Reading]:
    return {
        name: Missing(Why(value.why or Why.FAILED))
        if value.v is None
        else Measured(value.v, value.q or 0.0, value.n or 0)
        for name, value in values.items()
    }
