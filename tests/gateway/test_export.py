import csv
import json
from pathlib import Path

import pytest

from attunement.engine.frame import AudioFrame
from attunement.engine.signal import Group, Measured, Missing, Reading, Scope, Second, Why
from attunement.gateway.export import BadExport, Export
from tests.support.stages import counting

CATALOG = (
    counting("pitch"),
    counting("share", AudioFrame, group=Group.TOGETHER, scope=Scope.SESSION),
)
ENDINGS = ["parquet", "csv", "jsonl"]


def second(index: int) -> Second:
    pitch: Reading = Measured(200.1 + index, 0.9, 40) if index % 2 else Missing(Why.SILENCE)
    people = {"therapist": {"pitch": pitch}, "patient": {"pitch": Missing(Why.NO_MEDIA)}}
    return Second(index, people, {"share": Measured(0.5, 1.0, 9)}, {"therapist": {"pitch": 1.5}})


def export(path: Path, *, wide: bool = False, force: bool = False, n: int = 4) -> Path:
    people = ("therapist", "patient")
    with Export(path, CATALOG, people=people, wide=wide, force=force) as table:
        for index in range(n):
            table.write(second(index), "a.wav")
    return path


def rows(path: Path) -> list[dict[str, object]]:
    """Without what is empty, and with every value as text."""
    if path.suffix == ".parquet":
        import pyarrow.parquet as pq

        read = pq.read_table(path).to_pylist()
    elif path.suffix == ".csv":
        read = list(csv.DictReader(path.read_text().splitlines()))
    else:
        read = [json.loads(line) for line in path.read_text().splitlines()]
    return [{k: str(v) for k, v in row.items() if v not in (None, "")} for row in read]


@pytest.mark.parametrize("ending", ENDINGS)
def test_each_reading_is_a_row_with_a_value_or_a_reason(tmp_path: Path, ending: str) -> None:
    read = rows(export(tmp_path / f"a.{ending}"))
    assert len(read) == 4 * 3
    assert read[0] == {
        "recording": "a.wav",
        "second": "0",
        "participant": "therapist",
        "signal": "pitch",
        "why": "silence",
        "z": "1.5",
        "unit": "1",
    }
    assert read[3] | {"second": "1"} == {
        "recording": "a.wav",
        "second": "1",
        "participant": "therapist",
        "signal": "pitch",
        "value": "201.1",
        "quality": "0.9",
        "n": "40",
        "z": "1.5",
        "unit": "1",
    }
    assert read[2]["participant"] == "together"


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_wide_table_has_a_row_per_second_and_a_column_per_signal(
    tmp_path: Path, ending: str
) -> None:
    read = rows(export(tmp_path / f"a.{ending}", wide=True))
    assert len(read) == 4
    assert "therapist.pitch" not in read[0]
    assert read[1]["therapist.pitch"] == "201.1"
    assert read[1]["together.share"] == "0.5"


@pytest.mark.parametrize("ending", ENDINGS)
def test_two_runs_give_the_same_bytes(tmp_path: Path, ending: str) -> None:
    one = export(tmp_path / f"one.{ending}", n=3_000)
    two = export(tmp_path / f"two.{ending}", n=3_000)
    assert one.read_bytes() == two.read_bytes()


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_run_that_breaks_leaves_nothing_behind(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"a.{ending}"
    table = Export(path, CATALOG)
    with pytest.raises(KeyError), table:
        table.write(Second(0, {"therapist": {"of no catalog": Missing(Why.SILENCE)}}, {}))
    assert list(tmp_path.iterdir()) == []


def test_a_table_that_is_there_is_overwritten_only_by_force(tmp_path: Path) -> None:
    path = export(tmp_path / "a.csv")
    before = path.read_bytes()
    with pytest.raises(BadExport, match="--force"):
        export(path)
    assert path.read_bytes() == before
    export(path, force=True, n=1)
    assert len(rows(path)) == 3
    assert [each.name for each in tmp_path.iterdir()] == ["a.csv"]


def test_an_unknown_ending_is_refused_before_anything_is_measured(tmp_path: Path) -> None:
    with pytest.raises(BadExport, match=r"got the ending '\.xls', expected one of \.parquet"):
        export(tmp_path / "a.xls")
    with pytest.raises(BadExport, match="folder that does not exist"):
        export(tmp_path / "nowhere" / "a.csv")
