import json
import sys
from types import ModuleType

import pytest
import typer
from click.testing import Result
from typer.testing import CliRunner

from attunement.gateway.cli import signals
from tests.support.stages import counting

CATALOG = (counting("voice.sounds"), counting("voice.words", needs=("net",)))
RINGS = counting("face.rings")


@pytest.fixture(autouse=True)
def _tiny(monkeypatch: pytest.MonkeyPatch) -> None:
    catalog = ModuleType("attunement.pipelines.catalog")
    catalog.CATALOG = CATALOG  # type: ignore[attr-defined]
    catalog.EXPERIMENTS = {"rings": RINGS}  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "attunement.pipelines.catalog", catalog)
    monkeypatch.setenv("COLUMNS", "200")


def run(*arguments: str) -> Result:
    app = typer.Typer()
    signals.register(app)
    return CliRunner().invoke(app, arguments)


def test_every_signal_is_listed_with_range_and_source() -> None:
    output = run().output
    assert "voice.sounds" in output
    assert "0 to 1,000" in output
    assert "counting" in output


def test_what_is_off_says_how_it_is_asked_for() -> None:
    assert "off without --experiment rings" in run("--card", "face.rings").output
    assert "experiment" not in run("--card", "voice.sounds").output
    assert "## experiments, off unless asked for" in run("--markdown").output


def test_json_has_the_whole_card() -> None:
    listed = json.loads(run("--json").output)
    assert [each["name"] for each in listed] == ["voice.sounds", "voice.words", "face.rings"]
    assert listed[0]["card"]["caution"] == "nothing"
    assert listed[0]["group"] == "voice"
    assert listed[1]["needs"] == ["net"]


def test_a_card_tells_all_about_one_signal() -> None:
    output = run("--card", "voice.words").output
    assert "caution" in output
    assert "net" in output
    assert "voice.sounds" not in output


def test_a_card_of_nothing_is_refused_in_a_sentence() -> None:
    result = run("--card", "voice.song")
    assert result.exit_code == 2
    assert "got --card voice.song" in result.output


def test_markdown_is_the_same_each_time_and_has_a_heading_per_signal() -> None:
    output = run("--markdown").output
    assert output == run("--markdown").output
    assert "\n## voice\n" in output
    assert output.count("\n### ") == 3
