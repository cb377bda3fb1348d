"""
A session's signals, as typed messages: `async for message in connect(url, token)`.

Needs websockets and msgspec only. A connection that is lost is taken up again where it broke: by
`seq` for frames, by `event` for everything else.
"""

import asyncio
import random
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from typing import Literal
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import msgspec
from websockets.asyncio.client import ClientConnection
from websockets.asyncio.client import connect as dial
from websockets.exceptions import (
    ConnectionClosed,
    InvalidHandshake,
    InvalidStatus,
    InvalidURI,
)

from attunement.engine.errors import AttunementError
from attunement.gateway import wire

Codec = Literal["msgpack", "json"]

TRIES = 8  # in a row without a message, before a connection is given up ...
FIRST_TRIES = 4  # ... and where there never was one
FIRST_WAIT, LONGEST_WAIT = 0.25, 8.0  # s between tries, doubling
LARGEST = 1 << 20  # bytes of a message
WAITING = 16  # messages that may wait for us before the server has to
OVER = 1000  # close code of a session that has ended
DEFINITE = range(400, 429)  # statuses that a further try would meet again

_SENTENCES = {
    401: "the token is missing, expired or of another gateway; get a fresh one",
    403: "this token does not allow watching this session",
    404: "there is no session of that id; it may have ended",
}
_DECODE: dict[str, Callable[[bytes], wire.Down]] = {
    wire.MSGPACK: msgspec.msgpack.Decoder(wire.Down).decode,
    wire.JSON: msgspec.json.Decoder(wire.Down).decode,
}


class Unwatchable(AttunementError):
    """The gateway refused, or cannot be reached."""

    def __init__(self, status: int | None, sentence: str) -> None:
        super().__init__(status, sentence)
        self.status, self.sentence = status, sentence

    def __str__(self) -> str:
        return self.sentence if self.status is None else f"{self.sentence} (HTTP {self.status})"


async def connect(
    url: str,
    token: str,
    *,
    codec: Codec = "msgpack",
    seq: int | None = None,
    event: int | None = None,
    tries: int = TRIES,
) -> AsyncGenerator[wire.Down, None]:
    """
    Every message of the session at `url` (ws://…/signals/ID) until it ends.

    `seq` and `event` resume after a frame and a message seen before. The first message of every
    connection is a session.hello, so a hello in the middle tells of a reconnect. Messages of kinds
    that this version does not know are left out. Leaving the loop early: close the iterator
    (`contextlib.aclosing`). Raises Unwatchable.
    """
    place = _Place(url, seq, event)
    failures, limit = 0, min(tries, FIRST_TRIES)
    while True:
        try:
            async with await _dialled(place, token, codec) as socket:
                async for message in _messages(socket, place):
                    failures, limit = 0, tries
                    yield message
            return
        except _Again as lost:
            failures += 1
            if failures >= limit:
                told = f"{lost.sentence}, and {limit} tries in a row failed"
                raise Unwatchable(None, told) from None
            await asyncio.sleep(_pause(failures))


class _Place:
    """How far we have come."""

    def __init__(self, url: str, seq: int | None, event: int | None) -> None:
        self._url, self.seq, self.event = url, seq, event

    def url(self) -> str:
        parts = urlsplit(self._url)
        scheme = {"http": "ws", "https": "wss"}.get(parts.scheme, parts.scheme)
        query = dict(parse_qsl(parts.query))
        if self.seq is not None:
            query["seq"] = str(self.seq)
        if self.event is not None:
            query["event"] = str(self.event)
        return urlunsplit((scheme, parts.netloc, parts.path, urlencode(query), ""))

    def take(self, message: wire.Down) -> bool:
        """Note it; False if it was seen before."""
        if isinstance(message, wire.SignalFrame):
            if self.seq is not None and message.seq <= self.seq:
                return False
            self.seq = message.seq
        elif isinstance(message, wire.SessionHello):
            # Nothing older than the first hello is owed to us.
            self.event = message.id if self.event is None else self.event
        elif not isinstance(message, wire.ErrorMessage):
            self.event = max(message.id, self.event or 0)
        return True


class _Again(Exception):
    """Worth another try."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


async def _dialled(place: _Place, token: str, codec: Codec) -> ClientConnection:
    subprotocol = wire.MSGPACK if codec == "msgpack" else wire.JSON
    try:
        return await dial(
            place.url(),
            additional_headers={"Authorization": f"Bearer {token}"},
            subprotocols=[subprotocol],  # type: ignore[list-item]
            compression=None,
            max_size=LARGEST,
            max_queue=WAITING,
            open_timeout=10,
            close_timeout=2,
        )
    except InvalidURI:
        raise Unwatchable(None, "got another address, expected ws://HOST/signals/ID") from None
    except InvalidStatus as refused:
        status = refused.response.status_code
        if status in DEFINITE:
            raise Unwatchable(status, _SENTENCES.get(status, "the gateway refused")) from None
        raise _Again(f"the gateway answered HTTP {status}") from None
    except InvalidHandshake:
        raise Unwatchable(None, "what answers there is no attunement gateway") from None
    except (OSError, TimeoutError, ConnectionClosed):
        raise _Again("the gateway cannot be reached") from None


async def _messages(socket: ClientConnection, place: _Place) -> AsyncIterator[wire.Down]:
    """Until the session ends. Raises _Again when the connection is lost before."""
    decode = _DECODE[socket.subprotocol or wire.MSGPACK]
    try:
        while True:
            message = _read(decode, await socket.recv(decode=False))
            if message is not None and place.take(message):
                yield message
    except ConnectionClosed as closed:
        if closed.rcvd is not None and closed.rcvd.code == OVER:
            return
        raise _Again("the connection was lost") from None


def _read(decode: Callable[[bytes], wire.Down], data: bytes) -> wire.Down | None:
    """None for a message of a kind we do not know: the gateway may be newer than we are."""
    try:
        return decode(data)
    except msgspec.ValidationError:
        return None
    except msgspec.DecodeError:
        raise Unwatchable(None, "what answers there does not speak attunement.v1") from None


def _pause(failures: int) -> float:
    """Doubling, and spread, so that a hundred overlays do not come back in one moment."""
    wait: float = min(LONGEST_WAIT, FIRST_WAIT * 2 ** (failures - 1))
    return wait * (0.75 + random.random() / 2)
