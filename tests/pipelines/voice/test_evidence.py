"""Level, loudness, pauses, articulation: what they say of a voice, and when they say nothing."""

from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from attunement.engine.clock import MILLISECOND, SECOND
from attunement.engine.signal import Measured, Missing, Readings, Why
from attunement.pipelines.derived import Activity
from attunement.pipelines.voice.condition import Background
from attunement.pipelines.voice.pauses import Pauses
from tests.pipelines.voice.listening import frames, measure, readings
from tests.pipelines.voice.synthetic import RATE, silence, speak

HOP = 32 * MILLISECOND
OF_A_VOICE = (
    "voice.f0_hz",
    "voice.f0_semitone",
    "voice.f0_range",
    "voice.loudness",
    "voice.level_dbfs",
    "voice.articulation_rate",
)


def values(found: Sequence[object]) -> list[float]:
    return [r.value for r in found if isinstance(r, Measured)]


def qualities(found: Sequence[object]) -> list[float]:
    return [r.quality for r in found if isinstance(r, Measured)]


@pytest.mark.parametrize("dbfs", [-40, -26, -12])
def test_the_level_is_that_of_the_voice_and_not_of_the_room(dbfs: int) -> None:
    voice = speak(4, 130, level=10 ** (dbfs / 20), seed=3).samples
    sound = np.concatenate([silence(1), voice, silence(1)])
    found = readings(measure(frames(sound)), "voice.level_dbfs")
    assert found[0] == Missing(Why.SILENCE)
    assert np.median(values(found)) == pytest.approx(dbfs, abs=1)


def test_ten_times_the_amplitude_is_20_db_and_about_four_and_a_half_times_as_loud() -> None:
    quiet, loud = (
        measure(frames(np.concatenate([silence(1, noise=1e-5), g * speak(3, 130).samples])))
        for g in (np.float32(0.2), np.float32(2))
    )
    level = [np.median(values(readings(s, "voice.level_dbfs"))) for s in (quiet, loud)]
    loudness = [np.median(values(readings(s, "voice.loudness"))) for s in (quiet, loud)]
    assert level[1] - level[0] == pytest.approx(20, abs=0.5)
    assert 4 < loudness[1] / loudness[0] < 5


def test_clipping_and_noise_cost_quality() -> None:
    voice = np.concatenate([silence(2), speak(3, 130, seed=3).samples])
    noisy = voice + silence(5, noise=0.03)
    clipped = np.clip(voice * 20, -1, 1)
    clean, worse, worst = (
        np.median(qualities(readings(measure(frames(s)), "voice.level_dbfs")[3:]))
        for s in (voice, noisy, clipped)
    )
    assert clean > 0.95
    assert worse < 0.7
    assert worst < 0.5


def test_the_background_sinks_fast_and_rises_slowly() -> None:
    background = Background()
    assert background.clearness(1.0) == 0.5
    background.add(np.full(200, 1e-6))
    assert background.clearness(1e-4) == pytest.approx(1, abs=0.01)
    background.add(np.full(1, 1e-2))
    assert background.clearness(1e-2) == pytest.approx(0.85, abs=0.02)
    background.add(np.full(60, 1e-8))
    assert background.clearness(1e-4) == 1


@pytest.mark.parametrize("rate", [3.0, 4.0, 5.0])
def test_syllables_per_second_of_speech_are_those_that_were_spoken(rate: float) -> None:
    parts = [speak(3, 130, rate=rate, seed=s).samples for s in range(3)]
    sound = np.concatenate([x for part in parts for x in (part, silence(0.6))])
    found = values(readings(measure(frames(sound)), "voice.articulation_rate"))
    assert found[-1] == pytest.approx(rate, rel=0.15)


def test_articulation_needs_two_seconds_of_speech() -> None:
    sound = np.concatenate([speak(1.5, 130).samples, silence(1.5)])
    found = readings(measure(frames(sound)), "voice.articulation_rate")
    assert found == [Missing(Why.WARMING), Missing(Why.WARMING), Missing(Why.SILENCE)]


def pauses(pattern: list[tuple[float, bool]]) -> Readings:
    """(seconds, speaking) one after the other, in 32 ms steps."""
    speech = np.concatenate(
        [np.full(round(s * SECOND / HOP), 0.95 if on else 0.01) for s, on in pattern]
    ).astype(np.float32)
    stage = Pauses()
    last: Readings = {}
    for i in range(0, speech.size - 15, 31):  # whole seconds, as near as steps come
        stage.push(Activity("a", i * HOP, HOP, speech[i : i + 31]))
        last = stage.measure()
    return last


