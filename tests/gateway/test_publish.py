"""Real calls to a real gateway on this machine."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager

import numpy as np
import pytest

from attunement.engine.clock import SECOND
from attunement.engine.frame import AudioFrame, VideoFrame
from attunement.engine.session import ASKED, Event
from attunement.gateway.live import LiveSession
from attunement.gateway.publish import Publisher, PublishFailed
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
                    and 9 <= full_seconds(live, "pictures") <= 10
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
