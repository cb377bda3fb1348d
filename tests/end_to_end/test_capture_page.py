"""The capture page in a real Chromium, with a gateway that does as it is told."""

import asyncio
import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.overlay_server import SESSION, OverlayServer
from tests.support.pages import OUTPUT, accessible
from tests.support.receiving_peer import ReceivingPeer

pytestmark = pytest.mark.browser


def test_the_capture_page_sends_mutes_and_takes_itself_back(
    page: Page, server: OverlayServer
) -> None:
    OUTPUT.mkdir(exist_ok=True)
    peer = ReceivingPeer()
    server.answer = peer.answer
    page.set_viewport_size({"width": 1000, "height": 820})
    page.goto(server.page("capture", participant="dana", autostart="1"))
    body = page.locator("body")
    expect(body).to_have_attribute("data-state", "live")
    assert peer.wait_for(lambda: peer.loudest > 0 and peer.brightest > 40)
    expect(page.locator("#meter")).not_to_have_js_property("value", 0)
    page.screenshot(path=OUTPUT / "capture-live.png")
    page.get_by_role("button", name="Mute microphone").click()
    assert peer.wait_for(lambda: peer.newest_is_silent)
    page.get_by_role("button", name="Camera off").click()
    assert peer.wait_for(lambda: peer.newest_is_black)
    page.screenshot(path=OUTPUT / "capture-off.png")
    page.get_by_role("button", name="Stop").click()
    expect(body).to_have_attribute("data-state", "idle")
    page.wait_for_timeout(200)
    assert ("DELETE", f"/whip/{SESSION}/dana/publication", "") in server.whip
    asyncio.run_coroutine_threadsafe(peer.close(), server.loop).result(10)


def test_leaving_the_capture_page_ends_the_publication(page: Page, server: OverlayServer) -> None:
    peer = ReceivingPeer()
    server.answer = peer.answer
    page.goto(server.page("capture", participant="dana", autostart="1"))
    expect(page.locator("body")).to_have_attribute("data-state", "live")
    page.goto("about:blank")
    assert peer.wait_for(lambda: any(method == "DELETE" for method, _, _ in server.whip))
    asyncio.run_coroutine_threadsafe(peer.close(), server.loop).result(10)


def test_consent_is_a_switch_and_a_pause_is_a_pause(page: Page, server: OverlayServer) -> None:
    page.goto(server.page("capture", participant="dana"))
    now = page.locator("#now")
    expect(now).to_have_text("Measured now: voice, face, movement, the two of you.")
    page.get_by_role("switch", name=re.compile("^Face")).click()
    expect(now).to_have_text("Measured now: voice, movement, the two of you.")
    assert "face" not in server.consent
    page.get_by_role("button", name="Pause measuring").click()
    expect(now).to_have_text("Paused: nothing is measured now.")
    assert server.consent == []
    page.get_by_role("button", name="Resume measuring").click()
    expect(now).to_have_text("Measured now: voice, movement, the two of you.")
    with page.expect_download() as saved:
        page.get_by_role("button", name="Save a receipt").click()
    assert "measured: nothing" in saved.value.path().read_text()


@pytest.mark.parametrize(
    ("status", "sentence"),
    [
        (401, "no longer valid"),
        (403, "does not allow"),
        (404, "no such session"),
        (413, "too large"),
        (415, "none of the formats"),
    ],
)
def test_a_refusal_is_said_in_a_sentence(
    page: Page, server: OverlayServer, status: int, sentence: str
) -> None:
    server.whip_status = status
    page.goto(server.page("capture", participant="dana", autostart="1"))
    expect(page.get_by_role("alert")).to_contain_text(sentence)
    expect(page.locator("body")).to_have_attribute("data-state", "failed")
    expect(page.get_by_role("button", name="Start")).to_be_visible()


def test_a_forbidden_camera_is_said_in_a_sentence(page: Page, server: OverlayServer) -> None:
    page.add_init_script(
        """navigator.mediaDevices.getUserMedia = () =>
            Promise.reject(new DOMException("", "NotAllowedError"))"""
    )
    page.goto(server.page("capture", participant="dana", autostart="1"))
    expect(page.get_by_role("alert")).to_contain_text("was not allowed to use the camera")


def test_nothing_bars_anybody_from_using_the_capture_page(
    browser: Browser, server: OverlayServer
) -> None:
    for scheme in ("light", "dark"):
        context = browser.new_context(color_scheme=scheme, bypass_csp=True)
        page = context.new_page()
        page.goto(server.page("capture", participant="dana"))
        expect(page.locator("#now")).to_contain_text("Measured now")
        accessible(page)
        context.close()
