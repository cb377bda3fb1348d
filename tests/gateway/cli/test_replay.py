import asyncio
import csv
import json
from pathlib import Path
from urllib.parse import parse_qsl

import pytest
import typer
from click.testing import Result
from typer.testing import CliRunner

from attunement.engine.frame import VideoFrame
from attunement.engine.signal import Mode
from attunement.gateway import wire
from attunement.gateway.cli import replay
from attunement.gateway.client import connect
from tests.support.recordings import tone, write
from tests.support.stages import NoModels, counting

CATALOG = (counting("sounds"), counting("pictures", VideoFrame))


@pytest.fixture(autouse=True)
def _tiny(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replay, "_means", lambda *_: (CATALOG, NoModels()))
    monkeypatch.setenv("COLUMNS", "200")


def run(*arguments: object) -> Result:
    app = typer.Typer()
    replay.register(app)
    return CliRunner().invoke(app, [str(each) for each in arguments])


def rows(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(path.read_text().splitlines()))


def test_several_files_are_several_recordings_of_one_person(tmp_path: Path) -> None:
    files = [write(tmp_path / f"{name}.wav", tone(2)) for name in "ab"]
    result = run(*files, "--out", tmp_path / "out.csv")
    assert result.exit_code == 0, result.output
    read = rows(tmp_path / "out.csv")
    assert {row["recording"] for row in read} == {"a.wav", "b.wav"}
    assert {row["participant"] for row in read} == {"patient"}
    assert {row["value"] for row in read if row["signal"] == "sounds"} == {"50"}
    assert "4 seconds measured" in result.output


def test_therapist_and_patient_are_one_session(tmp_path: Path) -> None:
    therapist = write(tmp_path / "t.wav", tone(2))
    patient = write(tmp_path / "p.mp4", tone(2), pictures=2)
    out = tmp_path / "out.jsonl"
    result = run("--therapist", therapist, "--patient", patient, "--out", out)
    assert result.exit_code == 0, result.output
    read = [json.loads(line) for line in out.read_text().splitlines()]
    assert {row["recording"] for row in read} == {"t.wav+p.mp4"}
    assert {row["participant"] for row in read} == {"therapist", "patient"}


def test_a_stereo_file_is_a_session(tmp_path: Path) -> None:
    both = write(tmp_path / "both.wav", tone(2, 200), tone(2, 500))
    out = tmp_path / "out.csv"
    result = run(both, "--stereo", "--channels", "patient,therapist", "--out", out)
    assert result.exit_code == 0, result.output
    assert {row["participant"] for row in rows(out)} == {"therapist", "patient"}


@pytest.mark.parametrize("ending", ["parquet", "csv", "jsonl"])
def test_two_runs_write_the_same_bytes(tmp_path: Path, ending: str) -> None:
    path = write(tmp_path / "p.mp4", tone(3), pictures=3)
    outs = [tmp_path / f"{name}.{ending}" for name in ("one", "two")]
    for out in outs:
        assert run(path, "--out", out).exit_code == 0
    assert outs[0].read_bytes() == outs[1].read_bytes()


def test_functionals_are_written_per_person_and_window(tmp_path: Path) -> None:
    file, out = write(tmp_path / "a.wav", tone(3)), tmp_path / "out.csv"
    result = run(file, "--functionals", 2, "--out", out)
    assert result.exit_code == 0, result.output
    read = rows(out)
    assert [(row["recording"], row["begin_s"]) for row in read] == [
        ("a.wav", "0.0"),
        ("a.wav", "2.0"),
    ]
    assert len(read[0]) == 4 + 88
    assert float(read[0]["loudness_sma3_amean"]) > 0


@pytest.mark.parametrize(
    "more", [(), ("--wide", "--out", "x.csv"), ("--realtime", "--out", "x.csv")]
)
def test_functionals_go_into_a_table_of_their_own(tmp_path: Path, more: tuple[str, ...]) -> None:
    file = write(tmp_path / "a.wav", tone(1))
    result = run(file, "--functionals", 2, *more)
    assert result.exit_code == 2
    assert "--functionals needs --out" in result.output


def test_nothing_but_bad_files_leaves_no_table_of_functionals(tmp_path: Path) -> None:
    (tmp_path / "bad.wav").write_bytes(b"no sound")
    out = tmp_path / "out.csv"
    assert run(tmp_path / "bad.wav", "--functionals", 0, "--out", out).exit_code == 1
    assert not out.exists()


def test_whose_sound_is_too_short_for_functionals_is_told_and_the_others_are_written(
    tmp_path: Path,
) -> None:
    short, long = write(tmp_path / "short.wav", tone(0.05)), write(tmp_path / "long.wav", tone(2))
    result = run(short, long, "--functionals", 0, "--out", tmp_path / "out.csv")
    assert result.exit_code == 1
    told = "short.wav, patient: got 0.050 s of sound, expected 0.06 s or more for functionals"
    assert told in result.output
    assert "long.wav" not in result.output
    assert [row["recording"] for row in rows(tmp_path / "out.csv")] == ["long.wav"]


