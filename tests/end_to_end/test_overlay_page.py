"""The overlay in a real Chromium, with a gateway that does as it is told."""

import re

import msgspec
import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from attunement.gateway import wire
from tests.support import session_script as script
from tests.support.overlay_server import SEEN, SESSION, OverlayServer
from tests.support.pages import OUTPUT, accessible

pytestmark = pytest.mark.browser

EMOTION = re.compile(r"happ|sad|angr|fear|anxi|calm|stress|upset|joy|disgust|contempt", re.I)


def opened(page: Page, server: OverlayServer, **fragment: str) -> Locator:
    page.goto(server.page("overlay", **fragment))
    painted(page, server.frames[-1].seq)
    return page.locator(".overlay")


def painted(page: Page, seq: int) -> None:
    page.locator(f'.overlay[data-seq="{seq}"]').wait_for()


def second(server: OverlayServer, page: Page, **how: object) -> None:
    seq = server.frames[-1].seq + 1
    server.send(script.frame(SESSION, seq, **how))  # type: ignore[arg-type]
    painted(page, seq)


def marks(server: OverlayServer) -> list[dict[str, object]]:
    return [each for each in server.heard if each["type"] == "mark.add"]


def test_it_opens_with_the_present_state_and_the_last_five_minutes(
    page: Page, server: OverlayServer
) -> None:
    overlay = opened(page, server)
    expect(overlay.locator(".minute b")).to_have_text("32/57")
    expect(overlay.locator(".row.voice .words")).to_have_text("livelier than usual")
    expect(overlay.locator(".row.face .words")).to_have_text("facing you · moving a little")
    expect(overlay.locator(".link")).to_have_text("0.3 s")
    expect(overlay.locator(".rest")).to_have_text("measures only · not stored")
    assert server.asked == [{"ticket": "t", "seq": "0", "event": "0"}]
    assert "token" not in page.url


def test_the_ribbon_keeps_its_size_whatever_comes(page: Page, server: OverlayServer) -> None:
    overlay = opened(page, server)
    size = overlay.locator(".ribbon").bounding_box()
    rows = [row.bounding_box() for row in overlay.locator(".row").all()]
    assert size is not None
    assert size["height"] == 88
    second(server, page, change=lambda who, name: wire.Value(why="low_quality"))
    assert overlay.locator(".ribbon").bounding_box() == size
    assert [row.bounding_box() for row in overlay.locator(".row").all()] == rows


def test_what_is_missing_is_missing_for_a_reason(page: Page, server: OverlayServer) -> None:
    overlay = opened(page, server)

    def no_camera(who: str, name: str) -> wire.Value | None:
        return wire.Value(why="muted") if name.startswith(("face.", "body.")) else None

    second(server, page, change=no_camera, patient=wire.PersonState("up", "on", "off"))
    expect(overlay.locator(".row.face .words")).to_have_text("camera off")
    expect(overlay.locator(".face-glyph")).to_have_class(re.compile("absent"))

    def no_model(who: str, name: str) -> wire.Value | None:
        return wire.Value(why="no_model") if name.startswith(("face.", "body.")) else None

    second(server, page, change=no_model)
    expect(overlay.locator(".row.face .words")).to_have_text("model missing")
    second(server, page, patient=wire.PersonState("gone", "none", "none"))
    expect(overlay.locator(".row.voice .words")).to_have_text("has left")
    page.keyboard.press("d")
    second(server, page, change=no_camera)
    yaw = overlay.locator('[data-signal="face.yaw"] .value')
    expect(yaw).to_have_text("camera off")


def test_a_muted_microphone_is_not_silence(page: Page, server: OverlayServer) -> None:
    overlay = opened(page, server)
    second(server, page, patient=wire.PersonState("up", "muted", "on"))
    expect(overlay.locator(".row.voice .words")).to_have_text("microphone muted")


def test_old_values_are_not_shown(page: Page, server: OverlayServer) -> None:
    overlay = opened(page, server)
    expect(overlay.locator(".link")).to_have_text(re.compile(r"no signal for [3-5] s"))
    expect(overlay.locator(".minute b")).to_have_text("–")
    second(server, page)
    expect(overlay.locator(".link")).to_have_text("0.3 s")


def test_it_comes_back_by_itself_and_asks_for_what_it_missed(
    page: Page, server: OverlayServer
) -> None:
    overlay = opened(page, server)
    page.evaluate("document.body.dataset.loaded = 'once'")
    server.cut()
    expect(overlay).to_have_attribute("data-state", "connecting")
    server.send(script.frame(SESSION, SEEN + 1), script.frame(SESSION, SEEN + 2))
    painted(page, SEEN + 2)
    expect(overlay).to_have_attribute("data-state", "live")
    assert server.asked[-1]["seq"] == str(SEEN)
    assert page.evaluate("document.body.dataset.loaded") == "once"


