"""
What a second of sound costs: stage by stage, for one person and for two.

    pytest benchmarks/voice_cost.py

Each figure is the CPU of 60 s of synthetic conversation; `ms_per_second` is the mean per second of
session. One thread.
"""

import time
from collections.abc import Sequence
from itertools import cycle

import numpy as np
import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from attunement.engine.frame import AudioFrame
from attunement.engine.signal import Measured, Person, StageSpec
from attunement.kernels.warm import warm_up
from tests.pipelines.voice.listening import (
    PATIENT,
    THERAPIST,
    TOGETHER,
    VOICE,
    frames,
    measure,
)
from tests.pipelines.voice.synthetic import RATE, silence, speak

SECONDS = 60
QUIET, AUDIBLE = 1e-4, 1e-3  # root mean square of the room: under and over the faint


def _sound(person: int, room: float) -> list[AudioFrame]:
    """Turns of 3 s, every second one this person's."""
    sound = silence(SECONDS, noise=room, seed=person)
    turns = cycle(speak(3, (120, 210)[person], seed=seed).samples for seed in range(5))
    for begin in range(person * 3 * RATE, sound.size - 3 * RATE + 1, 6 * RATE):
        sound[begin : begin + 3 * RATE] += next(turns)
    return list(frames(sound, "ab"[person]))


CATALOGS: dict[str, Sequence[StageSpec]] = {
    "no stage": (),
    "activity": VOICE[:1],
    "activity and pitch": VOICE[:4],
    "voice but timbre": VOICE[:-1],
    "voice": VOICE,
    "voice and together": VOICE + TOGETHER,
}


@pytest.mark.parametrize("room", [QUIET, AUDIBLE], ids=["quiet room", "audible room"])
@pytest.mark.parametrize("people", [(THERAPIST,), (THERAPIST, PATIENT)], ids=["one", "two"])
@pytest.mark.parametrize("catalog", CATALOGS.values(), ids=CATALOGS)
def test_cost(
    benchmark: BenchmarkFixture,
    catalog: Sequence[StageSpec],
    people: tuple[Person, ...],
    room: float,
) -> None:
    warm_up()
    sound = sorted(
        (f for place in range(len(people)) for f in _sound(place, room)), key=lambda f: f.t
    )
    measure(sound[:200], people, catalog)
    cpu: list[float] = []

    def once() -> None:
        begin = time.process_time()
        seconds = measure(sound, people, catalog)
        cpu.append(time.process_time() - begin)
        assert len(seconds) == SECONDS
        assert not catalog or any(
            isinstance(r, Measured) for s in seconds for r in s.people["a"].values()
        )

    benchmark.pedantic(once, rounds=3, iterations=1)
    benchmark.extra_info["ms_per_second"] = round(float(np.min(cpu)) / SECONDS * 1_000, 3)
    benchmark.extra_info["times_real_time"] = round(SECONDS / float(np.min(cpu)), 1)
