"""The other person in this person's microphone: known as such, and never measured as theirs."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from attunement.engine.clock import SECOND
from attunement.engine.frame import AudioFrame
from attunement.engine.pipeline import Pipeline
from attunement.engine.runner import replay
from attunement.engine.session import Roster
from attunement.engine.signal import Group, Measured, Missing, Mode, Second, Why
from attunement.gateway.media import Recording, Track
from attunement.pipelines.voice.crosstalk import BLOCK, bench, shape
from tests.pipelines.voice.listening import (
    PATIENT,
    RATE,
    THERAPIST,
    VOICE,
    NoModels,
    frames,
    measure,
    readings,
)
from tests.pipelines.voice.synthetic import silence, speak

PEOPLE = (THERAPIST, PATIENT)
OF_A_VOICE = ("voice.f0_hz", "voice.level_dbfs", "voice.articulation_rate", "voice.alpha_ratio")
Sound = NDArray[np.float32]


def call(mine: Sound, theirs: Sound) -> list[Second]:
    return measure([*frames(mine, "a"), *frames(theirs, "b")], PEOPLE)


def turns(*seeds: int, pause: float = 0.7, f0: float = 130) -> Sound:
    parts = [silence(1)]
    for seed in seeds:
        rate = 3 + seed % 3 / 2
        parts += [speak(2.5, f0, rate=rate, seed=seed).samples, silence(pause, seed=seed)]
    return np.concatenate(parts)


def echo(of: Sound, delay: float, gain: float) -> Sound:
    """Out of a loudspeaker, through a room, after `delay` s."""
    rng = np.random.default_rng(9)
    t = np.arange(round(0.3 * RATE)) / RATE
    room = rng.normal(0, 1, t.size) * np.exp(-t / 0.05)
    room[0] = 5
    late = np.convolve(of, room / np.sqrt(np.sum(room**2)))[: of.size]
    out = np.zeros(of.size)
    out[round(delay * RATE) :] = late[: of.size - round(delay * RATE)]
    return (gain * out + silence(of.size / RATE, seed=4)).astype(np.float32)


def share_of(why: Why, seconds: Sequence[Second], who: str = "a") -> float:
    """Of the seconds in which this person seems to speak, those that say so of their pitch."""
    spoke = [s for s in seconds if getattr(s.people[who]["voice.speech"], "value", 0) > 0.5]
    assert len(spoke) >= 3
    return sum(s.people[who]["voice.f0_hz"] == Missing(why) for s in spoke) / len(spoke)


@pytest.mark.parametrize("delay", [0.03, 0.18, 0.4])
def test_an_echo_of_the_other_is_no_voice_of_this_person(delay: float) -> None:
    voice = turns(1, 2, 3, 4)
    seconds = call(echo(voice, delay, 0.2), voice)
    assert share_of(Why.OVERLAP, seconds) >= 0.7
    assert share_of(Why.OVERLAP, seconds, "b") == 0
    for second in seconds:
        if second.people["a"]["voice.f0_hz"] == Missing(Why.OVERLAP):
            for name in OF_A_VOICE:
                assert second.people["a"][name] == Missing(Why.OVERLAP), name


def test_two_who_speak_at_once_are_both_measured_when_each_is_alone_in_the_microphone() -> None:
    seconds = call(turns(1, 2, 3, 4), turns(5, 6, 7, 8, f0=210))
    assert share_of(Why.OVERLAP, seconds) == share_of(Why.OVERLAP, seconds, "b") == 0


def test_a_faint_echo_under_ones_own_voice_does_not_silence_it() -> None:
    mine, theirs = turns(1, 2, 3, 4), turns(5, 6, 7, 8, f0=210)
    seconds = call(mine + echo(theirs, 0.2, 0.05), theirs)
    assert share_of(Why.OVERLAP, seconds) == 0


def test_two_in_one_room_hear_each_other_at_once_and_nobody_is_measured() -> None:
    voice = turns(1, 2, 3, 4)
    seconds = call(echo(voice, 0, 0.5), voice)
    assert share_of(Why.OVERLAP, seconds) >= 0.7
    assert share_of(Why.OVERLAP, seconds, "b") >= 0.7


def test_ones_own_words_right_after_an_echo_are_measured() -> None:
    theirs = np.concatenate([turns(1, 2), silence(6)])
    mine = echo(theirs, 0.2, 0.2)
    begin = round(9.0 * RATE)
    own = speak(4, 130, seed=8).samples[: mine.size - begin]
    mine[begin : begin + own.size] += own
    pitch = readings(call(mine, theirs), "voice.f0_hz")
    assert any(isinstance(r, Measured) for r in pitch[10:])
    assert Missing(Why.OVERLAP) not in pitch[10:]
    assert not any(isinstance(r, Measured) for r in pitch[3:7])


def test_syllables_of_an_echo_are_not_counted_among_ones_own() -> None:
    theirs = np.concatenate([silence(8), turns(1, 2, 3)])
    mine = echo(theirs, 0.2, 0.2)
    own = np.concatenate([speak(6, 130, rate=4, seed=8).samples, silence(8)])
    mine[: own.size] += own
    rates = readings(call(mine, theirs), "voice.articulation_rate")
    before = [r for r in rates[:7] if isinstance(r, Measured)]
    after = [r for r in rates[9:] if isinstance(r, Measured)]
    assert before
    assert all(abs(r.n - before[-1].n) <= 2 for r in after)


def test_who_did_not_agree_is_not_listened_to_for_the_others_sake() -> None:
    barred = Roster(PEOPLE, Mode.BEHAVIOUR, {("b", Group.VOICE): Why.CONSENT})
    pipeline = Pipeline(VOICE, barred, NoModels())
    (theirs,) = frames(silence(0.02), "b")
    assert not pipeline._seating.wants(theirs)
    (mine,) = frames(silence(0.02), "a")
    assert pipeline._seating.wants(mine)
    sound = sorted([*frames(turns(1), "a"), *frames(turns(2), "b")], key=lambda f: f.t)
    seconds = list(replay(sound, pipeline))
    assert any(isinstance(r, Measured) for r in readings(seconds, "voice.f0_hz"))
    assert set(readings(seconds, "voice.f0_hz", "b")) == {Missing(Why.CONSENT)}


def test_what_the_network_lost_does_not_confuse_the_two() -> None:
    voice = turns(1, 2, 3, 4)
    heard = [f for f in frames(echo(voice, 0.2, 0.2), "a") if f.t // (SECOND // 50) % 20 != 7]
    told = [f for f in frames(voice, "b") if f.t // (SECOND // 50) % 23 != 3]
    assert share_of(Why.OVERLAP, measure([*heard, *told], PEOPLE)) >= 0.5


def test_a_tone_is_in_its_band() -> None:
    tone = np.sin(2 * np.pi * 1_000 * np.arange(8 * BLOCK) / RATE).astype(np.float32)
    assert shape(tone, np.arange(0, 8, 2), bench()).argmax(axis=1).tolist() == [3] * 4


def sound(file: Path) -> Sound:
    recording = Recording((Track("a", file),), pictures=False)
    return np.concatenate([f.samples for f in recording.frames() if isinstance(f, AudioFrame)])


def test_unrelated_people_are_hardly_ever_taken_for_each_others_echo(data_dir: Path) -> None:
    files = sorted((data_dir / "emodb").glob("*.flac"))
    said = {
        who: np.concatenate([sound(f) for f in files if f.name.startswith(who)][:16])[: 30 * RATE]
        for who in ("03", "10")
    }
    seconds = call(said["03"], said["10"])
    assert share_of(Why.OVERLAP, seconds) <= 0.05
    assert share_of(Why.OVERLAP, call(echo(said["10"], 0.25, 0.2), said["10"])) >= 0.7
