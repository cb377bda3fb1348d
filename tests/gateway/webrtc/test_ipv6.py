"""A call over IPv6 alone."""

import httpx
import pytest
from aiortc import RTCSessionDescription

from attunement.gateway.tokens import Action
from tests.support.calls import SDP, Caller, bearer, call, eventually, gateway
from tests.support.ways import Fields, candidates, only, own_address

pytestmark = [
    pytest.mark.live,
    pytest.mark.skipif(own_address(6) is None, reason="needs an IPv6 address, not link-local"),
]


def is_ipv6(fields: Fields) -> bool:
    return ":" in fields[4]


async def test_sound_and_pictures_come_over_ipv6() -> None:
    async with gateway() as server, httpx.AsyncClient() as http:
        live, caller = call(server), Caller()
        try:
            offer = only(await caller.offer(), is_ipv6)
            assert candidates(offer)
            got = await http.post(
                server.whip_url(live.id, "p"),
                content=offer,
                headers=bearer(server.token(live.id, "p", Action.PUBLISH)) | SDP,
            )
            answer = only(got.text, is_ipv6)
            assert candidates(answer)
            await caller.connection.setRemoteDescription(RTCSessionDescription(answer, "answer"))
            person = live.participants["p"]
            await eventually(lambda: (person.state.sound, person.state.picture) == ("on", "on"))
        finally:
            await caller.connection.close()


async def test_the_gateway_listens_at_an_ipv6_address() -> None:
    async with gateway(host="::1") as server, httpx.AsyncClient() as http:
        assert "[::1]" in server.url
        got = await http.get(f"{server.url}/healthz")
    assert got.status_code == 200