def test_one_person_with_too_little_sound_leaves_the_other_in_the_table(tmp_path: Path) -> None:
    short, long = write(tmp_path / "s.wav", tone(0.05)), write(tmp_path / "l.wav", tone(2))
    out = tmp_path / "out.csv"
    result = run("--therapist", short, "--patient", long, "--functionals", 0, "--out", out)
    assert result.exit_code == 1
    assert "s.wav+l.wav, therapist: got 0.050 s of sound" in result.output
    assert [row["participant"] for row in rows(out)] == ["patient"]


def test_nothing_but_short_sound_leaves_no_table_of_functionals(tmp_path: Path) -> None:
    short = write(tmp_path / "short.wav", tone(0.01))
    result = run(short, "--functionals", 0, "--out", tmp_path / "out.csv")
    assert result.exit_code == 1
    assert "got 0.010 s of sound" in result.output
    assert [each.name for each in tmp_path.iterdir()] == ["short.wav"]


def test_the_pitch_of_the_functionals_may_be_chosen(tmp_path: Path) -> None:
    file, found = write(tmp_path / "a.wav", tone(2)), []
    for pitch in ("published", "own"):
        out = tmp_path / f"{pitch}.csv"
        assert run(file, "--functionals", 0, "--pitch", pitch, "--out", out).exit_code == 0
        found.append(rows(out)[0])
    assert found[0]["loudness_sma3_amean"] == found[1]["loudness_sma3_amean"]
    name = "F0semitoneFrom27.5Hz_sma3nz_amean"
    assert found[0][name] != found[1][name]
    assert float(found[0][name]) == pytest.approx(34.35, abs=0.3)  # 200 Hz
    result = run(file, "--functionals", 0, "--pitch", "best", "--out", tmp_path / "x.csv")
    assert result.exit_code == 2
    assert "got --pitch best" in result.output


def test_sound_only_measures_no_pictures(tmp_path: Path) -> None:
    path = write(tmp_path / "p.mp4", tone(2), pictures=2)
    out = tmp_path / "out.csv"
    assert run(path, "--sound-only", "--out", out).exit_code == 0
    assert {row["value"] for row in rows(out) if row["signal"] == "pictures"} == {""}


def test_one_bad_file_is_told_and_the_others_are_measured(tmp_path: Path) -> None:
    good, bad = write(tmp_path / "good.wav", tone(2)), tmp_path / "bad.wav"
    bad.write_text("no sound at all")
    result = run(bad, good, "--out", tmp_path / "out.csv")
    assert result.exit_code == 1
    assert "bad.wav: got something that is no media file" in result.output
    assert {row["recording"] for row in rows(tmp_path / "out.csv")} == {"good.wav"}


def test_nothing_but_bad_files_leaves_no_table(tmp_path: Path) -> None:
    bad = tmp_path / "bad.wav"
    bad.write_text("no sound at all")
    assert run(bad, "--out", tmp_path / "out.csv").exit_code == 1
    assert [each.name for each in tmp_path.iterdir()] == ["bad.wav"]


def test_what_cannot_be_meant_is_refused_in_a_sentence(tmp_path: Path) -> None:
    path = write(tmp_path / "a.wav", tone(1))
    for arguments, told in (
        ((), "got no recording"),
        ((path, "--patient", path), "together with other recordings"),
        ((path, "--stereo", "--channels", "patient,patient"), "got other --channels"),
        ((path, "--role", "dog"), "got another role"),
        ((path, "--mode", "magic"), "got --mode magic"),
        ((path, "--out", tmp_path / "a.xls"), "got the ending '.xls'"),
    ):
        result = run(*arguments)
        assert result.exit_code != 0
        assert told in " ".join(result.output.replace("│", " ").split()), result.output


def test_a_table_that_is_there_is_kept(tmp_path: Path) -> None:
    path, out = write(tmp_path / "a.wav", tone(1)), tmp_path / "out.csv"
    out.write_text("mine")
    assert run(path, "--out", out).exit_code == 1
    assert out.read_text() == "mine"
    assert run(path, "--out", out, "--force").exit_code == 0


@pytest.mark.live
def test_realtime_serves_an_overlay_at_the_recordings_own_pace(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = write(tmp_path / "p.wav", tone(3))
    work = replay._Work(
        replay._sessions([path], None, None, None, "patient"),
        Mode.BEHAVIOUR,
        (CATALOG, NoModels()),
        False,
    )
    asyncio.run(_watched(work))
    assert "/overlay#session=" in capfd.readouterr().err


async def _watched(work: "replay._Work") -> None:
    """Play, and watch as an overlay would, until the session ends."""
    address: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    say = work._screen.print

    def listen(text: str, **more: object) -> None:
        say(text, **more)
        if "#session=" in text and not address.done():
            address.set_result(text.removeprefix("watch "))

    work._screen.print = listen  # type: ignore[method-assign]
    async with asyncio.timeout(30), asyncio.TaskGroup() as tasks:
        _, tracks = work._sessions[0]
        tasks.create_task(work._serve(work._recording(tracks), tracks, 0))
        url, _, fragment = (await address).partition("/overlay#")
        given = dict(parse_qsl(fragment))
        signals = f"{url.replace('http', 'ws', 1)}/signals/{given['session']}"
        messages = [message async for message in connect(signals, given["token"])]
    sounds = [
        message.people["patient"].signals["sounds"].v
        for message in messages
        if isinstance(message, wire.SignalFrame)
    ]
    assert [value for value in sounds if value] == [50, 50, 50]
