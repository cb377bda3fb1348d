"""Who takes what comes over a connection."""

from typing import Protocol

import av
import numpy as np
from numpy.typing import NDArray


class Sink(Protocol):
    """
    None of these may block. `rtp` is the 32-bit RTP time stamp, `arrival` when the (last) packet
    came to our socket, in ns of the session's clock.
    """

    def track(self, kind: str) -> None:
        """Another stream of "audio" or "video" begins: its RTP clock has nothing of the last."""

    def sender_report(self, kind: str, ntp: int, rtp: int, arrival: int) -> None:
        """`ntp`: ns of the sender's wall clock at which its stream stood at `rtp`."""

    def sound(self, samples: NDArray[np.float32], rtp: int, arrival: int) -> None:
        """`samples`: (n,), 16 kHz, mono, full scale is 1.0. Never made up for what was lost."""

    def sound_lost(self, rtp: int, ticks: int) -> None:
        """Nobody will hear the `ticks` of the RTP clock from `rtp` on."""

    def picture(self, frame: av.VideoFrame, rtp: int, arrival: int) -> None:
        """Decoded from whole pictures only."""

    def over(self) -> None:
        """The other side has left."""
