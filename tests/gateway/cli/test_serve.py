"""`attune serve` and `attune token`, as an operator meets them."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
import typer
from typer.testing import CliRunner

from attunement.gateway.cli import serve, token
from attunement.gateway.tokens import Action, Tokens

SECRET = "a secret of more than thirty-two characters"

app = typer.Typer()
serve.register(app)
token.register(app)


def attune(*arguments: str, **environment: str) -> tuple[int, str]:
    got = CliRunner().invoke(app, arguments, env={"ATTUNEMENT_SECRET": ""} | environment)
    return got.exit_code, got.output


def test_the_port_in_use_is_a_sentence() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        code, output = attune("serve", "--port", str(port))
    assert code == 1
    assert output == (
        f"port {port} of 127.0.0.1 is in use by another program; "
        "stop that one, or choose another with --port\n"
    )


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--mode", "soul"], "got another --mode, expected behaviour or inference"),
        (["--secret-file", "/nowhere"], "got a secret file that cannot be read"),
    ],
)
def test_what_cannot_be_served_is_told(arguments: list[str], says: str) -> None:
    code, output = attune("serve", "--port", "0", *arguments)
    assert code == 2
    assert says in output
    assert "Traceback" not in output


def test_a_short_secret_is_refused_and_not_repeated(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("hunter2\n")
    code, output = attune("serve", "--secret-file", str(file))
    assert (code, "hunter2" in output) == (2, False)
    assert "got a secret of 7 characters; expected 32 characters or more" in output


def test_a_token_opens_what_it_was_made_for() -> None:
    arguments = ["token", "--session", "S", "--participant", "p", "--action", "publish"]
    arguments += ["--action", "consent"]
    code, output = attune(*arguments, ATTUNEMENT_SECRET=SECRET)
    assert code == 0
    claims = Tokens(SECRET).read(output.strip())
    assert claims.may(Action.PUBLISH, "S", "p")
    assert claims.may(Action.CONSENT, "S", "p")
    assert not claims.admin


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ("--session S --action fly", "expected some of publish, watch, consent, admin"),
        ("--action watch", "got no --session"),
    ],
)
def test_a_token_that_makes_no_sense_is_refused(arguments: str, says: str) -> None:
    code, output = attune("token", *arguments.split(), ATTUNEMENT_SECRET=SECRET)
    assert (code, says in output) == (2, True)


def test_a_token_needs_the_gateways_secret() -> None:
    code, output = attune("token", "--action", "admin")
    assert (code, "got no secret" in output) == (2, True)


@contextmanager
def served(*arguments: str) -> Iterator[tuple["subprocess.Popen[str]", list[str]]]:
    """`attune serve` in a process of its own, once it has greeted; and what it said."""
    code = "from attunement.gateway.cli import serve; import typer; app = typer.Typer();"
    code += "serve.register(app); app.command('other')(lambda: None); app()"
    process = subprocess.Popen(
        [sys.executable, "-c", code, "serve", "--port", "0", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=os.environ | {"PYTHONUNBUFFERED": "1", "ATTUNEMENT_SECRET": SECRET},
    )
    assert process.stdout is not None
    said = []
    try:
        for line in process.stdout:
            said.append(line.rstrip())
            if "Ctrl-C" in line:
                break
        yield process, said
    finally:
        process.kill()
        process.wait(10)
        process.stdout.close()


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_it_says_where_it_listens_and_stops_when_told(how: signal.Signals) -> None:
    with served("--demo-session") as (process, said):
        url = next(line for line in said if "listens at" in line).split()[-1]
        assert httpx.get(f"{url}/healthz").json() == {"status": "ok"}
        assert any(line.startswith("watch") and "#session=" in line for line in said)
        process.send_signal(how)
        assert process.wait(10) == 0
        assert process.stdout is not None
        assert "Traceback" not in process.stdout.read()
