"""A real Chromium that sends the clock: how late it is seen, how it pauses, how it is missed."""

import asyncio
import time

import psutil
import pytest

from attunement.engine.clock import SECOND
from attunement.simulator.network import Network
from tests.support import chromium
from tests.support.calls import call, eventually, gateway, watching
from tests.support.clock_page import FLAGS, clock_page, opened
from tests.support.receiving import published
from tests.support.relay import relay
from tests.support.rows import flowing
from tests.support.seen import Seen
from tests.support.skew import watch

pytestmark = [*chromium.needed, pytest.mark.live]

PAUSE = 5.3  # s; a whole number of seconds would look like none to beeps at whole seconds
SHOWN_WITHIN = 2.5  # s


async def settled(seen: Seen, seconds: float) -> tuple[float, float]:
    await flowing(seen)
    await asyncio.sleep(3)  # Chromium finds out what the network carries
    begin = time.monotonic()
    await asyncio.sleep(seconds)
    return begin, time.monotonic()


async def test_what_is_drawn_is_seen_within_a_tenth_of_a_second() -> None:
    async with gateway() as server, clock_page() as page:
        answer, seen = await published(server, call(server), await page.offer())
        await page.answer(answer)
        begin, end = await settled(seen, 5)
        assert seen.seen_within(begin, end) >= 5 * 25
        assert seen.gap(begin, end) <= 250
        assert seen.age(begin, end) <= 100
        assert seen.heard_within(begin, end) >= 5 * 0.97


async def test_what_is_drawn_is_seen_over_a_network_that_loses_and_shuffles() -> None:
    async with gateway() as server, clock_page() as page:
        with relay() as way:
            answer, seen = await published(server, call(server), await page.offer(way))
            await page.answer(way.answer(answer))
            await flowing(seen)
            way.impair(Network.parse("loss=5% delay=20ms jitter=15ms"))
            begin, end = await settled(seen, 6)
            assert way.carried["media up"] > 500
            assert seen.seen_within(begin, end) >= 6 * 20
            assert seen.gap(begin, end) <= 500
            assert seen.age(begin, end) <= 20 + 100 + 50


async def test_sound_and_pictures_stay_together_over_a_pause() -> None:
    """While nothing is sent, Chromium's clock of sound stands still; that of pictures goes on."""
    async with gateway() as server, clock_page() as page:
        live = call(server)
        skew = watch(live.participants["p"])
        answer, seen = await published(server, live, await page.offer())
        await page.answer(answer)
        await settled(seen, 3)
        paused = live.clock.now()
        before = skew.between(0, paused)
        await page.pause()
        async with watching(server, live) as overlay:
            await overlay.until(
                lambda f: (
                    f["people"]["p"]["state"] == {"link": "up", "sound": "none", "picture": "none"}
                )
            )
        await asyncio.sleep(max(0.0, PAUSE - (live.clock.now() - paused) / SECOND))
        await page.go_on()
        resumed = live.clock.now()
        n = len(skew.beeps)
        await eventually(lambda: len(skew.beeps) >= n + 6, within=12)
        settle = resumed + 3 * SECOND  # within which each clock has been reported
        after = skew.between(settle, live.clock.now())
        assert max(map(abs, before)) <= 100, before
        assert max(map(abs, after)) <= 100, after
        assert all(abs(ms) < 500 for ms in skew.apart[-20:])


async def test_a_browser_that_was_killed_is_shown_as_lost() -> None:
    async with gateway() as server, chromium.chromium(FLAGS) as browser:
        live = call(server)
        page = await opened(browser)
        answer, seen = await published(server, live, await page.offer())
        await page.answer(answer)
        async with watching(server, live) as overlay:
            await flowing(seen)
            await overlay.until(lambda f: f["people"]["p"]["state"]["link"] == "up")
            killed = time.monotonic()
            for process in psutil.Process().children(recursive=True):
                if "chrom" in process.name():
                    process.kill()
            await eventually(lambda: live.participants["p"].state.link == "lost")
            assert time.monotonic() - killed <= SHOWN_WITHIN
            await overlay.until(lambda f: f["people"]["p"]["state"]["link"] == "lost")
