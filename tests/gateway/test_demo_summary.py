import msgspec
import pytest

from attunement.gateway import demo_people, wire
from attunement.gateway.demo import Course, Received
from attunement.gateway.demo_summary import summarise
from tests.support import session_script

BEGIN, SECONDS = 3, 6


def course(*seqs: int, late: float = 100.0) -> Course:
    frames = [session_script.frame("S", seq) for seq in seqs]
    received = [Received(frame, late + i) for i, frame in enumerate(frames)]
    return Course(
        begin=BEGIN,
        received={"msgpack": received, "json": received[:-1]},
        engine_cpu=2.0,
        peers={"dropped": 2, "cpu": 4.0},
        wall=10.0,
        shed=wire.Shed(dropped_picture=3),
    )


def test_seconds_that_never_came_or_came_twice_are_lost() -> None:
    overlays = summarise(course(4, 5, 5, 7, 8, 9), 1, SECONDS)["overlays"]
    assert overlays["msgpack"] == {"frames": 6, "seconds_lost": 2}
    assert overlays["json"] == {"frames": 5, "seconds_lost": 3}


def test_latency_is_given_by_nearest_rank() -> None:
    told = summarise(course(*range(4, 10)), 1, SECONDS)["latency_ms"]
    assert told == {"p50": 102, "p95": 105, "max": 105}


def test_cpu_is_shared_between_the_engine_and_the_people() -> None:
    told = summarise(course(4), 1, SECONDS)["cpu"]
    assert (told["engine_cores"], told["people_cores"]) == (0.2, 0.4)
    assert told["engine_share"] == pytest.approx(0.33)


def test_what_was_dropped_is_told_wherever_it_was() -> None:
    assert summarise(course(4), 1, SECONDS)["dropped"] == {
        "sound": 0,
        "pictures": 3,
        "late_frames": 0,
        "pictures_not_sent": 2,
    }


def test_an_overlay_that_saw_nothing_has_no_latency() -> None:
    nothing = Course(BEGIN, {"msgpack": []})
    assert summarise(nothing, 1, SECONDS)["latency_ms"]["p50"] is None


def test_a_call_that_matches_the_script_scores_as_such() -> None:
    from attunement.simulator.truth import Truth

    truth = Truth.of(demo_people._script(1, 20))
    frames = []
    for second in range(20):
        frame = session_script.frame("S", BEGIN + second + 1)
        people = {
            who: msgspec.structs.replace(
                frame.people["t1"],
                signals={
                    "voice.f0_hz": wire.Value(v=true[second].f0, q=1, n=50)
                    if true[second].f0
                    else wire.Value(why="silence")
                },
            )
            for who, true in truth.people.items()
        }
        frames.append(msgspec.structs.replace(frame, people=people))
    told = demo_people.score(1, 20, frames, BEGIN)
    assert told["f0_within_semitone"] == 1
    assert demo_people.score(1, 20, frames, BEGIN + 3)["f0_within_semitone"] != 1
