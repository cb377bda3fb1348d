"""What is said of the sound itself: noise, clipping, gain control; and that all stages heed it."""

import math
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from attunement.engine.frame import AudioFrame
from attunement.engine.signal import Measured, Missing, Second, Why
from attunement.gateway.media import Recording, Track
from attunement.pipelines.voice.condition import (
    BURIED,
    CLIPPED,
    Background,
    Condition,
    Conditions,
    Pauses,
)
from attunement.pipelines.voice.stretch import CHUNK, SAMPLE, Stretch
from tests.pipelines.voice.listening import frames, measure, readings
from tests.pipelines.voice.synthetic import RATE, silence, speak
from tests.support.recordings import write

Sound = NDArray[np.float32]
PAUSE = 1.6  # s


def talk(turns: int = 5, room: float = 1e-3, gain_rise: float = 0.0) -> Sound:
    """Speech and pauses in turn; in pauses the gain rises by so many dB, as gain control does."""
    parts = []
    for seed in range(turns):
        swell = 10 ** (np.linspace(0, gain_rise, round(PAUSE * RATE)) / 20)
        hiss = silence(PAUSE, noise=room, seed=seed + 10) * swell.astype(np.float32)
        parts += [hiss, speak(1.4, 130, seed=seed).samples + silence(1.4, room, seed)]
    return np.concatenate(parts)


def conditions(sound: Sound, speech: NDArray[np.bool_]) -> list[Condition]:
    """Of every 31 chunks; `speech` of each sample says who speaks."""
    stage, found = Conditions(), []
    for at in range(0, sound.size - 31 * CHUNK + 1, 31 * CHUNK):
        part = slice(at, at + 31 * CHUNK)
        likely = speech[part].reshape(31, CHUNK).mean(axis=1).astype(np.float32)
        stage.push(Stretch("a", at * SAMPLE, sound[part], likely, at > 0))
        (condition,) = stage.finish()
        assert isinstance(condition, Condition)
        found.append(condition)
    return found


def spoken(sound: Sound) -> NDArray[np.bool_]:
    place = np.arange(sound.size) % round((PAUSE + 1.4) * RATE)
    return np.asarray(place >= PAUSE * RATE)


@pytest.mark.parametrize("db", [10, 25, 40])
def test_the_voice_stands_out_of_the_room_by_as_much_as_it_is_louder(db: int) -> None:
    sound = talk(room=0.1 * 10 ** (-db / 20))
    heard = [c.over_noise for c in conditions(sound, spoken(sound)) if not math.isnan(c.over_noise)]
    assert len(heard) > 4
    assert np.median(heard) == pytest.approx(db, abs=2)


def test_before_anybody_was_silent_it_is_not_known_how_loud_the_room_is() -> None:
    sound = speak(3, 130).samples
    for condition in conditions(sound, np.ones(sound.size, np.bool_)):
        assert math.isnan(condition.over_noise)
        assert condition.clear() == 0.5
        assert condition.why_not() is None


def test_clipping_is_the_share_of_samples_of_speech_at_full_scale() -> None:
    sound = talk()
    speech = spoken(sound)
    sound[speech & (np.arange(sound.size) % 20 == 0)] = 1.0
    found = [c.clipped for c in conditions(sound, speech) if not math.isnan(c.over_noise)]
    assert np.median(found) == pytest.approx(0.05, abs=0.01)


@pytest.mark.parametrize("rise", [0, 6, 12])
def test_gain_control_shows_in_a_floor_that_rises_in_every_pause(rise: int) -> None:
    sound = talk(gain_rise=rise)
    found = conditions(sound, spoken(sound))
    assert found[0].pumping == 0
    assert found[-1].pumping == pytest.approx(0.75 * rise, abs=2)  # from 0.2 s on, between medians


def test_a_floor_that_software_has_put_there_is_no_gain_control() -> None:
    pauses = Pauses()
    for _ in range(5):
        quiet = np.geomspace(1e-12, 1e-10, 60)
        pauses.add(quiet, np.zeros(60, np.float32))
        pauses.add(np.ones(1), np.ones(1, np.float32))
    assert pauses.rise() == 0


def test_a_pause_with_a_hole_in_it_says_nothing_of_the_gain() -> None:
    pauses = Pauses()
    for _ in range(5):
        pauses.add(np.full(30, 1e-6), np.zeros(30, np.float32))
        pauses.broken()
        pauses.add(np.full(20, 1e-3), np.zeros(20, np.float32))
        pauses.add(np.ones(1), np.ones(1, np.float32))
    assert pauses.rise() == 0


