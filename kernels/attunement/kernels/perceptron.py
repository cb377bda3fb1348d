"""A small net in numba: one hidden layer of rectifiers, one log odds out."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from attunement.kernels.jit import kernel
from attunement.kernels.lanes import WIDTH, greater, load, spread, summed


class Perceptron(NamedTuple):
    inner: NDArray[np.float32]  # (inputs, hidden), hidden a multiple of 2 WIDTH
    inner_bias: NDArray[np.float32]  # (hidden,)
    outer: NDArray[np.float32]  # (hidden,)
    outer_bias: NDArray[np.float32]  # (1,)


@kernel
def log_odds(inputs: NDArray[np.float32], net: Perceptron, out: NDArray[np.float32]) -> None:
    """Of inputs (n, inputs), natural logarithm, into the first n of out."""
    nothing = spread(np.float32(0))
    rows, count = net.outer.size // WIDTH, inputs.shape[0]
    for n in range(0, count, 2):  # two at a time: neither waits for its own sums
        m = min(n + 1, count - 1)
        said_n = said_m = nothing
        for h in range(0, rows, 2):
            a = c = load(net.inner_bias, h)
            b = d = load(net.inner_bias, h + 1)
            for i in range(inputs.shape[1]):
                x, y = inputs[n, i], inputs[m, i]
                one, other = load(net.inner, i * rows + h), load(net.inner, i * rows + h + 1)
                a, b, c, d = a + one * x, b + other * x, c + one * y, d + other * y
            one, other = load(net.outer, h), load(net.outer, h + 1)
            said_n = said_n + greater(a, nothing) * one
            said_n = said_n + greater(b, nothing) * other
            said_m = said_m + greater(c, nothing) * one
            said_m = said_m + greater(d, nothing) * other
        out[n] = summed(said_n) + net.outer_bias[0]
        out[m] = summed(said_m) + net.outer_bias[0]
