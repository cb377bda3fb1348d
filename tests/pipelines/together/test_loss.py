"""Who takes the floor, over networks that lose sound in bursts: near the truth, or not told."""

from functools import cache

import numpy as np
import pytest

from attunement.engine.frame import AudioFrame
from attunement.engine.signal import Measured, Person, Role, Second
from attunement.kernels import decimate
from attunement.simulator import person
from attunement.simulator.network import Fate, Network
from attunement.simulator.script import Script
from tests.pipelines.voice.listening import TOGETHER, VOICE, frames, measure, readings

PEOPLE = (Person("therapist", Role.THERAPIST), Person("patient", Role.PATIENT))
SEEDS = (71, 72, 73)  # of talks that nothing was ever fitted to
SECONDS = 120
NETWORKS = ["loss=15% burst=5", "loss=5% burst=10", "loss=10% burst=20"]
CONFIDENT = 0.5  # of the quality that there is without loss
FARTHEST = {"dyad.floor_transfer_ms": 500.0, "dyad.interruptions": 1.5}  # ms, /min: 9 of 10


@cache
def sounds(seed: int) -> list[list[AudioFrame]]:
    out = []
    for each in PEOPLE:
        script = Script.generate(seed, SECONDS)
        whole = np.concatenate([frame.samples for frame in person.sound(script, each.id)])
        pcm = (whole.clip(-1, 1) * 32_767).round().astype("<i2")
        past = np.zeros(decimate.THIRD_LAG, np.float32)
        out.append(list(frames(decimate.third(past, pcm, 1)[0], each.id)))
    return out


@cache
def heard(seed: int, network: str) -> list[Second]:
    came = []
    for place, sound in enumerate(sounds(seed)):
        fate = Fate(Network.parse(network), 10 * seed + place)
        came += [frame for frame in sound if fate.next() is not None]
    return measure(came, PEOPLE, VOICE[:1] + TOGETHER)


def apart(name: str, network: str) -> tuple[list[float], int]:
    """Errors of confident values, and how many there would be without loss."""
    errors, clear = [], 0
    for seed in SEEDS:
        clean, lossy = (readings(heard(seed, which), name) for which in ("", network))
        for one, other in zip(clean, lossy, strict=False):
            if isinstance(one, Measured):
                clear += 1
                if isinstance(other, Measured) and other.quality >= CONFIDENT * one.quality:
                    errors.append(abs(other.value - one.value))
    return errors, clear


@pytest.mark.parametrize("network", NETWORKS)
@pytest.mark.parametrize("name", FARTHEST)
def test_what_is_told_with_confidence_is_seldom_far_off(name: str, network: str) -> None:
    errors, _ = apart(name, network)
    assert not errors or np.percentile(errors, 90) <= FARTHEST[name]


@pytest.mark.parametrize("network", NETWORKS)
def test_the_last_change_is_told_a_quarter_of_the_time_even_so(network: str) -> None:
    errors, clear = apart("dyad.floor_transfer_ms", network)
    assert len(errors) >= clear / 4


def test_single_losses_cost_hardly_a_change_of_speaker() -> None:
    for network in ("loss=5%", "loss=15%"):
        errors, clear = apart("dyad.floor_transfer_ms", network)
        assert len(errors) >= 0.98 * clear
        assert np.percentile(errors, 95) <= 150
