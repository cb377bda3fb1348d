"""Real calls to a real gateway on this machine."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from typing import Any

import numpy as np
import pytest

from attunement.engine.clock import SECOND
from attunement.engine.frame import AudioFrame, VideoFrame
from attunement.engine.session import ASKED, Event
from attunement.gateway.live import LiveSession
from attunement.gateway.participant import Connection
from attunement.gateway.publish import Publisher, PublishFailed
from attunement.gateway.publish_way import wait
from attunement.gateway.server import Server
from attunement.gateway.settings import Settings
from attunement.gateway.tokens import Action
from tests.support.stages import PATIENT, THERAPIST, NoModels, counting

pytestmark = pytest.mark.live
CATALOG = (counting("sounds"), counting("pictures", VideoFrame))


@asynccontextmanager
async def session() -> AsyncIterator[tuple[Server, LiveSession]]:
    people = (THERAPIST, PATIENT)
    async with Server(Settings(), catalog=CATALOG, models=NoModels()) as server:
        live = server.hub.open(people, consent={person.id: ASKED for person in people})
        live.handle(Event.START)
        yield server, live


def publisher(
    server: Server,
    live: LiveSession,
    sound: Iterator[AudioFrame] | None,
    pictures: Iterator[VideoFrame] | None = None,
    token: str | None = None,
) -> Publisher:
    token = token or server.token(live.id, "p", Action.PUBLISH)
    return Publisher(server.whip_url(live.id, "p"), token, sound=sound, pictures=pictures)


def sounds(seconds: float = 60) -> Iterator[AudioFrame]:
    t = np.arange(320) / 16_000
    block = (0.2 * np.sin(2 * np.pi * 200 * t)).astype(np.float32)
    for i in range(round(seconds * 50)):
        yield AudioFrame("p", i * SECOND // 50, block, 16_000)


def pictures(seconds: float = 60, fps: int = 15) -> Iterator[VideoFrame]:
    for i in range(round(seconds * fps)):
        image = np.full((120, 160, 3), 60 + i % 100, np.uint8)
        yield VideoFrame("p", i * SECOND // fps, image)


async def until(true: Callable[[], bool], within: float = 15) -> None:
    async with asyncio.timeout(within):
        while not true():  # noqa: ASYNC110  # what is waited for has no event
            await asyncio.sleep(0.05)


def full_seconds(live: LiveSession, name: str) -> float:
    value = live.newest.people["p"].signals[name].v if live.newest else None
    return value or 0


async def test_sound_and_pictures_reach_the_engine_at_their_own_pace() -> None:
    async with session() as (server, live):
        async with publisher(server, live, sounds(), pictures()) as peer:
            await peer.connected()
            await until(
                lambda: (
                    45 <= full_seconds(live, "sounds") <= 55
                    and 13 <= full_seconds(live, "pictures") <= 15
                )
            )
            assert live.participants["p"].state.link == "up"
            assert live.participants["p"].state.picture == "on"
        assert live.participants["p"].state.link == "gone"  # it took leave


async def test_a_source_that_ends_is_done() -> None:
    async with session() as (server, live), publisher(server, live, sounds(1)) as peer:
        await peer.connected()
        async with asyncio.timeout(10):
            await peer.done()
        assert peer.begin is not None


async def test_pictures_that_are_late_are_dropped_and_the_sound_goes_on() -> None:
    def slow() -> Iterator[VideoFrame]:
        import time

        for frame in pictures():
            time.sleep(0.2)  # three times slower than they are to be shown
            yield frame

    async with session() as (server, live), publisher(server, live, sounds(), slow()) as peer:
        await peer.connected()
        await until(lambda: peer.dropped > 5)
        await until(lambda: 45 <= full_seconds(live, "sounds") <= 55)


async def test_a_gateway_that_refuses_is_quoted() -> None:
    async with session() as (server, live):
        watcher = server.token(live.id, "p", Action.WATCH)
        with pytest.raises(PublishFailed) as refused:
            async with publisher(server, live, sounds(), token=watcher):
                pass
        assert refused.value.status == 403


async def test_a_gateway_that_is_not_there_is_told() -> None:
    with pytest.raises(PublishFailed, match="cannot be reached"):
        async with Publisher("http://127.0.0.1:9/whip/s/p", "token", sound=sounds()):
            pass


async def test_leaving_in_the_middle_leaves_no_task() -> None:
    async with session() as (server, live), asyncio.timeout(10):
        before = asyncio.all_tasks()
        async with publisher(server, live, sounds(), pictures()) as peer:
            await peer.connected()
        sources = [t for t in asyncio.all_tasks() - before if "_Source" in repr(t.get_coro())]
        assert sources == []


async def test_a_source_is_drawn_no_further_than_needed() -> None:
    drawn = itertools.count()

    def counted() -> Iterator[AudioFrame]:
        for frame in sounds():
            next(drawn)
            yield frame

    async with session() as (server, live), publisher(server, live, counted()) as peer:
        await peer.connected()
        await asyncio.sleep(0.5)
    assert next(drawn) < 120


def silence(connection: Connection) -> None:
    """Its side says not a word more."""
    ice: Any = connection.peer._connection.getTransceivers()[0].receiver.transport.transport
    for protocol in ice._connection._protocols:
        protocol.transport.sendto = lambda *_: None


async def came_on(live: LiveSession, within: float) -> None:
    """Media come over another connection than the one there was."""
    participant = live.participants["p"]
    first = participant.sound.last or 0
    async with asyncio.timeout(within):
        while not (participant.connection and (participant.sound.last or 0) > first):  # noqa: ASYNC110
            await asyncio.sleep(0.02)


async def test_a_connection_that_the_gateway_closed_is_replaced_within_five_seconds() -> None:
    async with session() as (server, live), publisher(server, live, sounds(), pictures()) as peer:
        await peer.connected()
        await until(lambda: full_seconds(live, "sounds") >= 45)
        participant, before = live.participants["p"], live.participants["p"].connection
        await participant.replace(None, left=False)
        await came_on(live, within=5)
        assert participant.connection is not before
        await until(lambda: 45 <= full_seconds(live, "sounds") <= 55)
        assert participant.state.link == "up"
    await until(lambda: participant.state.link == "gone")


async def test_a_way_over_which_nothing_comes_back_is_given_up_for_another() -> None:
    async with session() as (server, live), publisher(server, live, sounds()) as peer:
        await peer.connected()
        await until(lambda: full_seconds(live, "sounds") >= 45)
        before = live.participants["p"].connection
        assert before is not None
        silence(before)
        async with asyncio.timeout(6):
            while live.participants["p"].connection is before:  # noqa: ASYNC110
                await asyncio.sleep(0.02)
        await came_on(live, within=5)


async def test_a_session_that_ended_is_not_called_again() -> None:
    async with session() as (server, live), publisher(server, live, sounds()) as peer:
        await peer.connected()
        live.handle(Event.END)
        async with asyncio.timeout(10):
            with pytest.raises(PublishFailed) as refused:
                await peer.done()
        assert refused.value.status in (404, 409, 410)


def test_waits_double_to_three_seconds_and_to_fifteen_where_the_gateway_is_busy() -> None:
    away, busy = PublishFailed(None, "away"), PublishFailed(503, "busy")
    assert [wait(n, away, 1.0) for n in range(6)] == [0.25, 0.5, 1.0, 2.0, 3.0, 3.0]
    assert [wait(n, busy, 1.0) for n in range(6)] == [1.0, 2.0, 4.0, 8.0, 15.0, 15.0]
    assert wait(5, away, 0.0) == 1.5
    assert [PublishFailed(s, "").passing for s in (401, 403, 404, 409, 410, 429, 503)] == [
        *[False] * 5,
        True,
        True,
    ]
