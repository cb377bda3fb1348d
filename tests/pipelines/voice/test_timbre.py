"""Timbre of voiced frames: right where it is known, missing where nothing can be said."""

from collections.abc import Iterable, Mapping

import numpy as np
import pytest
from numpy.typing import NDArray

from attunement.engine.clock import SECOND
from attunement.engine.frame import AudioFrame
from attunement.engine.signal import Measured, Missing, Reading, Second, Why
from attunement.kernels.descriptor_stream import Descriptors
from attunement.kernels.descriptors import ENERGY, F0, NAMES, RATE
from attunement.pipelines.voice import timbre
from attunement.pipelines.voice.condition import Condition
from attunement.pipelines.voice.pitch import Track
from attunement.pipelines.voice.stretch import CHUNK, SAMPLE, Stretch
from attunement.pipelines.voice.timbre import LEAST, Describer, Timbre, summaries
from attunement.pipelines.voice.timbre_signals import SIGNALS
from tests.pipelines.voice.listening import frames, measure
from tests.pipelines.voice.synthetic import _pulses, _through_the_tract, silence, speak

TIMBRE = [signal.spec.name for signal in SIGNALS]
Sound = NDArray[np.float32]


def of_timbre(second: Second, who: str = "a") -> Mapping[str, Reading]:
    return {name: second.people[who][name] for name in TIMBRE}


def whys(seconds: Iterable[Second]) -> list[Why]:
    """The one reason why a second's timbre is missing, of each second."""
    found = []
    for second in seconds:
        (reading,) = set(of_timbre(second).values())
        assert isinstance(reading, Missing)
        found.append(reading.why)
    return found


def medians(seconds: Iterable[Second]) -> Mapping[str, float]:
    found: dict[str, list[float]] = {name: [] for name in TIMBRE}
    for second in seconds:
        for name, reading in of_timbre(second).items():
            if isinstance(reading, Measured):
                found[name].append(reading.value)
    return {name: float(np.median(values)) for name, values in found.items() if values}


def spoken(seed: int = 3, level: float = 0.1) -> Sound:
    return np.concatenate([silence(1), speak(4, 130, seed=seed, level=level).samples])


def stretches(sound: Sound, sizes: Iterable[int]) -> Iterable[Stretch]:
    at = 0
    for size in sizes:
        part = sound[at * CHUNK : (at + size) * CHUNK]
        yield Stretch("a", at * CHUNK * SAMPLE, part, np.ones(size, np.float32), at > 0)
        at += size


def test_what_is_described_is_what_the_descriptors_say_of_voiced_frames() -> None:
    sound = spoken()[: 60 * CHUNK]
    hz = Track().follow(next(iter(stretches(sound, [60])))).hz[timbre.EARLY :]
    (every,) = Descriptors(room=sound.size, resonances=True).push([sound], [hz])
    describer = Describer()
    track, rows = Track(), []
    for stretch in stretches(sound, [16, 16, 1, 2, 25]):
        describer.know(track.follow(stretch).hz)
        rows.append(describer.describe(stretch.samples))
    found = np.concatenate(rows)
    assert len(found) > 50
    np.testing.assert_array_equal(found, every[every[:, F0] > 0, :ENERGY])


def test_a_mean_is_of_those_frames_that_have_a_value() -> None:
    rows = np.ones((4, ENERGY), np.float32)
    hnr, jitter = NAMES.index("HNRdBACF"), NAMES.index("jitterLocal")
    rows[:, hnr] = 3, 0, 9, 0
    rows[:, jitter] = 0.01, 0.5, 0.02, 0
    values, counts = summaries(rows)
    assert (values[TIMBRE.index("voice.hnr_db")], counts[TIMBRE.index("voice.hnr_db")]) == (6, 2)
    place = TIMBRE.index("voice.jitter_local")
    assert values[place] == pytest.approx(0.02)
    assert counts[place] == 3


