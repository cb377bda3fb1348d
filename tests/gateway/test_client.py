"""Against a small gateway of websockets' own server, which does as it is told."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing, asynccontextmanager
from http import HTTPStatus
from urllib.parse import parse_qs, urlsplit

import msgspec
import pytest
from websockets.asyncio.server import ServerConnection, serve
from websockets.http11 import Request, Response

from attunement.gateway import client, wire
from attunement.gateway.client import Unwatchable, connect
from tests.support import session_script

Script = Callable[[ServerConnection], Awaitable[None]]


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "FIRST_WAIT", 0.001)


@asynccontextmanager
async def gateway(*scripts: Script, statuses: tuple[int, ...] = ()) -> AsyncIterator[str]:
    """Each connection plays the next script; the first ones are refused with `statuses`."""
    left, refusals = list(scripts), list(statuses)

    def process(connection: ServerConnection, request: Request) -> Response | None:
        if request.headers.get("Authorization") != "Bearer good":
            return connection.respond(HTTPStatus.UNAUTHORIZED, "")
        return connection.respond(HTTPStatus(refusals.pop(0)), "") if refusals else None

    async def play(connection: ServerConnection) -> None:
        await left.pop(0)(connection)

    async with serve(
        play, "127.0.0.1", 0, process_request=process, subprotocols=list(wire.SUBPROTOCOLS)
    ) as server:
        port = server.sockets[0].getsockname()[1]
        yield f"ws://127.0.0.1:{port}/signals/S"


async def tell(connection: ServerConnection, *messages: wire.Down) -> None:
    for message in messages:
        if connection.subprotocol == wire.MSGPACK:
            await connection.send(msgspec.msgpack.encode(message))
        else:
            await connection.send(msgspec.json.encode(message).decode())


def hello(id: int = 0) -> wire.SessionHello:
    return msgspec.structs.replace(session_script.hello("S"), id=id)


def frame(seq: int) -> wire.SignalFrame:
    return session_script.frame("S", seq)


async def all_of(url: str, token: str = "good", **more: object) -> list[wire.Down]:
    async with asyncio.timeout(10):
        return [message async for message in connect(url, token, **more)]  # type: ignore[arg-type]


@pytest.mark.parametrize("codec", ["msgpack", "json"])
async def test_messages_come_typed_until_the_session_ends(codec: str) -> None:
    sent: list[wire.Down] = [hello(), frame(1), wire.SessionState(1, "paused", 1_000), frame(2)]

    async def script(connection: ServerConnection) -> None:
        await tell(connection, *sent)

    async with gateway(script) as url:
        assert await all_of(url, codec=codec) == sent


async def test_a_lost_connection_is_taken_up_where_it_broke() -> None:
    asked: list[dict[str, list[str]]] = []

    def note(connection: ServerConnection) -> None:
        assert connection.request is not None
        asked.append(parse_qs(urlsplit(connection.request.path).query))

    async def breaks(connection: ServerConnection) -> None:
        note(connection)
        await tell(connection, hello(3), frame(1), frame(2), wire.MarkAdded(4, 1_500))
        await connection.close(1011)

    async def goes_on(connection: ServerConnection) -> None:
        note(connection)
        await tell(connection, hello(5), frame(2), frame(3), wire.MarkAdded(5, 2_500))

    async with gateway(breaks, goes_on) as url:
        messages = await all_of(url)
    assert asked == [{}, {"seq": ["2"], "event": ["4"]}]
    assert [m.seq for m in messages if isinstance(m, wire.SignalFrame)] == [1, 2, 3]
    assert [m.id for m in messages if isinstance(m, wire.MarkAdded)] == [4, 5]


async def test_what_came_before_the_first_hello_is_not_asked_for_again() -> None:
    asked: list[str] = []

    async def breaks(connection: ServerConnection) -> None:
        await tell(connection, hello(7))
        await connection.close(1013)

    async def goes_on(connection: ServerConnection) -> None:
        assert connection.request is not None
        asked.append(urlsplit(connection.request.path).query)
        await tell(connection, hello(7))

    async with gateway(breaks, goes_on) as url:
        await all_of(url)
    assert asked == ["event=7"]


async def test_a_gateway_that_is_starting_is_waited_for() -> None:
    async def script(connection: ServerConnection) -> None:
        await tell(connection, hello())

    async with gateway(script, statuses=(503, 502)) as url:
        assert await all_of(url) == [hello()]


@pytest.mark.parametrize(
    ("status", "sentence"),
    [
        (403, "does not allow watching"),
        (404, "no session of that id"),
        (400, "the gateway refused"),
    ],
)
async def test_a_refusal_is_a_sentence_and_not_tried_again(status: int, sentence: str) -> None:
    async with gateway(statuses=(status,)) as url:
        with pytest.raises(Unwatchable, match=sentence) as refused:
            await all_of(url)
    assert refused.value.status == status


async def test_a_foreign_token_is_a_sentence() -> None:
    async with gateway() as url:
        with pytest.raises(Unwatchable, match="token is missing, expired") as refused:
            await all_of(url, "bad")
    assert "bad" not in str(refused.value)


async def test_a_gateway_that_stays_away_is_given_up() -> None:
    async with gateway() as url:
        pass
    with pytest.raises(Unwatchable, match="cannot be reached, and 3 tries in a row"):
        await all_of(url, tries=3)


async def test_what_is_no_address_is_told() -> None:
    with pytest.raises(Unwatchable, match="expected ws://HOST/signals/ID"):
        await all_of("nonsense")


async def test_messages_of_a_newer_gateway_are_left_out() -> None:
    async def script(connection: ServerConnection) -> None:
        await connection.send(msgspec.msgpack.encode({"type": "song.sung", "verse": 1}))
        await tell(connection, hello())
        known = msgspec.to_builtins(frame(1)) | {"novelty": 1}
        await connection.send(msgspec.msgpack.encode(known))

    async with gateway(script) as url:
        assert await all_of(url) == [hello(), frame(1)]


async def test_leaving_early_closes_the_connection() -> None:
    closed = asyncio.Event()

    async def script(connection: ServerConnection) -> None:
        await tell(connection, hello(), frame(1))
        await connection.wait_closed()
        closed.set()

    async with gateway(script) as url:
        async with aclosing(connect(url, "good")) as messages:
            assert isinstance(await anext(messages), wire.SessionHello)
        async with asyncio.timeout(5):
            await closed.wait()


async def test_a_slow_reader_makes_the_gateway_wait_and_holds_no_pile() -> None:
    sent = 0

    async def script(connection: ServerConnection) -> None:
        nonlocal sent
        await tell(connection, hello())
        for seq in range(1, 20_001):
            await tell(connection, frame(seq))
            sent = seq

    async with gateway(script) as url, aclosing(connect(url, "good")) as messages:
        await anext(messages)
        before = -1
        while sent != before:  # until the gateway makes no headway any more
            before = sent
            await asyncio.sleep(0.2)
        assert sent < 15_000
