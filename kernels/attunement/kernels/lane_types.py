"""
What a kernel of `lanes` reckons with: WIDTH numbers, and products of them that are not rounded yet.

A product goes into a sum or a difference unrounded, in one instruction (fused multiply-add). The
type says so, not the compiler, which would choose anew wherever it puts a function into another: a
process that compiles would reckon otherwise than one that finds it compiled.
"""

import operator
from collections.abc import Callable, Iterable
from typing import Any, cast

from llvmlite import ir
from numba.core import cgutils, types
from numba.core.typeconv.castgraph import Conversion
from numba.core.typing.templates import AbstractTemplate, infer_global, signature
from numba.extending import lower_builtin, lower_cast, models, register_model

WIDTH = 8
WORD = ir.IntType(32)
VALUE = ir.VectorType(ir.FloatType(), WIDTH)

_casting = cast(Callable[..., Callable[[Any], Any]], lower_cast)


class Lanes(types.Type):
    """The numba type of WIDTH float32."""

    def __init__(self) -> None:
        super().__init__(name=f"Lanes({WIDTH})")


class Product(types.Type):
    """The numba type of WIDTH products that are not rounded yet."""

    def __init__(self) -> None:
        super().__init__(name=f"Product({WIDTH})")

    def can_convert_to(self, typingctx: Any, other: Any) -> Any:
        return Conversion.promote if other == LANES else None


LANES, PRODUCT = Lanes(), Product()
_KINDS = {LANES, PRODUCT, types.float32}


@register_model(Lanes)
class _Model(models.PrimitiveModel):
    def __init__(self, manager: Any, kind: Any) -> None:
        super().__init__(manager, kind, VALUE)


@register_model(Product)
class _Factors(models.StructModel):
    def __init__(self, manager: Any, kind: Any) -> None:
        super().__init__(manager, kind, [("one", LANES), ("other", LANES)])


def _factors(context: Any, builder: Any, product: Any) -> tuple[Any, Any]:
    both = cgutils.create_struct_proxy(PRODUCT)(context, builder, value=product)
    return both.one, both.other


@_casting(Product, Lanes)
def _rounded(context: Any, builder: Any, kind: Any, to: Any, product: Any) -> Any:
    return builder.fmul(*_factors(context, builder, product))


def places(chosen: Iterable[int]) -> Any:
    """For shuffling: which number each place takes."""
    return ir.Constant(ir.VectorType(WORD, WIDTH), list(chosen))


def spread_out(builder: Any, number: Any) -> Any:
    """The same number in every place."""
    one = builder.insert_element(ir.Constant(VALUE, ir.Undefined), number, ir.Constant(WORD, 0))
    return builder.shuffle_vector(one, ir.Constant(VALUE, ir.Undefined), places([0] * WIDTH))


def _plain(context: Any, builder: Any, kind: Any, value: Any) -> Any:
    """WIDTH numbers, of whatever kind."""
    if kind == PRODUCT:
        return _rounded(context, builder, kind, LANES, value)
    return value if kind == LANES else spread_out(builder, value)


def _fused(builder: Any, one: Any, other: Any, more: Any) -> Any:
    kind = ir.FunctionType(VALUE, [VALUE] * 3)
    name = f"llvm.fma.v{WIDTH}f32"
    function = cgutils.get_or_insert_function(builder.module, kind, name)
    return builder.call(function, [one, other, more])


def _sides(context: Any, builder: Any, sig: Any, args: Any) -> list[Any]:
    return [_plain(context, builder, *side) for side in zip(sig.args, args, strict=True)]


def _sum(context: Any, builder: Any, sig: Any, args: Any) -> Any:
    one, other = _sides(context, builder, sig, args)  # LLVM drops the rounded one if it is unused
    if sig.args[0] == PRODUCT:
        return _fused(builder, *_factors(context, builder, args[0]), other)
    if sig.args[1] == PRODUCT:
        return _fused(builder, *_factors(context, builder, args[1]), one)
    return builder.fadd(one, other)


def _difference(context: Any, builder: Any, sig: Any, args: Any) -> Any:
    one, other = _sides(context, builder, sig, args)
    if sig.args[0] == PRODUCT:
        return _fused(builder, *_factors(context, builder, args[0]), builder.fneg(other))
    if sig.args[1] == PRODUCT:
        a, b = _factors(context, builder, args[1])
        return _fused(builder, builder.fneg(a), b, one)
    return builder.fsub(one, other)


def _product(context: Any, builder: Any, sig: Any, args: Any) -> Any:
    both = cgutils.create_struct_proxy(PRODUCT)(context, builder)
    both.one, both.other = _sides(context, builder, sig, args)
    return both._getvalue()


def _quotient(context: Any, builder: Any, sig: Any, args: Any) -> Any:
    return builder.fdiv(*_sides(context, builder, sig, args))


def _define(operation: Any, result: Any, lower: Any) -> None:
    @infer_global(operation)
    class _Typing(AbstractTemplate):
        def generic(self, args: Any, kws: Any) -> Any:
            kinds = set(args)
            if len(args) == 2 and kinds <= _KINDS and kinds != {types.float32}:
                return signature(result, *args)
            return None

    for one in _KINDS:
        for other in _KINDS:
            if {one, other} != {types.float32}:
                lower_builtin(operation, one, other)(lower)


_define(operator.add, LANES, _sum)
_define(operator.sub, LANES, _difference)
_define(operator.mul, PRODUCT, _product)
_define(operator.truediv, LANES, _quotient)