def test_pauses_are_the_short_silences_inside_ones_own_speech() -> None:
    turn = [(2.0, True), (0.6, False), (2.0, True), (1.0, False), (2.0, True), (0.15, False)]
    found = pauses([*turn, (1.0, True), (4.0, False), *turn, (1.0, True), (1.0, False)])
    mean, rate, ratio = (
        found[f"voice.{name}"] for name in ("pause_mean_s", "pause_rate", "silence_ratio")
    )
    assert isinstance(mean, Measured)
    assert isinstance(rate, Measured)
    assert isinstance(ratio, Measured)
    assert mean.n == rate.n == 4
    assert mean.value == pytest.approx(0.8, abs=0.06)
    whole = 2 * (7.15 + 1.6)
    assert rate.value == pytest.approx(4 / whole * 60, rel=0.05)
    assert ratio.value == pytest.approx(3.2 / whole, abs=0.03)


def test_somebody_who_never_pauses_has_a_rate_of_zero_and_no_mean() -> None:
    found = pauses([(12.0, True)])
    assert found["voice.pause_mean_s"] == Missing(Why.WARMING)
    rate = found["voice.pause_rate"]
    assert isinstance(rate, Measured)
    assert rate.value == 0


def test_a_listener_has_no_pauses() -> None:
    assert set(pauses([(3.0, True), (30.0, False)]).values()) == {Missing(Why.WARMING)}


def test_pauses_older_than_a_minute_are_forgotten() -> None:
    found = pauses([(3.0, True), (0.6, False), (70.0, True)])
    assert found["voice.pause_mean_s"] == Missing(Why.WARMING)


def _tone(hz: float) -> NDArray[np.float32]:
    return (0.2 * np.sin(2 * np.pi * hz * np.arange(3 * RATE) / RATE)).astype(np.float32)


def _chord() -> NDArray[np.float32]:
    t = np.arange(3 * RATE) / RATE
    fade = np.exp(-3 * (t % 0.5))
    return (0.05 * fade * sum(np.sin(2 * np.pi * f * t) for f in (262, 330, 392, 523))).astype(
        np.float32
    )


NOBODY = {
    "quiet room": silence(3),
    "white noise": silence(3, noise=0.1),
    "digital silence": np.zeros(3 * RATE, np.float32),
    "DC": np.full(3 * RATE, 0.5, np.float32),
    "full scale": np.full(3 * RATE, 1.0, np.float32),
    "square wave": np.sign(_tone(100)).astype(np.float32),
    "tone": _tone(440),
    "chords": _chord(),
    "no numbers": np.full(3 * RATE, np.nan, np.float32),
    "infinity": np.full(3 * RATE, np.inf, np.float32),
    "clicks": (np.arange(3 * RATE) % 4_000 == 0).astype(np.float32),
}


@pytest.mark.parametrize("sound", NOBODY.values(), ids=NOBODY)
@pytest.mark.filterwarnings("error")
def test_where_nobody_speaks_no_voice_is_measured(sound: NDArray[np.float32]) -> None:
    seconds = measure(frames(sound))
    assert len(seconds) == 3
    for name in OF_A_VOICE:
        for reading in readings(seconds, name):
            assert isinstance(reading, Missing), (name, reading)
            assert reading.why is not Why.FAILED


def test_a_tenth_of_a_second_is_not_enough_for_anything() -> None:
    (second,) = measure(frames(speak(1, 130).samples[:1_600]))
    assert set(second.people["a"].values()) == {Missing(Why.LOW_QUALITY)}


def test_a_voice_with_holes_is_measured_with_less_quality_and_the_same_pitch() -> None:
    voice = speak(6, 130, swing=0.5, seed=3).samples
    whole = measure(frames(voice))
    holed = [f for f in frames(voice) if f.t // (20 * MILLISECOND) % 25 < 20]  # 100 of 500 ms gone
    broken = measure(holed)
    for one, other in list(zip(whole, broken, strict=True))[1:]:
        full, part = one.people["a"]["voice.f0_hz"], other.people["a"]["voice.f0_hz"]
        assert isinstance(full, Measured)
        if isinstance(part, Measured):
            assert part.quality < full.quality
            assert abs(12 * np.log2(part.value / full.value)) < 1
    assert values(readings(broken, "voice.f0_hz"))


def test_loud_voices_beyond_full_scale_stay_in_range() -> None:
    sound = np.clip(speak(3, 130, seed=3).samples * 50, -1, 1)
    found = values(readings(measure(frames(sound)), "voice.level_dbfs"))
    assert found
    assert all(-20 < value <= 0 for value in found)
