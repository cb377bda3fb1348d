"""The one way a kernel is compiled: without the GIL, kept on disk, never with reordered sums."""

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba

F = TypeVar("F", bound=Callable[..., Any])


def kernel(function: F) -> F:
    """
    Compile with nogil (a 15 ms kernel under the GIL stalls the event loop for as long) and cache.

    fastmath stays off: the same frames must give the same signals, bit for bit.
    """
    return cast(F, numba.njit(nogil=True, cache=True)(function))
