"""
What a kernel works on, handed over as one thing.

A named tuple of fifty arrays takes 20 us to be taken apart at every call from Python, which is
what eight frames cost. Held, it is taken apart once.
"""

from collections.abc import Callable
from typing import Any, cast

from numba.core import types
from numba.experimental import structref as _structref

from attunement.kernels.jit import kernel

structref: Any = _structref  # numba itself has no annotations
unliteral: Any = types.unliteral


@structref.register
class _Type(types.StructRef):
    def preprocess_fields(self, fields: Any) -> Any:
        return tuple((name, unliteral(kind)) for name, kind in fields)


class Held(structref.StructRefProxy):  # type: ignore[misc]
    """Keeps `all`, whose arrays may change but not be exchanged; kernels read it, Python cannot."""


structref.define_boxing(_Type, Held)
structref.define_constructor(Held, _Type, ["all"])
structref.define_attributes(_Type)
_made = cast(Callable[[Any], Held], Held)


@kernel
def _hold(everything: Any) -> Any:
    return _made(everything)


def hold(everything: Any) -> Held:
    """everything: a named tuple of arrays, numbers and other such tuples."""
    return cast(Held, _hold(everything))
