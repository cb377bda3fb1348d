"""The whole way: real peers over WHIP, signals on a websocket."""

from typing import Any

import pytest

from attunement.engine.session import Event
from attunement.gateway.tokens import Action
from tests.support.calls import (
    CATALOG,
    SOUNDS,
    Caller,
    bearer,
    call,
    eventually,
    gateway,
    publishing,
    watching,
)
from tests.support.stages import BROKEN

pytestmark = pytest.mark.live


def both_up(frame: dict[str, Any]) -> bool:
    return all(person["state"]["link"] == "up" for person in frame["people"].values())


async def test_sound_and_pictures_of_two_people_become_a_frame_each_second() -> None:
    async with gateway() as server:
        live = call(server)
        async with publishing(server, live, "t", "p"), watching(server, live) as overlay:
            assert (await overlay.next())["type"] == "session.hello"
            await overlay.until(both_up)
            frames = [await overlay.next("signal.frame") for _ in range(3)]
    assert [f["seq"] for f in frames] == list(range(frames[0]["seq"], frames[0]["seq"] + 3))
    for frame in frames:
        for person in frame["people"].values():
            assert person["state"] == {"link": "up", "sound": "on", "picture": "on"}
            assert 48 <= person["signals"]["sounds"]["v"] <= 52
            assert person["signals"]["pictures"]["v"] == pytest.approx(15, abs=2)
            assert person["signals"]["net.fps"]["v"] == pytest.approx(30, abs=3)
            assert person["signals"]["net.loss"]["v"] < 0.05
            assert person["signals"]["net.rtt"]["v"] is not None
        assert 0 < frame["lat_ms"]["stage"] < frame["lat_ms"]["total"]
        assert frame["lat_ms"]["capture"] is None
        assert frame["shed"]["late"] <= 2


async def test_mute_and_camera_off_are_states() -> None:
    async with gateway() as server:
        live = call(server)
        async with publishing(server, live, "p") as [caller], watching(server, live) as overlay:
            await overlay.until(lambda f: f["people"]["p"]["state"]["sound"] == "on")
            caller.voice.muted = caller.camera.off = True
            off = {"link": "up", "sound": "muted", "picture": "off"}
            await overlay.until(lambda f: f["people"]["p"]["state"] == off)
            caller.voice.muted = caller.camera.off = False
            on = {"link": "up", "sound": "on", "picture": "on"}
            await overlay.until(lambda f: f["people"]["p"]["state"] == on)


async def test_who_leaves_is_gone_and_who_comes_back_is_here_and_nobody_else_is_harmed() -> None:
    async with gateway() as server:
        live = call(server)
        async with publishing(server, live, "t"), watching(server, live) as overlay:
            async with publishing(server, live, "p"):
                before = await overlay.until(both_up)
            gone = await overlay.until(lambda f: f["people"]["p"]["state"]["link"] == "gone")
            assert gone["people"]["t"]["state"]["link"] == "up"
            async with publishing(server, live, "p"):
                after = await overlay.until(both_up)
            assert after["seq"] > gone["seq"] > before["seq"]
            assert after["people"]["t"]["signals"]["sounds"]["v"] >= 48


async def test_a_second_offer_takes_the_place_of_the_first() -> None:
    async with gateway() as server:
        live = call(server)
        async with publishing(server, live, "p") as [first], watching(server, live) as overlay:
            await overlay.until(lambda f: f["people"]["p"]["state"]["link"] == "up")
            async with publishing(server, live, "p") as [second]:
                frames = [await overlay.next("signal.frame") for _ in range(3)]
                assert first.resource != second.resource
                # Not two voices at once, and no time that runs backwards.
                assert frames[-1]["people"]["p"]["signals"]["sounds"]["v"] <= 52
                assert frames[-1]["shed"]["late"] <= 2
                await eventually(lambda: first.connection.connectionState == "closed")


async def test_a_peer_without_a_word_of_goodbye_is_lost_within_three_seconds() -> None:
    async with gateway() as server:
        live = call(server)
        async with publishing(server, live, "p") as [caller], watching(server, live) as overlay:
            up = await overlay.until(lambda f: f["people"]["p"]["state"]["link"] == "up")
            caller.vanish()
            lost = await overlay.until(lambda f: f["people"]["p"]["state"]["link"] == "lost")
            assert lost["seq"] - up["seq"] <= 4
            assert lost["people"]["p"]["state"]["sound"] == "none"


async def test_a_peer_who_sends_nothing_is_still_there() -> None:
    async with gateway() as server:
        live = call(server)
        async with publishing(server, live, "p") as [caller], watching(server, live) as overlay:
            await overlay.until(lambda f: f["people"]["p"]["state"]["link"] == "up")
            caller.voice.dead = caller.camera.dead = True
            quiet = await overlay.until(lambda f: f["people"]["p"]["state"]["sound"] == "none")
            later = await overlay.until(lambda f: f["seq"] == quiet["seq"] + 3)
            for frame in (quiet, later):
                assert frame["people"]["p"]["state"]["link"] == "up"
            assert later["people"]["p"]["state"]["picture"] == "none"


