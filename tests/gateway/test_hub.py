"""Sessions beside each other: none is in the way of another."""

import logging

import pytest

from attunement.engine.session import Event
from attunement.engine.signal import Mode
from attunement.gateway import hub as hubs
from attunement.gateway.errors import Refused
from attunement.gateway.hub import Hub
from attunement.gateway.settings import Settings
from tests.support.calls import ALL, CATALOG, eventually
from tests.support.stages import PATIENT, THERAPIST, NoModels


def hub(**settings: float) -> Hub:
    return Hub(Settings(**settings), catalog=CATALOG, models=NoModels())  # type: ignore[arg-type]


async def test_a_session_is_forgotten_after_its_end() -> None:
    async with hub(keep_ended=0.1) as sessions:
        live = sessions.open([THERAPIST, PATIENT])
        assert sessions.get(live.id) is live
        live.handle(Event.END)

        def forgotten() -> bool:
            try:
                sessions.get(live.id)
            except Refused:
                return True
            return False

        await eventually(forgotten)


async def test_a_session_that_breaks_ends_alone(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with hub() as sessions:
        broken, sound = (sessions.open([THERAPIST, PATIENT], consent=ALL) for _ in range(2))

        def fail(*_: object) -> None:
            raise RuntimeError("canary")

        monkeypatch.setattr(broken._pipeline, "advance", fail)
        async with broken.subscribe() as overlay:
            told = [message async for message in overlay]  # ends, for the session has
            assert told[-1].state == "ended"  # type: ignore[union-attr]
        await eventually(lambda: sound.newest is not None and sound.newest.seq >= 2)
        with pytest.raises(Refused):
            sessions.get(broken.id)
    assert "a session failed" in caplog.text
    assert "canary" not in caplog.text
    assert logging.ERROR in [record.levelno for record in caplog.records]


async def test_closing_ends_and_forgets() -> None:
    async with hub() as sessions:
        live = sessions.open([THERAPIST, PATIENT])
        async with live.subscribe() as overlay:
            await sessions.close(live.id)
            assert [m.state async for m in overlay] == ["ended"]  # type: ignore[union-attr]
        with pytest.raises(Refused):
            sessions.get(live.id)


async def test_inference_needs_a_gateway_that_was_started_for_it() -> None:
    async with hub() as sessions:
        with pytest.raises(Refused, match="behaviour only") as raised:
            sessions.open([THERAPIST, PATIENT], Mode.INFERENCE)
        assert raised.value.status == 403


async def test_there_is_a_bound_to_sessions_and_to_overlays(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(hubs, "SESSIONS", 1)
    async with hub() as sessions:
        live = sessions.open([PATIENT])
        with pytest.raises(Refused, match="no more can"):
            sessions.open([PATIENT])
        for _ in range(32):
            live.subscribe()
        with pytest.raises(Refused, match="no more can"):
            live.subscribe()


async def test_leaving_the_hub_ends_every_session() -> None:
    async with hub() as sessions:
        live = sessions.open([THERAPIST, PATIENT])
        outbox = live.subscribe()
    assert live.session.state == "ended"
    assert outbox.closed
