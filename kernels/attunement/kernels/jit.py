"""The one way a kernel is compiled: without the GIL, kept on disk, never with reordered sums."""

import ast
import hashlib
import shutil
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, TypeVar, cast

import numba

config: Any = numba.config
F = TypeVar("F", bound=Callable[..., Any])

HERE = Path(__file__).parent
PACKAGE = "attunement.kernels"
NAME = "numba-"

# Where numba keeps what it compiled, beside the sources or where NUMBA_CACHE_DIR says.
CACHE = Path(config.CACHE_DIR or HERE / "__pycache__")
_folders: dict[str, Path] = {}  # in it, of each module that has kernels and is in use


@cache
def _imported(file: Path) -> frozenset[Path]:
    """Modules of this package that a source names in its import statements."""
    names = set()
    for node in ast.walk(ast.parse(file.read_bytes())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names |= {f"{node.module}.{alias.name}" for alias in node.names} | {str(node.module)}
    inside = (name.removeprefix(f"{PACKAGE}.") for name in names if name.startswith(f"{PACKAGE}."))
    return frozenset(path for name in inside if (path := HERE / f"{name}.py").is_file())


def _sources(file: Path) -> list[Path]:
    """The source and those that it imports, and those that they import, in order of their names."""
    found: set[Path] = set()
    wanted = {file}
    while wanted:
        found |= wanted
        wanted = {other for one in wanted for other in _imported(one)} - found
    return sorted(found)


def _folder(module: str, file: Path) -> Path:
    """
    Of what one module's kernels are compiled to: another one as soon as it, or a module whose
    kernels it may call, has changed. Numba itself looks at a function's own file alone.
    """
    digest = hashlib.sha256()
    for source in _sources(file):
        digest.update(source.name.encode() + b"\0" + source.read_bytes())
    return CACHE / f"{NAME}{module}-{digest.hexdigest()[:16]}"


def kernel(function: F) -> F:
    """
    Compile with nogil (a 15 ms kernel under the GIL stalls the event loop for as long) and cache.

    fastmath stays off: the same frames must give the same signals, bit for bit.
    """
    module = function.__module__
    if module not in _folders:
        _folders[module] = _folder(module, Path(function.__code__.co_filename))
    others, config.CACHE_DIR = config.CACHE_DIR, str(_folders[module])
    try:
        return cast(F, numba.njit(nogil=True, cache=True)(function))
    finally:
        config.CACHE_DIR = others


def forget_others() -> None:
    """Throw away what other versions of the modules now in use were compiled to."""
    for folder in CACHE.glob(f"{NAME}*"):
        module = folder.name.removeprefix(NAME).rpartition("-")[0]
        if _folders.get(module, folder) != folder:
            shutil.rmtree(folder, ignore_errors=True)
