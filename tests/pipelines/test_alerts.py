from attunement.engine.signal import Measured, Second
from attunement.pipelines.alerts import MOST, SPACING, SUSTAINED, WINDOW, Alert, Alerts
from tests.support.stages import PATIENT, THERAPIST


def second(index: int, *, speech: float = 1.0, z: float = 3.0, who: str = "p") -> Second:
    readings = {
        "voice.speech": Measured(speech, 1, 31),
        "voice.pause_mean_s": Measured(3.1, 1, 5),
    }
    return Second(index, {who: readings}, {}, {who: {"voice.pause_mean_s": z}})


class Call:
    """A call in which the patient speaks for nine seconds of ten."""

    def __init__(self) -> None:
        self.alerts = Alerts((THERAPIST, PATIENT))
        self.now = 0

    def go_on(self, seconds: int, *, z: float = 3.0, who: str = "p") -> list[Alert]:
        told = []
        for _ in range(seconds):
            silent = self.now % 10 == 9
            told += self.alerts.offer(second(self.now, speech=0.0 if silent else 1.0, z=z, who=who))
            self.now += 1
        return told


def test_what_lasts_a_minute_is_said_once_at_the_end_of_a_turn_with_its_reason() -> None:
    call = Call()
    told = call.go_on(SUSTAINED + 10)
    (alert,) = told
    assert alert.second % 10 == 9
    assert alert.participant == "p"
    assert alert.text == "longer pauses than usual"
    assert "3.1 s" in alert.reason


def test_while_the_patient_speaks_nothing_is_said() -> None:
    alerts = Alerts((THERAPIST, PATIENT))
    assert [a for n in range(300) for a in alerts.offer(second(n))] == []


def test_what_is_as_usual_is_not_worth_a_word() -> None:
    assert Call().go_on(600, z=1.0) == []


def test_less_is_not_more() -> None:
    assert Call().go_on(600, z=-3.0) == []


def test_the_therapist_is_not_watched() -> None:
    assert Call().go_on(600, who="t") == []


def test_at_most_one_at_a_time_and_three_in_ten_minutes() -> None:
    when = [alert.second for alert in Call().go_on(3_600)]
    assert len(when) > MOST
    assert all(b - a >= SPACING for a, b in zip(when, when[1:], strict=False))
    assert all(b - a >= WINDOW for a, b in zip(when, when[MOST:], strict=False))


def test_a_kind_that_is_waved_off_mutes_itself_and_says_so() -> None:
    call = Call()
    call.alerts.answer("long_pauses", useful=True)
    for _ in range(2):
        call.alerts.answer("long_pauses", useful=False)
    told = call.go_on(3_600)
    assert [alert.kind for alert in told] == ["muted"]
    assert "longer pauses than usual" in told[0].text
