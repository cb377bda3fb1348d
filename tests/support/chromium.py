"""A real Chromium, and what every page in it must not do: complain."""

import shutil
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import pytest
from playwright.async_api import Browser, BrowserContext, Page, async_playwright

from attunement.gateway import pages

PATH = shutil.which("chromium")
# Without these it calls home at every start, and is refused or finds nobody.
QUIET = [
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]

needed = [
    pytest.mark.browser,
    pytest.mark.skipif(PATH is None, reason="needs chromium"),
    pytest.mark.skipif(
        not (pages.STATIC / "overlay.html").is_file(), reason="needs the built overlay"
    ),
]


@asynccontextmanager
async def chromium(flags: Sequence[str] = ()) -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=PATH, chromium_sandbox=False, args=[*QUIET, *flags]
        )
        try:
            yield browser
        finally:
            await browser.close()


async def opened(context: BrowserContext, url: str, complaints: list[str]) -> Page:
    page = await context.new_page()
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda m: complaints.append(m.text) if m.type == "error" else None)
    await page.goto(url)
    return page