def test_a_formant_that_no_frame_has_is_no_number_and_takes_its_amplitude_along() -> None:
    rows = np.ones((30, ENERGY), np.float32)
    rows[:, NAMES.index("F3bandwidth")] = -20
    values, counts = summaries(rows)
    for name in ("voice.f3_frequency", "voice.f3_bandwidth", "voice.f3_amplitude", "voice.h1_a3"):
        assert counts[TIMBRE.index(name)] == 0
        assert np.isnan(values[TIMBRE.index(name)])
    assert counts[TIMBRE.index("voice.f2_frequency")] == 30


@pytest.mark.parametrize("n", [1, 2, 3, 50, 51])
def test_a_median_is_that_of_numpy(n: int) -> None:
    rows = np.random.default_rng(n).uniform(1, 2, (n, ENERGY)).astype(np.float32)
    values, _ = summaries(rows)
    for signal, value in zip(SIGNALS, values, strict=True):
        column = rows[:, NAMES.index(signal.column)]
        expected = np.median(column) if signal.median else column.mean(dtype=np.float64)
        assert value == pytest.approx(expected, rel=1e-6)


def test_all_of_it_is_measured_of_a_voice_and_nothing_of_the_room_before() -> None:
    seconds = measure(frames(spoken()))
    assert whys(seconds[:1]) == [Why.SILENCE]
    for second in seconds[1:]:
        for name, reading in of_timbre(second).items():
            assert isinstance(reading, Measured), (name, reading)
            assert LEAST <= reading.n <= 100
            assert 0 < reading.quality <= 1


@pytest.mark.parametrize("formants", [(730, 1_090, 2_440), (530, 1_840, 2_480)])
def test_a_vowel_has_its_formants(formants: tuple[float, ...]) -> None:
    source = _pulses(np.full(RATE, 110.0), 0.005, np.random.default_rng(1))
    vowel = _through_the_tract(source, formants)
    describer = Describer()
    describer.know(np.full(100, 110, np.float32))
    values, counts = summaries(describer.describe((vowel / np.abs(vowel).max()).astype(np.float32)))
    for n, hz in enumerate(formants, 1):
        place = TIMBRE.index(f"voice.f{n}_frequency")
        assert values[place] == pytest.approx(hz, rel=0.1)
        assert counts[place] > 80


def test_an_unsteady_voice_has_more_jitter() -> None:
    steady, shaky = (
        medians(measure(frames(speak(4, 130, jitter=jitter, seed=3).samples)))
        for jitter in (0.002, 0.03)
    )
    assert shaky["voice.jitter_local"] > 1.5 * steady["voice.jitter_local"]
    assert shaky["voice.hnr_db"] < steady["voice.hnr_db"]


def test_ten_times_the_amplitude_is_the_same_timbre_but_for_what_its_card_says() -> None:
    quiet, loud = (
        medians(measure(frames(np.concatenate([silence(1, 1e-5), g * speak(3, 130).samples]))))
        for g in (np.float32(0.1), np.float32(1))
    )
    level_bound = {"voice.spectral_flux", "voice.slope_0_500", "voice.slope_500_1500"}
    for spec in (signal.spec for signal in SIGNALS if signal.spec.name not in level_bound):
        assert loud[spec.name] == pytest.approx(
            quiet[spec.name], abs=0.01 * (spec.high - spec.low)
        ), spec.name
    cards = {signal.spec.name: signal.spec.card.caution for signal in SIGNALS}
    for name in level_bound:
        assert loud[name] != pytest.approx(quiet[name], rel=0.1)
        assert "changes with the level" in cards[name]


def test_nineteen_voiced_frames_are_too_few() -> None:
    stage = Timbre()
    sound = speak(2, 130, seed=3).samples[: 31 * CHUNK]
    (stretch,) = stretches(sound, [31])
    stage.push(stretch)
    for rows, why in ((LEAST - 1, Why.WARMING), (LEAST, None)):
        stage._heard.add(stretch.speech, muted=False)
        stage._rows = [np.ones((rows, ENERGY), np.float32)]
        reading = stage.measure()["voice.hnr_db"]
        assert reading == Missing(why) if why else isinstance(reading, Measured)


