"""
Signals as tables: Parquet, CSV, JSON lines.

Long: one row per second, participant and signal, with either a value or the reason why there is
none. Wide: one row per second, one column per participant and signal, empty where nothing was
measured. The same signals give the same bytes: nothing in a file tells when it was written.
"""

import csv
import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, Self, TextIO

from attunement.engine.errors import AttunementError
from attunement.engine.signal import Measured, Reading, Scope, Second, Spec, StageSpec

TOGETHER = "together"  # stands for a participant where a signal is of both
BATCH = 4_096  # rows of a Parquet row group

Row = Mapping[str, Any]

LONG: Mapping[str, type] = {
    "recording": str,
    "second": int,  # covers [second, second + 1) s of the recording
    "participant": str,
    "signal": str,
    "value": float,
    "quality": float,
    "n": int,
    "why": str,
    "z": float,
    "unit": str,
}


class BadExport(AttunementError):
    def __init__(self, path: Path, got: str, expected: str) -> None:
        super().__init__(path, got, expected)
        self.path, self.got, self.expected = path, got, expected

    def __str__(self) -> str:
        return f"{self.path.name}: got {self.got}, expected {self.expected}"


class _Table(Protocol):
    def write(self, row: Row) -> None: ...
    def close(self) -> None: ...


class Table:
    """
    Writes one table, under its name only once it is whole.

    Leaving the context with an error leaves nothing behind, and what was there before as it was.
    """

    def __init__(self, path: Path, columns: Mapping[str, type], *, force: bool = False) -> None:
        """Raises BadExport for a name that is of no table, or is taken."""
        if path.suffix not in _TABLES:
            known = ", ".join(_TABLES)
            raise BadExport(path, f"the ending {path.suffix or '(none)'!r}", f"one of {known}")
        if path.exists() and not force:
            raise BadExport(path, "a file that is there already", "a new name, or --force")
        if not path.absolute().parent.is_dir():
            raise BadExport(path, "a folder that does not exist", "one that does")
        self._path = path
        self._part = path.with_name(f".{path.name}.{os.getpid()}.part")
        self._columns = columns

    def __enter__(self) -> Self:
        self._table: _Table = _TABLES[self._path.suffix](self._part, self._columns)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            self._table.close()
            if kind is None:
                os.replace(self._part, self._path)
        finally:
            self._part.unlink(missing_ok=True)

    def put(self, row: Row) -> None:
        self._table.write(row)


class Export(Table):
    """The table of signals."""

    def __init__(
        self,
        path: Path,
        catalog: Iterable[StageSpec],
        *,
        people: Sequence[str] = (),
        wide: bool = False,
        force: bool = False,
    ) -> None:
        """`people` are needed for a wide table: they make its columns. Raises BadExport."""
        catalog = tuple(catalog)
        super().__init__(path, _wide_columns(catalog, people) if wide else LONG, force=force)
        self._specs = {spec.name: spec for stage in catalog for spec in stage.signals}
        self._wide = wide

    def write(self, second: Second, recording: str = "") -> None:
        rows = _long(second, recording, self._specs)
        if self._wide:
            rows = iter((_widened(rows, second.index, recording, self._columns),))
        for row in rows:
            self.put(row)


def _long(second: Second, recording: str, specs: Mapping[str, Spec]) -> Iterator[Row]:
    for who, readings in (*second.people.items(), (TOGETHER, second.together)):
        usual = second.usual.get(who, {})
        for name, reading in readings.items():
            yield {
                "recording": recording,
                "second": second.index,
                "participant": who,
                "signal": name,
                **_reading(reading),
                "z": usual.get(name),
                "unit": specs[name].unit,
            }


def _reading(reading: Reading) -> Row:
    if isinstance(reading, Measured):
        return {"value": reading.value, "quality": reading.quality, "n": reading.n, "why": None}
    return {"value": None, "quality": None, "n": None, "why": str(reading.why)}


def _wide_columns(catalog: Iterable[StageSpec], people: Sequence[str]) -> Mapping[str, type]:
    columns: dict[str, type] = {"recording": str, "second": int}
    for stage in catalog:
        for who in people if stage.scope is Scope.PERSON else (TOGETHER,):
            columns |= {f"{who}.{spec.name}": float for spec in stage.signals}
    return columns


def _widened(rows: Iterable[Row], second: int, recording: str, columns: Mapping[str, type]) -> Row:
    values = {f"{row['participant']}.{row['signal']}": row["value"] for row in rows}
    wide = {"recording": recording, "second": second, **values}
    return {column: wide.get(column) for column in columns}


class _Csv:
    def __init__(self, path: Path, columns: Mapping[str, type]) -> None:
        self._file: TextIO = path.open("w", encoding="utf-8", newline="")
        self._writer = csv.DictWriter(self._file, columns, lineterminator="\n")
        self._writer.writeheader()

    def write(self, row: Row) -> None:
        self._writer.writerow(row)

    def close(self) -> None:
        self._file.close()


class _JsonLines:
    def __init__(self, path: Path, columns: Mapping[str, type]) -> None:
        self._file: TextIO = path.open("w", encoding="utf-8")

    def write(self, row: Row) -> None:
        given = {name: value for name, value in row.items() if value is not None}
        self._file.write(json.dumps(given, ensure_ascii=False, allow_nan=False) + "\n")

    def close(self) -> None:
        self._file.close()


class _Parquet:
    def __init__(self, path: Path, columns: Mapping[str, type]) -> None:
        import pyarrow as pa
        import pyarrow.parquet as pq

        kinds = {str: pa.string(), int: pa.int64(), float: pa.float64()}
        self._schema = pa.schema([(name, kinds[kind]) for name, kind in columns.items()])
        self._of = pa.Table.from_pylist
        self._writer = pq.ParquetWriter(path, self._schema, compression="zstd")
        self._rows: list[Row] = []

    def write(self, row: Row) -> None:
        self._rows.append(row)
        if len(self._rows) >= BATCH:
            self._flush()

    def close(self) -> None:
        try:
            self._flush()
        finally:
            self._writer.close()

    def _flush(self) -> None:
        if self._rows:
            self._writer.write_table(self._of(self._rows, schema=self._schema))
            self._rows = []


_TABLES: Mapping[str, Any] = {".parquet": _Parquet, ".csv": _Csv, ".jsonl": _JsonLines}
