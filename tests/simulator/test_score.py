import dataclasses

import pytest

from attunement.engine.signal import Measured, Missing, Reading, Second, Why
from attunement.simulator.score import Count, Score, Scorer
from attunement.simulator.script import Script
from attunement.simulator.truth import Truth

SCRIPT = Script.generate(7, 30)
TRUTH = Truth.of(SCRIPT)
IDS = {"therapist": "t", "patient": "p"}
BEGIN = 4  # session second of the script's second 0


def oracle(pitch: float = 1.0, offset: float = 0.0, blinks: int = 0) -> list[Second]:
    """What a pipeline that knows the script would say, with the errors asked for."""
    seconds = []
    for s in range(TRUTH.seconds):
        people = {IDS[name]: person(name, s, pitch, blinks) for name in IDS}
        together: dict[str, Reading] = {
            f"dyad.talk_share.{who}": Measured(share, 1, s)
            for who, share in TRUTH.shares(max(0, s - 59), s + 1).items()
        }
        past = [t for t in TRUTH.transfers if t.t < s + 0.7]
        together["dyad.floor_transfer_ms"] = (
            Measured(past[-1].offset * 1000 + offset, 1, 1) if past else Missing(Why.WARMING)
        )
        seconds.append(Second(s + BEGIN, people, together))
    return seconds


def person(name: str, s: int, pitch: float, blinks: int) -> dict[str, Reading]:
    true = TRUTH.people[name][s]
    n = sum(s + 1 - 30 < t <= s + 1 for t in TRUTH.blinks[name]) + blinks
    return {
        "voice.f0_hz": Measured(true.f0 * pitch, 1, 50) if true.f0 else Missing(Why.SILENCE),
        "face.presence": Measured(1.0, 1, 10),
        "face.blink_rate": Measured(n * 2, 1, n),
    }


def score(seconds: list[Second]) -> Score:
    return Scorer(TRUTH, seconds, IDS, BEGIN).score()


def test_a_pipeline_that_is_right_is_told_so() -> None:
    told = score(oracle())
    assert told.f0_within_semitone == 1.0
    assert told.f0_seconds > 20
    assert told.talk_share_error == pytest.approx(0)
    assert told.floor_error_ms == pytest.approx(0)
    assert told.floor_transfers.measured >= told.floor_transfers.true - 2  # two in one second
    assert told.presence_right == 1.0
    assert all(count.measured == count.true > 0 for count in told.blinks.values())
    assert told.measured["patient"]["voice.f0_hz"] == 1.0


def test_a_pitch_off_by_two_semitones_is_not_right() -> None:
    assert score(oracle(pitch=2 ** (2 / 12))).f0_within_semitone == 0.0


def test_the_error_of_floor_transfers_is_told_in_milliseconds() -> None:
    assert score(oracle(offset=55)).floor_error_ms == pytest.approx(55)


def test_blinks_that_were_not_there_are_counted() -> None:
    true = sum(0 < t <= 30 for t in TRUTH.blinks["patient"])
    assert score(oracle(blinks=3)).blinks["patient"] == Count(true + 3, true)


def test_a_face_that_nobody_saw_is_wrong_and_missing() -> None:
    blind = [
        dataclasses.replace(
            second,
            people={
                who: {**readings, "face.presence": Missing(Why.NO_FACE)}
                for who, readings in second.people.items()
            },
        )
        for second in oracle()
    ]
    told = score(blind)
    assert told.presence_right == 0.0
    assert told.measured["therapist"]["face.presence"] == 0.0


def test_seconds_that_were_lost_count_as_not_measured() -> None:
    told = score(oracle()[: TRUTH.seconds // 2])
    assert told.measured["patient"]["face.presence"] < 0.6


def test_nothing_received_is_no_score() -> None:
    told = score([])
    assert told.f0_within_semitone is None
    assert told.floor_error_ms is None
    assert told.measured == {}
