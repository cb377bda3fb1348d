"""What the emotion model looks at: right where the truth is known, finite everywhere."""

import numpy as np
import pytest
from numpy.typing import NDArray

from attunement.pipelines.inferred import spectrum
from attunement.pipelines.inferred.circumplex import derived
from attunement.pipelines.inferred.description import SIZE, STATISTICS, describe
from attunement.pipelines.inferred.usual import LONGEST, WIDEST, Others, Usual
from tests.pipelines.voice.synthetic import RATE, speak


def described(sound: NDArray[np.floating]) -> NDArray[np.float32]:
    rows = spectrum.rows(sound.astype(np.float32))
    found = describe(rows, np.ones(len(rows), np.bool_))
    assert found is not None
    return found


@pytest.mark.parametrize("hz", [80.0, 120.0, 200.0, 400.0])
def test_the_pitch_of_a_pulse_train_is_found(hz: float) -> None:
    t = np.arange(RATE)
    pulses = sum(np.cos(2 * np.pi * hz * k * t / RATE) for k in range(1, 12)) * 0.02
    rows = spectrum.rows(np.asarray(pulses, np.float32))
    want = 12 * np.log2(hz / spectrum.ORIGIN)
    assert np.median(rows[:, spectrum.PITCH]) == pytest.approx(want, abs=0.2)
    assert np.median(rows[:, spectrum.STRENGTH]) > 0.9


def test_a_tone_stands_in_its_own_band() -> None:
    tone = 0.1 * np.sin(2 * np.pi * 1_000 * np.arange(RATE) / RATE)
    rows = spectrum.rows(tone.astype(np.float32))
    low, high = (1127 * np.log1p(f / 700) for f in (spectrum.LOW, spectrum.HIGH))
    centres = 700 * np.expm1(np.linspace(low, high, spectrum.BANDS + 2)[1:-1] / 1127)
    heard = centres[rows[:, : spectrum.BANDS].mean(axis=0).argmax()]
    assert heard == pytest.approx(1_000, rel=0.08)
    assert rows[:, spectrum.LEVEL] == pytest.approx(-23.0, abs=0.1)


def test_rows_do_not_depend_on_where_the_sound_was_cut() -> None:
    sound = speak(1).samples
    whole = spectrum.rows(sound)
    later = spectrum.rows(sound[30 * spectrum.HOP :])
    np.testing.assert_allclose(later, whole[30:], atol=1e-4)


def test_too_short_a_sound_has_no_rows() -> None:
    assert spectrum.rows(np.zeros(spectrum.WINDOW - 1, np.float32)).shape == (0, spectrum.COLUMNS)


def test_gain_moves_the_level_and_nothing_else() -> None:
    voice = speak(2, 130).samples * np.float32(0.5)
    quiet, loud = described(voice), described(voice * np.float32(4))
    assert loud[0] - quiet[0] == pytest.approx(12.04, abs=0.05)
    np.testing.assert_allclose(loud[1:], quiet[1:], atol=0.06)


def test_silence_and_noise_are_not_described() -> None:
    noise = np.random.default_rng(0).normal(0, 0.1, 2 * RATE).astype(np.float32)
    for sound in (np.zeros(2 * RATE, np.float32), noise):
        rows = spectrum.rows(sound)
        assert np.isfinite(rows).all()
        assert describe(rows, np.ones(len(rows), np.bool_)) is None


def test_a_description_has_its_size_and_is_finite() -> None:
    found = described(speak(2, 180).samples)
    assert found.shape == (SIZE,)
    assert STATISTICS < SIZE
    assert np.isfinite(found).all()


def test_the_usual_goes_from_the_others_to_ones_own() -> None:
    usual = Usual(Others(np.zeros(3, np.float32), np.ones(3, np.float32)))
    mine = np.full(3, 2.0, np.float32)
    assert usual.compare(mine).tolist() == [2.0, 2.0, 2.0, 0.0]
    for _ in range(60):
        usual.learn(mine, 1.0)
    compared = usual.compare(mine)
    assert np.abs(compared[:3]).max() < 0.6
    assert compared[3] == pytest.approx(60 / 66)


def test_the_usual_is_bounded_and_forgets_slowly() -> None:
    usual = Usual(Others(np.zeros(1, np.float32), np.ones(1, np.float32)))
    for value in (4.0, 0.0):
        for _ in range(1_200):
            usual.learn(np.full(1, value, np.float32), 1.0)
    assert usual.seconds == LONGEST
    assert usual.compare(np.zeros(1, np.float32))[0] > -WIDEST
    assert abs(usual.compare(np.zeros(1, np.float32))[0]) < 1.0


def test_what_is_derived_lies_on_the_circumplex() -> None:
    for place in np.eye(7, dtype=np.float32):
        valence, arousal = derived(place)
        assert -1 <= valence <= 1
        assert -1 <= arousal <= 1
    assert derived(np.eye(7, dtype=np.float32)[0])[1] > derived(np.eye(7, dtype=np.float32)[5])[1]
