"""Two people over a network that loses their sound: near the truth, or nothing; never far off."""

from functools import cache

import numpy as np
import pytest

from attunement.engine.clock import SECOND
from attunement.engine.frame import AudioFrame
from attunement.engine.signal import Measured, Missing, Person, Reading, Role, Second, Why
from attunement.kernels import decimate
from attunement.simulator import person
from attunement.simulator.network import Fate, Network
from attunement.simulator.script import Script
from tests.pipelines.voice.listening import TOGETHER, VOICE, frames, measure, readings
from tests.pipelines.voice.synthetic import speak

PEOPLE = (Person("therapist", Role.THERAPIST), Person("patient", Role.PATIENT))
SCRIPT = Script.generate(5, 60)
NETWORKS = ["loss=5%", "loss=15%", "loss=15% burst=5", "loss=5% burst=10"]
CONFIDENT = 0.5  # quality from which a value must be near the truth
LIMITS = {  # how far off the middle of all confident values may be, in the unit of the signal
    "voice.speech": 0.03,
    "voice.level_dbfs": 1.0,
    "voice.loudness": 1.0,
    "voice.pause_mean_s": 0.05,
    "voice.pause_rate": 0.5,
    "voice.silence_ratio": 0.02,
    "voice.articulation_rate": 0.6,
    "dyad.talk_share.therapist": 0.05,
    "dyad.talk_share.patient": 0.05,
    "dyad.talk_share.silence": 0.05,
    "dyad.talk_share.overlap": 0.02,
    "dyad.floor_transfer_median_ms": 100.0,
    "dyad.interruptions": 1.5,
    "dyad.longest_silence_s": 0.3,
}
STEADY = {"voice.speech", "dyad.talk_share.silence", "voice.level_dbfs"}  # are told all the time


@cache
def sounds() -> dict[str, list[AudioFrame]]:
    out = {}
    for each in PEOPLE:
        whole = np.concatenate([frame.samples for frame in person.sound(SCRIPT, each.id)])
        pcm = (whole.clip(-1, 1) * 32_767).round().astype("<i2")
        past = np.zeros(decimate.THIRD_LAG, np.float32)
        out[each.id] = list(frames(decimate.third(past, pcm, 1)[0], each.id))
    return out


@cache
def heard(network: str) -> list[Second]:
    came = []
    for seed, (_, sound) in enumerate(sounds().items()):
        fate = Fate(Network.parse(network), seed + 1)
        came += [frame for frame in sound if fate.next() is not None]
    return measure(came, PEOPLE, VOICE + TOGETHER)


def pairs(name: str, network: str) -> list[tuple[Reading, Reading]]:
    who = ["therapist"] if name.startswith("dyad") else ["therapist", "patient"]
    return [
        pair
        for each in who
        for pair in zip(
            readings(heard(""), name, each), readings(heard(network), name, each), strict=False
        )
    ]


@pytest.mark.parametrize("network", NETWORKS)
@pytest.mark.parametrize("name", LIMITS)
def test_a_confident_value_is_near_what_it_would_be_without_loss(name: str, network: str) -> None:
    apart = [
        abs(lossy.value - clean.value)
        for clean, lossy in pairs(name, network)
        if isinstance(clean, Measured)
        and isinstance(lossy, Measured)
        and lossy.quality >= CONFIDENT * clean.quality
    ]
    assert not apart or float(np.median(apart)) <= LIMITS[name]
    if name in STEADY and "burst" not in network:
        assert len(apart) > 20


@pytest.mark.parametrize("name", ["voice.speech", "dyad.talk_share.silence"])
def test_loss_costs_quality_once(name: str) -> None:
    ratio = [
        lossy.quality / clean.quality
        for clean, lossy in pairs(name, "loss=15%")
        if isinstance(clean, Measured) and isinstance(lossy, Measured)
    ]
    assert np.median(ratio) == pytest.approx(0.85, abs=0.05)


def test_a_hole_amid_speech_is_neither_a_pause_nor_the_end_of_a_turn() -> None:
    voice = speak(8, 130, seed=3).samples
    whole = measure(frames(voice))
    holed = measure(f for f in frames(voice) if not 4.1 <= f.t / SECOND < 4.3)
    for name in ("voice.speech", "voice.pause_rate"):
        clean, lossy = readings(whole, name)[-1], readings(holed, name)[-1]
        assert isinstance(clean, Measured)
        assert isinstance(lossy, Measured)
        assert lossy.value == pytest.approx(clean.value, abs=0.02)


def test_a_bridge_is_built_of_sound_that_was_there_and_never_measured() -> None:
    voice = speak(6, 130, seed=3).samples
    came = [f for f in frames(voice) if not 3.0 <= f.t / SECOND < 3.2]
    found = readings(measure(came), "voice.speech")[3]
    assert isinstance(found, Measured)
    assert found.n <= 25  # of 31 steps, 8 hold a sample that never came
    assert found.quality == pytest.approx(0.8, abs=0.01)


def test_a_second_of_which_less_than_half_came_is_of_low_quality() -> None:
    voice = speak(4, 130, seed=3).samples
    came = [f for f in frames(voice) if not 2.0 <= f.t / SECOND < 2.6]
    seconds = measure(came)
    for name, reading in seconds[2].people["a"].items():
        assert reading == Missing(Why.LOW_QUALITY), name
