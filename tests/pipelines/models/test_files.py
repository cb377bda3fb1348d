import hashlib
import importlib.util
import os
from pathlib import Path

import pytest

from attunement.engine.errors import ModelUnavailable
from attunement.pipelines.models import files
from attunement.pipelines.models.files import ModelFile, Shelf

BYTES = b"weights" * 1_000
MODEL = ModelFile(
    "net.task",
    "net.task",
    "1",
    "Apache-2.0",
    len(BYTES),
    hashlib.sha256(BYTES).hexdigest(),
    "https://models.example/net.task",
)


@pytest.fixture(autouse=True)
def no_models_of_this_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ATTUNEMENT_MODELS", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def put(folder: Path, content: bytes = BYTES) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "net.task").write_bytes(content)
    return folder / "net.task"


def test_a_folder_given_goes_before_the_variable_and_that_before_the_cache(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ATTUNEMENT_MODELS", str(tmp_path / "named"))
    cached = put(tmp_path / "cache" / "attunement" / "models")
    assert Shelf(tmp_path / "given", [MODEL]).path("net.task") == cached
    named = put(tmp_path / "named")
    assert Shelf(tmp_path / "given", [MODEL]).path("net.task") == named
    given = put(tmp_path / "given")
    assert Shelf(tmp_path / "given", [MODEL]).path("net.task") == given


def test_a_missing_file_says_how_to_get_it() -> None:
    with pytest.raises(ModelUnavailable) as fault:
        Shelf(None, [MODEL]).path("net.task")
    assert str(fault.value) == (
        "net.task: the file is not here; get it with: attune models pull net.task"
    )


def test_a_truncated_file_says_what_was_got_and_what_expected(tmp_path: Path) -> None:
    put(tmp_path, BYTES[:-7])
    with pytest.raises(ModelUnavailable, match="got a file of 6993 bytes, expected 7000"):
        Shelf(tmp_path, [MODEL]).path("net.task")


def test_a_tampered_file_is_found_out_though_a_good_one_lay_there_before(tmp_path: Path) -> None:
    file = put(tmp_path)
    shelf = Shelf(tmp_path, [MODEL])
    shelf.path("net.task")
    before = file.stat().st_mtime_ns
    file.write_bytes(b"W" + BYTES[1:])
    os.utime(file, ns=(before + 1_000_000, before + 1_000_000))
    with pytest.raises(ModelUnavailable, match=r"got sha256 \w{12}, expected \w{12}"):
        shelf.path("net.task")


def test_a_file_is_read_once_while_it_stays_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(tmp_path)
    shelf = Shelf(tmp_path, [MODEL])
    shelf.path("net.task")
    monkeypatch.setattr(files.hashlib, "sha256", lambda: pytest.fail("read again"))
    shelf.path("net.task")


def test_an_unknown_name_says_which_are_known() -> None:
    with pytest.raises(ModelUnavailable, match=r"expected one of net\.task"):
        Shelf(None, [MODEL]).path("other")


def test_what_is_in_use_has_a_version_and_a_checksum(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path, [MODEL])
    assert shelf.in_use() == {}
    put(tmp_path)
    assert shelf.in_use() == {"net.task": ("1", MODEL.sha256)}


@pytest.mark.skipif(not importlib.util.find_spec("silero_vad"), reason="silero-vad not installed")
def test_a_file_inside_a_package_is_found_without_importing_it() -> None:
    import sys

    assert Shelf().path("silero-vad").name == "silero_vad_16k_sequence.onnx"
    assert "silero_vad" not in sys.modules


def test_the_landmarker_s_file_is_the_one_that_was_published(models_dir: Path) -> None:
    file = Shelf(models_dir).path("face_landmarker.task")
    assert file.parent == models_dir
