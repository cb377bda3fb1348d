import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from attunement.engine.clock import SECOND
from attunement.engine.frame import AudioFrame
from attunement.gateway.described import COLUMNS_OF_TABLE, Listener, Window, windows
from attunement.kernels.descriptors import COLUMNS, F0, HOP, LONG
from attunement.kernels.functionals import FUNCTIONALS
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


def test_a_voice_has_the_pitch_it_has() -> None:
    sound = spoken(3)
    listener = Listener()
    rows = np.concatenate((listener.push(sound), listener.finish()))
    assert rows.shape == ((sound.size - LONG) // HOP + 1, COLUMNS)
    semitones = rows[rows[:, F0] > 0, F0]
    assert semitones.size > 50
    assert np.median(semitones) == pytest.approx(12 * np.log2(130 / 27.5), abs=2)


@settings(max_examples=8, deadline=None)
@given(st.lists(st.integers(1, 9_000), min_size=1, max_size=8))
def test_sound_may_come_in_blocks_of_any_size(sizes: list[int]) -> None:
    sound = spoken(2)
    whole = Listener()
    expected = np.concatenate((whole.push(sound), whole.finish()))
    cuts = np.cumsum(sizes)
    listener = Listener()
    parts = [listener.push(part) for part in np.split(sound, cuts[cuts < sound.size])]
    assert np.array_equal(np.concatenate((*parts, listener.finish())), expected)


def test_every_window_has_its_row_and_the_last_one_is_shorter() -> None:
    found = list(windows(frames(spoken(5)), 2))
    assert [(w.begin, w.end) for w in found] == [(0, 2), (2, 4), (4, pytest.approx(4.95))]
    assert all(np.isfinite(w.values[10]) for w in found)  # loudness


def test_nought_is_the_whole_recording() -> None:
    (only,) = windows(frames(spoken(3)), 0)
    assert (only.begin, only.end) == (0, pytest.approx(2.95))


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