@pytest.mark.parametrize(
    ("condition", "why"),
    [
        (Condition("a", 0, over_noise=4.0), Why.LOW_QUALITY),
        (Condition("a", 0, over_noise=30.0, clipped=0.2), Why.LOW_QUALITY),
        (Condition("a", 0, over_noise=30.0, crosstalk=True), Why.OVERLAP),
    ],
)
def test_of_sound_in_bad_condition_nothing_is_said(condition: Condition, why: Why) -> None:
    stage = Timbre()
    (stretch,) = stretches(speak(1, 130).samples, [31])
    stage.push(stretch)
    stage.push(condition)
    assert set(stage.measure().values()) == {Missing(why)}


BREAKS = {
    "digital silence": (np.zeros(2 * RATE, np.float32), {Why.MUTED}),
    "DC": (np.full(2 * RATE, 0.5, np.float32), {Why.SILENCE}),
    "no numbers": (np.full(2 * RATE, np.nan, np.float32), {Why.NO_MEDIA, Why.LOW_QUALITY}),
    "quiet room": (silence(2), {Why.SILENCE}),
    "noise": (silence(2, noise=0.1), {Why.SILENCE}),
}


@pytest.mark.parametrize(("sound", "allowed"), BREAKS.values(), ids=BREAKS)
@pytest.mark.filterwarnings("error")
def test_without_a_voice_there_is_no_timbre(sound: Sound, allowed: set[Why]) -> None:
    assert set(whys(measure(frames(sound)))) <= allowed


@pytest.mark.parametrize("what", [what for what in BREAKS if what != "noise"])
@pytest.mark.filterwarnings("error")
def test_a_voice_is_measured_as_ever_after_what_is_none(what: str) -> None:
    sound, _ = BREAKS[what]
    voice = speak(3, 130, seed=3).samples
    seconds = measure(frames(np.concatenate([voice, sound, voice])))
    alone = medians(seconds[:3])
    after = medians(seconds[5:])
    for name in ("voice.alpha_ratio", "voice.f1_frequency", "voice.mfcc1"):
        width = {"voice.f1_frequency": 100.0}.get(name, 3.0)
        assert after[name] == pytest.approx(alone[name], abs=width)


def test_a_tenth_of_a_second_is_no_timbre() -> None:
    assert whys(measure(frames(speak(1, 130).samples[:1_600]))) == [Why.LOW_QUALITY]


def test_badly_clipped_sound_says_low_quality() -> None:
    sound = np.clip(spoken() * 50, -1, 1)
    assert set(whys(measure(frames(sound))[1:])) == {Why.LOW_QUALITY}


def test_sound_at_another_rate_is_refused_and_not_misread() -> None:
    for rate in (8_000, 48_000):
        block = AudioFrame("a", 0, np.zeros(rate // 50, np.float32), rate)
        seconds = measure([block, AudioFrame("a", SECOND // 50, block.samples, rate)])
        for second in seconds:
            for reading in of_timbre(second).values():
                assert isinstance(reading, Missing)


def test_music_has_no_timbre_of_a_voice() -> None:
    t = np.arange(4 * RATE) / RATE
    chord = sum(np.sin(2 * np.pi * f * t) for f in (262, 330, 392, 523))
    tune = (0.05 * np.exp(-3 * (t % 0.5)) * chord).astype(np.float32)
    assert set(whys(measure(frames(tune)))) == {Why.SILENCE}


def test_noise_as_loud_as_the_voice_costs_all_and_half_as_much_costs_some() -> None:
    voice = np.concatenate([silence(2), speak(4, 130, seed=3).samples])
    rng = np.random.default_rng(5)

    def with_noise(db: float) -> list[Second]:
        noise = rng.normal(0, 0.1 * 10 ** (-db / 20), voice.size).astype(np.float32)
        return measure(frames(voice + noise))[3:]

    clean, some, buried = with_noise(40), with_noise(15), with_noise(-3)
    for one, other in zip(clean, some, strict=True):
        best, worse = one.people["a"]["voice.hnr_db"], other.people["a"]["voice.hnr_db"]
        assert isinstance(best, Measured)
        assert isinstance(worse, Measured)
        assert worse.quality < best.quality
    assert all(isinstance(r, Missing) for s in buried for r in of_timbre(s).values())