def test_gain_control_costs_the_level_its_quality_and_the_timbre_nothing() -> None:
    steady, pumped = measure(frames(talk())), measure(frames(talk(gain_rise=18)))
    for name, less in (("voice.level_dbfs", True), ("voice.alpha_ratio", False)):
        one, other = (
            [r.quality for r in readings(seconds, name)[-4:] if isinstance(r, Measured)]
            for seconds in (steady, pumped)
        )
        assert len(one) == len(other) >= 3
        assert (max(other) < 0.7 * min(one)) == less, name


def test_what_is_buried_or_cut_off_is_no_voice_to_describe() -> None:
    assert Condition("a", 0, BURIED - 1).why_not() is Why.LOW_QUALITY
    assert Condition("a", 0, BURIED + 1).why_not() is None
    assert Condition("a", 0, 30, CLIPPED).why_not() is Why.LOW_QUALITY
    assert Condition("a", 0, 30, CLIPPED, crosstalk=True).why_not() is Why.OVERLAP


def test_a_second_without_sound_has_no_condition() -> None:
    assert Conditions().finish() == ()


def test_mute_leaves_the_background_as_it_was() -> None:
    background = Background()
    assert math.isnan(background.under(1.0))
    stage, sound = Conditions(), talk(1)
    for at, muted in ((0, False), (31 * CHUNK, True)):
        part = sound[: 31 * CHUNK] * np.float32(not muted)
        none = np.zeros(31, np.float32)
        stage.push(Stretch("a", at * SAMPLE, part, none, not muted, muted))
        stage.finish()
    stage.push(
        Stretch(
            "a",
            62 * CHUNK * SAMPLE,
            speak(1, 130).samples[: 31 * CHUNK],
            np.ones(31, np.float32),
            True,
        )
    )
    (condition,) = stage.finish()
    assert isinstance(condition, Condition)
    assert condition.over_noise == pytest.approx(40, abs=3)


# As it comes from elsewhere: at 8 kHz and 48 kHz, two voices in one microphone.


def voiced(seconds: list[Second], name: str) -> float:
    found = [r.value for r in readings(seconds, name) if isinstance(r, Measured)]
    assert len(found) >= 2
    return float(np.median(found))


@pytest.mark.parametrize("rate", [8_000, 48_000])
def test_recordings_of_other_rates_are_the_same_voice(rate: int, tmp_path: Path) -> None:
    voice = talk(3)
    size = voice.size * rate // RATE
    spectrum = np.fft.rfft(voice)[: size // 2 + 1]
    other = np.fft.irfft(spectrum, size) * (size / voice.size)
    file = write(tmp_path / "voice.wav", other.astype(np.float32), rate=rate)
    came = [
        AudioFrame("a", f.t, f.samples, f.rate)
        for f in Recording([Track("a", file)], pictures=False).frames()
        if isinstance(f, AudioFrame)
    ]
    seconds, again = measure(frames(voice)), measure(came)
    for name, apart in (
        ("voice.f0_hz", 2.0),
        ("voice.alpha_ratio", 1.5),
        ("voice.f1_frequency", 30.0),
        ("voice.hammarberg_index", 1.5),
    ):
        assert voiced(again, name) == pytest.approx(voiced(seconds, name), abs=apart), name


def test_of_a_telephone_the_cepstrum_says_nothing_and_the_rest_does() -> None:
    voice = talk(3)
    spectrum = np.fft.rfft(voice)
    spectrum[spectrum.size // 2 :] = 0
    narrow = np.fft.irfft(spectrum, voice.size).astype(np.float32)
    wide, called = measure(frames(voice)), measure(frames(narrow))
    assert voiced(wide, "voice.mfcc1")
    assert Measured not in {type(r) for r in readings(called, "voice.mfcc1")}
    assert voiced(called, "voice.alpha_ratio") == pytest.approx(
        voiced(wide, "voice.alpha_ratio"), abs=1
    )


def test_two_voices_in_one_microphone_stay_in_range_and_are_clear_of_nothing() -> None:
    one, two = (
        np.concatenate([silence(1), speak(3, f0, seed=seed).samples])
        for f0, seed in ((110, 1), (205, 2))
    )
    for second in measure(frames(one + two)):
        for name, reading in second.people["a"].items():
            if isinstance(reading, Missing):
                assert reading.why is not Why.FAILED, name
            else:
                assert math.isfinite(reading.value)
                assert 0 <= reading.quality <= 1
