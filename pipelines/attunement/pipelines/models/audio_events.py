"""
YAMNet: which of 521 sounds are heard, per second.

J. F. Gemmeke et al., "Audio Set", ICASSP 2017; S. Hershey et al., "CNN architectures for
large-scale audio classification", ICASSP 2017. Looks at 0.975 s at a time; longer sound is cut.
"""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from attunement.engine.errors import ModelUnavailable
from attunement.pipelines.models.tflite import Net

NAME = "yamnet.tflite"
RATE = 16_000  # Hz
WINDOW = 15_600  # samples
EVENTS = 521
# Places in yamnet_class_map.csv.
LAUGHTER = (13, 14, 15, 16, 17, 18)  # laughter, baby's, giggle, snicker, belly laugh, chuckle
CRYING = (19, 20, 21)  # crying and sobbing, baby's, whimper
SIGH = (23,)

_PULL = f"get it with: attune models pull {NAME}"


class AudioEvents:
    """Remembers nothing between calls; for one thread at a time."""

    def __init__(self, file: Path) -> None:
        """Raises ModelUnavailable if LiteRT or the file is not usable."""
        try:
            self._net = Net(file.read_bytes(), (WINDOW,))
        except OSError as fault:
            problem = f"the file cannot be read ({type(fault).__name__})"
            raise ModelUnavailable(NAME, problem, _PULL) from None
        except ValueError as fault:
            problem = f"the file cannot be loaded ({type(fault).__name__})"
            raise ModelUnavailable(NAME, problem, _PULL) from None

    def __call__(self, sound: NDArray[np.float32]) -> NDArray[np.float32]:
        """sound (WINDOW,), finite, full scale 1. Score, 0 to 1, of each event (EVENTS,)."""
        scores, *_ = self._net(np.ascontiguousarray(sound[-WINDOW:]))
        return scores.reshape(EVENTS)
