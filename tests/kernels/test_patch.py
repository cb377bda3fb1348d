import numpy as np
import pytest

from attunement.kernels.patch import difference

RNG = np.random.default_rng(0)
IMAGE = RNG.integers(0, 200, (60, 80)).astype(np.uint8)
PIECE = IMAGE[20:30, 30:46].copy()


def twin(top: int, left: int, reach: int) -> float:
    """Plain NumPy."""
    rows, columns = PIECE.shape
    found = []
    for y in range(max(0, top - reach), min(60 - rows, top + reach) + 1):
        for x in range(max(0, left - reach), min(80 - columns, left + reach) + 1):
            apart = IMAGE[y : y + rows, x : x + columns].astype(int) - PIECE
            found.append(float(np.abs(apart - apart.sum() // apart.size).mean()))
    return min(found, default=float("inf"))


@pytest.mark.parametrize("place", [(20, 30), (22, 29), (50, 60), (0, 0)])
@pytest.mark.parametrize("reach", [0, 3])
def test_it_does_what_plain_numpy_does(place: tuple[int, int], reach: int) -> None:
    assert difference(PIECE, IMAGE, *place, reach) == pytest.approx(twin(*place, reach))


def test_what_has_only_moved_is_the_same() -> None:
    assert difference(PIECE, IMAGE, 22, 28, 3) == 0
    assert difference(PIECE, IMAGE, 22, 28, 1) > 20


def test_light_as_a_whole_does_not_count() -> None:
    assert difference(PIECE, IMAGE + np.uint8(40), 20, 30, 0) == 0


def test_where_the_piece_does_not_fit_nothing_is_the_same() -> None:
    assert difference(PIECE, IMAGE[:5], 0, 0, 2) == float("inf")
