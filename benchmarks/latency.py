"""
From the end of a second to its pixels: a call of two people with Chromium on the same machine.

The patient's camera and microphone are Chromium's own (files, through the capture page and WHIP);
the therapist is simulated in another process; the overlay is open in Chromium. A second is painted
when the overlay says so: after the animation frame that drew it has been handed to the compositor.
"""

import asyncio
import time
from pathlib import Path
from statistics import quantiles
from typing import Any

import pytest

from attunement.engine.clock import MILLISECOND
from attunement.engine.session import ASKED, Event
from attunement.gateway import demo, demo_people, wire
from attunement.gateway.live import LiveSession
from attunement.gateway.model_files import find_models
from attunement.gateway.server import Server
from attunement.gateway.settings import Settings
from attunement.gateway.tokens import Action
from attunement.pipelines.catalog import CATALOG
from attunement.simulator.script import Script
from tests.support import chromium, fake_media

SECONDS, SETTLE = 60, 8
THERAPIST, PATIENT = demo_people.PEOPLE
LISTEN = """() => {
    window.painted = [];
    document.querySelector("attunement-overlay").addEventListener("painted", ({detail}) =>
        window.painted.push([detail.seq, detail.t1_ms, detail.at]));
}"""
PARTS = ("network", "decode", "stage", "send", "total")

pytestmark = chromium.needed


@pytest.mark.benchmark(group="latency")
def test_from_the_end_of_a_second_to_its_pixels(
    benchmark: Any, tmp_path: Path, models_dir: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = benchmark.pedantic(lambda: asyncio.run(call(tmp_path)), rounds=1)
    painted, parts = found
    marks = quantiles(painted, n=100)
    with capsys.disabled():
        print(f"\n| end of second -> painted, {len(painted)} seconds | ms |")
        print("|---|---|")
        for percent in (50, 95, 99):
            print(f"| p{percent} | {marks[percent - 1]:.0f} |")
        for name, values in parts.items():
            if values:
                print(f"| of which {name}, median | {sorted(values)[len(values) // 2]:.1f} |")


async def call(folder: Path) -> tuple[list[float], dict[str, list[float]]]:
    script = Script.generate(1, 24)
    media = await asyncio.to_thread(
        fake_media.write, folder, script, "patient", size=(640, 480), fps=25
    )
    server = Server(Settings(port=0), catalog=CATALOG, models=find_models(None))
    async with server, chromium.chromium(fake_media.flags(*media)) as browser:
        people = demo_people.PEOPLE
        live = server.hub.open(people, consent={person.id: ASKED for person in people})
        epoch = time.time() * 1000 - live.clock.now() / MILLISECOND
        context = await browser.new_context(viewport={"width": 420, "height": 200})
        publish = server.token(live.id, PATIENT.id, Action.PUBLISH, Action.CONSENT)
        page = await context.new_page()
        await page.goto(server.capture_url(live.id, PATIENT.id, publish))
        await page.get_by_role("button", name="Start", exact=True).click()
        async with demo.peers_of(plan(server, live)) as peers:
            await peers.begin(time.monotonic_ns())
            live.handle(Event.START)
            await asyncio.sleep(SETTLE)
            overlay = await context.new_page()
            await overlay.goto(
                server.overlay_url(live.id, server.token(live.id, THERAPIST.id, Action.WATCH))
            )
            await overlay.evaluate(LISTEN)
            parts = await watch(live)
            painted = await overlay.evaluate("window.painted")
    return [at - epoch - t1_ms for _, t1_ms, at in painted[1:]], parts


def plan(server: Server, live: LiveSession) -> dict[str, Any]:
    who = THERAPIST.id
    token = server.token(live.id, who, Action.PUBLISH)
    people = [{"participant": who, "url": server.whip_url(live.id, who), "token": token}]
    return {"people": people, "seed": 1, "seconds": SECONDS + 3 * SETTLE}


async def watch(live: LiveSession) -> dict[str, list[float]]:
    parts: dict[str, list[float]] = {name: [] for name in PARTS}
    seen = 0
    async with live.subscribe() as outbox:
        async for message in outbox:
            if isinstance(message, wire.SignalFrame):
                seen += 1
                for name, values in parts.items():
                    ms = getattr(message.lat_ms, name)
                    if ms is not None:
                        values.append(ms)
            if seen > SECONDS:
                break
    return parts
