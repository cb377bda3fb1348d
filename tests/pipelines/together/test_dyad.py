"""Talk share, floor transfer, interruptions and silence, from written conversations."""

import pytest

from attunement.engine.clock import SECOND
from attunement.engine.signal import Measured, Missing, Readings, StageSpec, Why
from attunement.pipelines.together import floor, interruptions, talk_share
from tests.pipelines.together.conversations import HOP, PEOPLE, measured, score
from tests.pipelines.voice.listening import THERAPIST, TOGETHER, VOICE, frames, measure
from tests.pipelines.voice.synthetic import speak

STAGES = (talk_share.STAGE, floor.STAGE, interruptions.STAGE)
every_stage = pytest.mark.parametrize("stage", STAGES, ids=lambda s: s.name)


def value(readings: Readings, name: str) -> float:
    reading = readings[name]
    assert isinstance(reading, Measured), (name, reading)
    assert 0 <= reading.quality <= 1
    return reading.value


def shares(readings: Readings, name: str = "dyad.talk_share") -> dict[str, float]:
    return {share: value(readings, f"{name}.{share}") for share in talk_share.SHARES}


def test_the_shares_are_those_of_the_conversation_and_sum_to_one() -> None:
    round_ = [("a", 3.0), ("", 0.5), ("b", 5.0), ("ab", 0.5), ("a", 1.0)]
    *_, last = measured(talk_share.STAGE, score(*round_ * 6))
    found = shares(last)
    assert sum(found.values()) == pytest.approx(1, abs=1e-9)
    expected = {"therapist": 0.4, "patient": 0.5, "overlap": 0.05, "silence": 0.05}
    for share, truth in expected.items():
        assert found[share] == pytest.approx(truth, abs=0.03), share


def test_the_minute_forgets_and_the_session_does_not() -> None:
    *_, last = measured(talk_share.STAGE, score(("a", 60.0), ("b", 62.0)))
    assert shares(last)["patient"] > 0.98
    assert shares(last, "dyad.talk_share_session")["therapist"] == pytest.approx(0.5, abs=0.02)


@every_stage
def test_one_person_alone_has_nothing_together(stage: StageSpec) -> None:
    a, b = score(("a", 20.0))
    for readings in measured(stage, (a, " " * len(b))):
        assert set(readings.values()) == {Missing(Why.NO_MEDIA)}


