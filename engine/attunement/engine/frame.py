"""What comes in: sound, pictures and news of the link, each with its moment in the session."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray


class Frame(Protocol):
    """Anything of one person at one moment. Stages may derive frames of their own kinds."""

    @property
    def participant(self) -> str: ...

    @property
    def t(self) -> int:
        """Nanoseconds of session time."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class AudioFrame:
    participant: str
    t: int  # ns of session time of the first sample
    samples: NDArray[np.float32]  # (n,), mono, full scale is 1.0
    rate: int  # Hz


@dataclass(frozen=True, slots=True, eq=False)
class VideoFrame:
    participant: str
    t: int  # ns of session time
    image: NDArray[np.uint8]  # (height, width, 3), RGB


@dataclass(frozen=True, slots=True)
class LinkFrame:
    """What the network did to one person's media since the last report; None where not known."""

    participant: str
    t: int  # ns of session time at the end of the interval
    rtt: float | None = None  # ms
    jitter: float | None = None  # ms
    loss: float | None = None  # share of packets, 0 to 1
    fps: float | None = None  # pictures per second that were decoded
    kbps: float | None = None  # kbit/s received
    freeze: float | None = None  # longest time between two pictures, ms
