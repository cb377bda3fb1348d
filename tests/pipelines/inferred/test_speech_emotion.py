"""What is said of a voice, and above all when nothing is said."""

import math
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from attunement.engine.clock import SECOND
from attunement.engine.frame import Frame
from attunement.engine.pipeline import Pipeline
from attunement.engine.runner import replay
from attunement.engine.session import Event, Session
from attunement.engine.signal import (
    Group,
    Measured,
    Missing,
    Mode,
    Reading,
    Readings,
    Second,
    Stage,
    StageSpec,
    Why,
)
from attunement.pipelines.inferred import arousal, own_rank, speech_emotion
from attunement.pipelines.models import speech_emotion as model
from attunement.pipelines.models.batch import SHARED, Batcher, NoAnswer
from attunement.pipelines.voice import pitch, speech
from attunement.pipelines.voice.condition import Condition
from attunement.pipelines.voice.stretch import Stretch
from tests.pipelines.voice.listening import (
    PATIENT,
    THERAPIST,
    NoModels,
    frames,
    measure,
    readings,
)
from tests.pipelines.voice.synthetic import RATE, silence, speak
from training.speech_emotion.corpus import decoded, emodb, nemo

CATALOG = (speech.STAGE, pitch.STAGE, speech_emotion.STAGE, arousal.STAGE)
PROBABILITIES = tuple(f"speech_emotion.{name}" for name in model.CLASSES)
EVERY = (*speech_emotion.NAMES, arousal.NAME)


def heard(sound: NDArray[np.floating], sizes: Sequence[int] = (320,)) -> list[Second]:
    return measure(frames(sound.astype(np.float32), sizes=sizes), catalog=CATALOG)


def whys(seconds: list[Second], name: str) -> list[Why | None]:
    found = readings(seconds, name)
    return [one.why if isinstance(one, Missing) else None for one in found]


def measured(seconds: list[Second], name: str) -> list[Measured]:
    return [one for one in readings(seconds, name) if isinstance(one, Measured)]


def tone(seconds: float, *hz: float) -> NDArray[np.float64]:
    t = np.arange(round(seconds * RATE)) / RATE
    return sum((0.1 * np.sin(2 * np.pi * f * t) for f in hz), np.zeros(t.size))


NOTHING_TO_JUDGE = {
    "digital silence": np.zeros(4 * RATE),
    "a quiet room": silence(4),
    "direct current": np.full(4 * RATE, 0.3),
    "noise": np.random.default_rng(0).normal(0, 0.1, 4 * RATE),
    "a chord": tone(4, 220.0, 277.2, 329.6),
    "a tenth of a second": speak(0.1).samples,
    "no numbers": np.full(4 * RATE, np.nan),
    "infinity": np.full(4 * RATE, np.inf),
    "a square wave of full scale": np.sign(tone(4, 150.0)),
}


@pytest.mark.parametrize("sound", NOTHING_TO_JUDGE.values(), ids=NOTHING_TO_JUDGE)
def test_of_what_is_no_voice_nothing_is_said(sound: NDArray[np.floating]) -> None:
    for second in heard(sound):
        for name in EVERY:
            reading = second.people[THERAPIST.id][name]
            assert isinstance(reading, Missing), name
            assert reading.why is not Why.FAILED


def sane(reading: Reading, low: float) -> bool:
    if isinstance(reading, Missing):
        return reading.why is not Why.FAILED
    inside = low <= reading.value <= 1 and 0 <= reading.quality <= 1
    return math.isfinite(reading.value) and inside and reading.n > 0


def test_a_voice_gets_a_distribution_that_sums_to_1_or_a_reason() -> None:
    voice = np.concatenate([silence(1), speak(6, 130, seed=3).samples])
    for second in heard(voice):
        of = second.people[THERAPIST.id]
        assert all(sane(of[name], 0.0) for name in PROBABILITIES)
        found = [of[name] for name in PROBABILITIES]
        if isinstance(found[0], Measured):
            assert sum(r.value for r in found if isinstance(r, Measured)) == pytest.approx(1)


