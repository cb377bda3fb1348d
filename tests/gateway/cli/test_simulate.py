import json
from pathlib import Path

import av
import pytest
import typer
from typer.testing import CliRunner

from attunement.gateway.cli import simulate
from attunement.simulator import script_json
from attunement.simulator.script import Script

FAST = ["--seconds", "5", "--size", "128x96", "--fps", "5"]


@pytest.fixture
def app() -> typer.Typer:
    app = typer.Typer()
    simulate.register(app)
    return app


def test_it_writes_two_recordings_the_script_and_the_truth(
    app: typer.Typer, tmp_path: Path
) -> None:
    result = CliRunner().invoke(app, [str(tmp_path), *FAST])
    assert result.exit_code == 0, result.output
    names = {path.name for path in tmp_path.iterdir()}
    assert names == {"therapist.mkv", "patient.mkv", "script.json", "truth.json"}
    assert script_json.loads((tmp_path / "script.json").read_text()) == Script.generate(1, 5)
    truth = json.loads((tmp_path / "truth.json").read_text())
    assert len(truth["people"]["patient"]) == 5


def test_the_same_seed_gives_the_same_bytes(app: typer.Typer, tmp_path: Path) -> None:
    for folder in ("one", "two"):
        assert CliRunner().invoke(app, [str(tmp_path / folder), *FAST]).exit_code == 0
    for name in ("therapist.mkv", "patient.mkv", "script.json", "truth.json"):
        one, two = ((tmp_path / f / name).read_bytes() for f in ("one", "two"))
        assert one == two, name


def test_a_stereo_file_holds_both(app: typer.Typer, tmp_path: Path) -> None:
    result = CliRunner().invoke(app, [str(tmp_path), "--seconds", "5", "--stereo"])
    assert result.exit_code == 0, result.output
    wav = tmp_path / "session.wav"
    assert wav.stat().st_size == pytest.approx(5 * 48_000 * 2 * 2, abs=200)


def test_it_does_not_overwrite_unless_told_to(app: typer.Typer, tmp_path: Path) -> None:
    (tmp_path / "session.wav").write_text("mine")
    arguments = [str(tmp_path), "--seconds", "5", "--stereo"]
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 1
    assert "already there" in result.output
    assert (tmp_path / "session.wav").read_text() == "mine"
    assert CliRunner().invoke(app, [*arguments, "--force"]).exit_code == 0


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--network", "loss=much"], "expected words like"),
        (["--stereo", "--network", "loss=5%"], "WAV has no gaps"),
        (["--size", "big"], "expected an even width x height"),
    ],
)
def test_what_it_cannot_do_it_says(
    app: typer.Typer, tmp_path: Path, options: list[str], sentence: str
) -> None:
    result = CliRunner().invoke(app, [str(tmp_path), "--seconds", "5", *options])
    assert result.exit_code != 0
    assert sentence in " ".join(result.output.replace("│", " ").split())


def test_a_network_that_goes_dark_leaves_a_hole_in_the_recordings(
    app: typer.Typer, tmp_path: Path
) -> None:
    arguments = [str(tmp_path), *FAST, "--network", "blackout=2s@1s jitter=15ms"]
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 0, result.output
    with av.open(tmp_path / "patient.mkv") as recording:
        seconds = {int(packet.pts * packet.time_base) for packet in recording.demux() if packet.pts}
    assert seconds == {0, 3, 4}
