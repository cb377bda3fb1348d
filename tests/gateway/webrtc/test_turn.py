"""A gateway behind a firewall is reached through a relay: Debian's coturn."""

import logging
import time
from pathlib import Path
from typing import Any

import httpx
import pytest
from aiortc import RTCSessionDescription

from attunement.gateway.ice_server import IceServer
from attunement.gateway.tokens import Action
from tests.support.calls import SDP, Caller, bearer, call, eventually, gateway
from tests.support.turn_server import PATH, SECRET, turn_server
from tests.support.ways import candidates, only, own_address

HOST = own_address(4)
pytestmark = [
    pytest.mark.live,
    pytest.mark.skipif(PATH is None, reason="needs coturn"),
    pytest.mark.skipif(HOST is None, reason="needs an IPv4 address that is not loopback"),
]


def behind_a_firewall(caller: Caller) -> set[int]:
    """Whatever does not come from the ports that are put into the set is not heard."""
    opened: set[int] = set()
    for transceiver in caller.connection.getTransceivers():
        ice: Any = transceiver.sender.transport.transport._connection
        for protocol in ice._protocols:
            heard = protocol.datagram_received

            def filtered(data: bytes, source: Any, heard: Any = heard) -> None:
                if source[1] in opened:
                    heard(data, source)

            protocol.datagram_received = filtered
    return opened


async def test_a_call_goes_through_the_relay_when_no_other_way_is_open(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "attunement")
    assert HOST is not None
    with turn_server(HOST, tmp_path) as turn:
        ours = IceServer(turn.url, secret=SECRET)
        async with gateway(ice_servers=(ours,)) as server, httpx.AsyncClient() as http:
            live, caller = call(server), Caller()
            try:
                offer = await caller.offer()
                opened = behind_a_firewall(caller)
                got = await http.post(
                    server.whip_url(live.id, "p"),
                    content=offer,
                    headers=bearer(server.token(live.id, "p", Action.PUBLISH)) | SDP,
                )
                answer = only(got.text, lambda fields: fields[7] == "relay")
                relays = {int(fields[5]) for fields in candidates(answer)}
                assert len(relays) == 1
                opened |= relays
                await caller.connection.setRemoteDescription(
                    RTCSessionDescription(answer, "answer")
                )
                await eventually(lambda: live.participants["p"].state.link == "up", 20)
            finally:
                await caller.connection.close()
    log = turn.log.read_text()
    assert "ALLOCATE processed, success" in log
    username, password = ours.login(time.time())
    assert username[:6] in log  # proves that the credentials, which expire, were used
    for canary in (SECRET, password, username[:6], turn.url):
        assert canary not in caplog.text


async def test_a_turn_server_that_refuses_us_leaves_the_other_ways_open(tmp_path: Path) -> None:
    assert HOST is not None
    with turn_server(HOST, tmp_path) as turn:
        other = IceServer(turn.url, secret="another secret than the server's")
        async with gateway(ice_servers=(other,)) as server:
            live, caller = call(server), Caller()
            try:
                got = await caller.publish(server, live, "p")
                assert got.status_code == 201
                assert {fields[7] for fields in candidates(got.text)} == {"host"}
                await eventually(lambda: live.participants["p"].state.link == "up")
            finally:
                await caller.connection.close()
