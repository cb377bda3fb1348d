import hashlib
import json
import threading
import urllib.request
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from attunement.engine.errors import ModelUnavailable
from attunement.gateway import model_files
from attunement.gateway.cli import models
from attunement.pipelines.models.files import ModelFile, Shelf

BYTES = bytes(range(256)) * 12_000


class Source(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path == "/absent":
            self.send_error(404)
            return
        self.send_response(200)
        self.send_header("Content-Length", str(len(BYTES)))
        self.end_headers()
        cut = {"/net.task": BYTES, "/short": BYTES[:-1], "/long": BYTES + b"x" * 2_000_000}
        self.wfile.write(cut.get(self.path, b"?" * len(BYTES)))

    def log_message(self, *_: object) -> None: ...


@pytest.fixture(scope="module")
def origin() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), Source) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join(5)


def model(source: str) -> ModelFile:
    sha = hashlib.sha256(BYTES).hexdigest()
    return ModelFile("net.task", "net.task", "1", "MIT", len(BYTES), sha, source)


def plain(address: str) -> object:
    return urllib.request.urlopen(address, timeout=5)


def test_a_file_is_pulled_checked_and_named(origin: str, tmp_path: Path) -> None:
    got: list[int] = []
    wanted = model(f"{origin}/net.task")
    file = model_files.pull(wanted, tmp_path / "new", opener=plain, advance=got.append)
    assert file.read_bytes() == BYTES
    assert sum(got) == len(BYTES)
    assert Shelf(tmp_path / "new", [wanted]).path("net.task") == file


@pytest.mark.parametrize("path", ["short", "tampered", "absent"])
def test_what_is_not_the_file_is_not_kept(origin: str, tmp_path: Path, path: str) -> None:
    with pytest.raises(ModelUnavailable):
        model_files.pull(model(f"{origin}/{path}"), tmp_path, opener=plain)
    assert list(tmp_path.iterdir()) == []


def test_more_bytes_than_expected_are_not_kept(tmp_path: Path) -> None:
    class Endless:
        def __enter__(self) -> "Endless":
            return self

        def __exit__(self, *_: object) -> None: ...

        def read(self, n: int) -> bytes:
            return b"x" * n

    with pytest.raises(ModelUnavailable, match="got more than the 3072000 bytes"):
        model_files.pull(model("https://x.example"), tmp_path, opener=lambda _: Endless())
    assert list(tmp_path.iterdir()) == []


def test_a_source_out_of_reach_says_what_to_do(tmp_path: Path) -> None:
    def unreachable(address: str) -> None:
        raise OSError("no route")

    with pytest.raises(ModelUnavailable, match="put it into") as fault:
        model_files.pull(model("https://models.example/net.task"), tmp_path, opener=unreachable)
    assert "https://models.example/net.task" in str(fault.value)
    assert "no route" not in str(fault.value)


def test_nothing_is_fetched_but_over_https() -> None:
    with pytest.raises(ValueError, match="expected https"):
        model_files.over_https("http://models.example/net.task")


@pytest.fixture
def app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> typer.Typer:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("ATTUNEMENT_MODELS", raising=False)
    app = typer.Typer()
    models.register(app)
    app.command("other")(lambda: None)
    return app


def test_list_shows_what_is_missing_and_how_to_get_it(app: typer.Typer) -> None:
    result = CliRunner().invoke(app, ["models", "list", "--json"])
    assert result.exit_code == 0
    rows = {row["name"]: row for row in json.loads(result.output)}
    assert "attune models pull" in rows["face_landmarker.task"]["state"]
    assert rows["face_landmarker.task"]["licence"] == "Apache-2.0"
    assert CliRunner().invoke(app, ["models", "list"]).exit_code == 0


def test_verify_ends_with_1_when_a_file_is_missing(app: typer.Typer) -> None:
    assert CliRunner().invoke(app, ["models", "verify"]).exit_code == 1


def test_verify_ends_with_0_when_all_are_right(app: typer.Typer, models_dir: Path) -> None:
    result = CliRunner().invoke(app, ["models", "verify", "--models", str(models_dir), "--json"])
    assert result.exit_code == 0
    assert {row["state"] for row in json.loads(result.output)} == {"ok"}


def test_pull_out_of_reach_ends_with_1_and_a_sentence(
    app: typer.Typer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unreachable(address: str) -> None:
        raise OSError("no route")

    monkeypatch.setattr(model_files, "over_https", unreachable)
    result = CliRunner().invoke(app, ["models", "pull", "face_landmarker.task"])
    assert result.exit_code == 1
    assert "the download failed" in result.output


def test_pull_of_an_unknown_name_says_which_are_known(app: typer.Typer) -> None:
    result = CliRunner().invoke(app, ["models", "pull", "nothing"])
    assert result.exit_code == 2
    assert "expected one of face_landmarker.task" in result.output
