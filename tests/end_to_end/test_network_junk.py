"""Whatever is sent to a call, by strangers or by its own peer: the call goes on."""

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest

from attunement.gateway.live import LiveSession
from attunement.gateway.server import Server
from tests.support.calls import Caller, call, eventually, gateway, publishing
from tests.support.clock_sender import remote
from tests.support.misbehaving import SPOILT, Misbehaving
from tests.support.receiving import published
from tests.support.relay import Relay, junk_from_elsewhere, relay
from tests.support.rows import DATAGRAMS, flowing
from tests.support.seen import Seen, tap

pytestmark = pytest.mark.live

SPOILT_AT_ONCE = 8  # packets in a row


@dataclass(frozen=True, slots=True)
class Call:
    server: Server
    live: LiveSession
    caller: Caller
    seen: Seen

    async def goes_on(self) -> None:
        """As before: sound and pictures come, and nothing of ours has broken."""
        pictures, sounds = len(self.seen.pictures), len(self.seen.sounds)
        await eventually(
            lambda: len(self.seen.pictures) > pictures + 15 and len(self.seen.sounds) > sounds + 25
        )
        assert not [name for name in self.counts if name.startswith("failed")]

    @property
    def counts(self) -> dict[str, int]:
        connection = self.live.participants["p"].connection
        assert connection is not None
        return dict(connection.peer.counts)


@asynccontextmanager
async def calling() -> AsyncIterator[Call]:
    async with gateway() as server:
        live = call(server)
        async with publishing(server, live, "p") as (caller,):
            seen = tap(live.participants["p"].connection)
            await flowing(seen)
            yield Call(server, live, caller, seen)
            async with asyncio.timeout(5):
                await live.participants["p"].replace(None, left=True)


@pytest.mark.parametrize("name", SPOILT)
async def test_packets_that_cannot_be_read_end_nothing(name: str) -> None:
    kind, how = SPOILT[name]
    async with calling() as ongoing:
        peer = Misbehaving(ongoing.caller)
        peer.spoil(kind, SPOILT_AT_ONCE, how)
        await eventually(lambda: peer.done)
        await ongoing.goes_on()


async def test_two_thousand_sources_take_no_room_and_let_the_call_be() -> None:
    async with calling() as ongoing:
        await Misbehaving(ongoing.caller).flood(2_000)
        await ongoing.goes_on()
        counts = ongoing.counts
        assert counts.get("too many", 0) + counts.get("unknown", 0) > 1_000


async def test_reports_that_are_none_end_nothing() -> None:
    async with calling() as ongoing:
        peer = Misbehaving(ongoing.caller)
        for kind in range(192, 209):
            for size in (6, 26, 200):
                await peer.rtp(bytes([0x80 | kind % 32, kind]) + secrets.token_bytes(size))
        await ongoing.goes_on()


async def test_datagrams_of_any_size_from_the_peer_itself_end_nothing() -> None:
    async with calling() as ongoing:
        peer = Misbehaving(ongoing.caller)
        for size in (0, 1, 2, 12, 1_500, 1_501, 9_000, 60_000):
            for first in (0, 20, 22, 63, 64, 128, 191, 255):
                await peer.raw((bytes([first]) + secrets.token_bytes(size))[:size])
        await ongoing.goes_on()
        assert ongoing.counts["oversized"] > 0


async def test_junk_from_elsewhere_keeps_nobody_from_connecting() -> None:
    async with gateway() as server:
        for seed in range(4):
            with relay(seed) as way:
                async with remote() as sender:
                    offer = way.offer(await sender.offer())
                    answer, seen = await published(server, call(server), offer)
                    answer = way.answer(answer)
                    noise = asyncio.create_task(_noise(way))
                    await sender.answer(answer)
                    await flowing(seen)
                    noise.cancel()
                assert way.carried["media up"] > 0


async def _noise(way: Relay) -> None:
    while True:
        junk_from_elsewhere(way, *DATAGRAMS)
        await asyncio.sleep(0.005)
