"""A page in a real Chromium that sends the wall clock as pictures, and a beep at each second."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from playwright.async_api import Browser, Page

from tests.support import chromium
from tests.support.relay import Relay

HTML = Path(__file__).with_suffix(".html")
FLAGS = ("--autoplay-policy=no-user-gesture-required",)


class ClockPage:
    """Made by clock_page()."""

    def __init__(self, page: Page) -> None:
        self._page = page

    async def offer(self, way: Relay | None = None) -> str:
        sdp = str(await self._page.evaluate("offer()"))
        return sdp if way is None else way.offer(sdp)

    async def answer(self, sdp: str) -> None:
        await self._page.evaluate("sdp => answer(sdp)", sdp)

    async def pause(self) -> None:
        """Take both tracks away (replaceTrack(null)); the connection stays."""
        await self._page.evaluate("pause()")

    async def go_on(self) -> None:
        await self._page.evaluate("goOn()")


@asynccontextmanager
async def clock_page() -> AsyncIterator[ClockPage]:
    async with chromium.chromium(FLAGS) as browser:
        yield await opened(browser)


async def opened(browser: Browser) -> ClockPage:
    page = await browser.new_page()
    await page.set_content(HTML.read_text())
    return ClockPage(page)
