"""A peer whose addresses come one by one, after its offer (RFC 8840)."""

from collections.abc import AsyncIterator

import httpx
import pytest
from aiortc import RTCSessionDescription

from attunement.gateway.live import LiveSession
from attunement.gateway.server import Server
from attunement.gateway.tokens import Action
from tests.support.calls import SDP, Caller, bearer, call, eventually, gateway
from tests.support.ways import only

pytestmark = pytest.mark.live
FRAGMENT = {"Content-Type": "application/trickle-ice-sdpfrag"}


class Trickling:
    """Its offer tells of no address, and it was told of none of ours."""

    def __init__(self, server: Server, live: LiveSession, http: httpx.AsyncClient) -> None:
        self.server, self.live, self.http = server, live, http
        self.caller = Caller()
        self.told: list[str] = []  # candidates, each behind its a=mid
        self.username = ""

    async def publish(self) -> None:
        offer = await self.caller.offer()
        mid = ""
        for line in offer.splitlines():
            mid = line if line.startswith("a=mid:") else mid
            if line.startswith("a=candidate:"):
                self.told.append(f"{mid}\r\n{line}\r\n")
            if line.startswith("a=ice-ufrag:"):
                self.username = line
        self.headers = bearer(self.server.token(self.live.id, "p", Action.PUBLISH))
        got = await self.http.post(
            self.server.whip_url(self.live.id, "p"),
            content=only(offer, lambda _: False),
            headers=self.headers | SDP,
        )
        assert got.status_code == 201
        self.resource, self.etag = self.server.url + got.headers["Location"], got.headers["ETag"]
        answer = RTCSessionDescription(only(got.text, lambda _: False), "answer")
        await self.caller.connection.setRemoteDescription(answer)

    async def trickle(self, fragment: str) -> httpx.Response:
        headers = self.headers | FRAGMENT | {"If-Match": self.etag}
        return await self.http.patch(self.resource, content=fragment, headers=headers)


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    async with gateway() as server:
        yield server


async def test_candidates_that_come_one_by_one_open_the_way(server: Server) -> None:
    async with httpx.AsyncClient() as http:
        peer = Trickling(server, call(server), http)
        try:
            await peer.publish()
            person = peer.live.participants["p"]
            assert person.state.link == "never"
            for candidate in dict.fromkeys(peer.told):
                got = await peer.trickle(f"{peer.username}\r\n{candidate}")
                assert got.status_code == 204, got.text
            await eventually(lambda: person.state.link == "up")
            got = await peer.trickle("a=end-of-candidates\r\n")
            assert got.status_code == 204
        finally:
            await peer.caller.connection.close()


async def test_a_restart_is_422_and_the_call_goes_on(server: Server) -> None:
    async with httpx.AsyncClient() as http:
        peer = Trickling(server, call(server), http)
        try:
            await peer.publish()
            restart = await peer.trickle("a=ice-ufrag:another\r\na=ice-pwd:another\r\n")
            assert (restart.status_code, restart.json()["code"]) == (422, "no_ice_restart")
            for candidate in peer.told:
                await peer.trickle(candidate)
            await eventually(lambda: peer.live.participants["p"].state.link == "up")
        finally:
            await peer.caller.connection.close()
