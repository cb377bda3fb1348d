"""
What measuring costs on top of receiving: CPU of this program against bare aiortc, same two people.

The people are two Chromium tabs that send a camera (640x480 at 30 pictures a second) and a
microphone from files, at the bit rates browsers choose. What is counted is the receiving process,
in turns, several times each.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from statistics import median
from typing import Any

import pytest
import uvicorn
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import MediaStreamError, MediaStreamTrack
from playwright.async_api import Browser
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from attunement.engine.session import ASKED, Event
from attunement.gateway import demo_people
from attunement.gateway.model_files import find_models
from attunement.gateway.server import Server, bind
from attunement.gateway.settings import Settings
from attunement.gateway.tokens import Action
from attunement.pipelines.catalog import CATALOG
from attunement.simulator.script import Script
from tests.support import chromium, fake_media

SECONDS = 12  # of one run that count
SETTLE = 8  # s before, in which the browser finds its bit rate
ROUNDS = 3
PUBLISH = """async ([url, token]) => {
    const video = { width: 640, height: 480, frameRate: 30 };
    const stream = await navigator.mediaDevices.getUserMedia({ audio: true, video });
    const peer = (window.peer = new RTCPeerConnection());
    stream.getTracks().forEach((track) => peer.addTrack(track, stream));
    await peer.setLocalDescription();
    await new Promise((done) => {
        peer.onicegatheringstatechange = () => peer.iceGatheringState === "complete" && done();
    });
    const headers = { "Content-Type": "application/sdp", Authorization: `Bearer ${token}` };
    const answer = await fetch(url, { method: "POST", headers, body: peer.localDescription.sdp });
    await peer.setRemoteDescription({ type: "answer", sdp: await answer.text() });
}"""

pytestmark = chromium.needed
Publish = Callable[[str, str, str], Awaitable[None]]  # page, WHIP address, token


async def cpu_of_this_process() -> float:
    """Seconds of CPU per second."""
    await asyncio.sleep(SETTLE)
    cpu, wall = time.process_time(), time.monotonic()
    await asyncio.sleep(SECONDS)
    return (time.process_time() - cpu) / (time.monotonic() - wall)


async def bare(publish: Publish) -> float:
    """Receiving both people and looking at nothing."""
    async with receiver() as url:
        for person in demo_people.PEOPLE:
            await publish(f"{url}/", f"{url}/{person.id}", "none")
        return await cpu_of_this_process()


@asynccontextmanager
async def receiver() -> AsyncIterator[str]:
    """A WHIP endpoint that drains what comes and does nothing else. Its address."""
    connections: list[RTCPeerConnection] = []
    drains: list[asyncio.Task[None]] = []

    async def answer(request: Request) -> Response:
        connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        connections.append(connection)
        connection.on("track", lambda track: drains.append(asyncio.create_task(drain(track))))
        offer = RTCSessionDescription((await request.body()).decode(), "offer")
        await connection.setRemoteDescription(offer)
        await connection.setLocalDescription(await connection.createAnswer())
        sdp = connection.localDescription.sdp
        return Response(sdp, 201, media_type="application/sdp")

    async def page(request: Request) -> Response:
        return HTMLResponse("<title>a camera</title>")

    listener = bind("127.0.0.1", 0)
    routes = [Route("/", page), Route("/{who}", answer, methods=["POST"])]
    web = uvicorn.Server(uvicorn.Config(Starlette(routes=routes), log_level="warning"))
    serving = asyncio.create_task(web.serve([listener]))
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        for connection in connections:
            await connection.close()
        await asyncio.gather(*drains)
        web.should_exit = True
        await serving


async def drain(track: MediaStreamTrack) -> None:
    try:
        while True:
            await track.recv()
    except MediaStreamError:
        pass


async def everything(publish: Publish) -> float:
    people = demo_people.PEOPLE
    async with Server(Settings(port=0), catalog=CATALOG, models=find_models(None)) as server:
        live = server.hub.open(people, consent={person.id: ASKED for person in people})
        live.handle(Event.START)
        for person in people:
            token = server.token(live.id, person.id, Action.PUBLISH)
            page = server.capture_url(live.id, person.id, token)
            await publish(page, server.whip_url(live.id, person.id), token)
        async with live.subscribe():
            cost = await cpu_of_this_process()
        assert live.newest is not None
        for person in people:  # all was really measured
            signals = live.newest.people[person.id].signals
            assert signals["face.presence"].v == 1.0
            assert signals["voice.speech"].v is not None
        return cost


async def rounds(folder: Path) -> tuple[list[float], list[float]]:
    script = Script.generate(1, 24)
    media = await asyncio.to_thread(
        fake_media.write, folder, script, "patient", size=(640, 480), fps=30
    )
    received, measured = [], []
    for _ in range(ROUNDS):
        for run, costs in ((bare, received), (everything, measured)):
            async with chromium.chromium(fake_media.flags(*media)) as browser:
                costs.append(await run(publisher(browser)))
    return received, measured


def publisher(browser: Browser) -> Publish:
    async def publish(page: str, url: str, token: str) -> None:
        context = await browser.new_context()
        tab = await context.new_page()
        await tab.goto(page)
        await tab.evaluate(PUBLISH, [url, token])

    return publish


@pytest.mark.benchmark(group="call cost")
def test_measuring_costs_no_more_than_receiving(
    benchmark: Any, tmp_path: Path, models_dir: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    received, measured = benchmark.pedantic(lambda: asyncio.run(rounds(tmp_path)), rounds=1)
    adds = median(measured) - median(received)
    with capsys.disabled():
        print(
            "\n| two people from Chromium, 640x480@30, Opus + VP8 | of a core, median of 3 | all |"
        )
        print("|---|---|---|")
        row("bare aiortc receive", received)
        row("the whole program", measured)
        print(f"| analysis adds | {adds:.1%} | {adds / median(received):.2f} x bare receive |")


def row(name: str, costs: list[float]) -> None:
    print(f"| {name} | {median(costs):.1%} | {', '.join(f'{cost:.1%}' for cost in costs)} |")
