"""A layer of a small net over a picture: every pixel that comes out, many channels at a time."""

import numpy as np
from numpy.typing import NDArray

from attunement.kernels.jit import kernel
from attunement.kernels.lanes import WIDTH, greater, load, spread, store

GROUP = 3  # pixels beside each other that are worked out together
TOGETHER = 2 * WIDTH  # channels, likewise

Array = NDArray[np.float32]


@kernel
def convolve(x: Array, weight: Array, bias: Array, step: int, out: Array, rim: int) -> None:
    """
    Convolve and cut off what is negative. All C-contiguous.

    x (rows, columns, inputs), with the rim that the weights reach into. weight (size, size, inputs,
    outputs), outputs a multiple of TOGETHER. Written into out (rows, columns, outputs) but for
    `rim` pixels on each side, which stay; its columns without them are a multiple of GROUP.
    """
    size, inputs, rows = weight.shape[0], weight.shape[2], weight.shape[3] // WIDTH
    wide = out.shape[1]
    nothing = spread(np.float32(0))
    for i in range(out.shape[0] - 2 * rim):
        for j in range(0, wide - 2 * rim, GROUP):
            for k in range(0, rows, 2):
                a0 = b0 = c0 = load(bias, k)
                a1 = b1 = c1 = load(bias, k + 1)
                for u in range(size):
                    for v in range(size):
                        y, left = step * i + u, step * j + v
                        at = (u * size + v) * inputs * rows + k
                        for n in range(inputs):
                            one, other = load(weight, at), load(weight, at + 1)
                            a, b, c = x[y, left, n], x[y, left + step, n], x[y, left + 2 * step, n]
                            a0, a1 = a0 + one * a, a1 + other * a
                            b0, b1 = b0 + one * b, b1 + other * b
                            c0, c1 = c0 + one * c, c1 + other * c
                            at += rows
                place = ((i + rim) * wide + j + rim) * rows + k
                store(out, place, greater(a0, nothing))
                store(out, place + 1, greater(a1, nothing))
                store(out, place + rows, greater(b0, nothing))
                store(out, place + rows + 1, greater(b1, nothing))
                store(out, place + 2 * rows, greater(c0, nothing))
                store(out, place + 2 * rows + 1, greater(c1, nothing))
