import numpy as np
from numpy.typing import NDArray

from attunement.kernels import lanes
from attunement.kernels.jit import kernel
from attunement.kernels.lanes import (
    WIDTH,
    greater,
    load,
    root,
    rows,
    spread,
    store,
    stretch,
    where_less,
)


@kernel
def every_operation(a: lanes.Array, b: lanes.Array, n: np.float32, out: lanes.Array) -> None:
    x, y = load(a, 0), load(b, 0)
    store(out, 0, x + y)
    store(out, 1, x - y)
    store(out, 2, x * y)
    store(out, 3, x / y)
    store(out, 4, n - x)
    store(out, 5, greater(x, y))
    store(out, 6, where_less(x, y, spread(n), y))
    store(out, 7, root(y))


@kernel
def from_a_row(a: NDArray[np.float32], at: int, out: lanes.Array) -> None:
    store(out, 0, stretch(a, at))


def test_each_lane_is_reckoned_on_its_own() -> None:
    rng = np.random.default_rng(1)
    a = rng.normal(size=(1, WIDTH)).astype(np.float32)
    b = rng.uniform(0.1, 2, (1, WIDTH)).astype(np.float32)
    out, n = rows(8), np.float32(3)
    every_operation(a, b, n, out)
    plain = (a + b, a - b, a * b, a / b, n - a, np.maximum(a, b), np.where(a < b, n, b), np.sqrt(b))
    np.testing.assert_array_equal(out, np.concatenate(plain))


def test_a_stretch_begins_anywhere() -> None:
    a, out = np.arange(3 * WIDTH, dtype=np.float32), rows(1)
    from_a_row(a, 5, out)
    np.testing.assert_array_equal(out[0], a[5 : 5 + WIDTH])


@kernel
def a_product_and_a_sum(a: lanes.Array, b: lanes.Array, c: lanes.Array, out: lanes.Array) -> None:
    store(out, 0, load(a, 0) * load(b, 0) + load(c, 0))
    store(out, 1, load(c, 0) - load(a, 0) * load(b, 0))


def test_a_product_goes_into_a_sum_unrounded() -> None:
    """Told by the type: else what a kernel gives depends on where the compiler has put it."""
    a, b = np.random.default_rng(2).normal(size=(2, 1, WIDTH)).astype(np.float32)
    c, out = -(a * b), rows(2)  # the sum is nothing but the rounding
    a_product_and_a_sum(a, b, c, out)
    exact = a.astype(np.float64) * b  # of 48 bits
    np.testing.assert_array_equal(out[0], (exact + c)[0].astype(np.float32))
    np.testing.assert_array_equal(out[1], (c - exact)[0].astype(np.float32))
    assert out[0].any()
