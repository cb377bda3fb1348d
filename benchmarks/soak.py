"""
An hour of calls in minutes: what is held while they last, and what is left when they are over.

Four sessions of two people each, whose media comes over WebRTC from another process, through the
whole gateway. Memory, descriptors, threads and tasks are read every half minute, and at the end;
the longest that anything held up the event loop is of all the time between.
"""

import asyncio
import gc
import os
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any

import psutil
import pytest
from rich.console import Console
from rich.table import Table

from attunement.gateway.webrtc.offer import checked_offer
from tests.support.calls import call, gateway
from tests.support.sending import senders

pytestmark = pytest.mark.timeout(0)
SESSIONS = 4
MINUTES = float(os.environ.get("ATTUNEMENT_SOAK_MINUTES", "7.5"))  # 8 people: an hour of calls
WARM = 5.5  # min, in which caches fill, and the 300 seconds that an overlay may come back to
LOOK = 30  # s
TICK = 0.01  # s


@dataclass(frozen=True, slots=True)
class Held:
    minute: float
    memory: float  # MB
    descriptors: int
    threads: int
    tasks: int
    pictures: float  # a second and person, that reached the pipeline
    late: float = 0.0  # ms, the most that the event loop was since the last look


class Lateness:
    """How late the event loop comes to what was due."""

    def __init__(self) -> None:
        self._most = 0.0

    async def watch(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            due = loop.time() + TICK
            await asyncio.sleep(TICK)
            self._most = max(self._most, loop.time() - due)

    def take(self) -> float:
        most, self._most = self._most, 0.0
        return most * 1000


def held(minute: float, pictures: float, late: float = 0.0) -> Held:
    me = psutil.Process()
    memory, tasks = me.memory_info().rss / 1e6, len(asyncio.all_tasks())
    return Held(minute, memory, me.num_fds(), me.num_threads(), tasks, pictures, late)


async def soak() -> list[Held]:
    seen: list[Held] = []
    async with gateway() as server:
        seen.append(held(0, 0))
        async with AsyncExitStack() as stack:
            sending = await stack.enter_async_context(senders(2 * SESSIONS))
            sessions = [call(server) for _ in range(SESSIONS)]
            for live in sessions:
                for who in ("t", "p"):
                    offer = checked_offer((await sending.offer()).encode())
                    _, answer = await live.connect(who, offer)
                    await sending.answer(answer)
            lateness, elapsed = Lateness(), 0.0
            watching = asyncio.create_task(lateness.watch())
            await asyncio.sleep(5)
            lateness.take()  # of connecting
            while elapsed < 60 * MINUTES:
                await asyncio.sleep(LOOK)
                elapsed += LOOK
                frames = [live.newest for live in sessions if live.newest is not None]
                rates = [
                    person.signals["pictures"].v or 0.0
                    for frame in frames
                    for person in frame.people.values()
                ]
                rate, late = sum(rates) / (2 * SESSIONS), lateness.take()
                seen.append(held(elapsed / 60, rate, late))
            watching.cancel()
            for live in sessions:
                await server.hub.close(live.id)
        await asyncio.sleep(1)
        gc.collect()
        seen.append(held(elapsed / 60, 0))
    return seen


def test_an_hour_of_calls(benchmark: Any) -> None:
    seen = benchmark.pedantic(lambda: asyncio.run(soak()), rounds=1)
    people = 2 * SESSIONS
    table = Table(title=f"{people} people for {MINUTES:g} minutes: {people * MINUTES / 60:.1f} h")
    for heading in ("minute", "MB", "descriptors", "threads", "tasks", "pictures/s", "late, ms"):
        table.add_column(heading, justify="right")
    for each in seen:
        row = (each.descriptors, each.threads, each.tasks)
        table.add_row(
            f"{each.minute:.1f}",
            f"{each.memory:.0f}",
            *map(str, row),
            f"{each.pictures:.1f}",
            f"{each.late:.0f}",
        )
    warm = next((each for each in seen if each.minute >= WARM), seen[0])
    last = seen[-2]
    growth = (last.memory - warm.memory) / (SESSIONS * max(last.minute - warm.minute, 0.5) / 60)
    table.caption = f"{growth:.1f} MB a session and hour, after {WARM:g} minutes"
    Console().print(table)
