"""A real Chromium, its pages, and the gateway that does as it is told."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.support import chromium
from tests.support import session_script as script
from tests.support.overlay_server import SEEN, SESSION, STATIC, OverlayServer, serve

FLAGS = [
    *chromium.QUIET,
    "--headless=new",
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if chromium.PATH is None:
        pytest.skip("needs chromium")
    if not (STATIC / "attunement-overlay.js").is_file():
        pytest.skip("needs the built overlay")
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(
            executable_path=chromium.PATH, chromium_sandbox=False, args=FLAGS
        )
        yield running
        running.close()


@pytest.fixture
def server() -> Iterator[OverlayServer]:
    frames = [script.frame(SESSION, seq) for seq in range(1, SEEN + 1)]
    with serve(OverlayServer(frames, script.hello(SESSION))) as running:
        yield running


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    made = browser.new_context(
        viewport={"width": 420, "height": 720}, device_scale_factor=2, permissions=["camera"]
    )
    made.set_default_timeout(10_000)
    yield made
    made.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """A page on which nothing may go wrong unseen: an error in its console fails the test."""
    made = context.new_page()
    errors: list[str] = []
    made.on("pageerror", lambda error: errors.append(str(error)))
    made.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)
    yield made
    assert [error for error in errors if "Failed to load" not in error] == []
