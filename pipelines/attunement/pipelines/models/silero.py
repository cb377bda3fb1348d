"""
Silero VAD v6 through onnxruntime: the probability that somebody speaks, per 32 ms.

The model file lies inside the package silero-vad, which is found but never imported: its import
brings torch, which this product does not need.
"""

import functools
import importlib.util
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from attunement.engine.errors import ModelUnavailable

RATE = 16_000  # Hz
CHUNK = 512  # samples
CONTEXT = 64  # samples of the past that the net sees in front of each chunk

_NAME = "silero-vad"
_FILE = "silero_vad_16k_sequence.onnx"
_REMEDY = "install it with: pip install 'attunement[voice]'"


def path() -> Path:
    """The model file. Raises ModelUnavailable if the package, or the file in it, is not here."""
    found = importlib.util.find_spec("silero_vad")
    if found is None or not found.submodule_search_locations:
        raise ModelUnavailable(_NAME, "the package is not installed", _REMEDY)
    file = Path(found.submodule_search_locations[0]) / "data" / _FILE
    if not file.is_file():
        raise ModelUnavailable(_NAME, f"the package has no {_FILE}", _REMEDY)
    return file


@functools.cache
def _session(file: Path) -> Any:
    """One for everybody: running it is thread-safe, and what it remembers lies with the person."""
    try:
        import onnxruntime
    except ImportError:
        raise ModelUnavailable("onnxruntime", "the package is not installed", _REMEDY) from None
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    try:
        return onnxruntime.InferenceSession(
            str(file), sess_options=options, providers=["CPUExecutionProvider"]
        )
    except Exception as fault:
        problem = f"the file cannot be loaded ({type(fault).__name__})"
        raise ModelUnavailable(_NAME, problem, _REMEDY) from None


class Silero:
    """The state of one person's voice activity. The same for any number of chunks per call."""

    def __init__(self) -> None:
        self._run = _session(path()).run
        self.reset()

    def reset(self) -> None:
        self._hidden = np.zeros((1, 1, 128), np.float32)
        self._cell = np.zeros((1, 1, 128), np.float32)
        self._context = np.zeros(CONTEXT, np.float32)

    def __call__(self, chunks: NDArray[np.float32]) -> NDArray[np.float32]:
        """chunks (n, CHUNK), n >= 1, following those of the last call. Returns (n,), 0 to 1."""
        heard = np.empty((len(chunks), CONTEXT + CHUNK), np.float32)
        heard[:, CONTEXT:] = chunks
        heard[0, :CONTEXT] = self._context
        heard[1:, :CONTEXT] = chunks[:-1, -CONTEXT:]
        self._context = chunks[-1, -CONTEXT:].copy()
        feed = {"input": heard, "h": self._hidden, "c": self._cell}
        speech, self._hidden, self._cell = self._run(None, feed)
        return np.asarray(speech, np.float32)