def test_a_refused_token_is_said_and_asked_for(page: Page, server: OverlayServer) -> None:
    opened(page, server)
    server.ticket_status = 401
    server.cut()
    expect(page.locator("#problem")).to_contain_text("no longer lets you in")
    expect(page.locator(".row.voice .words")).to_have_text("not allowed in")
    server.ticket_status = 200
    page.locator("attunement-overlay").evaluate("each => each.setAttribute('token', 'new')")
    second(server, page)
    expect(page.locator("#problem")).to_be_hidden()


def test_one_key_marks_the_moment_with_or_without_a_note(page: Page, server: OverlayServer) -> None:
    overlay = opened(page, server)
    page.keyboard.press("m")
    page.keyboard.type("looked away, d m q")
    page.keyboard.press("Enter")
    expect(overlay.locator(".rest")).to_have_text(re.compile(r"marked 4:4\d"))
    page.keyboard.press("m")
    page.keyboard.press("Escape")
    expect(overlay.locator(".note")).to_be_hidden()
    second(server, page)
    assert [mark.get("note") for mark in marks(server)] == ["looked away, d m q", None]
    assert all(SEEN * 1000 <= int(str(mark["t_ms"])) < SEEN * 1000 + 9000 for mark in marks(server))
    expect(overlay).to_have_attribute("data-density", "ribbon")


def test_quiet_leaves_the_status_line_alone(page: Page, server: OverlayServer) -> None:
    overlay = opened(page, server)
    size = overlay.locator(".ribbon").bounding_box()
    page.keyboard.press("q")
    expect(overlay.locator(".bar")).to_be_hidden()
    expect(overlay.locator(".link")).to_be_visible()
    assert overlay.locator(".ribbon").bounding_box() == size
    page.keyboard.press("Escape")
    expect(overlay.locator(".bar")).to_be_visible()


def test_details_are_drawn_from_the_catalog(page: Page, server: OverlayServer) -> None:
    brand_new = wire.SignalSpec(
        "voice.brand_new", "brand new", "dB", 0, 40, "voice", "person", script.CARD
    )
    catalog = [*script.CATALOG, brand_new]
    server.hello = msgspec.structs.replace(server.hello, catalog=catalog)
    overlay = opened(page, server, density="details")
    shown = overlay.locator(".signal")
    expect(shown).to_have_count(len(catalog) - 1)  # all but the inferred one
    row = overlay.locator('[data-signal="voice.brand_new"]')
    expect(row.locator(".value")).to_have_text("not measured")
    row.get_by_role("button").click()
    expect(row.locator(".card")).to_contain_text("It says nothing about what the person feels.")
    page.keyboard.press("Escape")
    expect(row.locator(".card")).to_have_count(0)
    expect(overlay).to_have_attribute("data-density", "details")
    page.keyboard.press("Escape")
    expect(overlay).to_have_attribute("data-density", "ribbon")


def test_what_is_for_experts_is_folded_away_until_asked_for(
    page: Page, server: OverlayServer
) -> None:
    slope = wire.SignalSpec(
        "voice.slope", "slope", "dB", 0, 40, "voice", "person", script.CARD, expert=True
    )
    server.hello = msgspec.structs.replace(server.hello, catalog=[*script.CATALOG, slope])
    overlay = opened(page, server, density="details")
    row = overlay.locator('[data-signal="voice.slope"]')
    expect(row).to_be_hidden()
    overlay.get_by_text("1 more, for experts").focus()
    page.keyboard.press("Enter")
    expect(row.locator(".value")).to_have_text("not measured")
    overlay.get_by_role("radio", name="Dana").focus()
    page.keyboard.press("ArrowRight")
    expect(row).to_be_visible()  # of the other person, too


def test_details_show_one_person_at_a_time(page: Page, server: OverlayServer) -> None:
    overlay = opened(page, server, density="details")
    pitch = overlay.locator('[data-signal="voice.f0_hz"]')
    expect(pitch).to_have_class(re.compile("patient"))
    overlay.get_by_role("radio", name="Dana").focus()
    page.keyboard.press("ArrowRight")
    expect(overlay.get_by_role("radio", name="you")).to_be_checked()
    expect(pitch).to_have_class(re.compile("therapist"))


def test_a_session_that_measures_only_shows_no_word_of_emotion(
    page: Page, server: OverlayServer
) -> None:
    overlay = opened(page, server, density="details")
    assert EMOTION.search(overlay.inner_text()) is None
    expect(overlay.locator(".group.inferred")).to_contain_text("this session measures only")


def test_inference_stands_apart_and_is_off_until_asked_for(
    page: Page, server: OverlayServer
) -> None:
    server.hello = script.hello(SESSION, "inference")
    server.frames[:] = [script.frame(SESSION, seq, mode="inference") for seq in range(1, 20)]
    overlay = opened(page, server, density="details")
    expect(overlay.locator(".rest")).to_have_text("infers · not stored")
    assert EMOTION.search(overlay.inner_text()) is None
    overlay.get_by_role("button", name="show").click()
    expect(overlay.locator(".group.inferred .signal")).to_have_count(1)
    expect(overlay.locator(".group.inferred")).to_contain_text("guessed by a model")


