import asyncio
import json
from collections.abc import Callable

import pytest
import typer
from click.testing import Result
from typer.testing import CliRunner

from attunement.gateway import demo as demos
from attunement.gateway.cli import demo
from attunement.gateway.demo import Course, Demo, DemoFailed, Received
from tests.support import session_script

FRAMES = [Received(session_script.frame("S", seq), 150.0) for seq in range(4, 9)]


@pytest.fixture(autouse=True)
def _no_call(monkeypatch: pytest.MonkeyPatch) -> None:
    async def run(
        self: Demo, ready: Callable[[str], None], show: Callable[[Received], None]
    ) -> Course:
        ready("http://127.0.0.1:1/overlay#session=S&token=T")
        for received in FRAMES:
            show(received)
        await asyncio.sleep(0)
        return Course(3, {"msgpack": FRAMES})

    monkeypatch.setattr(Demo, "run", run)
    monkeypatch.setattr(demos, "missing_models", lambda *_: ["net.task: not here; pull it"])
    monkeypatch.setenv("COLUMNS", "200")


def run(*arguments: str) -> Result:
    app = typer.Typer()
    demo.register(app)
    return CliRunner().invoke(app, arguments)


def test_the_overlay_and_a_line_per_second_are_printed() -> None:
    result = run("--seconds", "5")
    assert result.exit_code == 0, result.output
    assert "overlay  http://127.0.0.1:1/overlay#session=S&token=T" in result.output
    assert result.output.count("150 ms") == 5
    assert "latency_ms" in result.output


def test_json_is_all_that_standard_output_has() -> None:
    result = run("--seconds", "5", "--json")
    assert json.loads(result.stdout)["overlays"]["msgpack"]["frames"] == 5
    assert "/overlay#" in result.stderr


def test_a_model_that_is_missing_is_told_in_one_line() -> None:
    assert "net.task: not here; pull it" in run("--seconds", "5").output


def test_json_without_an_end_is_refused() -> None:
    result = run("--json")
    assert result.exit_code == 2
    assert "got --json without --seconds" in result.output


def test_people_who_cannot_call_are_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    async def fails(self: Demo, *_: object) -> Course:
        raise DemoFailed("the gateway cannot be reached")

    monkeypatch.setattr(Demo, "run", fails)
    result = run("--seconds", "5")
    assert result.exit_code == 1
    assert result.stderr.splitlines()[-1] == "the gateway cannot be reached"