def test_a_real_voice_gets_a_distribution(data_dir: Path) -> None:
    german = [one for one in emodb(data_dir) if one.speaker == "13"][:12]
    seconds = heard(np.concatenate([decoded(one.file) for one in german]))
    found = [measured(seconds, name) for name in PROBABILITIES]
    assert len(found[0]) >= 10
    for second in zip(*found, strict=True):
        assert sum(reading.value for reading in second) == pytest.approx(1)
        assert second[0].quality > 0.2


def test_two_people_in_one_microphone_never_break_it() -> None:
    both = speak(5, 120, seed=1).samples + speak(5, 210, seed=2).samples
    for second in heard(np.concatenate([silence(1), both])):
        assert all(sane(second.people[THERAPIST.id][name], -1.0) for name in EVERY)


def test_two_real_voices_in_one_microphone_are_mostly_seen_and_one_is_mostly_judged(
    data_dir: Path,
) -> None:
    def talking(speaker: str) -> NDArray[np.floating]:
        some = [one for one in nemo(data_dir) if one.speaker.strip() == speaker][:200:40]
        return np.concatenate([decoded(one.file) for one in some])[: 10 * RATE]

    one, other = talking("KD0"), talking("SM0")
    n = min(one.size, other.size)
    both = one[:n] + other[:n] * (np.std(one[:n]) / np.std(other[:n]))
    alone = whys(heard(one), PROBABILITIES[0])
    assert alone.count(None) >= 4
    assert alone.count(Why.OVERLAP) <= 2
    assert whys(heard(both), PROBABILITIES[0]).count(Why.OVERLAP) >= 4


def test_a_voice_among_others_that_are_served_is_judged_as_when_replayed() -> None:
    voice = np.concatenate([silence(1), speak(6, 130, seed=3).samples])
    replayed = heard(voice)
    with SHARED.serving(), ThreadPoolExecutor(3) as sessions:
        served = [sessions.submit(heard, voice * gain) for gain in (1, 0.5, 1)]
        live = [one.result(60) for one in served]
    assert live[0] == live[2] == replayed
    assert measured(replayed, PROBABILITIES[0])


class HeardTheOther(Stage[Stretch]):
    """Says of the fourth second that somebody else was heard in this microphone."""

    def __init__(self) -> None:
        self._end = 0

    def push(self, stretch: Stretch, /) -> Sequence[Frame]:
        self._end = stretch.t
        return ()

    def finish(self) -> Sequence[Frame]:
        there = self._end // SECOND == 3
        return (Condition(THERAPIST.id, self._end, crosstalk=there),)

    def measure(self) -> Readings:
        return {}


def test_where_the_other_participant_is_heard_nothing_is_said_for_as_long_as_that_counts() -> None:
    other = StageSpec(
        "other", Group.VOICE, (Stretch,), lambda _: HeardTheOther(), emits=(Condition,)
    )
    voice = np.concatenate([silence(0.2), speak(9.8, 130, seed=3).samples]).astype(np.float32)
    catalog = (speech.STAGE, other, speech_emotion.STAGE)
    said = whys(measure(frames(voice), catalog=catalog), PROBABILITIES[0])
    assert said[3:6] == [Why.OVERLAP] * 3
    assert Why.OVERLAP not in said[:3] + said[7:]


def test_an_answer_that_does_not_come_in_time_is_said_to_be_shed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def late(*_: object) -> None:
        raise NoAnswer("late")

    voice = np.concatenate([silence(1), speak(6, 130, seed=3).samples])
    judged = sum(why is None for why in whys(heard(voice), PROBABILITIES[0]))
    monkeypatch.setattr(Batcher, "ask", late)
    assert whys(heard(voice), PROBABILITIES[0]).count(Why.SHED) >= judged > 0


def test_a_clipped_voice_is_not_judged() -> None:
    clipped = np.clip(np.concatenate([silence(1), speak(4, 130).samples]) * 40, -1, 1)
    assert set(whys(heard(clipped), PROBABILITIES[0])[2:]) <= {Why.LOW_QUALITY, Why.WARMING}


def test_less_than_one_and_a_half_seconds_of_speech_is_warming() -> None:
    short = np.concatenate([silence(1), speak(1.0, 130).samples, silence(2)])
    assert measured(heard(short), PROBABILITIES[0]) == []
    assert Why.WARMING in whys(heard(short), PROBABILITIES[0])


