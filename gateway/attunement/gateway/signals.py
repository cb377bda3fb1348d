"""Signals out: one websocket per overlay."""

import asyncio
import logging
from typing import Any

import msgspec
from fastapi import APIRouter, WebSocket, WebSocketDisconnect

from attunement.gateway import origin, wire
from attunement.gateway.access import Desk, desk
from attunement.gateway.errors import Refused
from attunement.gateway.guard import refusal
from attunement.gateway.live import LiveSession
from attunement.gateway.outbox import Message, Outbox
from attunement.gateway.rate import Rate
from attunement.gateway.tokens import Action, Claims, require

RESUME = 1013  # "try again later": the overlay has fallen behind and must resume
ENDED = 1000

log = logging.getLogger(__name__)
router = APIRouter()


@router.websocket("/signals/{session}")
async def signals(socket: WebSocket, session: str) -> None:
    at = desk(socket)
    try:
        claims = _admit(socket, at, session)
        live = at.hub.get(session)
        subprotocol = _subprotocol(socket)
        outbox = live.subscribe(
            seq=_number(socket, "seq"),
            event=_number(socket, "event"),
            therapist=live.is_therapist(claims.participant),
        )
    except Refused as refused:
        at.hub.metrics.refused.labels(str(refused.status)).inc()
        await socket.send_denial_response(refusal(refused))
        return
    async with outbox:
        hello = Message(live.hello())  # of the same moment as the subscription
        try:
            await socket.accept(subprotocol)
            await _send(socket, hello, subprotocol)
            await Overlay(socket, live, outbox, subprotocol, at).serve()
        except (WebSocketDisconnect, RuntimeError):
            pass  # it left while we spoke
        finally:
            at.hub.metrics.skipped.inc(outbox.skipped)


def _admit(socket: WebSocket, at: Desk, session: str) -> Claims:
    header, ticket = socket.headers.get("authorization"), socket.query_params.get("ticket")
    origin.check(socket.headers.get("origin"), at.origins, has_header=header is not None)
    claims = at.tokens.bearer(header) if ticket is None else at.tickets.use(ticket)
    return require(claims, Action.WATCH, session)


def _subprotocol(socket: WebSocket) -> str:
    for offered in socket.scope["subprotocols"]:
        if offered in wire.SUBPROTOCOLS:
            return str(offered)
    text = f"got no subprotocol that is known, expected {' or '.join(wire.SUBPROTOCOLS)}"
    raise Refused(400, "no_subprotocol", text)


def _number(socket: WebSocket, name: str) -> int | None:
    value = socket.query_params.get(name)
    if value is None:
        return None
    if not value.isascii() or not value.isdigit() or len(value) > 15:
        raise Refused(400, "not_a_number", f"got another '{name}', expected a whole number")
    return int(value)


async def _send(socket: WebSocket, message: Message, subprotocol: str) -> None:
    encoded = message.encoded(subprotocol)
    if isinstance(encoded, bytes):
        await socket.send_bytes(encoded)
    else:
        await socket.send_text(encoded)


class Overlay:
    """Sends what is in the outbox, takes what the overlay says; ends when either does."""

    def __init__(
        self, socket: WebSocket, live: LiveSession, outbox: Outbox, subprotocol: str, at: Desk
    ) -> None:
        self._socket, self._live, self._outbox = socket, live, outbox
        self._subprotocol = subprotocol
        self._metrics = at.hub.metrics
        self._patience = at.hub.settings.stalled
        self._rate = Rate()

    async def serve(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            speaking = tasks.create_task(self._speak())
            listening = tasks.create_task(self._listen())
            await asyncio.wait([speaking, listening], return_when=asyncio.FIRST_COMPLETED)
            speaking.cancel()
            listening.cancel()

    async def _speak(self) -> None:
        while (message := await self._outbox.take()) is not None:
            if not await self._sent(message):
                return
        code, reason = (RESUME, "resume") if self._outbox.overflowed else (ENDED, "ended")
        try:
            async with asyncio.timeout(self._patience):
                await self._socket.close(code, reason)
        except (TimeoutError, RuntimeError):
            self._abort()

    async def _sent(self, message: Message) -> bool:
        """False when the overlay has gone, or takes nothing any more."""
        try:
            async with asyncio.timeout(self._patience):
                await _send(self._socket, message, self._subprotocol)
        except TimeoutError:
            self._abort()
            return False
        except (WebSocketDisconnect, RuntimeError):
            return False
        return True

    async def _listen(self) -> None:
        while True:
            event = await self._socket.receive()
            if event["type"] == "websocket.disconnect":
                return
            try:
                self._take(event)
            except Refused as refused:
                self._outbox.offer(Message(wire.ErrorMessage(refused.code, refused.text)))

    def _take(self, event: Any) -> None:
        """Raises Refused, which is told to the overlay."""
        if not self._rate.allows(asyncio.get_running_loop().time()):
            raise Refused(429, "too_many", f"got more than {self._rate.per_second} messages/s")
        decode = _from_json if event.get("bytes") is None else _from_msgpack
        message = decode(event.get("text") or event.get("bytes") or b"")
        if not self._outbox.therapist:
            raise Refused(403, "forbidden", "only the therapist marks moments and answers alerts")
        if isinstance(message, wire.MarkAdd):
            self._live.mark(message)
        else:
            self._live.answer(message)

    def _abort(self) -> None:
        self._metrics.aborted.inc()
        abort = self._socket.scope.get("state", {}).get("abort")
        if abort is not None:
            abort()


def _from_json(data: str | bytes) -> wire.Up:
    try:
        return _JSON.decode(data)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        raise _garbled() from None


def _from_msgpack(data: bytes) -> wire.Up:
    try:
        return _MSGPACK.decode(data)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        raise _garbled() from None


def _garbled() -> Refused:
    return Refused(400, "malformed", "got something else, expected mark.add or alert.answer")


_JSON: msgspec.json.Decoder[wire.Up] = msgspec.json.Decoder(wire.Up)
_MSGPACK: msgspec.msgpack.Decoder[wire.Up] = msgspec.msgpack.Decoder(wire.Up)
