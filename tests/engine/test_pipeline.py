import logging
from collections.abc import Sequence
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attunement.engine.clock import MILLISECOND, SECOND
from attunement.engine.frame import AudioFrame, Frame, VideoFrame
from attunement.engine.pipeline import HORIZON, MAX_AHEAD, PATIENCE, Pipeline
from attunement.engine.session import Roster
from attunement.engine.signal import (
    Group,
    Measured,
    Missing,
    Mode,
    Reading,
    Readings,
    Scope,
    StageSpec,
    Why,
)
from tests.support.stages import (
    BOTH,
    BROKEN,
    COUNT,
    DERIVER,
    ECHOES,
    MODELLESS,
    PATIENT,
    THERAPIST,
    Broken,
    Count,
    Echo,
    NoModels,
    counting,
    picture,
    sound,
    spec,
)

pytestmark = pytest.mark.usefixtures("few_frames_are_a_second")

PAIR = Roster((THERAPIST, PATIENT))
ALONE = Roster((PATIENT,))


def pipeline(*catalog: StageSpec, roster: Roster = ALONE, patience: int = 0) -> Pipeline:
    return Pipeline(catalog, roster, NoModels(), patience=patience)


def readings(pipe: Pipeline, name: str, who: str = "p") -> list[Reading]:
    return [second.people[who][name] for second in pipe.signals()]


def test_a_second_is_measured_once_it_is_over() -> None:
    pipe = pipeline(COUNT, patience=PATIENCE)
    pipe.receive(sound(0.1))
    pipe.receive(sound(0.9))
    pipe.advance(SECOND)
    assert pipe.signals() == []  # late frames of this second may still come
    pipe.advance(SECOND + PATIENCE)
    assert readings(pipe, "count") == [Measured(2, 1.0, 2)]


def test_a_second_is_over_as_soon_as_every_lane_has_passed_it() -> None:
    pipe = pipeline(COUNT, patience=PATIENCE)
    pipe.receive(sound(0.97))
    pipe.receive(picture(0.95))
    pipe.receive(sound(0.99))
    pipe.advance(SECOND + MILLISECOND)
    assert pipe.signals() == []  # the picture has not passed
    pipe.receive(picture(1.02))
    pipe.advance(SECOND + 2 * MILLISECOND)
    assert readings(pipe, "count") == [Measured(2, 1.0, 2)]


def test_patience_with_a_lane_that_fell_silent_is_bounded() -> None:
    pipe = pipeline(COUNT, patience=PATIENCE)
    pipe.receive(sound(0.5, "p"))
    pipe.receive(picture(0.4))
    pipe.receive(sound(1.0))
    pipe.advance(SECOND + PATIENCE - 1)
    assert pipe.signals() == []
    pipe.advance(SECOND + PATIENCE)
    assert len(pipe.signals()) == 1


def test_a_frame_of_the_next_second_waits_for_it() -> None:
    pipe = pipeline(COUNT)
    pipe.receive(sound(0.9))
    pipe.receive(sound(1.1))  # comes before second 0 is closed
    pipe.advance(2 * SECOND)
    assert readings(pipe, "count") == [Measured(1, 1.0, 1), Measured(1, 1.0, 1)]


def test_a_silent_second_is_reported_too() -> None:
    pipe = pipeline(COUNT)
    pipe.receive(sound(0.5))
    pipe.advance(3 * SECOND)
    assert readings(pipe, "count")[1:] == [Missing(Why.SILENCE)] * 2


def test_a_late_frame_is_dropped_and_counted() -> None:
    pipe = pipeline(COUNT)
    pipe.advance(SECOND)
    pipe.receive(sound(0.7))
    pipe.receive(sound(1.2))
    pipe.receive(sound(1.1))  # behind the frame before it
    assert pipe.late == 2


def test_look_ahead_is_bounded_in_time_and_number() -> None:
    pipe = pipeline(COUNT)
    pipe.receive(sound(HORIZON / SECOND + 1))
    assert pipe.early == 1
    for n in range(MAX_AHEAD + 5):
        pipe.receive(sound(1 + n / 10_000))
    assert pipe.early == 6


