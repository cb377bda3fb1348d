"""The reliable messages of a session: numbered, in order, and as many as fit."""

from collections import deque
from collections.abc import Callable
from typing import Literal

from attunement.gateway import wire
from attunement.gateway.outbox import Message

KEPT = 512
Reliable = (
    wire.SessionState | wire.ConsentChanged | wire.AlertRaised | wire.MarkAdded | wire.LinkChanged
)


class News:
    def __init__(self, kept: int = KEPT) -> None:
        self._messages: deque[tuple[int, Message]] = deque(maxlen=kept)
        self.newest = 0  # id

    def add(
        self, make: Callable[[int], Reliable], audience: Literal["all", "therapist"] = "all"
    ) -> Message:
        """`make` gets the id."""
        self.newest += 1
        message = Message(make(self.newest), audience)
        self._messages.append((self.newest, message))
        return message

    def since(self, event: int) -> list[Message]:
        return [message for number, message in self._messages if number > event]
