import numpy as np

from attunement.kernels.middle import NONE, middles

NEEDED = np.array([[0, 0], [1, 2], [2, 2], [3, 0], [4, 4]])
POSITIVE = np.array([NONE, 3, NONE, 0, NONE])


def test_means_and_medians_are_those_of_the_rows_that_have_all_that_is_needed() -> None:
    rng = np.random.default_rng(0)
    for n in (0, 1, 2, 49, 50):
        rows = (rng.normal(0, 1, (n, 5)) * (rng.random((n, 5)) < 0.7)).astype(np.float32)
        rows[:, 4] = 0
        for median in (False, True):
            values, counts = middles(rows, NEEDED, POSITIVE, np.full(5, median))
            for i, (needed, positive) in enumerate(zip(NEEDED, POSITIVE, strict=True)):
                known = (rows[:, needed] != 0).all(axis=1)
                known &= (positive == NONE) | (rows[:, positive] > 0)
                column = rows[known, needed[0]].astype(np.float64)
                assert counts[i] == column.size
                plain = (np.median if median else np.mean)(column) if column.size else np.nan
                np.testing.assert_allclose(values[i], plain, rtol=1e-12)
