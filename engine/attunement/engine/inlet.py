"""Where frames wait between the network and the pipeline."""

import asyncio
from collections import Counter, deque
from collections.abc import Iterable, Mapping
from typing import Protocol

from attunement.engine.frame import AudioFrame, Frame, LinkFrame, VideoFrame

# The newest picture is the only one worth looking at. A second of sound lets a short stall be
# heard in full, and cuts a long one.
ROOM: Mapping[type, int] = {AudioFrame: 50, VideoFrame: 1, LinkFrame: 2}


class Waiting(Protocol):
    """Something that will be frames once it is worth converting."""

    @property
    def participant(self) -> str: ...

    @property
    def t(self) -> int: ...

    @property
    def kind(self) -> type:
        """AudioFrame, VideoFrame or LinkFrame."""
        ...

    def frames(self) -> Iterable[Frame]:
        """Convert. Called once, in the worker thread, in time order per participant and kind."""
        ...


class Inlet:
    """
    Bounded lanes, one per participant and kind, that drop their oldest entry when full.

    put() never waits, because the network does not. Cancelling take() loses nothing.
    """

    def __init__(self, room: Mapping[type, int] = ROOM) -> None:
        self._room = room
        self._lanes: dict[tuple[str, type], deque[Waiting]] = {}
        self._ready = asyncio.Event()
        self.closed = False
        self.dropped: Counter[type] = Counter()

    def put(self, entry: Waiting) -> None:
        key = entry.participant, entry.kind
        lane = self._lanes.setdefault(key, deque(maxlen=self._room[entry.kind]))
        if len(lane) == lane.maxlen:
            self.dropped[entry.kind] += 1
        lane.append(entry)
        self._ready.set()

    def forget(self, participant: str, kind: type) -> None:
        """Wipe a lane, because its frames may no longer be looked at."""
        self._lanes.pop((participant, kind), None)

    def close(self) -> None:
        self.closed = True
        self._ready.set()

    async def take(self) -> list[Waiting]:
        """Wait for entries and take all there are, oldest first. Nothing is left after close()."""
        await self._ready.wait()
        if not self.closed:
            self._ready.clear()
        entries = sorted((e for lane in self._lanes.values() for e in lane), key=lambda e: e.t)
        self._lanes.clear()
        return entries