def test_a_recording_ends_with_its_last_second_measured() -> None:
    pipe = pipeline(COUNT, patience=PATIENCE)
    pipe.receive(sound(0.5))
    pipe.receive(sound(1.5))
    pipe.finish()
    assert readings(pipe, "count") == [Measured(1, 1.0, 1), Measured(1, 1.0, 1)]


def test_what_a_stage_derives_goes_down_the_catalog() -> None:
    pipe = pipeline(DERIVER, ECHOES)
    pipe.receive(sound(0.1))
    pipe.receive(sound(0.2))
    pipe.advance(SECOND)
    assert readings(pipe, "echoes") == [Measured(3, 1.0, 3)]


def test_a_session_wide_stage_hears_everybody() -> None:
    pipe = pipeline(DERIVER, BOTH, roster=PAIR)
    pipe.receive(sound(0.1, "t"))
    pipe.receive(sound(0.1, "p"))
    pipe.advance(SECOND)
    (second,) = pipe.signals()
    assert second.together == {"both": Measured(4, 1.0, 4)}
    assert second.people["t"]["deriver"] == Measured(1, 1.0, 1)


def test_what_is_between_people_is_missing_when_one_is_alone() -> None:
    pipe = pipeline(DERIVER, BOTH)
    pipe.advance(SECOND)
    assert pipe.signals()[0].together == {"both": Missing(Why.NO_MEDIA)}


def test_a_broken_stage_leaves_the_others_alone(caplog: pytest.LogCaptureFixture) -> None:
    pipe = pipeline(COUNT, BROKEN, ECHOES)
    with caplog.at_level(logging.DEBUG):
        pipe.receive(sound(0.5))
        pipe.advance(SECOND)
    (second,) = pipe.signals()
    assert second.people["p"] == {
        "count": Measured(1, 1.0, 1),
        "broken": Missing(Why.FAILED),
        "echoes": Missing(Why.FAILED),  # it lived on what the broken one derived
    }
    assert "RuntimeError" in caplog.text
    assert "a patient's name" not in caplog.text


def test_a_missing_model_is_said_once_and_takes_only_those_that_live_on_it(
    caplog: pytest.LogCaptureFixture,
) -> None:
    pipe = pipeline(COUNT, MODELLESS, ECHOES, roster=PAIR)
    pipe.receive(sound(0.5))
    pipe.advance(SECOND)
    (second,) = pipe.signals()
    assert second.people["p"]["count"] == Measured(1, 1.0, 1)
    assert second.people["p"]["modelless"] == Missing(Why.NO_MODEL)
    assert second.people["p"]["echoes"] == Missing(Why.NO_MODEL)
    assert caplog.text.count("net.task: not found; pull it") == 1


def test_a_value_outside_its_own_range_is_no_measurement() -> None:
    class Wild(Count):
        def measure(self) -> Readings:
            return {"low": Measured(-1, 1, 1), "nan": Measured(float("nan"), 1, 1)}

    catalog = StageSpec(
        "wild",
        Group.VOICE,
        (AudioFrame,),
        lambda _: Wild(),
        (spec("low"), spec("nan"), spec("forgotten")),
    )
    pipe = pipeline(catalog)
    pipe.advance(SECOND)
    assert pipe.signals()[0].people["p"] == {
        "low": Missing(Why.LOW_QUALITY),
        "nan": Missing(Why.LOW_QUALITY),
        "forgotten": Missing(Why.FAILED),
    }


def barring(*groups: Group, who: str = "p", people: Roster = PAIR) -> Roster:
    return Roster(people.people, Mode.BEHAVIOUR, {(who, g): Why.CONSENT for g in groups})


def test_revoked_consent_forgets_what_was_heard() -> None:
    pipe = pipeline(COUNT, roster=PAIR)
    pipe.receive(sound(0.1))
    pipe.receive(sound(1.1))  # waits for its second
    pipe.apply(barring(Group.VOICE))
    pipe.apply(PAIR)  # agreed again, at once: what was heard before stays forgotten
    pipe.receive(sound(0.8, "t"))
    pipe.advance(2 * SECOND)
    first, then = pipe.signals()
    assert first.people["p"]["count"] == then.people["p"]["count"] == Missing(Why.SILENCE)
    assert first.people["t"]["count"] == Measured(1, 1.0, 1)