def test_samples_that_are_no_numbers_do_not_spread() -> None:
    sound = np.concatenate([silence(1), speak(9, 130, seed=3).samples]).copy()
    sound[3 * RATE : 4 * RATE : 700] = np.nan
    for second in heard(sound):
        assert all(sane(second.people[THERAPIST.id][name], -1.0) for name in EVERY)


def test_the_size_of_the_blocks_changes_nothing() -> None:
    sound = np.concatenate([silence(0.5), speak(5, 150, seed=5).samples])
    assert heard(sound, (320,)) == heard(sound, (160, 960, 37))


# Arousal by the rule.


def test_louder_higher_and_brighter_than_usual_is_aroused() -> None:
    usual = own_rank.OwnRank()
    rng = np.random.default_rng(0)
    state = rng.normal(0, 1, 40)
    for s in state:
        usual.learn(np.array([7 + 0.1 * s, -30 + 3 * s, 0.3 * s]) + rng.normal(0, 0.01, 3))
    assert usual.rate(np.array([7.4, -18.0, 1.2])) == pytest.approx(1)
    assert usual.rate(np.array([6.6, -42.0, -1.2])) == pytest.approx(-1)
    middle = usual.rate(np.array([7.0, -30.0, 0.0]))
    assert middle is not None
    assert abs(middle) < 0.35


def test_a_feature_that_goes_its_own_way_counts_for_little() -> None:
    usual, rng = own_rank.OwnRank(), np.random.default_rng(1)
    for s in rng.normal(0, 1, 200):
        usual.learn(np.array([s, s + 0.1 * rng.normal(), 3 * rng.normal()]))
    against = usual.rate(np.array([2.5, 2.5, -9.0]))
    assert against is not None
    assert against > 0.4


def test_of_somebody_unknown_the_rule_says_nothing() -> None:
    usual = own_rank.OwnRank()
    for i in range(own_rank.LEAST):
        assert usual.rate(np.zeros(3)) is None
        usual.learn(np.array([float(i)] * 3))
    assert usual.rate(np.zeros(3)) is not None


def test_what_is_remembered_of_a_person_is_bounded() -> None:
    usual = own_rank.OwnRank()
    for i in range(2 * own_rank.KEPT):
        usual.learn(np.array([float(i)] * 3))
    assert usual.stretches == own_rank.KEPT


def test_a_voice_that_rises_is_heard_as_aroused_end_to_end() -> None:
    calm = [speak(1, 120, level=0.03, seed=i).samples for i in range(20)]
    loud = [speak(1, 190, level=0.2, seed=i).samples for i in range(2)]
    found = measured(heard(np.concatenate([silence(1), *calm, *loud])), arousal.NAME)
    assert found
    assert found[-1].value > 0.6
    assert found[-1].quality <= 0.5  # 20 seconds known are few


# Policy.


def session(mode: Mode) -> Session:
    consent = {p.id: frozenset(Group) for p in (THERAPIST, PATIENT)}
    call = Session((THERAPIST, PATIENT), mode, consent)
    call.handle(Event.START)
    return call


def test_behaviour_mode_never_opens_the_emotion_model(monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[int] = []
    load = model._loaded
    monkeypatch.setattr(model, "_loaded", lambda *args: opened.append(1) or load(*args))
    for mode, times in ((Mode.BEHAVIOUR, 0), (Mode.INFERENCE, 1)):
        pipeline = Pipeline(CATALOG, session(mode).roster(), NoModels())
        seconds = list(replay(frames(speak(2).samples, PATIENT.id), pipeline))
        assert len(opened) == times
        why = whys_of(seconds, PATIENT.id)
        assert (why == {Why.POLICY}) == (mode is Mode.BEHAVIOUR)


def test_the_therapist_is_not_judged() -> None:
    pipeline = Pipeline(CATALOG, session(Mode.INFERENCE).roster(), NoModels())
    seconds = list(replay(frames(speak(3).samples, THERAPIST.id), pipeline))
    assert whys_of(seconds, THERAPIST.id) == {Why.POLICY}


def whys_of(seconds: list[Second], who: str) -> set[Why | None]:
    return {
        reading.why if isinstance(reading, Missing) else None
        for second in seconds
        for name, reading in second.people[who].items()
        if name in EVERY
    }
