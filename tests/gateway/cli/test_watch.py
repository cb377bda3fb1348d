"""The command against the messages of a client that needs no network."""

import json
from collections.abc import AsyncGenerator

import msgspec
import pytest
import typer
from click.testing import Result
from typer.testing import CliRunner

from attunement.gateway import client, wire
from attunement.gateway.cli import watch
from attunement.gateway.client import Unwatchable
from tests.support import session_script

SESSION: list[wire.Down] = [
    session_script.hello("S"),
    session_script.frame("S", 1),
    wire.AlertRaised(1, 1_500, "long_pauses", "dana", "longer pauses", "3.1 s, usually 1.4 s"),
    session_script.frame("S", 2),
    wire.SessionState(2, "ended", 2_500),
]


def run(*arguments: str) -> Result:
    app = typer.Typer()
    watch.register(app)
    return CliRunner().invoke(app, ["ws://127.0.0.1/signals/S", *arguments])


@pytest.fixture(autouse=True)
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    calls: list[tuple[str, str]] = []

    async def connect(url: str, token: str) -> AsyncGenerator[wire.Down, None]:
        calls.append((url, token))
        if token == "bad":
            raise Unwatchable(401, "the token is missing")
        for message in SESSION:
            yield message

    monkeypatch.setattr(client, "connect", connect)
    monkeypatch.setenv("COLUMNS", "160")
    return calls


def test_json_has_a_message_per_line(asked: list[tuple[str, str]]) -> None:
    result = run("--token", "good", "--json")
    assert result.exit_code == 0, result.output
    lines = [json.loads(line) for line in result.output.splitlines()]
    assert lines == [msgspec.to_builtins(message) for message in SESSION]
    assert asked == [("ws://127.0.0.1/signals/S", "good")]


def test_the_token_may_come_from_the_environment(
    asked: list[tuple[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ATTUNEMENT_TOKEN", "secret")
    assert run("--json").exit_code == 0
    assert asked[0][1] == "secret"


def test_it_leaves_after_so_many_seconds() -> None:
    lines = run("--token", "good", "--json", "--seconds", "1").output.splitlines()
    assert [json.loads(line)["type"] for line in lines] == ["session.hello", "signal.frame"]


def test_the_table_has_values_reasons_and_what_happened() -> None:
    output = run("--token", "good").output
    assert "second 2" in output
    assert "pitch movement" in output
    assert "longer pauses: 3.1 s, usually 1.4 s" in output
    assert "session ended" in output


def test_a_refusal_is_a_sentence() -> None:
    result = run("--token", "bad")
    assert result.exit_code == 1
    assert "the token is missing (HTTP 401)" in result.output
