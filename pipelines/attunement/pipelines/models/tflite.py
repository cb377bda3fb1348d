"""A net of a .tflite file, run on one thread by LiteRT."""

import contextlib
import os
import threading
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from attunement.engine.errors import ModelUnavailable

_PACKAGE = "ai-edge-litert"
_INSTALL = "install it with: pip install 'attunement[face]'"
_stderr = threading.Lock()  # held by whoever turns it away


class Net:
    """One input, any number of outputs. For one thread at a time; remembers nothing in between."""

    def __init__(self, content: bytes, shape: tuple[int, ...] | None = None) -> None:
        """
        shape: of the input, where the file leaves it open.

        Raises ModelUnavailable if LiteRT is not here, ValueError if it cannot read the file.
        """
        try:
            from ai_edge_litert.interpreter import Interpreter
        except (ImportError, OSError) as fault:
            problem = f"the package cannot be loaded ({type(fault).__name__})"
            raise ModelUnavailable(_PACKAGE, problem, _INSTALL) from None
        with _unheard():
            self._interpreter: Any = Interpreter(model_content=content, num_threads=1)
            (self._in,) = (tensor["index"] for tensor in self._interpreter.get_input_details())
            if shape is not None:
                self._interpreter.resize_tensor_input(self._in, shape)
            self._interpreter.allocate_tensors()
        self._out = [tensor["index"] for tensor in self._interpreter.get_output_details()]

    def __call__(self, given: NDArray[np.float32]) -> list[NDArray[np.float32]]:
        """given: as large as the net's input. Each output, as the file orders them."""
        self._interpreter.set_tensor(self._in, given)
        self._interpreter.invoke()
        return [self._interpreter.get_tensor(index) for index in self._out]


@contextlib.contextmanager
def _unheard() -> Iterator[None]:
    """The C++ below says on stderr how it will run the net, and no setting of its own stops it."""
    with _stderr:
        kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
        try:
            os.dup2(nowhere, 2)
            yield
        finally:
            os.dup2(kept, 2)
            os.close(kept)
            os.close(nowhere)
