"""
What measuring costs on top of receiving: CPU of this program against bare aiortc, same two people.

The people (640x480 at 25 pictures per second, Opus and VP8) are in a process of their own; what is
counted is the receiving process, in turns, several times each. The whole program: WHIP, engine,
all stages, two overlays.
"""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from statistics import median
from typing import Any

import pytest
import uvicorn
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import MediaStreamError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from attunement.gateway import demo, demo_people
from attunement.gateway.model_files import find_models
from attunement.gateway.server import bind
from attunement.gateway.settings import Settings
from attunement.pipelines.catalog import CATALOG

SECONDS = 12  # of one run that count
SETTLE = 3  # s before
ROUNDS = 3


async def bare() -> float:
    """CPU seconds per second of receiving both people and looking at nothing."""
    async with receiver() as url:
        people = [
            {"participant": p.id, "url": f"{url}/{p.id}", "token": "none"}
            for p in demo_people.PEOPLE
        ]
        plan = {"people": people, "seed": 1, "seconds": SETTLE + SECONDS + 5}
        async with demo.peers_of(plan) as callers:
            await callers.begin(time.monotonic_ns())
            await asyncio.sleep(SETTLE)
            cpu, wall = time.process_time(), time.monotonic()
            await asyncio.sleep(SECONDS)
            return (time.process_time() - cpu) / (time.monotonic() - wall)


@asynccontextmanager
async def receiver() -> AsyncIterator[str]:
    """A WHIP endpoint that drains what comes and does nothing else. Its address."""
    connections: list[RTCPeerConnection] = []
    drains: list[asyncio.Task[None]] = []

    async def answer(request: Request) -> Response:
        if request.method == "DELETE":
            return Response()
        connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        connections.append(connection)
        connection.on("track", lambda track: drains.append(asyncio.create_task(drain(track))))
        offer = RTCSessionDescription((await request.body()).decode(), "offer")
        await connection.setRemoteDescription(offer)
        await connection.setLocalDescription(await connection.createAnswer())
        return Response(
            connection.localDescription.sdp,
            201,
            {"Location": str(request.url.path)},
            media_type="application/sdp",
        )

    listener = bind("127.0.0.1", 0)
    routes = [Route("/{who}", answer, methods=["POST", "DELETE"])]
    config = uvicorn.Config(Starlette(routes=routes), log_level="warning", lifespan="off")
    web = uvicorn.Server(config)
    serving = asyncio.create_task(web.serve([listener]))
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        for connection in connections:
            await connection.close()
        await asyncio.gather(*drains)
        web.should_exit = True
        await serving


async def drain(track: object) -> None:
    try:
        while True:
            await track.recv()  # type: ignore[attr-defined]
    except MediaStreamError:
        pass


async def all_of_it() -> float:
    call = demo.Demo(Settings(port=0), CATALOG, find_models(None), seed=1, seconds=SETTLE + SECONDS)
    course = await call.run(lambda _: None)
    return course.engine_cpu / course.wall


@pytest.mark.benchmark(group="call cost")
def test_measuring_costs_no_more_than_receiving(
    benchmark: Any, models_dir: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    received, measured = [], []

    def rounds() -> None:
        for _ in range(ROUNDS):
            received.append(asyncio.run(bare()))
            measured.append(asyncio.run(all_of_it()))

    benchmark.pedantic(rounds, rounds=1)
    bare_cost, whole = median(received), median(measured)
    adds = whole - bare_cost
    with capsys.disabled():
        print("\n| two people, 640x480@25, Opus + VP8 | of a core, median of 3 | lowest, highest |")
        print("|---|---|---|")
        row("bare aiortc receive", received)
        row("the whole program", measured)
        print(f"| analysis adds | {adds:.1%} | {adds / bare_cost:.2f} x bare receive |")


def row(name: str, costs: list[float]) -> None:
    print(f"| {name} | {median(costs):.1%} | {min(costs):.1%}, {max(costs):.1%} |")
