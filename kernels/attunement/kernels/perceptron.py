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
    rows = net.outer.size // WIDTH
    for n in range(inputs.shape[0]):
        said = nothing
        for h in range(0, rows, 2):
            one, other = load(net.inner_bias, h), load(net.inner_bias, h + 1)
            for i in range(inputs.shape[1]):
                x = inputs[n, i]
                one = one + load(net.inner, i * rows + h) * x
                other = other + load(net.inner, i * rows + h + 1) * x
            said = said + greater(one, nothing) * load(net.outer, h)
            said = said + greater(other, nothing) * load(net.outer, h + 1)
        out[n] = summed(said) + net.outer_bias[0]
