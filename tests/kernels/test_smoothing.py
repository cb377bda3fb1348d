import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attunement.kernels import descriptors
from attunement.kernels.descriptors import COLUMNS, ENERGY, F0
from attunement.kernels.smoothing import Smoother, smoothed


def test_smoothing_leaves_the_unvoiced_out_of_what_only_voice_has() -> None:
    rows = np.zeros((4, COLUMNS), np.float32)
    rows[:, 0] = 1, 2, 6, 0
    rows[:, 12] = 0, 4, 6, 0
    found = smoothed(rows, F0)
    np.testing.assert_allclose(found[:, 0], (1.5, 3, 8 / 3, 3))
    np.testing.assert_allclose(found[:, 12], (0, 5, 5, 0))
    assert len(descriptors.NAMES) == 25


@settings(deadline=None, max_examples=60)
@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), max_size=12))
def test_any_blocks_of_any_streams_are_smoothed_as_the_whole_of_each(
    sizes: list[tuple[int, int]],
) -> None:
    chance = np.random.default_rng(2)
    frames = chance.integers(0, 3, (2, 60, COLUMNS)).astype(np.float32)
    smoother, found = Smoother(2), [[np.zeros((0, ENERGY), np.float32)] for _ in range(2)]
    at = [0, 0]
    for block in sizes:
        parts = [frames[s, at[s] : at[s] + block[s]] for s in range(2)]
        at = [at[s] + block[s] for s in range(2)]
        for s, decided in enumerate(smoother.push(parts)):
            found[s].append(decided.copy())
    for s in range(2):
        found[s].append(smoother.flush(s))
        np.testing.assert_array_equal(np.concatenate(found[s]), smoothed(frames[s, : at[s]], F0))


def test_rows_of_another_number_of_streams_are_refused() -> None:
    with pytest.raises(ValueError, match="got rows of 2 streams, expected 1"):
        Smoother().push([np.zeros((3, COLUMNS), np.float32)] * 2)
