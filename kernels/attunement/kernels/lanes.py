"""
WIDTH numbers side by side, as one value inside a kernel: what is written once is done for WIDTH
frames, of one stream or of many.

LLVM does not make vectors of a loop over frames by itself (it cannot know that no two arrays
overlap), so this names them. A row of a C-contiguous float32 array (n, WIDTH) is one value; the
arithmetic operators work on them, and with a float32 on either side. Nothing is added across but
by summed(), and no sum is reordered: a frame comes out the same, bit for bit, whichever place it
has and whatever stands beside it. How products are rounded: `lane_types`.
"""

from collections.abc import Callable
from typing import Any, cast

import numpy as np
from llvmlite import ir
from numba.core import cgutils, types
from numba.extending import intrinsic
from numpy.typing import NDArray

from attunement.kernels import lane_types
from attunement.kernels.jit import kernel
from attunement.kernels.lane_types import LANES, VALUE, WORD, places, spread_out

WIDTH = lane_types.WIDTH
_LINE = 64  # bytes
Array = NDArray[np.float32]

_generated = cast(Callable[[Any], Any], intrinsic)

_BITS = ir.VectorType(WORD, WIDTH)
_ZERO = ir.Constant(WORD, 0)


def _pointer(context: Any, builder: Any, kind: Any, array: Any, row: Any) -> Any:
    data = context.make_array(kind)(context, builder, array).data
    start = builder.gep(data, [builder.mul(row, ir.Constant(row.type, WIDTH))])
    return builder.bitcast(start, VALUE.as_pointer())


@_generated
def load(typing: Any, array: Any, row: Any) -> Any:
    """Row `row` of a C-contiguous float32 array (n, WIDTH)."""

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        value = builder.load(_pointer(context, builder, sig.args[0], *args))
        value.align = 4
        return value

    return LANES(array, types.intp), generate


@_generated
def store(typing: Any, array: Any, row: Any, value: Any) -> Any:
    """Put a value into row `row` of a C-contiguous float32 array (n, WIDTH)."""

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        place = _pointer(context, builder, sig.args[0], args[0], args[1])
        builder.store(args[2], place).align = 4
        return context.get_dummy_value()

    return types.void(array, types.intp, LANES), generate


@_generated
def stretch(typing: Any, array: Any, at: Any) -> Any:
    """WIDTH numbers of a contiguous float32 array (n,), from `at` on."""

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        data = context.make_array(sig.args[0])(context, builder, args[0]).data
        value = builder.load(builder.bitcast(builder.gep(data, [args[1]]), VALUE.as_pointer()))
        value.align = 4
        return value

    return LANES(array, types.intp), generate


def _swapped(builder: Any, values: list[Any], size: int) -> list[Any]:
    """One step of a transposition: blocks of `size` change places, across two values each."""
    number = range(WIDTH)
    out = list(values)
    for low in (i for i in number if not i & size):
        a, b = values[low], values[low + size]
        for place, shift in ((low, 0), (low + size, size)):
            of_b = [WIDTH - size + j + shift for j in number]
            chosen = [of_b[j] if j & size else j + shift for j in number]
            out[place] = builder.shuffle_vector(a, b, places(chosen))
    return out


@_generated
def across(typing: Any, array: Any, start: Any, at: Any) -> Any:
    """
    WIDTH numbers each of a contiguous float32 array, from start[lane] + at on, turned: value j of
    the WIDTH returned has in place `lane` the number array[start[lane] + at + j].
    """
    turned = types.UniTuple(LANES, WIDTH)

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        data = context.make_array(sig.args[0])(context, builder, args[0]).data
        starts = context.make_array(sig.args[1])(context, builder, args[1]).data
        values = []
        for lane in range(WIDTH):
            begin = builder.load(builder.gep(starts, [ir.Constant(args[2].type, lane)]))
            place = builder.gep(data, [builder.add(begin, args[2])])
            value = builder.load(builder.bitcast(place, VALUE.as_pointer()))
            value.align = 4
            values.append(value)
        for size in (1, 2, 4):
            values = _swapped(builder, values, size)
        return context.make_tuple(builder, turned, values)

    return turned(array, start, types.intp), generate


@_generated
def write(typing: Any, array: Any, at: Any, value: Any) -> Any:
    """Put a value where stretch() would find it."""

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        data = context.make_array(sig.args[0])(context, builder, args[0]).data
        place = builder.bitcast(builder.gep(data, [args[1]]), VALUE.as_pointer())
        builder.store(args[2], place).align = 4
        return context.get_dummy_value()

    return types.void(array, types.intp, LANES), generate


@_generated
def every_second(typing: Any, array: Any, at: Any) -> Any:
    """Of a contiguous float32 array (n,) the numbers at, at + 2, ...; reads one more than them."""

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        data = context.make_array(sig.args[0])(context, builder, args[0]).data
        halves = []
        for skip in (0, WIDTH):
            place = builder.gep(data, [builder.add(args[1], ir.Constant(args[1].type, skip))])
            value = builder.load(builder.bitcast(place, VALUE.as_pointer()))
            value.align = 4
            halves.append(value)
        return builder.shuffle_vector(*halves, places(range(0, 2 * WIDTH, 2)))

    return LANES(array, types.intp), generate


@_generated
def beside(typing: Any, value: Any) -> Any:
    """In each place what is in the one before it; the first stays."""

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        moved = places(max(0, place - 1) for place in range(WIDTH))
        return builder.shuffle_vector(args[0], ir.Constant(VALUE, ir.Undefined), moved)

    return LANES(LANES), generate


@_generated
def spread(typing: Any, number: Any) -> Any:
    """The same number in every place."""

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return spread_out(builder, args[0])

    return LANES(types.float32), generate


