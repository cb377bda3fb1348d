"""Where a sans-I/O receiver meets sockets, timers and the clock."""

import asyncio
import logging
import secrets
from collections import Counter
from collections.abc import Callable
from typing import Any

from attunement.engine.clock import SECOND
from attunement.gateway.receive.liveness import Liveness
from attunement.gateway.receive.receiver import Receiver
from attunement.gateway.receive.seam import Way
from attunement.gateway.receive.sink import Sink
from attunement.gateway.receive.streams import AT_ONCE

REPORT = 1.0  # s between two reports of ours
LOOK = 0.25  # s between two looks at whether anybody is there
PROBE = 1 * SECOND  # between two probes while media flows: how far away is the other side?
LEAST = 0.002  # s between two wakings, whatever a buffer says

log = logging.getLogger(__name__)


class Pump:
    """Runs from open() to close(), on callbacks of the event loop; owns the probes it sends."""

    def __init__(self, transport: Any, sink: Sink, now: Callable[[], int]) -> None:
        self._way, self._now = Way(transport, now), now
        name = secrets.token_urlsafe(12)  # RFC 7022: 96 bits by chance, of this connection
        self.receiver = Receiver(sink, self._way.send_rtcp, secrets.randbits(32), name)
        self.liveness = Liveness()
        self._timer: asyncio.TimerHandle | asyncio.Handle | None = None
        self._due: int | None = None
        self._ticks: list[asyncio.TimerHandle] = []
        self._probe: asyncio.Task[None] | None = None
        self._probed = 0  # ns
        self._failures: Counter[str] = Counter()

    def open(self) -> None:
        self._way.on_rtp, self._way.on_rtcp = self._rtp, self._rtcp
        self._way.on_alive = lambda: self.liveness.heard(self._now())
        self._way.open()
        loop = asyncio.get_running_loop()
        self._ticks = [loop.call_later(REPORT, self._report), loop.call_later(LOOK, self._look)]

    async def close(self) -> None:
        for handle in (self._timer, *self._ticks):
            if handle is not None:
                handle.cancel()
        self._way.close()
        self.receiver.close()
        if self._probe is not None:
            self._probe.cancel()
            await asyncio.wait([self._probe])

    @property
    def round_trip(self) -> int | None:
        """ns, of the checks of the way; None before the first."""
        return self._way.round_trip

    @property
    def counts(self) -> Counter[str]:
        """What was refused, asked for again or could not be read."""
        return self._way.refused + self.receiver.counts + self._failures

    def _rtp(self, data: bytes) -> None:
        self.liveness.media(self._now())
        self._guarded(self.receiver.rtp, data)

    def _rtcp(self, data: bytes) -> None:
        self.liveness.heard(self._now())
        self._guarded(self.receiver.rtcp, data)

    def _guarded(self, take: Callable[[bytes, int], None], data: bytes) -> None:
        """One packet that breaks us is counted, and ends nothing."""
        try:
            take(data, self._now())
        except Exception as fault:
            self._failed(fault)
        self._arm()

    def _arm(self) -> None:
        due = self.receiver.due()
        if due == self._due:
            return
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._due = due
        loop = asyncio.get_running_loop()
        if due == AT_ONCE:  # once others have had their turn
            self._timer = loop.call_soon(self._wake)
        elif due is not None:
            wait = max((due - self._now()) / SECOND, LEAST)
            self._timer = loop.call_later(wait, self._wake)

    def _wake(self) -> None:
        self._timer = self._due = None
        try:
            self.receiver.wake(self._now())
        except Exception as fault:
            self._failed(fault)
        self._arm()

    def _report(self) -> None:
        self._ticks[0] = asyncio.get_running_loop().call_later(REPORT, self._report)
        try:
            self.receiver.report(self._now())
        except Exception as fault:
            self._failed(fault)

    def _look(self) -> None:
        self._ticks[1] = asyncio.get_running_loop().call_later(LOOK, self._look)
        now, free = self._now(), self._probe is None or self._probe.done()
        if free and (self.liveness.wants_probe(now) or now - self._probed >= PROBE):
            self._probed = now
            self._probe = asyncio.create_task(self._way.probe())
        if self._way.round_trip is not None:
            self.receiver.round_trip = self._way.round_trip

    def _failed(self, fault: Exception) -> None:
        kind = f"failed: {type(fault).__name__}"
        self._failures[kind] += 1
        if self._failures[kind] == 1:  # one line for each kind, however many follow
            log.error("a packet could not be taken: %s", type(fault).__name__)
