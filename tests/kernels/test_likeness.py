import numpy as np
import pytest

from attunement.kernels.likeness import BANDS, likeness

N, LAGS, LEAST = 90, 20, 25


def test_likeness_is_pearsons_r_of_what_counts_for_both() -> None:
    rng = np.random.default_rng(0)
    mine, other = rng.normal(-2, 1, (2, N, BANDS)).astype(np.float32)
    mine[7:] += other[:-7]
    spoken, heard = rng.random((2, N)) < 0.8
    found = likeness(mine, spoken, other, heard, LAGS, LEAST)
    for lag in range(LAGS):
        t = np.arange(LAGS - 1, N)
        t = t[spoken[t] & heard[t - lag]]
        a, b = mine[t] - mine[t].mean(axis=0), other[t - lag] - other[t - lag].mean(axis=0)
        plain = (a * b).sum() / np.sqrt((a * a).sum() * (b * b).sum())
        assert found[lag] == pytest.approx(plain, abs=1e-5)
    assert found.argmax() == 7


def test_what_too_few_blocks_say_is_no_likeness() -> None:
    levels = np.random.default_rng(1).normal(0, 1, (N, BANDS)).astype(np.float32)
    few = np.zeros(N, np.bool_)
    few[-LEAST + 1 :] = True
    assert not likeness(levels, few, levels, np.ones(N, np.bool_), LAGS, LEAST).any()
