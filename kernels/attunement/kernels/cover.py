"""A small net that tells how much of a face lies behind something: four convolutions, one layer."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from attunement.kernels.convolution import convolve
from attunement.kernels.jit import kernel
from attunement.kernels.lanes import WIDTH, greater, load, spread, stretch, write

SIDE = 48  # pixels of the picture
FLAT = 8.0  # grey levels that are added to a picture's spread, so that noise is not blown up

Array = NDArray[np.float32]


class Cover(NamedTuple):
    """Weights. Of convolutions (size, size, inputs, outputs), biases (outputs,)."""

    stem: Array  # (5, 5, 1, a), every second pixel
    stem_bias: Array
    second: Array  # (3, 3, a, b), every second
    second_bias: Array
    third: Array  # (3, 3, b, c), every second
    third_bias: Array
    fourth: Array  # (3, 3, c, d)
    fourth_bias: Array
    hidden: Array  # (36 d, e)
    hidden_bias: Array
    head: Array  # (outputs, e)
    head_bias: Array


class Bench(NamedTuple):
    """Room for what one picture becomes on its way; rims are 0 and stay so."""

    grey: Array  # (52, 52, 1)
    stem: Array  # (26, 26, a)
    second: Array  # (14, 14, b)
    third: Array  # (8, 8, c)
    fourth: Array  # (6, 6, d)
    hidden: Array  # (e,)


def bench(net: Cover) -> Bench:
    """For one thread at a time."""

    def room(side: int, channels: int) -> Array:
        return np.zeros((side, side, channels), np.float32)

    return Bench(
        room(SIDE + 4, 1),
        room(SIDE // 2 + 2, net.stem_bias.size),
        room(SIDE // 4 + 2, net.second_bias.size),
        room(SIDE // 8 + 2, net.third_bias.size),
        room(SIDE // 8, net.fourth_bias.size),
        np.zeros(net.hidden_bias.size, np.float32),
    )


@kernel
def covered(picture: NDArray[np.uint8], net: Cover, room: Bench, out: Array) -> None:
    """Of picture (SIDE, SIDE), grey: shares of its parts that are covered, 0 to 1, into out."""
    _standardise(picture, room.grey)
    convolve(room.grey, net.stem, net.stem_bias, 2, room.stem, 1)
    convolve(room.stem, net.second, net.second_bias, 2, room.second, 1)
    convolve(room.second, net.third, net.third_bias, 2, room.third, 1)
    convolve(room.third, net.fourth, net.fourth_bias, 1, room.fourth, 0)
    _flatten(room.fourth, net.hidden, net.hidden_bias, room.hidden)
    for n in range(out.size):
        said = net.head_bias[n]
        for h in range(room.hidden.size):
            said += room.hidden[h] * net.head[n, h]
        out[n] = 1 / (1 + np.exp(-said))


@kernel
def _standardise(picture: NDArray[np.uint8], out: Array) -> None:
    """Mean 0, spread about 1, inside a rim of two pixels."""
    total, squares = 0, 0
    for i in range(SIDE):
        for j in range(SIDE):
            value = int(picture[i, j])
            total += value
            squares += value * value
    mean = total / SIDE**2
    spread_ = np.sqrt(max(0.0, squares / SIDE**2 - mean * mean))
    for i in range(SIDE):
        for j in range(SIDE):
            out[i + 2, j + 2, 0] = (picture[i, j] - mean) / (spread_ + FLAT)


@kernel
def _flatten(x: Array, weight: Array, bias: Array, out: Array) -> None:
    """x (rows, columns, channels) into out (e,), each of all of x; e a multiple of WIDTH."""
    nothing, rows = spread(np.float32(0)), out.size // WIDTH
    flat = x.reshape(-1)
    for k in range(rows):
        said = stretch(bias, k * WIDTH)
        for i in range(flat.size):
            said = said + load(weight, i * rows + k) * flat[i]
        write(out, k * WIDTH, greater(said, nothing))
