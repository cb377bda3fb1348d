"""
A whole live call on this machine: two simulated people, real WebRTC, the engine, overlays.

The script's time 0 falls on a whole second of the session, told to the peers on the system's
monotonic clock, so a second of the script is a second of the session but for the network's delay.
"""

import asyncio
import json
import sys
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Literal

from attunement.engine.clock import MILLISECOND, SECOND
from attunement.engine.errors import AttunementError, ModelUnavailable
from attunement.engine.runner import replay
from attunement.engine.session import ASKED, Event
from attunement.engine.signal import Models, StageSpec
from attunement.gateway import demo_people, wire
from attunement.gateway.client import connect
from attunement.gateway.live import LiveSession
from attunement.gateway.model_files import described
from attunement.gateway.replaying import pipeline
from attunement.gateway.server import Server
from attunement.gateway.settings import Settings
from attunement.gateway.tokens import Action
from attunement.kernels.warm import warm_up as warm_up_kernels

CONNECT_WITHIN = 60.0  # s; the peers import, compile and draw before they call
STOP_WITHIN = 8.0  # s
LEAD = SECOND // 2  # least time between "begin" and the beginning
CODECS: tuple[Literal["msgpack", "json"], ...] = ("msgpack", "json")


class DemoFailed(AttunementError):
    """The simulated people could not call."""


@dataclass(frozen=True, slots=True)
class Received:
    """A frame at an overlay."""

    frame: wire.SignalFrame
    late: float  # ms between the end of the second and the overlay having it


@dataclass(slots=True)
class Course:
    """What the demo saw, from the script's second 0 on."""

    begin: int  # session second at which the script begins
    received: dict[str, list[Received]] = field(default_factory=dict)  # overlay -> frames
    engine_cpu: float = 0.0  # s of this process, overlays and server included
    peers: dict[str, Any] = field(default_factory=dict)  # what the other process told at its end
    wall: float = 0.0  # s
    shed: wire.Shed = field(default_factory=wire.Shed)


