"""The one way a kernel is compiled: without the GIL, kept on disk, never with reordered sums."""

import hashlib
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, cast

import numba

config: Any = numba.config
F = TypeVar("F", bound=Callable[..., Any])

HERE = Path(__file__).parent
NAME = "numba-"


def _digest() -> str:
    """Of all kernels: numba looks at a function's own file, and not at those it calls."""
    digest = hashlib.sha256()
    for file in sorted(HERE.glob("*.py")):
        digest.update(file.name.encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()[:16]


# Where numba keeps what it compiled, beside the sources or where NUMBA_CACHE_DIR says.
CACHE = Path(config.CACHE_DIR or HERE / "__pycache__") / f"{NAME}{_digest()}"


def kernel(function: F) -> F:
    """
    Compile with nogil (a 15 ms kernel under the GIL stalls the event loop for as long) and cache.

    fastmath stays off: the same frames must give the same signals, bit for bit.
    """
    others, config.CACHE_DIR = config.CACHE_DIR, str(CACHE)
    try:
        return cast(F, numba.njit(nogil=True, cache=True)(function))
    finally:
        config.CACHE_DIR = others


def forget_others() -> None:
    """Throw away what other versions of the kernels were compiled to."""
    for folder in CACHE.parent.glob(f"{NAME}*"):
        if folder != CACHE:
            shutil.rmtree(folder, ignore_errors=True)
