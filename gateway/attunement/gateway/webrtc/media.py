"""Sound and pictures as they wait for the pipeline: converted only once they are looked at."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

from attunement.engine.frame import AudioFrame, Frame, LinkFrame, VideoFrame

RATE = 16_000  # Hz, of sound as stages take it
WIDEST = 640  # pixels, of a picture as stages take it
# A muted microphone and a camera that is off send exact silence and exact
# black; what codecs leave of it is not exact. Measured with Chromium: Opus within one 16-bit step,
# VP8 with a luma of 0 to 6 and a chroma of 123 to 132.
SILENT = 2 / 32_768  # -84 dBFS, below the noise of any microphone
BLACK = 18  # luma; black is 0 in full range and 16 in limited range
GREY = (122, 134)  # chroma of no colour

Decoded = Callable[[int], None]  # told the arrival of what has just reached the pipeline


@dataclass(frozen=True, slots=True, eq=False)
class Sound:
    """Waiting, of the inlet."""

    participant: str
    t: int
    samples: NDArray[np.float32]  # (n,), at RATE
    arrival: int
    decoded: Decoded
    kind: type = AudioFrame

    def frames(self) -> Iterable[Frame]:
        self.decoded(self.arrival)
        yield AudioFrame(self.participant, self.t, self.samples, RATE)


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """Waiting, of the inlet."""

    participant: str
    t: int
    frame: av.VideoFrame
    black: bool
    arrival: int
    decoded: Decoded
    kind: type = VideoFrame

    def frames(self) -> Iterable[Frame]:
        width, height = analysis_size(self.frame.width, self.frame.height)
        if self.black:  # what a codec made of it may be one step off
            image = np.zeros((height, width, 3), np.uint8)
        else:
            converted = self.frame.to_ndarray(format="rgb24", width=width, height=height)
            image = np.asarray(converted, np.uint8)
        self.decoded(self.arrival)
        yield VideoFrame(self.participant, self.t, image)


@dataclass(frozen=True, slots=True)
class Link:
    """Waiting, of the inlet."""

    report: LinkFrame
    kind: type = LinkFrame

    @property
    def participant(self) -> str:
        return self.report.participant

    @property
    def t(self) -> int:
        return self.report.t

    def frames(self) -> Iterable[Frame]:
        return (self.report,)


@dataclass(frozen=True, slots=True)
class Nudge:
    """Nothing to measure: wakes the runner, so that a change of agreements is applied at once."""

    participant: str
    t: int
    kind: type = LinkFrame

    def frames(self) -> Iterable[Frame]:
        return ()


def analysis_size(width: int, height: int) -> tuple[int, int]:
    """At most WIDEST wide, even, of the same shape."""
    scale = min(1.0, WIDEST / max(width, height, 1))
    return max(2, round(width * scale / 2) * 2), max(2, round(height * scale / 2) * 2)


def is_silent(samples: NDArray[np.float32]) -> bool:
    """Digital silence, up to the codec's rounding: what a muted microphone sends."""
    for part in (samples[::31], samples):  # sound is told by a few samples
        if part.max(initial=0) > SILENT or part.min(initial=0) < -SILENT:
            return False
    return True


def is_black(frame: av.VideoFrame) -> bool:
    """Black, up to the codec's rounding: what a camera that is off sends."""
    if frame.format.name not in ("yuv420p", "yuvj420p"):
        return not frame.to_ndarray(format="rgb24").any()
    luma, *chroma = (_plane(plane) for plane in frame.planes)
    if luma[::16, ::16].max(initial=0) > BLACK:  # most pictures are told by a few pixels
        return False
    colourless = all(c.min() >= GREY[0] and c.max() <= GREY[1] for c in chroma)
    return bool(luma.max() <= BLACK) and colourless


def _plane(plane: Any) -> NDArray[np.uint8]:
    rows = np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)
    return rows[: plane.height, : plane.width]