@every_stage
def test_what_was_not_heard_of_both_is_no_evidence(stage: StageSpec) -> None:
    a, b = score(("a", 3.0), ("", 0.5), ("b", 3.0), ("", 0.5))
    gone = " " * (3 * SECOND // HOP)
    *_, last = measured(stage, (a + gone, b + gone))
    assert set(last.values()) == {Missing(Why.NO_MEDIA)}


def test_shares_warm_up_for_five_seconds() -> None:
    found = measured(talk_share.STAGE, score(("a", 10.0)))
    assert set(found[3].values()) == {Missing(Why.WARMING)}
    assert value(found[6], "dyad.talk_share.therapist") > 0.98


def test_the_last_transfer_stays_and_the_median_needs_three() -> None:
    talk = [("a", 2.0), ("", 0.32), ("b", 2.0), ("", 0.64), ("a", 2.0), ("", 0.96), ("b", 2.0)]
    found = measured(floor.STAGE, score(*talk, ("", 20.0)))
    assert found[1]["dyad.floor_transfer_ms"] == Missing(Why.WARMING)
    assert value(found[3], "dyad.floor_transfer_ms") == pytest.approx(320, abs=60)
    assert found[3]["dyad.floor_transfer_median_ms"] == Missing(Why.WARMING)
    last = found[-2]
    assert value(last, "dyad.floor_transfer_ms") == pytest.approx(960, abs=60)
    assert value(last, "dyad.floor_transfer_median_ms") == pytest.approx(640, abs=60)
    reading, fresh = last["dyad.floor_transfer_ms"], found[12]["dyad.floor_transfer_ms"]
    assert isinstance(reading, Measured)
    assert isinstance(fresh, Measured)
    assert reading.quality < fresh.quality


def test_transfers_older_than_five_minutes_are_forgotten() -> None:
    talk = score(("a", 2.0), ("", 0.3), ("b", 2.0), ("", 0.3), ("b", 310.0))
    *_, last = measured(floor.STAGE, talk)
    assert last["dyad.floor_transfer_ms"] == Missing(Why.WARMING)


def test_an_interruption_is_taking_over_and_not_a_short_overlap_or_a_mhm() -> None:
    taking_over = [("a", 3.0), ("ab", 0.6), ("b", 3.0), ("", 0.4)]
    ordinary = [("a", 3.0), ("ab", 0.16), ("b", 3.0), ("ab", 0.5), ("b", 1.0), ("", 0.4)]
    for parts, n in ((taking_over, 3), (ordinary, 0)):
        *_, last = measured(interruptions.STAGE, score(*parts * 3))
        reading = last["dyad.interruptions"]
        assert isinstance(reading, Measured)
        assert reading.n == n
        minutes = sum(seconds for _, seconds in parts) * 3 / 60
        assert reading.value == pytest.approx(n / minutes, rel=0.05)


def test_the_longest_silence_runs_on_while_it_lasts() -> None:
    talk = score(("a", 8.0), ("", 2.0), ("b", 3.0), ("", 6.0))
    found = measured(interruptions.STAGE, talk)
    assert value(found[14], "dyad.longest_silence_s") == pytest.approx(2.0, abs=0.1)
    assert value(found[17], "dyad.longest_silence_s") == pytest.approx(4.8, abs=0.3)


def test_a_hole_ends_a_silence() -> None:
    a, b = score(("a", 8.0), ("", 8.0))
    cut = 12 * SECOND // HOP
    holed = a[:cut] + " " * 10 + a[cut + 10 :]
    *_, last = measured(interruptions.STAGE, (holed, b))
    assert value(last, "dyad.longest_silence_s") == pytest.approx(4.0, abs=0.2)


def test_through_the_pipeline_one_person_alone_is_no_media() -> None:
    seconds = measure(frames(speak(6, 130).samples), PEOPLE, VOICE + TOGETHER)
    for second in seconds:
        assert set(second.together.values()) == {Missing(Why.NO_MEDIA)}


def test_a_session_of_one_has_nothing_together() -> None:
    seconds = measure(frames(speak(3, 130).samples), (THERAPIST,), VOICE + TOGETHER)
    for second in seconds:
        assert set(second.together.values()) == {Missing(Why.NO_MEDIA)}


def holed(line: str, begin: float, seconds: float = 0.5) -> str:
    first, n = round(begin * SECOND / HOP), round(seconds * SECOND / HOP)
    return line[:first] + " " * n + line[first + n :]


def test_the_last_change_is_not_told_while_a_later_one_may_lie_in_a_hole() -> None:
    a, b = score(("a", 3.0), ("", 0.32), ("b", 3.0), ("", 0.96), ("a", 4.0), ("", 0.64), ("b", 3.0))
    found = [r["dyad.floor_transfer_ms"] for r in measured(floor.STAGE, (a, holed(b, 6.0, 0.6)))]
    assert value({"it": found[5]}, "it") == pytest.approx(320, abs=60)
    assert found[7:11] == [Missing(Why.LOW_QUALITY)] * 4
    assert value({"it": found[13]}, "it") == pytest.approx(640, abs=60)


def test_a_hole_in_who_listens_does_not_hide_the_next_change() -> None:
    a, b = score(("a", 5.0), ("", 0.64), ("b", 4.0))
    found = measured(floor.STAGE, (a, holed(b, 2.0)))
    assert value(found[7], "dyad.floor_transfer_ms") == pytest.approx(640, abs=60)


def test_who_is_heard_speaking_just_after_a_hole_may_have_begun_in_it() -> None:
    a, b = score(("a", 3.0), ("ab", 1.2), ("b", 3.0))
    *_, last = measured(floor.STAGE, (a, holed(b, 2.8)))
    assert last["dyad.floor_transfer_ms"] == Missing(Why.WARMING)


def test_a_minute_must_be_clear_for_interruptions_once_there_was_a_hole() -> None:
    a, b = score(*[("a", 9.0), ("", 0.5), ("b", 9.0), ("", 0.5)] * 5)
    found = [r["dyad.interruptions"] for r in measured(interruptions.STAGE, (a, holed(b, 4.0)))]
    assert found[30] == Missing(Why.LOW_QUALITY)
    assert value({"it": found[70]}, "it") == 0
