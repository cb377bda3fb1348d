import numpy as np
import pytest

from attunement.simulator import person
from attunement.simulator.script import Fault, Part, Script, Utterance
from attunement.simulator.truth import Span, Transfer, Truth, transfers
from attunement.simulator.voice import RATE


def spoken(begin: float, end: float, hz: float = 200.0) -> Utterance:
    return Utterance(begin, end, hz, hz, -20.0, 4.0, seed=1)


def script(
    therapist: tuple[Utterance, ...], patient: tuple[Utterance, ...], faults: tuple[Fault, ...] = ()
) -> Script:
    parts = (
        Part("therapist", utterances=therapist),
        Part("patient", utterances=patient, faults=faults),
    )
    return Script(1, 10.0, parts)


def test_a_gap_and_an_overlap_are_transfers_with_their_sign() -> None:
    speech: dict[str, tuple[Span, ...]] = {
        "therapist": ((1.0, 2.0), (3.6, 5.0)),
        "patient": ((2.5, 4.0),),
    }
    assert transfers(speech) == (
        Transfer(2.5, pytest.approx(0.5), "patient"),
        Transfer(3.6, pytest.approx(-0.4), "therapist"),
    )


def test_a_word_inside_the_others_speech_changes_nothing() -> None:
    speech: dict[str, tuple[Span, ...]] = {
        "therapist": ((1.0, 5.0),),
        "patient": ((2.0, 2.4), (5.5, 6.0)),
    }
    assert transfers(speech) == (Transfer(5.5, pytest.approx(0.5), "patient"),)


def test_short_pauses_belong_to_speech() -> None:
    truth = Truth.of(script((spoken(1, 2), spoken(2.15, 3), spoken(3.5, 4)), ()))
    assert truth.speech["therapist"] == ((1, 3), (3.5, 4))


def test_shares_sum_to_one() -> None:
    truth = Truth.of(script((spoken(1, 4),), (spoken(3, 6),)))
    shares = truth.shares(0, 10)
    assert shares == pytest.approx(
        {"therapist": 0.2, "patient": 0.2, "overlap": 0.1, "silence": 0.5}, abs=0.005
    )


def test_a_second_knows_its_pitch_level_and_share_of_speech() -> None:
    second = Truth.of(script((spoken(1, 2.5),), ())).people["therapist"]
    assert second[0].f0 is None
    assert second[0].level is None
    assert second[1].f0 == pytest.approx(200)
    assert second[1].level == pytest.approx(-20)
    assert [s.speech for s in second[:4]] == pytest.approx([0, 1, 0.5, 0])


def test_what_a_muted_microphone_hides_is_not_true_of_the_sound() -> None:
    mute, off = Fault("mute", 1.0, 3.0), Fault("camera_off", 2.0, 4.5)
    truth = Truth.of(script((), (spoken(0.5, 4),), (mute, off)))
    assert truth.speech["patient"] == ((0.5, 1.0), (3.0, 4))
    assert [s.muted for s in truth.people["patient"][:4]] == [0, 1, 1, 0]
    assert [s.camera_off for s in truth.people["patient"][:6]] == [0, 0, 1, 1, 0.5, 0]


def test_a_person_is_heard_when_the_truth_says_so_and_muted_exactly() -> None:
    play = script((), (spoken(0.5, 4),), (Fault("mute", 1.0, 3.0),))
    sound = np.concatenate([frame.samples for frame in person.sound(play, "patient")])
    assert sound.size == 10 * RATE

    def level(begin: float, end: float) -> float:
        return float(np.sqrt(np.mean(sound[round(begin * RATE) : round(end * RATE)] ** 2)))

    assert not sound[1 * RATE : 3 * RATE].any()
    assert level(0.6, 0.9) > 0.03
    assert level(3.1, 3.9) > 0.03
    assert 0 < level(5, 9) < 0.002


def test_the_same_script_gives_the_same_sound() -> None:
    play = Script.generate(3, 6)
    one, two = (
        np.concatenate([frame.samples for frame in person.sound(play, "patient")]) for _ in range(2)
    )
    assert np.array_equal(one, two)
