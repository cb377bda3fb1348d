import os
import subprocess
import sys
from pathlib import Path

import pytest

from attunement.kernels import warm

NESTED = {"halve_into"}  # called by kernels of other files, and by nobody else

# One kernel stands for all of them, which take a minute to compile.
PROGRAM = """
import numpy as np
from attunement.kernels import level, warm
warm._run = lambda: level.levels(np.zeros((2, 512), np.float32))
warm.warm_up()
"""

FIRST_CALLS = """
import sys
import numpy as np
from attunement.kernels import warm
from attunement.kernels.contour import Contour
from attunement.kernels.descriptor_stream import Descriptors
from attunement.kernels.smoothing import Smoother
from tests.pipelines.voice.listening import TOGETHER, VOICE, frames, measure
from tests.pipelines.voice.synthetic import speak

def variants():
    modules = [m for name, m in sys.modules.items() if name.startswith("attunement.")]
    kernels = {id(k): k for m in modules for k in vars(m).values() if hasattr(k, "signatures")}
    return {f"{k.__module__}.{k.__name__}": len(k.signatures) for k in kernels.values()}

warm.warm_up()
before = variants()
sound = speak(3, 120, seed=1).samples
for streams in (1, 8):
    contour, descriptors = Contour(streams), Descriptors(streams)
    blocks = [sound[i : i + 8_000] for i in range(streams)]
    hz = [found[:, 0] for found in contour.push(blocks)]
    Smoother(len(blocks)).push(descriptors.push(blocks, hz))
contour.undecided()
measure(frames(sound, "a"), catalog=VOICE + TOGETHER)
after = variants()
print({name: n for name, n in after.items() if n != before.get(name, 0)})
"""


HEARD = """
import hashlib
import numpy as np
from attunement.kernels.listening import Listening
from tests.pipelines.voice.synthetic import speak

sound = speak(1, 120, seed=1).samples
heard = Listening(2).push([sound, sound[::-1].copy()])
print(hashlib.sha256(np.concatenate(heard).tobytes()).hexdigest())
"""


def _start(program: str, **environment: str) -> subprocess.CompletedProcess[str]:
    roots = os.pathsep.join(path for path in sys.path if path)
    env = os.environ | {"PYTHONPATH": roots} | environment
    return subprocess.run(
        [sys.executable, "-c", program], env=env, capture_output=True, text=True, timeout=240
    )


@pytest.mark.parametrize(("suffix", "rubbish"), [("nbi", b""), ("nbc", b"rubbish")])
def test_a_corrupt_cache_does_not_stop_the_start(
    tmp_path: Path, suffix: str, rubbish: bytes
) -> None:
    def start() -> subprocess.CompletedProcess[str]:
        return _start(PROGRAM, NUMBA_CACHE_DIR=str(tmp_path))

    assert start().returncode == 0
    corrupt = list(tmp_path.rglob(f"*.{suffix}"))
    assert corrupt
    for file in corrupt:
        file.write_bytes(rubbish)
    first = start()
    assert first.returncode == 0, first.stderr[-500:]
    assert "cache is unusable" in first.stderr
    again = start()
    assert again.returncode == 0
    assert again.stderr == ""


def test_a_process_that_compiles_hears_what_one_hears_that_finds_it_compiled(
    tmp_path: Path,
) -> None:
    compiling, loading = (_start(HEARD, NUMBA_CACHE_DIR=str(tmp_path)) for _ in range(2))
    assert loading.returncode == 0, loading.stderr[-500:]
    assert compiling.stdout == loading.stdout


def test_the_first_calls_of_the_voice_wait_for_no_compiler() -> None:
    started = _start(FIRST_CALLS)
    assert started.returncode == 0, started.stderr[-500:]
    assert started.stdout == "{}\n"


def test_every_kernel_is_compiled_by_warming_up() -> None:
    warm.warm_up()
    kernels = [
        thing
        for module in warm.MODULES
        for name, thing in vars(module).items()
        # One that only other kernels call is compiled with them, and stays in their cache.
        if hasattr(thing, "signatures") and not name.startswith("_")
        if thing.__module__ == module.__name__ and name not in NESTED
    ]
    assert len(kernels) >= 7
    assert all(kernel.signatures for kernel in kernels)
