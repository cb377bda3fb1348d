"""Our own pages in a real browser, against the real gateway."""

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from playwright.async_api import BrowserContext, Page, async_playwright

from attunement.gateway import pages
from attunement.gateway.tokens import Action
from tests.support.calls import call, eventually, gateway, watching

CHROMIUM = shutil.which("chromium")
FLAGS = ["--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream"]

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="needs chromium"),
    pytest.mark.skipif(
        not (pages.STATIC / "capture.html").is_file(), reason="needs the built overlay"
    ),
]


@asynccontextmanager
async def browser() -> AsyncIterator[BrowserContext]:
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(
            executable_path=CHROMIUM, chromium_sandbox=False, args=FLAGS
        )
        yield await chromium.new_context()
        await chromium.close()


async def opened(context: BrowserContext, url: str, complaints: list[str]) -> Page:
    page = await context.new_page()
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda m: complaints.append(m.text) if m.type == "error" else None)
    await page.goto(url)
    return page


async def test_a_browser_publishes_and_its_switches_are_seen() -> None:
    complaints: list[str] = []
    async with gateway() as server, browser() as context:
        live = call(server)
        token = server.token(live.id, "p", Action.PUBLISH, Action.CONSENT)
        page = await opened(context, server.capture_url(live.id, "p", token), complaints)
        await page.get_by_role("button", name="Start", exact=True).click()
        async with watching(server, live) as overlay:

            async def seen(link: str, sound: str, picture: str) -> None:
                state = {"link": link, "sound": sound, "picture": picture}
                await overlay.until(lambda f: f["people"]["p"]["state"] == state)

            await seen("up", "on", "on")
            frame = await overlay.until(
                lambda f: f["people"]["p"]["signals"]["sounds"].get("v", 0) >= 48
            )
            assert frame["people"]["p"]["signals"]["pictures"]["v"] >= 9
            assert token not in page.url
            await page.get_by_role("button", name="Mute").click()
            await page.get_by_role("button", name="Camera off").click()
            await seen("up", "muted", "off")
            await page.close()
            await seen("gone", "none", "none")
    assert complaints == []


async def test_the_overlay_page_finds_its_session_and_breaks_no_rule_of_ours() -> None:
    complaints: list[str] = []
    async with gateway() as server, browser() as context:
        live = call(server)
        token = server.token(live.id, "t", Action.WATCH)
        page = await opened(context, server.overlay_url(live.id, token), complaints)
        await eventually(lambda: live.overlays == 1)
        assert token not in page.url
        await page.close()
        await eventually(lambda: live.overlays == 0)
    assert complaints == []
