from collections.abc import Iterable, Iterator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from attunement.engine.clock import SECOND
from attunement.engine.frame import AudioFrame
from attunement.gateway.described import (
    COLUMNS_OF_TABLE,
    JITTER,
    LEFT_OUT,
    Listener,
    Pitch,
    Voices,
    Window,
)
from attunement.kernels.descriptors import COLUMNS, ENERGY, F0, HOP, LONG, SHORT
from attunement.kernels.functionals import FUNCTIONALS
from attunement.kernels.periods import Chain
from tests.pipelines.voice.synthetic import RATE, speak

Array = NDArray[np.float32]


def spoken(seconds: int, hz: float = 130) -> Array:
    return np.asarray(speak(seconds, hz, seed=1).samples, np.float32)


def frames(sound: Array, who: str = "patient", t: int = 0) -> list[AudioFrame]:
    size = RATE // 10
    return [
        AudioFrame(who, t + i * SECOND // RATE, sound[i : i + size], RATE)
        for i in range(0, sound.size, size)
    ]


def windows(found: Iterable[AudioFrame], seconds: float) -> Iterator[Window]:
    return Voices(seconds).windows(found)


def heard(sound: Array, pitch: Pitch) -> Array:
    listener = Listener(pitch)
    return np.concatenate((listener.push(sound), listener.finish()))


@pytest.mark.parametrize("pitch", Pitch)
def test_a_voice_has_the_pitch_it_has(pitch: Pitch) -> None:
    rows = heard(spoken(3), pitch)
    semitones = rows[rows[:, F0] > 0, F0]
    assert semitones.size > 50
    assert np.median(semitones) == pytest.approx(12 * np.log2(130 / 27.5), abs=2)


@pytest.mark.parametrize("pitch", Pitch)
def test_frames_whose_60_ms_did_not_come_have_no_pitch_and_all_else(pitch: Pitch) -> None:
    sound = spoken(3)
    rows = heard(sound, pitch)
    assert rows.shape == ((sound.size - SHORT) // HOP + 1, COLUMNS)
    known = (sound.size - LONG) // HOP + 1 - (LEFT_OUT if pitch is Pitch.PUBLISHED else 0)
    assert np.isfinite(rows[:known]).all()
    assert np.isnan(rows[known:, F0]).all()
    assert (rows[known:, ENERGY] > 0).all()


def test_the_published_pitch_is_the_usual_one_and_not_the_live_one() -> None:
    sound = spoken(3)
    usual = Listener()
    rows = np.concatenate((usual.push(sound), usual.finish()))
    assert np.array_equal(rows, heard(sound, Pitch.PUBLISHED), equal_nan=True)
    assert not np.array_equal(rows[:, F0], heard(sound, Pitch.OWN)[:, F0], equal_nan=True)


def test_jitter_and_shimmer_are_of_the_kind_that_the_pitch_is() -> None:
    sound = spoken(3)
    published, own = (heard(sound, pitch) for pitch in Pitch)
    semitones = published[np.isfinite(published[:, F0]), F0]
    hz = np.where(semitones > 0, 27.5 * 2 ** (semitones / 12), 0).astype(np.float32)
    chain = Chain().push(sound, hz)
    found = published[: hz.size, JITTER : JITTER + 2]
    np.testing.assert_allclose(found, chain, rtol=0.05, atol=1e-3)
    assert not np.allclose(own[: hz.size, JITTER], found[:, 0], atol=1e-3)


@pytest.mark.parametrize("pitch", Pitch)
def test_what_is_no_number_counts_as_silence(pitch: Pitch) -> None:
    broken = spoken(2)
    broken[8_000:9_000] = np.nan
    broken[20_000] = np.inf
    silent = np.where(np.isfinite(broken), broken, 0).astype(np.float32)
    assert np.array_equal(heard(broken, pitch), heard(silent, pitch), equal_nan=True)


@settings(max_examples=8, deadline=None)
@given(st.lists(st.integers(1, 9_000), min_size=1, max_size=8), st.sampled_from(Pitch))
def test_sound_may_come_in_blocks_of_any_size(sizes: list[int], pitch: Pitch) -> None:
    sound = spoken(2)
    cuts = np.cumsum(sizes)
    listener = Listener(pitch)
    parts = [listener.push(part) for part in np.split(sound, cuts[cuts < sound.size])]
    rows = np.concatenate((*parts, listener.finish()))
    assert np.array_equal(rows, heard(sound, pitch), equal_nan=True)


@pytest.mark.parametrize("pitch", Pitch)
@pytest.mark.parametrize("samples", [0, 1, SHORT - 1, SHORT, LONG - 1, LONG, LONG + HOP])
def test_a_run_may_be_as_short_as_it_likes(samples: int, pitch: Pitch) -> None:
    rows = heard(spoken(1)[:samples], pitch)
    assert len(rows) == max(0, (samples - SHORT) // HOP + 1)


def test_how_much_of_a_person_was_heard_is_known() -> None:
    voices = Voices(0)
    assert voices.heard("patient") == 0
    list(voices.windows(frames(spoken(2), "patient") + frames(spoken(1), "therapist")))
    assert (voices.heard("patient"), voices.heard("therapist")) == (2, 1)


def test_every_window_has_its_row_and_the_last_one_is_shorter() -> None:
    found = list(windows(frames(spoken(5)), 2))
    assert [(w.begin, w.end) for w in found] == [(0, 2), (2, 4), (4, pytest.approx(4.99))]
    assert all(np.isfinite(w.values[10]) for w in found)  # loudness


def test_nought_is_the_whole_recording() -> None:
    (only,) = windows(frames(spoken(3)), 0)
    assert (only.begin, only.end) == (0, pytest.approx(2.99))


def test_people_are_described_each_on_their_own() -> None:
    low, high = frames(spoken(3, 100), "therapist"), frames(spoken(3, 210), "patient")
    both = sorted(low + high, key=lambda f: f.t)
    pitch = {w.participant: w.values[0] for w in windows(both, 0)}
    assert pitch["patient"] > pitch["therapist"] + 8
    (alone,) = windows(high, 0)
    assert pitch["patient"] == alone.values[0]


def test_a_hole_begins_anew_and_has_no_frames() -> None:
    sound = spoken(2)
    found = list(windows(frames(sound) + frames(sound, t=6 * SECOND), 2))
    assert [w.begin for w in found] == [0, 6]
    np.testing.assert_array_equal(found[0].values, found[1].values)


def test_a_row_has_the_columns_of_the_table_and_nothing_for_no_value() -> None:
    row = Window("patient", 0, 1, np.full(88, np.nan)).row("a.wav")
    assert list(row) == list(COLUMNS_OF_TABLE)
    assert all(row[name] is None for name in FUNCTIONALS)
