"""Every door of the gateway, and what it says to those it does not let in."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from attunement.engine.session import Event
from attunement.engine.signal import Mode
from attunement.gateway.server import Server
from attunement.gateway.tokens import Action
from tests.gateway.webrtc.test_offer import OFFER, VIDEO
from tests.support.calls import SDP, Caller, bearer, call, gateway

TWO = {
    "people": [
        {"id": "t", "role": "therapist", "consent": ["voice"]},
        {"id": "p", "role": "patient"},
    ]
}


class Door:
    """A gateway, a session and a client."""

    def __init__(self, server: Server, http: httpx.AsyncClient) -> None:
        self.server, self.http = server, http
        self.live = call(server)
        self.admin = bearer(server.token(None, None, Action.ADMIN))

    def may(self, who: str | None, *actions: Action, session: str | None = None) -> dict[str, str]:
        return bearer(self.server.token(session or self.live.id, who, *actions))

    async def offer(
        self, offer: str | bytes, headers: dict[str, str] | None = None, who: str = "p"
    ) -> httpx.Response:
        headers = self.may("p", Action.PUBLISH) | SDP if headers is None else headers
        path = f"/whip/{self.live.id}/{who}"
        return await self.http.post(path, content=offer, headers=headers)


@pytest.fixture
async def door() -> AsyncIterator[Door]:
    ready: asyncio.Future[Door] = asyncio.get_running_loop().create_future()
    done = asyncio.Event()

    async def hold() -> None:
        async with gateway() as server, httpx.AsyncClient(base_url=server.url) as http:
            ready.set_result(Door(server, http))
            await done.wait()

    task = asyncio.create_task(hold())
    async with asyncio.timeout(10):
        opened = await ready
    yield opened
    done.set()
    await task


def sentence(got: httpx.Response) -> str:
    text: str = got.json()["error"]
    assert set(got.json()) == {"error", "code"}
    return text


# WHIP


async def test_an_offer_is_answered_with_201_location_and_etag(door: Door) -> None:
    caller = Caller()
    got = await door.offer(await caller.offer())
    assert got.status_code == 201
    assert got.headers["Content-Type"].startswith("application/sdp")
    assert got.headers["Location"].startswith(f"/whip/{door.live.id}/p/")
    assert got.headers["ETag"].startswith('"')
    assert got.text.count("a=recvonly") == 2
    await caller.connection.close()


async def test_candidates_trickle_in_and_an_ice_restart_is_422(door: Door) -> None:
    caller = Caller()
    offer = await caller.offer()
    got = await door.offer(offer)
    whole = door.may("p", Action.PUBLISH) | {"Content-Type": "application/trickle-ice-sdpfrag"}
    match = whole | {"If-Match": got.headers["ETag"]}
    fragment = "a=mid:0\r\na=candidate:9 1 udp 2130706431 192.0.2.9 50000 typ host\r\n"
    where = got.headers["Location"]

    async def patch(body: str, headers: dict[str, str]) -> int:
        return (await door.http.patch(where, content=body, headers=headers)).status_code

    assert await patch(fragment, match) == 204
    assert await patch(fragment + "a=end-of-candidates\r\n", match) == 204
    assert await patch("a=ice-ufrag:other\r\na=ice-pwd:x\r\n", match) == 422
    assert await patch("a=candidate:nonsense", match) == 400
    assert await patch(fragment, whole) == 428
    assert await patch(fragment, whole | {"If-Match": '"old"'}) == 412
    assert await patch(fragment, match | SDP) == 415
    where += "x"
    assert await patch(fragment, match) == 404
    await caller.connection.close()


async def test_options_say_what_may_be_posted(door: Door) -> None:
    got = await door.http.options(f"/whip/{door.live.id}/p")
    assert (got.status_code, got.headers["Accept-Post"]) == (204, "application/sdp")


async def test_our_own_pages_may_ask_and_others_may_not(door: Door) -> None:
    ask = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "if-match"}
    path = f"/whip/{door.live.id}/p"
    ours = await door.http.options(path, headers=ask | {"Origin": door.server.url})
    assert ours.headers["Access-Control-Allow-Origin"] == door.server.url
    foreign = await door.http.options(path, headers=ask | {"Origin": "https://evil.example"})
    assert "Access-Control-Allow-Origin" not in foreign.headers


async def test_vp9_alone_is_415(door: Door) -> None:
    got = await door.offer(OFFER + VIDEO.replace("opus/48000/2", "VP9/90000"))
    assert (got.status_code, sentence(got)) == (415, "got video as VP9, expected VP8 or H.264")


async def test_h264_in_a_profile_nobody_can_decode_is_415(door: Door) -> None:
    video = VIDEO.replace("opus/48000/2", "H264/90000") + "a=fmtp:111 profile-level-id=640c1f\n"
    got = await door.offer(OFFER.replace("BUNDLE 0", "BUNDLE 0 1") + video)
    assert got.status_code == 415
    assert "H264" in sentence(got)


async def test_another_content_type_is_415(door: Door) -> None:
    headers = door.may("p", Action.PUBLISH) | {"Content-Type": "text/plain"}
    got = await door.offer(OFFER, headers)
    assert (got.status_code, "application/sdp" in sentence(got)) == (415, True)


async def test_five_megabytes_are_413_and_are_not_read(door: Door) -> None:
    got = await door.offer(b"v" * 5_000_000)
    assert (got.status_code, sentence(got)) == (413, "got more than 65536 bytes, expected fewer")


async def test_five_megabytes_without_a_length_are_413_too(door: Door) -> None:
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        for _ in range(5_000):
            sent += 1_000
            yield b"v" * 1_000

    headers = door.may("p", Action.PUBLISH) | SDP
    try:
        got = await door.http.post(f"/whip/{door.live.id}/p", content=endless(), headers=headers)
        assert got.status_code == 413
    except (httpx.WriteError, httpx.ReadError):
        pass  # cut off while it was still sending
    assert sent < 5_000_000


@pytest.mark.parametrize(
    ("offer", "says"),
    [
        ("", "line 1"),
        ("hello", "line 1"),
        (OFFER.replace("a=setup:actpass", "a=setup:x"), "line 11 of the offer (a=setup)"),
        (OFFER.replace("AA:BB", "AA:BB CC"), "a=fingerprint"),
        (b"v=0\n\xff\xfe", "line 2 of the offer is not UTF-8"),
    ],
)
async def test_a_malformed_offer_is_400_and_names_the_line(
    door: Door, offer: str | bytes, says: str
) -> None:
    got = await door.offer(offer)
    assert got.status_code == 400
    assert says in sentence(got)


async def test_a_bad_offer_leaves_the_connection_that_is_there_alone(door: Door) -> None:
    caller = Caller()
    await door.offer(await caller.offer())
    before = door.live.participants["p"].connection
    assert (await door.offer("v=0")).status_code == 400
    assert door.live.participants["p"].connection is before
    assert before is not None
    await caller.connection.close()


async def test_without_a_token_401_with_a_foreign_one_403_unknown_404(door: Door) -> None:
    assert (await door.offer(OFFER, SDP)).status_code == 401
    assert (await door.offer(OFFER, SDP | bearer("a.b.c"))).status_code == 401
    none = await door.offer(OFFER, SDP)
    assert none.headers["WWW-Authenticate"] == "Bearer"
    for headers in (
        door.may("t", Action.PUBLISH),
        door.may("p", Action.WATCH),
        door.may("p", Action.PUBLISH, session="OTHER"),
    ):
        assert (await door.offer(OFFER, SDP | headers)).status_code == 403
    nobody = await door.offer(OFFER, SDP | door.may("x", Action.PUBLISH), who="x")
    assert nobody.status_code == 404
    headers = SDP | door.may("p", Action.PUBLISH, session="GONE")
    got = await door.http.post("/whip/GONE/p", content=OFFER, headers=headers)
    assert (got.status_code, got.json()["code"]) == (404, "no_session")


# Sessions and agreements


async def test_a_session_from_opening_to_its_end(door: Door) -> None:
    got = await door.http.post("/sessions", json=TWO, headers=door.admin)
    assert got.status_code == 201
    path = got.headers["Location"]
    assert len(got.json()["id"]) == 26
    assert (got.json()["state"], got.json()["mode"]) == ("invited", "behaviour")
    assert got.json()["people"]["t"]["consent"] == ["voice"]
    assert got.json()["people"]["p"]["state"]["link"] == "never"
    for event, state in [("start", "live"), ("pause", "paused"), ("resume", "live")]:
        got = await door.http.post(f"{path}/{event}", headers=door.admin)
        assert (got.status_code, got.json()["state"]) == (200, state)
    got = await door.http.post(f"{path}/start", headers=door.admin)
    assert (got.status_code, sentence(got)) == (409, "a session that is live cannot start")
    assert (await door.http.post(f"{path}/end", headers=door.admin)).json()["state"] == "ended"
    assert (await door.http.get(path, headers=door.admin)).json()["state"] == "ended"


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"people": []},
        {"people": [{"id": "t", "role": "king"}]},
        {"people": [{"id": "a b", "role": "patient"}]},
        {"people": [{"id": "t", "role": "patient"}, {"id": "t", "role": "patient"}]},
        TWO | {"more": 1},
    ],
)
async def test_a_session_that_makes_no_sense_is_422(door: Door, body: dict[str, Any]) -> None:
    got = await door.http.post("/sessions", json=body, headers=door.admin)
    assert (got.status_code, len(sentence(got)) > 10) == (422, True)


async def test_a_behaviour_gateway_opens_no_inference_session(door: Door) -> None:
    body = TWO | {"mode": Mode.INFERENCE.value}
    got = await door.http.post("/sessions", json=body, headers=door.admin)
    assert (got.status_code, "behaviour only" in sentence(got)) == (403, True)


async def test_only_an_admin_opens_sessions(door: Door) -> None:
    for headers, status in [({}, 401), (door.may("t", Action.WATCH), 403)]:
        got = await door.http.post("/sessions", json=TWO, headers=headers)
        assert got.status_code == status


async def test_everybody_agrees_for_themselves_alone(door: Door) -> None:
    path = f"/sessions/{door.live.id}/consent"
    own = door.may("p", Action.CONSENT)
    got = await door.http.put(f"{path}/p", json={"groups": ["voice"]}, headers=own)
    assert got.json() == {"groups": ["voice"], "stored": False}
    got = await door.http.get(f"{path}/p", headers=door.may("t", Action.WATCH))
    assert got.json()["groups"] == ["voice"]
    for who, headers, status in [
        ("t", own, 403),
        ("p", door.may("t", Action.CONSENT), 403),
        ("p", door.may("p", Action.PUBLISH), 403),
        ("p", door.admin, 200),
        ("x", door.admin, 404),
    ]:
        got = await door.http.put(f"{path}/{who}", json={"groups": []}, headers=headers)
        assert got.status_code == status
    got = await door.http.put(f"{path}/p", json={"groups": ["soul"]}, headers=own)
    assert got.status_code == 422


async def test_everybody_may_pause_and_the_therapist_goes_on(door: Door) -> None:
    path = f"/sessions/{door.live.id}"
    patient, therapist = (door.may(who, Action.CONSENT) for who in "pt")
    for event, headers, status in [
        ("pause", patient, 200),
        ("resume", patient, 403),
        ("resume", therapist, 200),
        ("end", patient, 403),
        ("pause", door.may("p", Action.PUBLISH), 403),
        ("end", door.may("t", Action.CONSENT, session="OTHER"), 403),
        ("end", therapist, 200),
    ]:
        got = await door.http.post(f"{path}/{event}", headers=headers)
        assert (event, got.status_code) == (event, status)


async def test_an_unknown_session_is_404(door: Door) -> None:
    got = await door.http.get("/sessions/NONE", headers=door.admin)
    assert (got.status_code, got.json()["code"]) == (404, "no_session")


async def test_a_ticket_comes_with_a_longer_token(door: Door) -> None:
    path = f"/sessions/{door.live.id}/tickets"
    got = (await door.http.post(path, headers=door.may("t", Action.WATCH))).json()
    assert (len(got["ticket"]) > 20, 590 <= got["expires_in"] <= 600) == (True, True)
    again = await door.http.post(path, headers=bearer(got["token"]))
    assert again.status_code == 200
    # Who publishes keeps a token alive here too, and gets no ticket.
    own = (await door.http.post(path, headers=door.may("p", Action.PUBLISH))).json()
    assert own["ticket"] is None
    door.live.handle(Event.END)
    ended = await door.http.post(path, headers=door.may("t", Action.WATCH))
    assert ended.status_code == 409


# Operation and pages


async def test_the_catalog_and_openapi_describe_what_is_there(door: Door) -> None:
    names = {spec["name"] for spec in (await door.http.get("/catalog")).json()}
    assert {"sounds", "pictures", "net.rtt"} <= names
    api = (await door.http.get("/openapi.json")).json()
    assert api["openapi"].startswith("3.")
    for path in ("/whip/{session}/{participant}", "/sessions", "/sessions/{session}/tickets"):
        assert path in api["paths"]


async def test_metrics_count_and_name_nobody(door: Door) -> None:
    await door.offer("v=0")
    text = (await door.http.get("/metrics")).text
    assert "attunement_sessions 1.0" in text
    assert 'attunement_refused_total{status="400"} 1.0' in text
    assert "attunement_latency_seconds_bucket" in text
    assert door.live.id not in text
    assert (await door.http.get("/healthz")).json() == {"status": "ok"}


async def test_pages_are_fenced_in(door: Door) -> None:
    for page, camera in [("overlay", "camera=()"), ("capture", "camera=(self)")]:
        got = await door.http.get(f"/{page}")
        assert got.status_code in (200, 503)  # 503: the overlay is not built in this checkout
        assert "frame-ancestors 'self'" in got.headers["Content-Security-Policy"]
        assert "default-src 'none'" in got.headers["Content-Security-Policy"]
        assert camera in got.headers["Permissions-Policy"]
        assert got.headers["Referrer-Policy"] == "no-referrer"
    assert (await door.http.get("/nothing")).status_code == 404
    assert (await door.http.get("/static/../app.py")).status_code == 404


async def test_a_page_that_was_not_built_says_so(tmp_path: Any) -> None:
    from fastapi import FastAPI

    from attunement.gateway import pages

    app = FastAPI()
    app.include_router(pages.router(("'self'",), tmp_path))
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://x") as http:
        got = await http.get("/overlay")
    assert got.status_code == 503
    assert "make overlay" in got.text


async def test_a_fault_of_ours_is_500_without_a_word_of_it(
    door: Door, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(_: str) -> None:
        raise RuntimeError("canary-fault")

    monkeypatch.setattr(door.server.hub, "get", broken)
    got = await door.http.get("/sessions/x", headers=door.admin)
    assert got.status_code == 500
    assert "canary" not in got.text + caplog.text
    assert "RuntimeError" in caplog.text


async def test_logs_hold_no_name_no_token_no_address_and_no_offer(
    door: Door, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    body = json.loads(json.dumps(TWO).replace('"p"', '"canary-name"'))
    session = (await door.http.post("/sessions", json=body, headers=door.admin)).json()["id"]
    token = door.server.token(session, "canary-name", Action.PUBLISH)
    canary = OFFER.replace("192.0.2.1", "203.0.113.77").replace("abcd", "canary-ufrag")
    for offer in (canary, canary.replace("actpass", "canary-role"), "canary-line"):
        await door.http.post(
            f"/whip/{session}/canary-name", content=offer, headers=bearer(token) | SDP
        )
    await door.http.put(
        f"/sessions/{session}/consent/canary-name", json={"groups": ["canary"]}, headers=door.admin
    )
    logged = "\n".join(
        record.getMessage()
        for record in caplog.records
        if record.name.partition(".")[0] not in ("httpx", "httpcore")
    )
    for secret in ("canary", token, "203.0.113.77"):
        assert secret not in logged
