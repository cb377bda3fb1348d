"""The shape of the house."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parent.parent
ROOTS = ("engine", "kernels", "pipelines", "simulator", "gateway")


@pytest.mark.parametrize("root", ROOTS)
def test_the_namespace_is_shared(root: str) -> None:
    # An __init__.py here would hide the other four roots.
    assert not (REPOSITORY / root / "attunement" / "__init__.py").exists()
    assert (REPOSITORY / root / "attunement" / root / "py.typed").exists()


def test_time_is_read_in_one_file_of_the_engine() -> None:
    readers = [
        path.name
        for path in (REPOSITORY / "engine").rglob("*.py")
        if re.search(r"^\s*(import time|from time import|import datetime)", path.read_text(), re.M)
    ]
    assert readers == ["clock.py"]


def test_heavy_imports_are_lazy() -> None:
    code = (
        "import sys, attunement.gateway.cli as cli; cli._register();"
        "print(*[m for m in ('numba', 'ai_edge_litert', 'onnxruntime', 'torch', 'aiortc', 'av',"
        " 'fastapi', 'uvicorn', 'pyarrow', 'cv2') if m in sys.modules])"
    )
    got = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert got.stdout.split() == []
