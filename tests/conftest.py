"""What every test may ask for, and what none may leave behind."""

import os
from collections import Counter
from pathlib import Path

import pytest

from attunement.engine.coverage import Coverage

_skipped: Counter[str] = Counter()


def _folder(variable: str, what: str) -> Path:
    value = os.environ.get(variable)
    if not value:
        pytest.skip(f"{variable} is unset: {what}")
    path = Path(value)
    if not path.is_dir():
        pytest.skip(f"{variable} names no folder: {what}")
    return path


@pytest.fixture(scope="session")
def models_dir() -> Path:
    return _folder("ATTUNEMENT_MODELS", "needs face_landmarker.task")


@pytest.fixture(scope="session")
def data_dir() -> Path:
    return _folder("ATTUNEMENT_DATA", "needs reference recordings")


@pytest.fixture
def few_frames_are_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    """For tests of frames and stages, in which a packet or a picture stands for all of a second."""
    monkeypatch.setattr(Coverage, "share", lambda *_: 1.0)


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if report.skipped and isinstance(report.longrepr, tuple):
        _skipped[report.longrepr[2].removeprefix("Skipped: ")] += 1


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if not _skipped:
        terminalreporter.write_line("no test was skipped")
    for reason, n in _skipped.most_common():
        terminalreporter.write_line(f"{n} skipped: {reason}")
