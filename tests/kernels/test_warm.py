import os
import subprocess
import sys
from pathlib import Path

import pytest

from attunement.kernels import warm

PROGRAM = "from attunement.kernels.warm import warm_up; warm_up()"


def _start(folder: Path) -> subprocess.CompletedProcess[str]:
    roots = os.pathsep.join(path for path in sys.path if path)
    env = os.environ | {"NUMBA_CACHE_DIR": str(folder), "PYTHONPATH": roots}
    return subprocess.run(
        [sys.executable, "-c", PROGRAM], env=env, capture_output=True, text=True, timeout=240
    )


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("cache")
    assert _start(folder).returncode == 0
    assert list(folder.rglob("*.nbi"))
    return folder


def test_a_corrupt_cache_does_not_stop_the_start(cache: Path) -> None:
    for file in cache.rglob("*.nbi"):
        file.write_bytes(b"" if file.name < "level" else file.read_bytes())
    for file in cache.rglob("*.nbc"):
        file.write_bytes(b"rubbish")
    first = _start(cache)
    assert first.returncode == 0, first.stderr[-500:]
    assert "cache is unusable" in first.stderr
    again = _start(cache)
    assert again.returncode == 0
    assert again.stderr == ""


def test_every_kernel_is_compiled_by_warming_up() -> None:
    warm.warm_up()
    kernels = [
        thing
        for module in warm.MODULES
        for name, thing in vars(module).items()
        # One that others call alone is compiled with them, and stays in their cache.
        if hasattr(thing, "signatures") and not name.startswith("_")
    ]
    assert len(kernels) >= 7
    assert all(kernel.signatures for kernel in kernels)
