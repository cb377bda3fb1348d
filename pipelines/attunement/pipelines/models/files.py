"""Which model files there are, where they lie, and whether they are the ones expected."""

import hashlib
import importlib.metadata
import importlib.util
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from attunement.engine.errors import ModelUnavailable

VARIABLE = "ATTUNEMENT_MODELS"  # names a folder of model files
BLOCK = 1 << 20  # bytes


@dataclass(frozen=True, slots=True)
class ModelFile:
    """A file that others trained and published. It lies in a folder, or inside a package."""

    name: str
    file: str  # its name in a folder, or its path inside the package
    version: str  # "" where the package's version is meant
    licence: str  # SPDX
    size: int  # bytes
    sha256: str
    source: str  # where it is published
    package: str | None = None  # distribution it comes with
    extra: str = ""  # of this program, that brings the package

    @property
    def remedy(self) -> str:
        if self.package:
            return f"install it with: pip install 'attunement[{self.extra}]'"
        return f"get it with: attune models pull {self.name}"


FACE_LANDMARKER = ModelFile(
    name="face_landmarker.task",
    file="face_landmarker.task",
    version="float16/1",
    licence="Apache-2.0",
    size=3_758_596,
    sha256="64184e229b263107bc2b804c6625db1341ff2bb731874b0bcc2fe6544e0bc9ff",
    source="https://storage.googleapis.com/mediapipe-models/face_landmarker/face_landmarker/"
    "float16/1/face_landmarker.task",
)
SILERO = ModelFile(
    name="silero-vad",
    file="data/silero_vad_16k_sequence.onnx",
    version="",
    licence="MIT",
    size=1_246_165,
    sha256="9ccdacc4719d8aa7e45a77536bfabec45a03ba1f2fad5e241ab4060b24238a85",
    source="https://pypi.org/project/silero-vad/",
    package="silero-vad",
    extra="voice",
)
YAMNET = ModelFile(
    name="yamnet.tflite",
    file="yamnet.tflite",
    version="1",
    licence="Apache-2.0",
    size=4_078_224,
    sha256="469be6a3421cbc52cf97e9f2f966cba984198e8e7af9854d68b3e3ebb1e04194",
    source="https://storage.googleapis.com/mediapipe-models/audio_classifier/yamnet/float32/1/"
    "yamnet.tflite",
)
FILES = (FACE_LANDMARKER, SILERO, YAMNET)


class Shelf:
    """Where model files are found. Checked files stay checked until size or time changes."""

    def __init__(self, folder: Path | None = None, files: Iterable[ModelFile] = FILES) -> None:
        """`folder` goes before the variable ATTUNEMENT_MODELS, which goes before the cache."""
        self._files = {file.name: file for file in files}
        self._folders = folders(folder)

    @property
    def files(self) -> tuple[ModelFile, ...]:
        return tuple(self._files.values())

    @property
    def target(self) -> Path:
        """The folder that a file is put into when it is pulled."""
        return self._folders[0]

    def path(self, name: str) -> Path:
        """The verified file. Raises ModelUnavailable, which says how to get it."""
        model = self._files.get(name)
        if model is None:
            known = ", ".join(self._files)
            raise ModelUnavailable(name, "no such model is known", f"expected one of {known}")
        file = self._find(model)
        verify(model, file)
        return file

    def in_use(self) -> dict[str, tuple[str, str]]:
        """(version, sha256) of every model file that is here and is the one expected."""
        found: dict[str, tuple[str, str]] = {}
        for model in self.files:
            try:
                self.path(model.name)
            except ModelUnavailable:
                continue
            found[model.name] = (version(model), model.sha256)
        return found

    def _find(self, model: ModelFile) -> Path:
        if model.package:
            return _in_package(model)
        for folder in self._folders:
            if (folder / model.file).is_file():
                return folder / model.file
        raise ModelUnavailable(model.name, "the file is not here", model.remedy)


def folders(first: Path | None = None) -> tuple[Path, ...]:
    """Where files are looked for, in this order."""
    named = os.environ.get(VARIABLE)
    cache = Path(platformdirs.user_cache_dir("attunement", appauthor=False)) / "models"
    return tuple(folder for folder in (first, Path(named) if named else None, cache) if folder)


def version(model: ModelFile) -> str:
    """Of the file; of the package that it comes with, where it comes with one."""
    if not model.package:
        return model.version
    try:
        return importlib.metadata.version(model.package)
    except importlib.metadata.PackageNotFoundError:
        return ""


def verify(model: ModelFile, file: Path) -> None:
    """Raises ModelUnavailable if the file's bytes are not those that were published."""
    try:
        stat = file.stat()
        if stat.st_size != model.size:
            problem = f"got a file of {stat.st_size} bytes, expected {model.size}"
            raise ModelUnavailable(model.name, problem, model.remedy)
        got = _sum(file, stat.st_size, stat.st_mtime_ns)
    except OSError as fault:
        problem = f"the file cannot be read ({type(fault).__name__})"
        raise ModelUnavailable(model.name, problem, model.remedy) from None
    if got != model.sha256:
        problem = f"got sha256 {got[:12]}, expected {model.sha256[:12]}"
        raise ModelUnavailable(model.name, problem, model.remedy)


_sums: dict[tuple[Path, int, int], str] = {}  # one entry per model file that was ever met


def _sum(file: Path, size: int, modified: int) -> str:
    key = (file.resolve(), size, modified)
    if key not in _sums:
        digest = hashlib.sha256()
        with file.open("rb") as stream:
            while block := stream.read(BLOCK):
                digest.update(block)
        _sums[key] = digest.hexdigest()
    return _sums[key]


def _in_package(model: ModelFile) -> Path:
    # Found, never imported: an import may bring a framework that nothing here needs.
    assert model.package is not None
    found = importlib.util.find_spec(model.package.replace("-", "_"))
    if found is None or not found.submodule_search_locations:
        raise ModelUnavailable(model.name, "the package is not installed", model.remedy)
    file = Path(found.submodule_search_locations[0]) / model.file
    if not file.is_file():
        problem = f"the package {model.package} has no {file.name}"
        raise ModelUnavailable(model.name, problem, model.remedy)
    return file