def test_a_barred_stage_that_others_live_on_runs_and_keeps_silent() -> None:
    pipe = pipeline(DERIVER, BOTH, roster=barring(Group.VOICE))
    pipe.receive(sound(0.1))
    pipe.advance(SECOND)
    (second,) = pipe.signals()
    assert second.people["p"]["deriver"] == Missing(Why.CONSENT)
    assert second.together["both"] == Measured(2, 1.0, 2)


def test_nobody_is_heard_for_anothers_sake_who_did_not_agree() -> None:
    @dataclass(frozen=True)
    class ForOther(Echo):
        pass

    class Between(Count):
        def push(self, frame: Frame, /) -> Sequence[Frame]:
            return (ForOther("t", frame.t),)

    both = StageSpec(
        "between",
        Group.VOICE,
        (Echo,),
        lambda _: Between(),
        emits=(ForOther,),
        scope=Scope.SESSION,
    )
    own = counting("own", ForOther)
    agreed = pipeline(DERIVER, both, own, roster=PAIR)
    agreed.receive(sound(0.1))
    agreed.advance(SECOND)
    assert agreed.signals()[0].people["t"]["own"] == Measured(2, 1.0, 2)
    barred = pipeline(DERIVER, both, own, roster=barring(Group.VOICE))
    barred.receive(sound(0.1))
    barred.advance(SECOND)
    (second,) = barred.signals()
    assert second.people["t"]["own"] == Missing(Why.SILENCE)
    assert second.people["p"]["deriver"] == Missing(Why.CONSENT)


def test_barred_inference_is_not_even_made() -> None:
    def loads(_: object) -> Count:
        raise AssertionError("an emotion model was loaded in behaviour mode")

    inferred = StageSpec("mood", Group.INFERRED, (AudioFrame,), loads, (spec("mood"),))
    roster = Roster((PATIENT,), Mode.BEHAVIOUR, {("p", Group.INFERRED): Why.POLICY})
    pipe = pipeline(inferred, roster=roster)
    pipe.advance(SECOND)
    assert readings(pipe, "mood") == [Missing(Why.POLICY)]


def test_seconds_before_the_start_are_not_reported() -> None:
    pipe = Pipeline([COUNT], ALONE, NoModels(), patience=0, start=90 * SECOND)
    pipe.receive(sound(90.5))
    pipe.advance(91 * SECOND)
    assert [s.index for s in pipe.signals()] == [90]


@given(st.permutations(range(8)))
def test_how_lanes_interleave_does_not_matter(order: Sequence[int]) -> None:
    frames: list[list[Frame]] = [
        [sound(0.1, "t"), sound(0.5, "t")],
        [sound(0.2), sound(0.6)],
        [picture(0.3, "t"), picture(0.7, "t")],
        [picture(0.4), picture(0.8)],
    ]
    pipe = pipeline(DERIVER, counting("seen", VideoFrame), BOTH, roster=PAIR)
    for place in order:
        lane = frames[place % 4]
        pipe.receive(lane.pop(0))
    pipe.advance(SECOND)
    (second,) = pipe.signals()
    assert second.together["both"] == Measured(6, 1.0, 6)
    assert second.people["p"]["seen"] == Measured(2, 1.0, 2)


def test_when_a_session_wide_stage_breaks_those_that_live_on_it_are_out_too() -> None:
    shared = counting(
        "shared", group=Group.TOGETHER, scope=Scope.SESSION, stage=Broken, emits=(Echo,)
    )
    pipe = pipeline(shared, BOTH, COUNT, roster=PAIR)
    pipe.receive(sound(0.1))
    pipe.advance(SECOND)
    (second,) = pipe.signals()
    assert second.together == {"shared": Missing(Why.FAILED), "both": Missing(Why.FAILED)}
    assert second.people["p"]["count"] == Measured(1, 1.0, 1)
