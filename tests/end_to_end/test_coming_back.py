"""A way that is cut: the browser comes back by itself, and the gap in the session is marked."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.async_api import Page, Route, expect

from attunement.engine.session import Event
from attunement.gateway import wire
from attunement.gateway.live import LiveSession
from attunement.gateway.server import Server
from attunement.gateway.tokens import Action
from attunement.simulator.script import Script
from tests.support import calls, chromium, fake_media
from tests.support.relay import Relay, relay

pytestmark = [*chromium.needed, pytest.mark.live, pytest.mark.timeout(180)]

PICTURES = Path("test-output")
BACK_WITHIN = 5.0  # s


@dataclass
class Call:
    live: LiveSession
    capture: Page
    overlay: Page

    async def until(self, link: str, within: float = 30) -> None:
        async with asyncio.timeout(within):
            while self.live.participants["p"].state.link != link:  # noqa: ASYNC110  # no event
                await asyncio.sleep(0.02)

    async def told(self, link: str) -> wire.LinkChanged:
        async with asyncio.timeout(30), self.live.subscribe(event=0) as outbox:
            async for message in outbox:
                if isinstance(message, wire.LinkChanged) and message.link == link:
                    return message
        raise AssertionError("the session ended")


async def through(way: Relay, route: Route) -> None:
    """Offers and answers as a network would have them on which nothing else leads anywhere."""
    if way.dark:
        await route.abort()
    elif route.request.method == "POST":
        answer = await route.fetch(post_data=way.offer(route.request.post_data or ""))
        await route.fulfill(response=answer, body=way.answer(await answer.text()))
    else:
        await route.fulfill(status=204)


@asynccontextmanager
async def called(folder: Path, way: Relay | None = None) -> AsyncIterator[tuple[Server, Call]]:
    camera, microphone = fake_media.write(folder, Script.generate(1, 8), "patient")
    flags = fake_media.flags(camera, microphone)
    async with chromium.chromium(flags) as browser, calls.gateway() as server:
        live = calls.call(server)
        context = await browser.new_context(viewport={"width": 460, "height": 760})
        if way is not None:
            await context.route("**/whip/**", lambda route: through(way, route))
        token = server.token(live.id, "p", Action.PUBLISH, Action.CONSENT)
        capture = await chromium.opened(context, server.capture_url(live.id, "p", token), [])
        await capture.get_by_role("button", name="Start", exact=True).click()
        watch = server.token(live.id, "t", Action.WATCH)
        overlay = await chromium.opened(context, server.overlay_url(live.id, watch), [])
        call = Call(live, capture, overlay)
        await call.until("up")
        yield server, call


async def test_a_browser_whose_connection_is_closed_is_back_within_five_seconds(
    tmp_path: Path,
) -> None:
    async with called(tmp_path) as (_, call):
        participant = call.live.participants["p"]
        first = participant.connection
        await participant.replace(None, left=True)
        cut = time.monotonic()
        await call.until("gone")
        await call.until("up")
        assert time.monotonic() - cut <= BACK_WITHIN
        assert participant.connection is not first
        await expect(call.capture.locator("#status")).to_have_text("sending")


async def test_a_way_that_goes_silent_is_given_up_for_another_and_the_gap_is_marked(
    tmp_path: Path,
) -> None:
    """Nobody is told anything: packets just stop, in both directions."""
    with relay() as way:
        async with called(tmp_path, way) as (_, call):
            await call.overlay.keyboard.press("d")
            await asyncio.sleep(3)  # of session, so that there is something before the gap
            way.dark = True
            cut = time.monotonic()
            await call.until("lost")
            noticed = time.monotonic() - cut
            await asyncio.sleep(3)  # tries fail meanwhile
            way.dark = False
            mended = time.monotonic()
            await call.until("up")
            assert noticed <= 2.5
            assert time.monotonic() - mended <= BACK_WITHIN
            back = await call.told("up")
            assert back.participant == "p"
            assert 1_500 <= back.gap_ms <= 12_000
            await expect(call.overlay.locator("attunement-overlay")).to_contain_text("back after")
            await call.overlay.screenshot(path=PICTURES / "coming-back.png")
            await asyncio.sleep(7)
            await call.overlay.screenshot(path=PICTURES / "came-back.png")


async def test_a_session_that_ended_is_not_called_again(tmp_path: Path) -> None:
    async with called(tmp_path) as (_, call):
        call.live.handle(Event.END)
        await expect(call.capture.locator("#problem")).to_contain_text("ended", timeout=15_000)
        await expect(call.capture.locator("#status")).to_have_text("not sending")