def test_an_alert_gives_its_reason_and_takes_two_answers(page: Page, server: OverlayServer) -> None:
    overlay = opened(page, server)
    reason = "pauses 3.1 s, usually 1.4 s, last 2 min"
    for alert in (1, 2):
        text = "longer pauses than usual"
        server.send(
            wire.AlertRaised(alert, SEEN * 1000, "long_pauses", "dana", text, f"{reason} {alert}")
        )
    box = overlay.get_by_role("group", name="alert")
    expect(box).to_contain_text(f"{reason} 1")
    box.get_by_role("button", name="not now").click()
    expect(box).to_be_hidden()
    second(server, page)
    assert {"type": "alert.answer", "alert": 1, "answer": "not_now"} in server.heard


def test_it_pops_out_into_a_side_window_and_comes_back(
    page: Page, context: BrowserContext, server: OverlayServer
) -> None:
    page.add_init_script("delete window.documentPictureInPicture")
    overlay = opened(page, server)
    with context.expect_page() as popped:
        page.keyboard.press("p")
    side = popped.value
    expect(side.locator(".minute b")).to_have_text("32/57")
    expect(overlay).to_have_count(0)
    seq = SEEN + 1
    server.send(script.frame(SESSION, seq))
    side.locator(f'.overlay[data-seq="{seq}"]').wait_for()
    assert side.locator(".ribbon").evaluate("each => getComputedStyle(each).height") == "88px"
    side.keyboard.press("q")
    expect(side.locator(".bar")).to_be_hidden()
    side.close()
    expect(overlay).to_have_count(1)
    expect(overlay).to_have_class(re.compile("quiet"))
    assert len(server.asked) == 1


def test_a_screen_reader_hears_the_same_in_a_sentence(page: Page, server: OverlayServer) -> None:
    overlay = opened(page, server)
    heard = overlay.get_by_role("status")
    expect(heard).to_contain_text("talk in the last minute: you 32 %, Dana 57 %")
    expect(heard).to_contain_text("voice: livelier than usual")
    said = heard.inner_text()
    second(server, page, patient=wire.PersonState("up", "muted", "on"))
    page.wait_for_timeout(2000)
    assert heard.inner_text() == said  # within 15 s nothing more is said


def test_two_overlays_live_on_one_page(page: Page, server: OverlayServer) -> None:
    opened(page, server)
    page.evaluate(
        """() => {
            const first = document.querySelector("attunement-overlay");
            const second = first.cloneNode();
            second.setAttribute("density", "details");
            second.removeAttribute("keys");
            first.after(second);
        }"""
    )
    expect(page.locator(".overlay[data-seq]")).to_have_count(2)
    page.keyboard.press("q")
    quiet = page.locator(".overlay.quiet")
    expect(quiet).to_have_count(1)
    page.locator("attunement-overlay").nth(1).evaluate("each => each.remove()")
    second(server, page)
    server.until_connected(1)


def test_reduced_motion_means_none(page: Page, server: OverlayServer) -> None:
    page.emulate_media(reduced_motion="reduce")
    overlay = opened(page, server)
    second(server, page)
    moving = "each => each.getAnimations({subtree: true}).length"
    assert overlay.evaluate(moving) == 0


@pytest.mark.parametrize("theme", ["light", "dark", "translucent"])
def test_nothing_bars_anybody_from_reading_it(
    browser: Browser, server: OverlayServer, theme: str
) -> None:
    OUTPUT.mkdir(exist_ok=True)
    context = browser.new_context(
        viewport={"width": 420, "height": 720}, device_scale_factor=2, bypass_csp=True
    )
    page = context.new_page()
    overlay = opened(page, server, theme=theme)
    server.send(wire.MarkAdded(1, (SEEN - 60) * 1000, "looked away"))
    second(server, page)
    page.wait_for_timeout(300)  # the 200 ms of easing are over: what is photographed stands still
    overlay.screenshot(path=OUTPUT / f"overlay-ribbon-{theme}.png")
    accessible(page)
    page.keyboard.press("d")
    overlay.locator('[data-signal="voice.f0_hz"] button').click()
    second(server, page)
    page.wait_for_timeout(300)
    page.screenshot(path=OUTPUT / f"overlay-details-{theme}.png")
    accessible(page)
    assert smallest_text(page) >= 12
    context.close()


def smallest_text(page: Page) -> float:
    sizes = """() => Math.min(...[
        ...document.querySelector("attunement-overlay").shadowRoot.querySelectorAll("*")
    ].map(each => parseFloat(getComputedStyle(each).fontSize)))"""
    return float(page.evaluate(sizes))
