"""
The whole way, with nothing left out: a fake camera and microphone in Chromium, the capture page,
WHIP, the engine with every stage, the websocket, the overlay page.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from attunement.engine.session import ASKED, Event
from attunement.gateway import wire
from attunement.gateway.live import LiveSession
from attunement.gateway.model_files import find_models
from attunement.gateway.publish import Publisher
from attunement.gateway.server import Server
from attunement.gateway.settings import Settings
from attunement.gateway.tokens import Action
from attunement.pipelines.catalog import CATALOG
from attunement.simulator import person
from attunement.simulator.script import Script
from tests.support import chromium, fake_media
from tests.support.cuttable import Line, line
from tests.support.stages import PATIENT, THERAPIST

pytestmark = [*chromium.needed, pytest.mark.live, pytest.mark.timeout(300)]

SCRIPT = Script.generate(1, 24)  # of the patient, whose camera and microphone play it in a loop
LONG = Script.generate(1, 300)  # of the therapist, who says it once
PICTURES = Path("test-output")
AXE = Path("web_overlay/node_modules/axe-core/axe.min.js")
PAINTED = """least => new Promise(told =>
    document.querySelector("attunement-overlay").addEventListener(
        "painted", event => event.detail.seq >= least && told(event.detail.seq)))"""


@dataclass
class Call:
    live: LiveSession
    server: Server
    way: Line
    capture: Page
    overlay: Page
    complaints: list[str] = field(default_factory=list)

    async def until(
        self, holds: Callable[[wire.SignalFrame], bool], within: float = 40
    ) -> wire.SignalFrame:
        async with asyncio.timeout(within), self.live.subscribe() as outbox:
            async for message in outbox:
                if isinstance(message, wire.SignalFrame) and holds(message):
                    return message
        raise AssertionError("the session ended")

    async def shows(self, text: str) -> None:
        await expect(self.overlay.locator("attunement-overlay")).to_contain_text(
            text, timeout=20_000
        )

    async def picture(self, name: str) -> None:
        await self.overlay.screenshot(path=PICTURES / f"call-{name}.png")


@pytest.fixture
async def call(tmp_path: Path) -> AsyncIterator[Call]:
    """The patient in Chromium, the therapist simulated; the overlay on a line that can be cut."""
    camera, microphone = fake_media.write(tmp_path, SCRIPT, "patient")
    complaints: list[str] = []
    async with (
        chromium.chromium(fake_media.flags(camera, microphone)) as browser,
        line() as way,
        serving(f"http://127.0.0.1:{way.port}") as server,
    ):
        way.to = server.port
        live = server.hub.open([THERAPIST, PATIENT], consent={"t": ASKED, "p": ASKED})
        live.handle(Event.START)
        context = await browser.new_context(viewport={"width": 460, "height": 760})
        token = server.token(live.id, "p", Action.PUBLISH, Action.CONSENT)
        capture = await chromium.opened(
            context, server.capture_url(live.id, "p", token), complaints
        )
        await capture.get_by_role("button", name="Start", exact=True).click()
        watch = server.token(live.id, "t", Action.WATCH)
        address = server.overlay_url(live.id, watch).replace(str(server.port), str(way.port))
        overlay = await chromium.opened(context, address, complaints)
        async with therapist(server, live):
            yield Call(live, server, way, capture, overlay, complaints)


@asynccontextmanager
async def serving(origin: str) -> AsyncIterator[Server]:
    settings = Settings(origins=(origin,))
    async with Server(settings, catalog=CATALOG, models=find_models(None)) as server:
        yield server


@asynccontextmanager
async def therapist(server: Server, live: LiveSession) -> AsyncIterator[None]:
    token = server.token(live.id, "t", Action.PUBLISH)
    sound = person.sound(LONG, "therapist")
    async with Publisher(server.whip_url(live.id, "t"), token, sound=sound):
        yield


def value(frame: wire.SignalFrame, name: str, who: str = "p") -> wire.Value:
    return frame.people[who].signals.get(name, wire.Value())


async def test_what_a_camera_and_a_microphone_send_is_on_the_overlay(
    call: Call, models_dir: Path
) -> None:
    await call.overlay.keyboard.press("d")
    frame = await call.until(
        lambda f: value(f, "voice.f0_hz").v is not None and value(f, "face.yaw").v is not None
    )
    hertz = value(frame, "voice.f0_hz").v
    assert hertz is not None
    assert 80 < hertz < 180  # the script's patient speaks at about 118 Hz
    await call.shows("facing you")
    row = call.overlay.locator("[data-signal='voice.f0_hz']")
    await expect(row).to_contain_text("pitch")
    await call.until(lambda f: f.dyad.signals["dyad.talk_share.patient"].v is not None)
    await call.picture("details")
    assert call.complaints == []


async def test_muting_and_closing_the_camera_are_shown_as_such(
    call: Call, models_dir: Path
) -> None:
    await call.until(lambda f: value(f, "face.yaw").v is not None)
    await call.capture.get_by_role("button", name="Mute").click()
    await call.capture.get_by_role("button", name="Camera off").click()
    frame = await call.until(
        lambda f: (
            f.people["p"].state == wire.PersonState("up", "muted", "off")
            and value(f, "voice.f0_hz").why == "muted"
            and value(f, "face.yaw").why == "muted"
        )
    )
    assert value(frame, "voice.speech").v is None
    await call.shows("camera off")
    await call.picture("switched-off")
    await call.capture.get_by_role("button", name="Microphone muted").click()
    await call.capture.get_by_role("button", name="Camera is off").click()
    await call.until(
        lambda f: value(f, "voice.speech").v is not None and value(f, "face.yaw").v is not None
    )
    await call.shows("facing you")
    assert call.complaints == []


async def test_an_overlay_whose_line_is_cut_comes_back_without_a_reload(call: Call) -> None:
    await call.until(lambda f: value(f, "voice.speech").v is not None)
    await call.overlay.evaluate("window.neverReloaded = true")
    async with asyncio.timeout(30):
        before = await call.overlay.evaluate(PAINTED, 0)
        call.way.cut()
        await call.overlay.evaluate(PAINTED, before + 4)
    assert await call.overlay.evaluate("window.neverReloaded") is True
    # The browser itself reports the cut connection; nothing else may be wrong.
    assert [c for c in call.complaints if "WebSocket" not in c and "ERR_" not in c] == []


async def test_m_marks_the_moment_and_q_quietens(call: Call) -> None:
    await call.until(lambda f: value(f, "voice.speech").v is not None)
    async with asyncio.timeout(20), call.live.subscribe() as outbox:
        await call.overlay.keyboard.press("m")
        await call.overlay.keyboard.press("Enter")
        async for message in outbox:
            if isinstance(message, wire.MarkAdded):
                break
    shown = call.overlay.locator("attunement-overlay").get_by_text("voice", exact=True).first
    await expect(shown).to_be_visible()
    await call.overlay.keyboard.press("Escape")
    await call.overlay.keyboard.press("q")
    await expect(shown).to_be_hidden()
    await call.picture("quiet")
    await call.overlay.keyboard.press("q")
    await expect(shown).to_be_visible()
    assert call.complaints == []


async def test_the_overlay_of_a_live_call_has_no_barriers(call: Call) -> None:
    await call.until(lambda f: value(f, "voice.speech").v is not None)
    await call.overlay.keyboard.press("d")
    await call.overlay.evaluate(await asyncio.to_thread(AXE.read_text))
    found = await call.overlay.evaluate("axe.run().then(r => r.violations.map(v => v.id))")
    assert found == []
