"""The chain of periods against plain NumPy, and on pulses whose irregularities are known."""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from attunement.kernels import periods
from attunement.kernels.periods import Chain

Array = NDArray[np.float32]

RATE, HOP = periods.RATE, periods.HOP
REGULAR = [80] * 100  # samples, 200 Hz


def pulses(lengths: Sequence[int], heights: Sequence[float] | None = None) -> Array:
    parts = []
    for size, height in zip(lengths, heights or [1.0] * len(lengths), strict=True):
        t = np.arange(size)
        parts.append(0.3 * height * np.exp(-t / 18) * np.sin(2 * np.pi * t / 14))
    return np.concatenate(parts).astype(np.float32)


def heard(sound: Array, hz: Array | float) -> Array:
    frames = (sound.size - periods.WINDOW) // HOP + 1
    return Chain().push(sound, np.broadcast_to(np.float32(hz), frames).copy())


def some(seed: int) -> tuple[Array, Array]:
    """An irregular voice in noise, with a pitch that wanders, and a pause."""
    rng = np.random.default_rng(seed)
    lengths = [int(x) for x in rng.normal(100, 6, 90)]
    sound = pulses(lengths, rng.uniform(0.6, 1, 90).tolist())
    sound += rng.normal(0, 0.02, sound.size).astype(np.float32)
    hz = rng.uniform(145, 185, (sound.size - periods.WINDOW) // HOP + 1).astype(np.float32)
    hz[20:26] = 0
    return sound, hz


def twin(sound: Array, hz: Array) -> NDArray[np.float64]:
    out = np.zeros((hz.size, 2))
    at, last, jitter, shimmer = -1, 0.0, 0.0, 0.0
    x = sound.astype(np.float64)
    for i, pitch in enumerate(hz.tolist()):
        if not pitch:
            at, last, jitter, shimmer = -1, 0.0, 0.0, 0.0
            continue
        at = i * HOP if at < 0 else at
        size = RATE / pitch
        lags = np.arange(int(0.9 * size), int(1.1 * size) + 1)
        room = max((i + 1) * HOP, at + 2 * lags[-1])
        lengths, steps, extents = [], [], []
        while at + 2 * lags[-1] <= room:
            r = np.array([np.corrcoef(x[at : at + k], x[at + k : at + 2 * k])[0, 1] for k in lags])
            tops = [k for k in range(1, r.size - 1) if r[k - 1] < r[k] > r[k + 1]]
            if not tops:
                at += int(size + 0.5)
                continue
            k = max(tops, key=lambda k: r[k])
            a, b, c = np.polyfit([-1, 0, 1], r[k - 1 : k + 2], 2)
            if c - b * b / (4 * a) > periods.ALIKE:
                lengths.append(lags[k] - b / (2 * a))
                steps += [abs(lengths[-1] - last)] if last else []
                last = lengths[-1]
                extents.append([np.ptp(x[at + n * lags[k] :][: lags[k]]) for n in (0, 1)])
            at += lags[k]
        if steps:
            jitter = np.mean(steps) / np.mean(lengths)
        if extents:
            shimmer = np.abs(np.diff(extents)).sum() / np.mean(extents, axis=1).sum()
        out[i] = jitter, 20 * np.log10(1 + min(1, shimmer))
    return out


@pytest.mark.parametrize("seed", range(3))
def test_jitter_and_shimmer_are_those_of_plain_numpy(seed: int) -> None:
    sound, hz = some(seed)
    found = Chain().push(sound, hz)
    assert np.count_nonzero(found[:, 0]) > 20
    np.testing.assert_allclose(found, twin(sound, hz), rtol=1e-4, atol=1e-6)


def test_regular_pulses_have_neither() -> None:
    np.testing.assert_allclose(heard(pulses(REGULAR), 200), 0, atol=1e-4)


def test_a_long_period_is_heard_where_it_is_and_nowhere_else() -> None:
    lengths = REGULAR.copy()
    lengths[40] = 84  # begins with frame 20, and is in hand with frame 21
    jitter = heard(pulses(lengths), 200)[:, 0]
    assert jitter[21] == pytest.approx(4 / 82, rel=0.15)
    assert np.delete(jitter, [20, 21]).max() < 1e-4


def test_a_quiet_period_is_heard_in_decibels() -> None:
    heights = [1.0] * len(REGULAR)
    heights[40] = 0.8
    shimmer = heard(pulses(REGULAR, heights), 200)[:, 1]
    expected = 20 * np.log10(1 + 0.1 / 0.95)  # one of two pairs differs, by 0.2
    assert shimmer[[20, 21]] == pytest.approx(expected, rel=1e-3)
    assert np.delete(shimmer, [20, 21]).max() < 1e-4


def test_a_frame_that_adds_no_period_keeps_what_was_known() -> None:
    sound, hz = some(0)
    hz[20:26], hz[10:14] = 160, 400  # no period of 2.5 ms is there
    found = heard(sound, hz)
    assert found[9].all()
    assert (found[10:13] == found[9]).all()


def test_a_voice_begins_anew_after_a_pause() -> None:
    sound, hz = some(1)
    found = Chain().push(sound, hz)
    assert not found[20:26].any()
    later = Chain().push(sound[26 * HOP :], hz[26:])
    np.testing.assert_array_equal(found[26:], later)


def test_silence_has_none_whatever_its_pitch_is_said_to_be() -> None:
    assert not heard(np.zeros(RATE, np.float32), 150).any()


@settings(max_examples=20, deadline=None)
@given(st.lists(st.integers(0, 3_000), min_size=1, max_size=8), st.integers(0, 40))
def test_sound_and_pitch_may_come_in_blocks_of_any_size(sizes: list[int], ahead: int) -> None:
    sound, hz = some(2)
    cuts = np.cumsum(sizes)
    cuts = cuts[cuts < sound.size]
    chain = Chain()
    parts = [
        chain.push(a, b)
        for a, b in zip(
            np.split(sound, cuts),
            np.split(hz, np.minimum(cuts // HOP + ahead, hz.size)),
            strict=True,
        )
    ]
    assert np.array_equal(np.concatenate(parts), Chain().push(sound, hz))
