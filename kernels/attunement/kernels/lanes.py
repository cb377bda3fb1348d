"""
WIDTH numbers side by side, as one value inside a kernel: what is written once is done for WIDTH
frames, of one stream or of many.

LLVM does not make vectors of a loop over frames by itself (it cannot know that no two arrays
overlap), so this names them. A row of a C-contiguous float32 array (n, WIDTH) is one value; the
arithmetic operators work on them, and with a float32 on either side. Nothing is ever added across,
and no sum is reordered: a frame comes out the same, bit for bit, whichever place it has and
whatever stands beside it.
"""

import operator
from collections.abc import Callable
from typing import Any, cast

import numpy as np
from llvmlite import ir
from numba.core import cgutils, types
from numba.core.typing.templates import AbstractTemplate, infer_global, signature
from numba.extending import intrinsic, lower_builtin, models, register_model
from numpy.typing import NDArray

WIDTH = 8
Array = NDArray[np.float32]

_generated = cast(Callable[[Any], Any], intrinsic)

_FLOAT = ir.FloatType()
_WORD = ir.IntType(32)
_VALUE = ir.VectorType(_FLOAT, WIDTH)
_BITS = ir.VectorType(_WORD, WIDTH)
_ZERO = ir.Constant(_WORD, 0)
_FLAGS = ("contract",)  # a product and the sum it goes into may be one instruction


class Lanes(types.Type):
    """The numba type of WIDTH float32."""

    def __init__(self) -> None:
        super().__init__(name=f"Lanes({WIDTH})")


LANES = Lanes()


@register_model(Lanes)
class _Model(models.PrimitiveModel):
    def __init__(self, manager: Any, kind: Any) -> None:
        super().__init__(manager, kind, _VALUE)


def _spread(builder: Any, number: Any) -> Any:
    one = builder.insert_element(ir.Constant(_VALUE, ir.Undefined), number, _ZERO)
    places = ir.Constant(ir.VectorType(_WORD, WIDTH), [0] * WIDTH)
    return builder.shuffle_vector(one, ir.Constant(_VALUE, ir.Undefined), places)


def _define(operation: Any, instruction: str) -> None:
    @infer_global(operation)
    class _Typing(AbstractTemplate):
        def generic(self, args: Any, kws: Any) -> Any:
            kinds = set(args)
            if len(args) == 2 and LANES in kinds and kinds <= {LANES, types.float32}:
                return signature(LANES, *args)
            return None

    def lower(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        sides = [
            value if kind == LANES else _spread(builder, value)
            for kind, value in zip(sig.args, args, strict=True)
        ]
        return getattr(builder, instruction)(*sides, flags=_FLAGS)

    for kinds in ((LANES, LANES), (LANES, types.float32), (types.float32, LANES)):
        lower_builtin(operation, *kinds)(lower)


_define(operator.add, "fadd")
_define(operator.sub, "fsub")
_define(operator.mul, "fmul")
_define(operator.truediv, "fdiv")


def _pointer(context: Any, builder: Any, kind: Any, array: Any, row: Any) -> Any:
    data = context.make_array(kind)(context, builder, array).data
    start = builder.gep(data, [builder.mul(row, ir.Constant(row.type, WIDTH))])
    return builder.bitcast(start, _VALUE.as_pointer())


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
        value = builder.load(builder.bitcast(builder.gep(data, [args[1]]), _VALUE.as_pointer()))
        value.align = 4
        return value

    return LANES(array, types.intp), generate


@_generated
def spread(typing: Any, number: Any) -> Any:
    """The same number in every place."""

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return _spread(builder, args[0])

    return LANES(types.float32), generate


def _unary(name: str) -> Any:
    def typed(typing: Any, value: Any) -> Any:
        def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
            kind = ir.FunctionType(_VALUE, [_VALUE])
            name_here = f"{name}.v{WIDTH}f32"
            function = cgutils.get_or_insert_function(builder.module, kind, name_here)
            return builder.call(function, args)

        return LANES(LANES), generate

    return typed


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
def where_less(typing: Any, a: Any, b: Any, then: Any, other: Any) -> Any:
    """`then` where a < b, else `other` (also where one is NaN)."""

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return builder.select(builder.fcmp_ordered("<", args[0], args[1]), args[2], args[3])

    return LANES(LANES, LANES, LANES, LANES), generate


def _words(numbers: int) -> Any:
    return ir.Constant(_BITS, [numbers] * WIDTH)


@_generated
def exponent(typing: Any, value: Any) -> Any:
    """Of normal positive numbers: the power of two at or under each."""

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        shifted = builder.lshr(builder.bitcast(args[0], _BITS), _words(23))
        return builder.sitofp(builder.sub(shifted, _words(127)), _VALUE)

    return LANES(LANES), generate


@_generated
def mantissa(typing: Any, value: Any) -> Any:
    """Of normal positive numbers: each divided by the power of two at or under it, in [1, 2)."""

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        bits = builder.and_(builder.bitcast(args[0], _BITS), _words(0x7FFFFF))
        return builder.bitcast(builder.or_(bits, _words(127 << 23)), _VALUE)

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
        return builder.bitcast(builder.shl(biased, _words(23)), _VALUE)

    return LANES(LANES), generate


def rows(n: int) -> Array:
    """Room for n values."""
    return np.zeros((n, WIDTH), np.float32)
