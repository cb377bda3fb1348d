"""What was compiled is used again, and never after a kernel that it calls has changed."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import attunement.kernels.jit

CALLER = """
from attunement.kernels.jit import kernel
from attunement.kernels.callee import one

@kernel
def two(x):
    return one(x) * 2
"""
CALLEE = """
from attunement.kernels.jit import kernel

@kernel
def one(x):
    return x + {}
"""
PROGRAM = "from attunement.kernels.caller import two; print(two(1.0))"


def _run(root: Path) -> float:
    env = {name: value for name, value in os.environ.items() if name != "NUMBA_CACHE_DIR"}
    env["PYTHONPATH"] = str(root)
    program = f"import sys; sys.path += {sys.path!r}; {PROGRAM}"
    done = subprocess.run(
        [sys.executable, "-S", "-c", program], env=env, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr[-800:]
    return float(done.stdout)


def test_a_kernel_that_changed_is_compiled_into_those_that_call_it(tmp_path: Path) -> None:
    folder = tmp_path / "attunement" / "kernels"
    folder.mkdir(parents=True)
    shutil.copy(attunement.kernels.jit.__file__, folder)
    (folder / "__init__.py").touch()
    (folder / "caller.py").write_text(CALLER)
    (folder / "callee.py").write_text(CALLEE.format("1"))
    assert _run(tmp_path) == 4
    assert list(folder.rglob("*.nbi")), "nothing was kept"
    assert _run(tmp_path) == 4
    (folder / "callee.py").write_text(CALLEE.format("10"))
    assert _run(tmp_path) == 22


def test_what_other_programs_compile_is_left_to_numba() -> None:
    import numba

    assert os.environ.get("NUMBA_CACHE_DIR", "") == numba.config.CACHE_DIR
