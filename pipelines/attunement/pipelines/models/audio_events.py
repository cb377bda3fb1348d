"""
YAMNet through MediaPipe's audio classifier: which of 521 sounds are heard, per second.

J. F. Gemmeke et al., "Audio Set", ICASSP 2017; S. Hershey et al., "CNN architectures for
large-scale audio classification", ICASSP 2017. Looks at 0.975 s at a time; longer sound is cut.
"""

import contextlib
import os
import threading
import weakref
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from attunement.engine.errors import ModelUnavailable

NAME = "yamnet.tflite"
RATE = 16_000  # Hz
WINDOW = 15_600  # samples

_INSTALL = "install it with: pip install 'attunement[face]'"
_PULL = f"get it with: attune models pull {NAME}"
_stderr = threading.RLock()  # held by whoever turns it away


class AudioEvents:
    """Remembers nothing between calls. Holds about 10 MB until it is closed or thrown away."""

    def __init__(self, file: Path) -> None:
        """Raises ModelUnavailable if MediaPipe, a system library or the file is not usable."""
        try:
            from mediapipe.tasks.python import BaseOptions, audio
            from mediapipe.tasks.python.components.containers import AudioData
        except (ImportError, OSError) as fault:
            problem = f"the package cannot be loaded ({type(fault).__name__})"
            raise ModelUnavailable("mediapipe", problem, _INSTALL) from None
        self._wrap: Any = AudioData
        options = audio.AudioClassifierOptions(
            base_options=BaseOptions(model_asset_buffer=_content(file)),
            running_mode=audio.RunningMode.AUDIO_CLIPS,
        )
        try:
            with _unheard():
                self._net = audio.AudioClassifier.create_from_options(options)
        except Exception as fault:
            problem = f"the file cannot be loaded ({type(fault).__name__})"
            raise ModelUnavailable(NAME, problem, _PULL) from None
        self.close = weakref.finalize(self, _close, self._net)

    def __call__(self, sound: NDArray[np.float32]) -> Mapping[str, float]:
        """sound (WINDOW,), finite, full scale 1. Probability, 0 to 1, of each event by name."""
        data = self._wrap.create_from_array(np.ascontiguousarray(sound[-WINDOW:]), float(RATE))
        heard = self._net.classify(data)[0].classifications[0].categories
        return {event.category_name: float(event.score) for event in heard}


def _content(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as fault:
        problem = f"the file cannot be read ({type(fault).__name__})"
        raise ModelUnavailable(NAME, problem, _PULL) from None


def _close(net: Any) -> None:
    with _unheard():
        net.close()


@contextlib.contextmanager
def _unheard() -> Iterator[None]:
    """The C++ below tells each start of a graph on stderr, and no setting of its own stops it."""
    with _stderr:
        kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
        try:
            os.dup2(nowhere, 2)
            yield
        finally:
            os.dup2(kept, 2)
            os.close(kept)
            os.close(nowhere)
