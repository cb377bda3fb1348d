"""Looks at the machine: what this program needs, what is missing, and what to do about it."""

import contextlib
import importlib.metadata
import importlib.util
import os
import re
import socket
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from attunement.engine.errors import ModelUnavailable
from attunement.pipelines.models.files import Shelf

OLDEST = (3, 11)
EXTRA = re.compile(r"""extra\s*==\s*['"](?P<name>[a-z]+)['"]""")
UNMEANT = {"torch"}  # named by an extra for its size alone; never imported


@dataclass(frozen=True, slots=True)
class Finding:
    what: str
    ok: bool
    say: str  # what was found, or what to do
    needed: bool = True


def examine(shelf: Shelf, port: int) -> list[Finding]:
    return [
        python(),
        *packages(),
        *model_files(shelf),
        cache(),
        port_free(port),
    ]


def python(version: tuple[int, ...] = sys.version_info[:3]) -> Finding:
    got = ".".join(map(str, version))
    if version >= OLDEST:
        return Finding("python", True, got)
    return Finding("python", False, f"got {got}, expected {'.'.join(map(str, OLDEST))} or later")


def packages(
    requires: Callable[[], list[str] | None] = lambda: importlib.metadata.requires("attunement"),
) -> Iterator[Finding]:
    """One line per extra. A missing extra is no fault: its signals are just not there."""
    try:
        lines = requires() or []
    except importlib.metadata.PackageNotFoundError:
        yield Finding("packages", False, "install this program with: pip install attunement")
        return
    extras: dict[str, list[str]] = {}
    for line in lines:
        extra = EXTRA.search(line)
        name = re.split(r"[^A-Za-z0-9_.-]", line, maxsplit=1)[0]
        if extra and name not in UNMEANT and name != "attunement":
            extras.setdefault(extra["name"], []).append(name)
    for wanted, names in extras.items():
        absent = [name for name in names if not _installed(name)]
        say = f"pip install 'attunement[{wanted}]' brings {', '.join(absent)}"
        yield Finding(f"extra {wanted}", not absent, say if absent else "installed", needed=False)


def _installed(distribution: str) -> bool:
    try:
        importlib.metadata.version(distribution)
    except importlib.metadata.PackageNotFoundError:
        return False
    return True


def model_files(shelf: Shelf) -> Iterator[Finding]:
    for model in shelf.files:
        try:
            yield Finding(model.name, True, str(shelf.path(model.name)))
        except ModelUnavailable as fault:
            yield Finding(model.name, False, f"{fault.problem}; {fault.remedy}")


def cache(folder: Path | None = None) -> Finding:
    """Where compiled kernels are kept: without it every start compiles for half a minute."""
    named = os.environ.get("NUMBA_CACHE_DIR")
    place = folder or (Path(named) if named else _kernels())
    if place is None:
        return Finding("kernel cache", False, "pip install 'attunement[voice]'", needed=False)
    with contextlib.suppress(OSError):
        place.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=place):
            return Finding("kernel cache", True, "writable")
    say = "cannot be written; set NUMBA_CACHE_DIR to a folder that can"
    return Finding("kernel cache", False, say, needed=False)


def _kernels() -> Path | None:
    found = importlib.util.find_spec("attunement.kernels")
    return Path(found.origin).parent if found and found.origin else None


def port_free(port: int) -> Finding:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            say = "something listens there; stop it, or choose another with --port"
            return Finding(f"port {port}", False, say)
    return Finding(f"port {port}", True, "free")
