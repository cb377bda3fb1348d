"""How good the sound is that somebody is judged by: how clear of the room, how little clipped."""

from collections import deque

import numpy as np

from attunement.kernels import level
from attunement.pipelines.voice.condition import NOBODY, Background
from attunement.pipelines.voice.stretch import CHUNK, SPEECH, Stretch

UNCLEAR = 0.25  # clearness under which nothing is said: 5 dB over the room
BROKEN = 0.5  # intactness under which nothing is said: one sample in twenty is clipped


class Evidence:
    """Over the last few seconds in which the person spoke."""

    def __init__(self, seconds: int) -> None:
        self._background = Background()
        self._closed: deque[tuple[float, int, int]] = deque(maxlen=seconds)
        self._clear()

    def add(self, stretch: Stretch) -> None:
        squares, clipped = level.levels(stretch.samples.reshape(-1, CHUNK))
        spoken = stretch.speech >= SPEECH
        self._square += float(squares[spoken].sum())
        self._chunks += int(np.count_nonzero(spoken))
        self._clipped += int(clipped[spoken].sum())
        if not stretch.muted:
            self._background.add(squares[stretch.speech < NOBODY])

    def close(self) -> float:
        """The second is over: quality, 0 to 1, 0 where nothing should be said."""
        self._closed.append((self._square, self._chunks, self._clipped))
        self._clear()
        square, chunks, clipped = (sum(part) for part in zip(*self._closed, strict=True))
        if not chunks:
            return 0.0
        clear = float(self._background.clearness(square / chunks))
        intact = 1 - min(1.0, 10 * clipped / (chunks * CHUNK))
        return clear * intact if clear >= UNCLEAR and intact >= BROKEN else 0.0

    def _clear(self) -> None:
        self._square, self._chunks, self._clipped = 0.0, 0, 0
