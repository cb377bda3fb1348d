"""
The speech-emotion model: how likely each of seven acted emotions is, given a description.

Two committees of regularised linear discriminants, one for a voice that nothing is known of, one
for a voice compared with its own usual; half of each look at the statistics, half at everything. A
discriminant beside them tells one voice from two. The weights lie inside this package, are checked
before they are used, and come from training/speech_emotion; docs/models/speech_emotion.md tells
what they can and cannot do.
"""

import functools
import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from attunement.engine.errors import ModelUnavailable
from attunement.pipelines.models.batch import SHARED, Batcher

NAME = "speech_emotion.safetensors"
VERSION = "2"
SHA256 = "c302acc61329ebd18420843377b8685303ac6f609316145f38720fc368034a15"
CLASSES = ("anger", "boredom", "disgust", "fear", "happiness", "sadness", "neutral")
STRANGER, OWN = 0, 1  # committees
BATCH = 64  # rows in one call, on a GPU

_REMEDY = "install attunement anew: the file comes with it"
_KINDS = {"F32": np.float32, "F16": np.float16}
_HEADER = 1 << 16  # bytes at the most


@dataclass(frozen=True, slots=True, eq=False)
class Answer:
    probability: NDArray[np.float32]  # (classes,), sums to 1
    strangeness: float  # over 1: like nothing that was learned from


@dataclass(frozen=True, slots=True, eq=False)
class Weights:
    """Inputs (size + 1,) are a description and how far the usual is the person's own."""

    mean: NDArray[np.float32]  # (size,), of the voices learned from
    spread: NDArray[np.float32]  # (size,)
    slope: NDArray[np.float32]  # (2, size + 1, classes): of both committees
    offset: NDArray[np.float32]  # (2, classes)
    sharpness: NDArray[np.float32]  # (2,), one over the temperature
    whitener: NDArray[np.float32]  # (2, size + 1, axes): axes along which strangeness is measured
    centre: NDArray[np.float32]  # (2, classes, axes): of each class
    furthest: NDArray[np.float32]  # (2,), squared distance that one of a hundred goes beyond
    crowd: NDArray[np.float32]  # (2, size + 1): slope towards two people at once
    crowd_offset: NDArray[np.float32]  # (2,)


class SpeechEmotion:
    """The same for everybody: holds nothing of a person."""

    def __init__(self, file: Path | None = None, sha256: str = SHA256) -> None:
        """Raises ModelUnavailable if the file is not here or not the one expected."""
        self._weights = _loaded(file or Path(__file__).parent / "weights" / NAME, sha256)

    @property
    def weights(self) -> Weights:
        return self._weights

    def __call__(self, compared: NDArray[np.float32]) -> Answer:
        """compared (size + 1,), finite: what `Usual.compare` gives."""
        return answer(self._weights, compared)

    def several(self, compared: NDArray[np.float32]) -> bool:
        """compared (size + 1,), as above: whether two voices are heard at once."""
        return crowd(self._weights, compared) > 0

    @property
    def shared(self) -> Batcher:
        """The same by rows: (n, size + 1) -> (n, classes + 1), of which the last is strangeness."""
        return SHARED.get(NAME, self._batcher)

    def _batcher(self) -> Batcher:
        """On a processor item by item, in NumPy; torch is not loaded where there is no GPU."""
        from attunement.pipelines.models import device

        if not device.has_gpu():
            return Batcher(self._rows)
        from attunement.pipelines.models.speech_torch import Committees

        forward = device.runner(Committees(self._weights), "cuda", BATCH)
        return Batcher(forward, size=BATCH, device="cuda")

    def _rows(self, compared: NDArray[np.float32]) -> NDArray[np.float32]:
        found = [self(one) for one in compared]
        return np.stack([np.append(one.probability, one.strangeness) for one in found])


def answer(weights: Weights, compared: NDArray[np.float32]) -> Answer:
    """Which committee answers follows from the last number: 0 where nothing is known."""
    which = OWN if compared[-1] > 0 else STRANGER
    odds = (compared @ weights.slope[which] + weights.offset[which]) * weights.sharpness[which]
    likely = np.exp(odds - odds.max())
    along = compared @ weights.whitener[which]
    distance = float(np.square(weights.centre[which] - along).sum(axis=1).min())
    return Answer(likely / likely.sum(), distance / float(weights.furthest[which]))


def crowd(weights: Weights, compared: NDArray[np.float32]) -> float:
    """Over 0 where two voices are heard at once; one in twenty by mistake."""
    which = OWN if compared[-1] > 0 else STRANGER
    return float(compared @ weights.crowd[which] + weights.crowd_offset[which])


def confidence(probability: NDArray[np.float32]) -> float:
    """1 where one class is certain, 0 where all are as likely: one minus the relative entropy."""
    p = np.clip(probability, 1e-12, 1.0)
    return 1.0 + float((p * np.log(p)).sum()) / math.log(p.size)


@functools.cache
def _loaded(file: Path, sha256: str) -> Weights:
    try:
        content = file.read_bytes()
    except OSError as fault:
        problem = f"the file cannot be read ({type(fault).__name__})"
        raise ModelUnavailable(NAME, problem, _REMEDY) from None
    got = hashlib.sha256(content).hexdigest()
    if got != sha256:
        problem = f"got sha256 {got[:12]}, expected {sha256[:12]}"
        raise ModelUnavailable(NAME, problem, _REMEDY)
    try:
        return Weights(**read(content))
    except (ValueError, KeyError, TypeError) as fault:
        problem = f"the file cannot be loaded ({type(fault).__name__})"
        raise ModelUnavailable(NAME, problem, _REMEDY) from None


def read(content: bytes) -> dict[str, NDArray[np.float32]]:
    """Tensors of a safetensors file, in single precision. Raises ValueError if it is broken."""
    size = int.from_bytes(content[:8], "little")
    if not 0 < size <= min(_HEADER, len(content) - 8):
        raise ValueError(f"got a header of {size} bytes, expected 1 to {_HEADER}")
    header: Mapping[str, Any] = json.loads(content[8 : 8 + size])
    data = content[8 + size :]
    tensors = {}
    for name, told in header.items():
        if name != "__metadata__":
            begin, end = told["data_offsets"]
            values = np.frombuffer(data[begin:end], _KINDS[told["dtype"]])
            tensors[name] = values.reshape(told["shape"]).astype(np.float32)
    return tensors


def written(tensors: Mapping[str, NDArray[Any]], about: Mapping[str, str]) -> bytes:
    """A safetensors file of these float32 and float16 tensors."""
    kinds = {np.dtype(kind): name for name, kind in _KINDS.items()}
    header: dict[str, Any] = {"__metadata__": dict(about)}
    data = b""
    for name, tensor in tensors.items():
        begin = len(data)
        data += np.ascontiguousarray(tensor).tobytes()
        header[name] = {
            "dtype": kinds[tensor.dtype],
            "shape": list(tensor.shape),
            "data_offsets": [begin, len(data)],
        }
    told = json.dumps(header, sort_keys=True).encode()
    told += b" " * (-len(told) % 8)
    return len(told).to_bytes(8, "little") + told + data
