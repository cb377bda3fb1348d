import json
import socket
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from attunement.gateway import doctor
from attunement.gateway.cli import doctor as command
from attunement.pipelines.models.files import Shelf


def test_an_old_python_is_told() -> None:
    finding = doctor.python((3, 10, 2))
    assert not finding.ok
    assert finding.say == "got 3.10.2, expected 3.11 or later"


def test_an_extra_that_is_not_installed_says_how_and_is_no_fault() -> None:
    lines = ["numpy>=2", 'no-such-package>=1; extra == "voice"', "typer>=1; extra == 'face'"]
    voice, face = doctor.packages(lambda: lines)
    assert not voice.ok
    assert not voice.needed
    assert voice.say == "pip install 'attunement[voice]' brings no-such-package"
    assert face.ok


def test_a_port_in_use_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        assert not doctor.port_free(taken.getsockname()[1]).ok


def test_a_model_file_that_is_broken_is_told(tmp_path: Path) -> None:
    (tmp_path / "face_landmarker.task").write_bytes(b"broken")
    found = {finding.what: finding for finding in doctor.model_files(Shelf(tmp_path))}
    assert "got a file of 6 bytes" in found["face_landmarker.task"].say


def test_a_cache_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert not doctor.cache(tmp_path / "file").ok
    assert doctor.cache(tmp_path / "new").ok


@pytest.mark.parametrize("there", [True, False])
def test_it_ends_with_1_when_something_needed_is_missing(
    monkeypatch: pytest.MonkeyPatch, there: bool
) -> None:
    found = [doctor.Finding("a", True, "found"), doctor.Finding("b", there, "get it")]
    monkeypatch.setattr(doctor, "examine", lambda shelf, port: found)
    app = typer.Typer()
    command.register(app)
    result = CliRunner().invoke(app, ["--json"])
    assert result.exit_code == (0 if there else 1)
    assert [each["ok"] for each in json.loads(result.output)] == [True, there]
    assert "get it" in CliRunner().invoke(app, []).output