class Demo:
    """`async with Demo(...) as demo: print(demo.overlay_url); course = await demo.run(...)`"""

    def __init__(
        self,
        settings: Settings,
        catalog: Sequence[StageSpec],
        models: Models,
        *,
        seed: int = 1,
        seconds: int | None = None,
    ) -> None:
        """Without `seconds` it goes on until it is cancelled."""
        self._settings, self._catalog, self._models = settings, tuple(catalog), models
        self._seed, self._seconds = seed, seconds
        self.overlay_url = ""

    async def run(
        self, ready: Callable[[str], None], show: Callable[[Received], None] = lambda _: None
    ) -> Course:
        """`ready` is told the overlay's address; `show` each frame. Raises AttunementError."""
        await asyncio.to_thread(warm_up, self._catalog, self._models, self._seed)
        settings, models = self._settings, self._models
        async with Server(
            settings, catalog=self._catalog, models=models, described=described(models)
        ) as server:
            people = demo_people.PEOPLE
            live = server.hub.open(people, settings.mode, {person.id: ASKED for person in people})
            token = server.token(live.id, people[0].id, Action.WATCH, Action.CONSENT)
            ready(server.overlay_url(live.id, token))
            async with peers_of(self._plan(server, live)) as peers:
                course = await self._play(server, live, peers, show)
                course.peers = await peers.farewell()
            course.shed = live.shed()
            return course

    def _plan(self, server: Server, live: LiveSession) -> dict[str, Any]:
        people = [
            {
                "participant": person.id,
                "url": server.whip_url(live.id, person.id),
                "token": server.token(live.id, person.id, Action.PUBLISH),
            }
            for person in demo_people.PEOPLE
        ]
        return {"people": people, "seed": self._seed, "seconds": self._seconds}

    async def _play(
        self, server: Server, live: LiveSession, peers: "Peers", show: Callable[[Received], None]
    ) -> Course:
        now = live.clock.now()
        begin = (now + LEAD) // SECOND + 1
        await peers.begin(time.monotonic_ns() + begin * SECOND - now)
        await asyncio.sleep((begin * SECOND - LEAD // 4 - live.clock.now()) / SECOND)
        live.handle(Event.START)
        course = Course(begin)
        cpu, wall = time.process_time(), time.monotonic()
        try:
            await self._watch(server, live, course, peers, show)
        except ExceptionGroup as group:  # of one: the first to fail ends the others
            raise group.exceptions[0] from None
        course.engine_cpu, course.wall = time.process_time() - cpu, time.monotonic() - wall
        return course

    async def _watch(
        self,
        server: Server,
        live: LiveSession,
        course: Course,
        peers: "Peers",
        show: Callable[[Received], None],
    ) -> None:
        """An overlay of each codec, until the script is over; the first one shows what it gets."""
        async with asyncio.TaskGroup() as tasks:
            guard = tasks.create_task(peers.guard())
            overlays = [
                tasks.create_task(
                    self._overlay(
                        server,
                        live,
                        codec,
                        course,
                        course.received.setdefault(codec, []),
                        show if codec == CODECS[0] else _ignore,
                    )
                )
                for codec in CODECS
            ]
            await asyncio.wait(overlays)
            guard.cancel()

    async def _overlay(
        self,
        server: Server,
        live: LiveSession,
        codec: Literal["msgpack", "json"],
        course: Course,
        seen: list[Received],
        show: Callable[[Received], None],
    ) -> None:
        token = server.token(live.id, demo_people.PEOPLE[0].id, Action.WATCH)
        url = server.signals_url(live.id)
        async with aclosing(connect(url, token, codec=codec)) as messages:
            async for message in messages:
                if not isinstance(message, wire.SignalFrame):
                    continue
                late = live.clock.now() / MILLISECOND - message.t1_ms
                if message.t0_ms < course.begin * 1000:
                    continue
                received = Received(message, late)
                show(received)
                if self._seconds is not None:
                    seen.append(received)
                    if message.seq >= course.begin + self._seconds:
                        return


def warm_up(catalog: Sequence[StageSpec], models: Models, seed: int) -> None:
    """A second of the script through a pipeline that is thrown away: compiles, loads, allocates."""
    warm_up_kernels()
    frames = demo_people.first_second(seed)
    for _ in replay(frames, pipeline(demo_people.PEOPLE, catalog, models)):
        pass


def missing_models(catalog: Sequence[StageSpec], models: Models) -> list[str]:
    """A sentence for each model that is not here, which says how to get it."""
    told = []
    for name in dict.fromkeys(name for stage in catalog for name in stage.needs):
        try:
            models.path(name)
        except ModelUnavailable as missing:
            told.append(str(missing))
    return told


class Peers:
    """The other process."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self.process, self._in, self._out = process, process.stdin, process.stdout

    async def tell(self, **what: object) -> None:
        self._in.write(json.dumps(what).encode() + b"\n")
        await self._in.drain()

    async def told(self, within: float) -> dict[str, Any]:
        try:
            async with asyncio.timeout(within):
                line = await self._out.readline()
        except TimeoutError:
            raise DemoFailed(f"the simulated people said nothing for {within:.0f} s") from None
        if not line:
            raise DemoFailed("the simulated people's process ended on its own")
        told: dict[str, Any] = json.loads(line)
        if "error" in told:
            raise DemoFailed(told["error"])
        return told

    async def begin(self, at: int) -> None:
        await self.tell(begin=at)

    async def guard(self) -> None:
        """Raises DemoFailed if the process breaks down. That it ends is in order."""
        if await self.process.wait():
            raise DemoFailed("the simulated people's process broke down")

    async def farewell(self) -> dict[str, Any]:
        self._in.close()
        return await self.told(STOP_WITHIN)


@asynccontextmanager
async def peers_of(plan: dict[str, Any]) -> AsyncIterator[Peers]:
    """Connected. The plan goes by stdin: tokens do not belong on a command line."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "attunement.gateway.demo_peers",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        start_new_session=True,  # Ctrl-C is for us; we take leave of it in order
    )
    peers = Peers(process)
    try:
        await peers.tell(**plan)
        await peers.told(CONNECT_WITHIN)
        yield peers
    finally:
        await _end(process)


async def _end(process: asyncio.subprocess.Process) -> None:
    if process.stdin is not None:
        process.stdin.close()
    try:
        async with asyncio.timeout(STOP_WITHIN):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()


def _ignore(received: Received) -> None:
    pass