def _unary(name: str) -> Any:
    def typed(typing: Any, value: Any) -> Any:
        def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
            kind = ir.FunctionType(VALUE, [VALUE])
            name_here = f"{name}.v{WIDTH}f32"
            function = cgutils.get_or_insert_function(builder.module, kind, name_here)
            return builder.call(function, args)

        return LANES(LANES), generate

    return typed


@_generated
def rounded(typing: Any, value: Any) -> Any:
    """A product as it is where nothing is added to it."""

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return args[0]

    return LANES(LANES), generate


@_generated
def root(typing: Any, value: Any) -> Any:
    """Square root of each; NaN of what is negative."""
    return _unary("llvm.sqrt")(typing, value)


@_generated
def greater(typing: Any, a: Any, b: Any) -> Any:
    """The greater of each two; the second where one is NaN."""

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return builder.select(builder.fcmp_ordered(">", *args), *args)

    return LANES(LANES, LANES), generate


@_generated
def lesser(typing: Any, a: Any, b: Any) -> Any:
    """The lesser of each two; the second where one is NaN."""

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return builder.select(builder.fcmp_ordered("<", *args), *args)

    return LANES(LANES, LANES), generate


@_generated
def where_less(typing: Any, a: Any, b: Any, then: Any, other: Any) -> Any:
    """`then` where a < b, else `other` (also where one is NaN)."""

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return builder.select(builder.fcmp_ordered("<", args[0], args[1]), args[2], args[3])

    return LANES(LANES, LANES, LANES, LANES), generate


@_generated
def peaks(typing: Any, before: Any, here: Any, after: Any, least: Any) -> Any:
    """Bit i is set where here > least, before <= here and here > after, in place i."""

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        before, here, after, least = args
        flags = builder.and_(
            builder.and_(
                builder.fcmp_ordered(">", here, least), builder.fcmp_ordered(">=", here, before)
            ),
            builder.fcmp_ordered(">", here, after),
        )
        return builder.zext(builder.bitcast(flags, ir.IntType(WIDTH)), ir.IntType(64))

    return types.int64(LANES, LANES, LANES, LANES), generate


@_generated
def lowest(typing: Any, bits: Any) -> Any:
    """Which of these bits, one at least, is the lowest that is set."""

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return builder.cttz(args[0], ir.Constant(ir.IntType(1), 1))

    return types.int64(types.int64), generate


def _folded(together: Callable[[Any, Any, Any], Any]) -> Any:
    """Of all places: of halves, of quarters and so on, always in the same order."""

    def typed(typing: Any, value: Any) -> Any:
        def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
            (value,) = args
            size = WIDTH // 2
            while size:
                moved = places((j + size) % WIDTH for j in range(WIDTH))
                other = builder.shuffle_vector(value, ir.Constant(VALUE, ir.Undefined), moved)
                value = together(builder, value, other)
                size //= 2
            return builder.extract_element(value, _ZERO)

        return types.float32(LANES), generate

    return typed


@_generated
def summed(typing: Any, value: Any) -> Any:
    """The sum of all places."""
    return _folded(lambda builder, a, b: builder.fadd(a, b))(typing, value)


@_generated
def greatest(typing: Any, value: Any) -> Any:
    """Of all places."""
    return _folded(lambda builder, a, b: builder.select(builder.fcmp_ordered(">", a, b), a, b))(
        typing, value
    )


@_generated
def least(typing: Any, value: Any) -> Any:
    """Of all places."""
    return _folded(lambda builder, a, b: builder.select(builder.fcmp_ordered("<", a, b), a, b))(
        typing, value
    )


def _words(numbers: int) -> Any:
    return ir.Constant(_BITS, [numbers] * WIDTH)


@_generated
def exponent(typing: Any, value: Any) -> Any:
    """Of normal positive numbers: the power of two at or under each."""

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        shifted = builder.lshr(builder.bitcast(args[0], _BITS), _words(23))
        return builder.sitofp(builder.sub(shifted, _words(127)), VALUE)

    return LANES(LANES), generate


@_generated
def mantissa(typing: Any, value: Any) -> Any:
    """Of normal positive numbers: each divided by the power of two at or under it, in [1, 2)."""

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        bits = builder.and_(builder.bitcast(args[0], _BITS), _words(0x7FFFFF))
        return builder.bitcast(builder.or_(bits, _words(127 << 23)), VALUE)

    return LANES(LANES), generate


@_generated
def whole(typing: Any, value: Any) -> Any:
    """The whole number at or under each."""
    return _unary("llvm.floor")(typing, value)


@_generated
def power_of_two(typing: Any, value: Any) -> Any:
    """2 to each of these whole numbers between -126 and 127."""

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        biased = builder.add(builder.fptosi(args[0], _BITS), _words(127))
        return builder.bitcast(builder.shl(biased, _words(23)), VALUE)

    return LANES(LANES), generate


def rows(*shape: int) -> Array:
    """Room for values, (*shape, WIDTH). No value lies in two lines of the processor's cache."""
    size = int(np.prod(shape)) * WIDTH
    room = np.zeros(size + _LINE // 4, np.float32)
    skip = -room.ctypes.data % _LINE // 4
    return room[skip : skip + size].reshape(*shape, WIDTH)


@kernel
def move(row: Array, gone: int, held: int) -> None:
    """Let what a contiguous float32 array (n,) holds from `gone` to `held` begin at 0."""
    if gone == 0:
        return
    many = (held - gone) // WIDTH * WIDTH
    for i in range(0, many, WIDTH):
        write(row, i, stretch(row, gone + i))
    for i in range(many, held - gone):
        row[i] = row[gone + i]
