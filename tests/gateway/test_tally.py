from attunement.engine.signal import Measured, Missing, Second, Why
from attunement.gateway.tally import Tally, reasons
from tests.support import session_script


def second(index: int, pitch: Measured | Missing) -> Second:
    return Second(index, {"p": {"pitch": pitch}}, {"share": Measured(0.5, 1, 1)})


def test_seconds_are_counted_by_value_and_by_reason() -> None:
    tally = Tally()
    for index, pitch in enumerate(
        [Measured(100, 1, 1), Missing(Why.SILENCE), Missing(Why.MUTED), Measured(200, 1, 1)]
    ):
        tally.add(second(index, pitch))
    line = tally.of("p", "pitch")
    assert (line.measured, line.seconds, line.share, line.mean) == (2, 4, 0.5, 150)
    assert dict(line.why) == {"silence": 1, "muted": 1}
    assert tally.of("together", "share").share == 1
    assert tally.as_json()["p"]["pitch"] == {
        "measured": 0.5,
        "missing": {"muted": 1, "silence": 1},
    }


def test_frames_of_the_wire_count_like_seconds() -> None:
    tally = Tally()
    for seq in range(1, 15):
        tally.add_frame(session_script.frame("S", seq))
    assert tally.seconds == 14
    assert 0 < tally.of("t1", "voice.f0_hz").share < 1
    assert tally.of("together", "dyad.talk_share.patient").share == 1


def test_a_signal_that_never_came_has_no_mean() -> None:
    assert Tally().of("p", "pitch").mean is None


def test_reasons_read_as_a_sentence() -> None:
    assert reasons([("no_face", 12), ("muted", 3)]) == "no_face 12 s, muted 3 s"
