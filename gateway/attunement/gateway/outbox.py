"""What one overlay has still to be told."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterable
from types import TracebackType
from typing import Self

import msgspec

from attunement.gateway import wire

RELIABLE = 256  # messages that may wait; an overlay that has fallen further behind must resume


class Message:
    """A message, and its encodings: each made once, however many overlays take it."""

    def __init__(self, payload: wire.Down, audience: str = "all") -> None:
        self.payload = payload
        self.audience = audience  # "all" or "therapist"
        self._encoded: dict[str, bytes | str] = {}

    def encoded(self, subprotocol: str) -> bytes | str:
        """bytes of msgpack, or text of JSON."""
        if subprotocol not in self._encoded:
            self._encoded[subprotocol] = (
                msgspec.msgpack.encode(self.payload)
                if subprotocol == wire.MSGPACK
                else msgspec.json.encode(self.payload).decode()
            )
        return self._encoded[subprotocol]


class Outbox:
    """
    Frames: the newest wins, so an overlay on a slow line sees fewer seconds and never older ones;
    only what it asked for on resuming comes in full. Everything else is kept in order, up to a
    bound; beyond it the outbox is `overflowed`, and the overlay must come again and resume.
    """

    def __init__(
        self,
        *,
        therapist: bool,
        backlog: Iterable[Message] = (),
        missed: Iterable[Message] = (),
        leave: Callable[["Outbox"], None] = lambda _: None,
        reliable: int = RELIABLE,
    ) -> None:
        self.therapist = therapist
        self._frames = deque(backlog)
        self._owed = len(self._frames)  # of a resumed past, which is not skipped
        self._reliable = deque(m for m in missed if self._for_us(m))
        self._room = len(self._reliable) + reliable
        self._ready = asyncio.Event()
        self._leave = leave
        self.closed = False
        self.overflowed = False
        self.skipped = 0
        self._wake()

    def offer_frame(self, message: Message) -> None:
        if len(self._frames) > self._owed:
            self._frames.pop()
            self.skipped += 1
        self._frames.append(message)
        self._wake()

    def offer(self, message: Message) -> None:
        if not self._for_us(message):
            return
        if len(self._reliable) >= self._room:
            self.overflowed = True
        else:
            self._reliable.append(message)
        self._wake()

    def close(self) -> None:
        """What is in it is still delivered; nothing is added."""
        self.closed = True
        self._wake()

    async def take(self) -> Message | None:
        """The next message; None when there will be no more. Cancelling it loses nothing."""
        while True:
            await self._ready.wait()
            if self.overflowed:
                return None
            if self._reliable:
                return self._reliable.popleft()
            if self._frames:
                self._owed = max(0, self._owed - 1)
                return self._frames.popleft()
            if self.closed:
                return None
            self._ready.clear()

    async def __aiter__(self) -> AsyncIterator[wire.Down]:
        while (message := await self.take()) is not None:
            yield message.payload

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._leave(self)

    def _for_us(self, message: Message) -> bool:
        return self.therapist or message.audience == "all"

    def _wake(self) -> None:
        self._ready.set()
