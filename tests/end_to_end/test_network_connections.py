"""Connections that come and go: a peer whose address changes, and many in a row."""

import asyncio
import gc
import threading
import time
from collections import Counter

import psutil
import pytest

from attunement.gateway.participant import Connection
from attunement.gateway.receive.pump import Pump
from attunement.gateway.webrtc.peer import Peer
from tests.support.calls import call, eventually, gateway
from tests.support.clock_sender import remote
from tests.support.receiving import published
from tests.support.relay import relay
from tests.support.rows import flowing

pytestmark = pytest.mark.live

CYCLES, FIRST = 30, 5  # the first ones fill caches
CONSENT = 6.0  # s between two checks of aiortc's ICE, at most (RFC 7675, 5.1)


async def test_a_new_offer_from_a_new_address_goes_on_at_once() -> None:
    async with gateway() as server, remote() as sender:
        live = call(server)
        with relay() as way:
            answer, seen = await published(server, live, way.offer(await sender.offer()))
            await sender.answer(way.answer(answer))
            await flowing(seen)
            before = live.clock.now()
            way.new_address()
            answer, seen = await published(server, live, way.offer(await sender.again()))
            await sender.answer(way.answer(answer))
            offered = time.monotonic()
            await flowing(seen)
            assert seen.pictures[0] - offered <= 1.0
            assert way.carried["media up"] > 0
            assert live.clock.now() > before
            await eventually(lambda: live.participants["p"].state.link == "up")


async def test_a_peer_whose_address_changes_is_found_again_once_it_is_checked() -> None:
    async with gateway() as server, remote() as sender:
        live = call(server)
        with relay() as way:
            answer, seen = await published(server, live, way.offer(await sender.offer()))
            await sender.answer(way.answer(answer))
            await flowing(seen)
            way.new_address()
            moved = time.monotonic()
            await asyncio.sleep(0.2)  # what was under way has come
            n = len(seen.pictures)
            await eventually(lambda: len(seen.pictures) > n + 30, within=CONSENT + 5)
            assert seen.first_after(moved + 0.2) <= CONSENT + 1
            connection = live.participants["p"].connection
            assert connection is not None
            assert not connection.peer.failed


def held() -> Counter[str]:
    """What a connection must not leave behind."""
    gc.collect()
    process = psutil.Process()
    kinds = Counter(type(each).__name__ for each in gc.get_objects())
    return Counter(
        descriptors=process.num_fds(),
        # The loop's own pool keeps the threads that it once needed; how many at once is chance.
        threads=sum(not one.name.startswith("asyncio_") for one in threading.enumerate()),
        tasks=len(asyncio.all_tasks()),
        **{kind.__name__: kinds[kind.__name__] for kind in (Connection, Peer, Pump)},
        connections=kinds["RTCPeerConnection"],
    )


async def test_people_who_come_and_go_leave_nothing_behind() -> None:
    """Each takes the place of the one before; the last one goes, too."""
    async with gateway(offers=1e9) as server, remote() as sender:
        live = call(server)
        at_first = Counter[str]()
        offer = await sender.offer()
        for cycle in range(CYCLES):
            answer, seen = await published(server, live, offer)
            await sender.answer(answer)
            await flowing(seen)
            offer = await sender.again()
            await live.participants["p"].replace(None, left=True)
            if cycle == FIRST:
                at_first = held()
        # What is on its way out may take a moment more, or less than it took the first time.
        await eventually(lambda: held() - at_first == Counter(), within=10)
