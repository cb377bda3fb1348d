"""A small net in numba: one hidden layer of rectifiers, one log odds out."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from attunement.kernels.jit import kernel


class Perceptron(NamedTuple):
    inner: NDArray[np.float32]  # (inputs, hidden)
    inner_bias: NDArray[np.float32]  # (hidden,)
    outer: NDArray[np.float32]  # (hidden,)
    outer_bias: NDArray[np.float32]  # (1,)


@kernel
def log_odds(inputs: NDArray[np.float32], net: Perceptron, out: NDArray[np.float32]) -> None:
    """Of inputs (n, inputs), natural logarithm, into the first n of out."""
    hidden = np.empty(net.outer.size, np.float32)
    for n in range(inputs.shape[0]):
        hidden[:] = net.inner_bias
        for i in range(inputs.shape[1]):
            x = inputs[n, i]
            for h in range(hidden.size):
                hidden[h] += x * net.inner[i, h]
        total = net.outer_bias[0]
        for h in range(hidden.size):
            total += max(hidden[h], np.float32(0)) * net.outer[h]
        out[n] = total
