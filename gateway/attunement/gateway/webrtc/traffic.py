"""What the network did in the last second, from WebRTC's statistics."""

from collections.abc import Mapping
from typing import Any

CLOCK = {"audio": 48_000, "video": 90_000}  # Hz, the unit of RTP jitter


class Traffic:
    """Differences between one report and the one before; None where nothing is known yet."""

    def __init__(self) -> None:
        self.jitter: float | None = None  # ms
        self.loss: float | None = None  # share of packets, 0 to 1
        self.bytes: int | None = None  # received since the report before
        self._before: tuple[int, int] | None = None  # packets lost, received
        self._bytes_before: int | None = None

    def update(self, report: Mapping[str, Any]) -> None:
        # The sound's stream where there is one: retransmission makes up for lost pictures.
        streams = sorted(
            (s for s in report.values() if s.type == "inbound-rtp"), key=lambda s: s.kind
        )
        self.jitter = self.loss = self.bytes = None
        if streams:
            stream = streams[0]
            self.jitter = stream.jitter * 1000 / CLOCK[stream.kind]
            self.loss = self._lost(stream.packetsLost, stream.packetsReceived)
        transports = [s for s in report.values() if s.type == "transport"]
        received = sum(s.bytesReceived for s in transports)
        if self._bytes_before is not None:
            self.bytes = max(0, received - self._bytes_before)
        self._bytes_before = received

    def _lost(self, lost: int, received: int) -> float | None:
        before, self._before = self._before, (lost, received)
        if before is None:
            return None
        newly_lost = max(0, lost - before[0])
        expected = newly_lost + max(0, received - before[1])
        return newly_lost / expected if expected else None
