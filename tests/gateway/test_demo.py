"""The demo with tiny stages: real calls, real overlays, the people in a process of their own."""

import asyncio
import multiprocessing
from collections.abc import Iterator

import psutil
import pytest

from attunement.engine.frame import VideoFrame
from attunement.gateway import demo
from attunement.gateway.demo import Demo, DemoFailed, missing_models
from attunement.gateway.settings import Settings
from tests.support.stages import MODELLESS, NoModels, counting

pytestmark = pytest.mark.live
CATALOG = (counting("sounds"), counting("pictures", VideoFrame))


@pytest.fixture(autouse=True)
def _leaves_no_process() -> Iterator[None]:
    yield
    assert not [p for p in psutil.Process().children(recursive=True) if "demo_peers" in _line(p)]
    assert not multiprocessing.active_children()


def _line(process: psutil.Process) -> str:
    return " ".join(process.cmdline()) if process.is_running() else ""


async def test_every_second_of_the_script_reaches_every_overlay_once() -> None:
    urls: list[str] = []
    shown: list[int] = []
    course = await Demo(Settings(), CATALOG, NoModels(), seconds=6).run(
        urls.append, lambda received: shown.append(received.frame.seq)
    )
    expected = list(range(course.begin + 1, course.begin + 7))
    assert shown == expected
    assert {tuple(r.frame.seq for r in seen) for seen in course.received.values()} == {
        tuple(expected)
    }
    assert "/overlay#session=" in urls[0]
    assert course.engine_cpu > 0
    assert set(course.peers) == {"dropped", "cpu"}
    last = next(iter(course.received.values()))[-2].frame
    for person in last.people.values():
        assert 45 <= (person.signals["sounds"].v or 0) <= 55


async def test_stopping_in_the_middle_ends_everything() -> None:
    shown = asyncio.Event()
    running = asyncio.create_task(
        Demo(Settings(), CATALOG, NoModels()).run(lambda _: None, lambda _: shown.set())
    )
    async with asyncio.timeout(60):
        await shown.wait()
    running.cancel()
    async with asyncio.timeout(20):
        with pytest.raises(asyncio.CancelledError):
            await running


async def test_people_whose_process_breaks_down_end_the_demo() -> None:
    def kill(received: object) -> None:
        for process in psutil.Process().children(recursive=True):
            if "demo_peers" in _line(process):
                process.kill()

    async with asyncio.timeout(60):
        with pytest.raises(DemoFailed, match="broke down"):
            await Demo(Settings(), CATALOG, NoModels()).run(lambda _: None, kill)


async def test_people_who_cannot_call_are_told_in_a_sentence(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def plan(self: Demo, server: object, live: object) -> object:
        people = [{"participant": "patient", "url": "http://127.0.0.1:9/whip/s/p", "token": "x"}]
        return {"people": people, "seed": 1, "seconds": 5}

    monkeypatch.setattr(Demo, "_plan", plan)
    with pytest.raises(DemoFailed, match="gateway cannot be reached"):
        await Demo(Settings(), CATALOG, NoModels(), seconds=5).run(lambda _: None)


async def test_people_who_say_nothing_are_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo, "CONNECT_WITHIN", 0.01)
    with pytest.raises(DemoFailed, match="said nothing"):
        await Demo(Settings(), CATALOG, NoModels(), seconds=5).run(lambda _: None)


def test_a_model_that_is_not_here_is_told_once_with_its_remedy() -> None:
    assert missing_models((MODELLESS, MODELLESS), NoModels()) == ["net.task: not found; pull it"]
