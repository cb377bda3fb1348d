"""The websocket: who is let in, what they are told, and what they may say."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import msgspec
import pytest
import websockets
from websockets.exceptions import InvalidStatus

from attunement.engine.session import Event
from attunement.gateway import wire
from attunement.gateway.live import LiveSession
from attunement.gateway.server import Server
from attunement.gateway.tokens import Action
from attunement.pipelines.alerts import Alert
from tests.support.calls import Overlay, bearer, call, eventually, gateway, watching

JSON, MSGPACK = (websockets.Subprotocol(name) for name in (wire.JSON, wire.MSGPACK))


async def refused(server: Server, path: str, **how: Any) -> tuple[int, str]:
    how.setdefault("subprotocols", [JSON])
    with pytest.raises(InvalidStatus) as raised:
        async with websockets.connect(server.url.replace("http", "ws") + path, **how):
            pass
    response = raised.value.response
    return response.status_code, json.loads(response.body or b"{}")["error"]


def header(server: Server, live: LiveSession, *actions: Action) -> dict[str, str]:
    return bearer(server.token(live.id, "t", *actions))


async def test_who_may_not_watch_is_told_why() -> None:
    async with gateway() as server:
        live = call(server)
        path, good = f"/signals/{live.id}", header(server, live, Action.WATCH)

        async def knock(
            headers: dict[str, str], origin: str | None = None, path: str = path, **how: Any
        ) -> tuple[int, str]:
            return await refused(server, path, additional_headers=headers, origin=origin, **how)

        assert (await knock({}))[0] == 403  # neither origin nor header
        assert (await knock({}, server.url))[0] == 401
        assert (await knock({}, server.url, f"{path}?ticket=guess"))[0] == 401
        assert (await knock(bearer("x.y.z")))[0] == 401
        assert (await knock(header(server, live, Action.PUBLISH)))[0] == 403
        for origin in ("https://evil.example", "null", f"{server.url}.evil.example"):
            status, text = await knock(good, origin)
            assert (status, "origin" in text) == (403, True)
        other = bearer(server.token("NONE", "t", Action.WATCH))
        assert (await knock(other, path="/signals/NONE"))[0] == 404
        assert (await knock(good, subprotocols=None))[0] == 400
        status, text = await knock(good, subprotocols=[websockets.Subprotocol("other")])
        assert (status, wire.MSGPACK in text) == (400, True)
        assert (await knock(good, path=f"{path}?seq=-1"))[0] == 400


async def test_a_page_of_ours_watches_with_a_ticket_once() -> None:
    async with gateway(origins=("https://clinic.example",)) as server, httpx.AsyncClient() as http:
        live = call(server)
        for origin in (server.url, "https://clinic.example"):
            tickets = f"{server.url}/sessions/{live.id}/tickets"
            got = await http.post(tickets, headers=header(server, live, Action.WATCH))
            url = f"{server.signals_url(live.id)}?ticket={got.json()['ticket']}"
            page = websockets.Origin(origin)
            async with websockets.connect(url, subprotocols=[MSGPACK], origin=page) as overlay:
                hello = msgspec.msgpack.decode(await overlay.recv(decode=False), type=wire.Down)
                assert isinstance(hello, wire.SessionHello)
            path = f"/signals/{live.id}?ticket={got.json()['ticket']}"
            assert (await refused(server, path, origin=page))[0] == 401


async def test_the_first_message_says_what_there_is() -> None:
    async with gateway() as server:
        live = call(server)
        async with watching(server, live) as overlay:
            hello = await overlay.next()
    assert hello["type"] == "session.hello"
    assert (hello["session"], hello["state"]) == (live.id, "live")
    assert hello["people"] == {"t": "therapist", "p": "patient"}
    assert "net.rtt" in {spec["name"] for spec in hello["catalog"]}


async def test_both_encodings_say_the_same() -> None:
    async with gateway() as server:
        live = call(server)
        headers = header(server, live, Action.WATCH)
        url = server.signals_url(live.id)
        async with (
            websockets.connect(url, additional_headers=headers, subprotocols=[JSON]) as a,
            websockets.connect(url, additional_headers=headers, subprotocols=[MSGPACK, JSON]) as b,
        ):
            for _ in range(2):
                text, packed = await a.recv(), await b.recv()
                assert isinstance(text, str)
                assert isinstance(packed, bytes)
                assert json.loads(text) == msgspec.msgpack.decode(packed)


async def test_resuming_brings_the_frames_that_were_missed() -> None:
    async with gateway() as server:
        live = call(server)
        await eventually(lambda: live.newest is not None and live.newest.seq >= 3)

        async def frames(query: str, n: int) -> list[int]:
            async with watching(server, live, query=query) as overlay:
                return [(await overlay.next("signal.frame"))["seq"] for _ in range(n)]

        assert live.newest is not None
        assert await frames("?seq=1", 2) == [2, 3]
        assert await frames("?seq=0", 3) == [1, 2, 3]
        assert (await frames("", 1))[0] >= 3


async def test_resuming_brings_the_reliable_messages_that_were_missed() -> None:
    async with gateway() as server:
        live = call(server)
        async with watching(server, live) as overlay:
            hello = await overlay.next()
        live.agree("p", [])
        live.handle(Event.PAUSE)
        async with watching(server, live, query=f"?event={hello['id']}") as overlay:
            assert (await overlay.next())["id"] == hello["id"] + 2
            assert (await overlay.next())["type"] == "consent.changed"
            assert (await overlay.next())["type"] == "session.state"


async def test_a_mark_is_shown_to_every_therapist_and_to_no_patient() -> None:
    async with gateway() as server:
        live = call(server)
        async with (
            watching(server, live) as one,
            watching(server, live) as two,
            watching(server, live, "p") as patient,
        ):
            await one.socket.send(json.dumps({"type": "mark.add", "t_ms": 120, "note": "here"}))
            for overlay in (one, two):
                mark = await overlay.next("mark.added")
                assert (mark["t_ms"], mark["note"]) == (120, "here")
            await patient.socket.send(json.dumps({"type": "mark.add"}))
            heard = [await patient.next() for _ in range(3)]
            assert "mark.added" not in [message["type"] for message in heard]
            assert "error" in [message["type"] for message in heard]


async def test_an_answer_to_an_alert_that_is_not_there_is_an_error() -> None:
    async with gateway() as server:
        live = call(server)
        async with watching(server, live) as overlay:
            answer = {"type": "alert.answer", "alert": 9, "answer": "useful"}
            await overlay.socket.send(json.dumps(answer))
            assert (await overlay.next("error"))["code"] == "no_alert"


@pytest.mark.parametrize(
    "garbage",
    [
        "",
        "hello",
        "[" * 10_000,
        '{"type":"mark.add","t_ms":"now"}',
        '{"type":"launch"}',
        b"",
        b"\xc1",
        b"\xdf\xff\xff\xff\xff",
        b"\x91" * 5_000,
    ],
)
async def test_garbage_is_told_and_the_connection_goes_on(garbage: str | bytes) -> None:
    async with gateway() as server:
        live = call(server)
        async with watching(server, live) as overlay:
            await overlay.socket.send(garbage)
            assert (await overlay.next("error"))["code"] == "malformed"
            await overlay.socket.send(json.dumps({"type": "mark.add"}))
            await overlay.next("mark.added")


async def test_who_speaks_too_often_is_told_and_not_heard() -> None:
    async with gateway() as server:
        live = call(server)
        async with watching(server, live) as overlay:
            for _ in range(60):
                await overlay.socket.send(json.dumps({"type": "mark.add"}))
            errors = 0
            while errors + live.hello().id - 1 < 60:
                errors += (await overlay.next("error"))["code"] == "too_many"
            assert 20 <= 60 - errors < 40


async def test_a_message_over_64_kb_ends_the_connection() -> None:
    async with gateway() as server:
        live = call(server)
        async with watching(server, live) as overlay:
            await overlay.socket.send("x" * 70_000)
            await overlay.socket.wait_closed()
            assert overlay.socket.close_code == 1009
        await eventually(lambda: live.overlays == 0)


async def test_an_overlay_that_fell_too_far_behind_is_sent_away_to_resume() -> None:
    async with gateway() as server:
        live = call(server)
        async with watching(server, live) as overlay:
            await overlay.next()
            for _ in range(400):  # more than wait, without a turn for its sender
                live.mark(wire.MarkAdd())
            with pytest.raises(websockets.ConnectionClosed):
                await overlay.until(lambda _: False)
            assert overlay.socket.close_code == 1013
        async with watching(server, live, query="?event=1") as overlay:
            ids = [(await overlay.next("mark.added"))["id"] for _ in range(400)]
        assert ids == sorted(ids)


@asynccontextmanager
async def stopped(server: Server, live: LiveSession) -> AsyncIterator[socket.socket]:
    """An overlay that shook hands and then does nothing: it reads no byte, and answers no ping."""
    loop = asyncio.get_running_loop()
    plain = socket.socket()
    plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    plain.setblocking(False)
    await loop.sock_connect(plain, ("127.0.0.1", server.port))
    token = server.token(live.id, "t", Action.WATCH)
    request = (
        f"GET /signals/{live.id} HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n"
        f"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nAuthorization: Bearer {token}\r\n"
        f"Sec-WebSocket-Protocol: {wire.JSON}\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    )
    await loop.sock_sendall(plain, request.encode())
    assert b"101" in await loop.sock_recv(plain, 32)
    try:
        yield plain
    finally:
        plain.close()


async def test_an_overlay_that_answers_no_ping_is_cut_off_and_the_others_go_on() -> None:
    async with gateway(stalled=2.0) as server:
        live = call(server)
        async with watching(server, live) as other, stopped(server, live):
            await eventually(lambda: live.overlays == 2)
            await eventually(lambda: live.overlays == 1, within=6)
            await other.next("signal.frame")


async def test_an_overlay_that_takes_nothing_holds_little_and_is_cut_off() -> None:
    async with gateway(stalled=2.0) as server:
        live = call(server)
        async with watching(server, live) as other, stopped(server, live):
            await eventually(lambda: live.overlays == 2)
            flood = asyncio.create_task(_flood(live))
            try:
                taken = await _until_alone(live, other)
            finally:
                flood.cancel()
        assert taken > 50  # marks, while one overlay stood still


async def _flood(live: LiveSession) -> None:
    """More than any buffer on the way holds, at a rate that an overlay can follow."""
    while True:
        live.mark(wire.MarkAdd(note="x" * 8_000))
        await asyncio.sleep(0.01)


async def _until_alone(live: LiveSession, other: Overlay) -> int:
    taken = 0
    async with asyncio.timeout(8):
        while live.overlays == 2:
            await other.next("mark.added")
            taken += 1
    return taken


async def test_an_alert_is_raised_answered_once_and_kept_from_the_patient(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with gateway() as server:
        live = call(server)
        alerts = [Alert(1, "long_pauses", "p", "longer pauses than usual", "pauses 3.1 s")]
        answers: list[tuple[str, bool]] = []
        async with watching(server, live) as overlay, watching(server, live, "p") as patient:
            monkeypatch.setattr(live._alerts, "offer", lambda _: [alerts.pop()] if alerts else [])
            monkeypatch.setattr(live._alerts, "answer", lambda *answer: answers.append(answer))
            raised = await overlay.next("alert.raised")
            assert (raised["kind"], raised["t_ms"]) == ("long_pauses", 2_000)
            answer = {"type": "alert.answer", "alert": raised["id"], "answer": "not_now"}
            for _ in range(2):
                await overlay.socket.send(json.dumps(answer))
            assert (await overlay.next("error"))["code"] == "no_alert"
            heard = [(await patient.next())["type"] for _ in range(3)]
            assert "alert.raised" not in heard
        assert answers == [("long_pauses", False)]
