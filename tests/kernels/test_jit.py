"""What was compiled is used again, and never after a kernel that it calls has changed."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from attunement.kernels import jit

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
OTHER = """
from attunement.kernels import callers_are_not_modules
from attunement.kernels.jit import kernel
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
    shutil.copy(jit.__file__, folder)
    (folder / "__init__.py").touch()
    (folder / "caller.py").write_text(CALLER)
    (folder / "callee.py").write_text(CALLEE.format("1"))
    assert _run(tmp_path) == 4
    assert list(folder.rglob("*.nbi")), "nothing was kept"
    assert _run(tmp_path) == 4
    (folder / "callee.py").write_text(CALLEE.format("10"))
    assert _run(tmp_path) == 22


def test_a_kernel_that_is_added_or_changed_leaves_those_that_do_not_call_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name, text in (("caller", CALLER), ("callee", CALLEE.format("1")), ("other", OTHER)):
        (tmp_path / f"{name}.py").write_text(text)
    monkeypatch.setattr(jit, "HERE", tmp_path)
    monkeypatch.setattr(jit, "CACHE", tmp_path / "cache")
    names = ("caller", "callee", "other")

    def folders() -> dict[str, Path]:
        jit._imported.cache_clear()
        return {name: jit._folder(name, tmp_path / f"{name}.py") for name in names}

    before = folders()
    for folder in before.values():
        folder.mkdir(parents=True)
    (tmp_path / "new.py").write_text(OTHER)
    assert folders() == before
    (tmp_path / "callee.py").write_text(CALLEE.format("10"))
    after = folders()
    assert {name for name in names if after[name] != before[name]} == {"caller", "callee"}
    monkeypatch.setattr(jit, "_folders", after)
    jit.forget_others()
    assert list((tmp_path / "cache").iterdir()) == [before["other"]]


def test_what_other_programs_compile_is_left_to_numba() -> None:
    assert os.environ.get("NUMBA_CACHE_DIR", "") == jit.config.CACHE_DIR