async def test_sound_alone_is_enough() -> None:
    async with gateway() as server:
        live = call(server)
        async with publishing(server, live, "p", picture=False), watching(server, live) as overlay:
            frame = await overlay.until(lambda f: f["people"]["p"]["state"]["link"] == "up")
            assert frame["people"]["p"]["state"] == {"link": "up", "sound": "on", "picture": "none"}


async def test_leaving_by_delete_says_gone_and_frees_the_resource() -> None:
    import httpx

    async with gateway() as server:
        live = call(server)
        async with publishing(server, live, "p") as [caller], watching(server, live) as overlay:
            await overlay.until(lambda f: f["people"]["p"]["state"]["link"] == "up")
            headers = bearer(server.token(live.id, "p", Action.PUBLISH))
            async with httpx.AsyncClient() as http:
                assert (await http.delete(caller.resource, headers=headers)).status_code == 200
                assert (await http.delete(caller.resource, headers=headers)).status_code == 404
            await overlay.until(lambda f: f["people"]["p"]["state"]["link"] == "gone")


async def test_consent_withdrawn_is_measured_no_more_within_a_second() -> None:
    async with gateway() as server:
        live = call(server)
        async with publishing(server, live, "p"), watching(server, live) as overlay:
            await overlay.until(lambda f: f["people"]["p"]["signals"]["sounds"].get("v", 0) > 40)
            live.agree("p", [])
            changed = await overlay.next("consent.changed")
            assert (changed["participant"], changed["groups"]) == ("p", [])
            frame = await overlay.next("signal.frame")
            assert frame["people"]["p"]["signals"]["sounds"] == {"why": "consent"}
            assert frame["people"]["p"]["signals"]["pictures"] == {"why": "consent"}
            assert frame["policy"]["consent"]["p"] == []


async def test_before_the_start_and_in_a_pause_nothing_is_measured() -> None:
    async with gateway() as server:
        live = call(server, started=False)
        async with publishing(server, live, "p"), watching(server, live) as overlay:
            frame = await overlay.until(lambda f: f["people"]["p"]["state"]["link"] == "up")
            assert frame["people"]["p"]["signals"]["sounds"] == {"why": "consent"}
            live.handle(Event.START)
            assert (await overlay.next("session.state"))["state"] == "live"
            await overlay.until(lambda f: "v" in f["people"]["p"]["signals"]["sounds"])
            live.handle(Event.PAUSE)
            assert (await overlay.next("session.state"))["state"] == "paused"
            frame = await overlay.next("signal.frame")
            assert frame["people"]["p"]["signals"]["sounds"] == {"why": "consent"}


async def test_a_stage_that_breaks_is_out_and_the_others_go_on() -> None:
    async with gateway((*CATALOG, BROKEN)) as server:
        live = call(server)
        async with publishing(server, live, "p"), watching(server, live) as overlay:
            await overlay.until(lambda f: f["people"]["p"]["state"]["link"] == "up")
            frame = await overlay.until(
                lambda f: f["people"]["p"]["signals"]["sounds"].get("v", 0) > 40
            )
            assert frame["people"]["p"]["signals"]["broken"] == {"why": "failed"}


async def test_ending_closes_connections_and_overlays() -> None:
    async with gateway() as server:
        live = call(server)
        async with publishing(server, live, "p") as [caller], watching(server, live) as overlay:
            await overlay.until(lambda f: f["people"]["p"]["state"]["link"] == "up")
            live.handle(Event.END)
            assert (await overlay.next("session.state"))["state"] == "ended"
            await overlay.socket.wait_closed()
            assert overlay.socket.close_code == 1000
            late = Caller()
            assert (await late.publish(server, live, "p")).status_code == 409
            await late.connection.close()
            await eventually(lambda: caller.connection.connectionState == "closed")


async def test_a_lane_that_is_full_drops_and_counts() -> None:
    import threading
    from collections.abc import Sequence

    from attunement.engine.frame import AudioFrame, Frame
    from tests.support.stages import Count, counting

    gate = threading.Event()
    gate.set()  # till the gateway has warmed up

    class Stuck(Count):
        def push(self, frame: Frame, /) -> Sequence[Frame]:
            gate.wait(20)
            return super().push(frame)

    async with gateway((counting("stuck", AudioFrame, stage=Stuck), SOUNDS)) as server:
        live = call(server)
        gate.clear()
        try:
            async with publishing(server, live, "p"):
                await eventually(lambda: live.shed().dropped_sound >= 20)
        finally:
            gate.set()
        async with watching(server, live) as overlay:
            frame = await overlay.until(lambda f: f["shed"]["dropped_sound"] >= 20)
            assert frame["people"]["p"]["signals"]
