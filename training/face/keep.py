"""Writes what a net has learned into the package, and tells face_net.py what to expect."""

import hashlib
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from attunement.pipelines.models import face_net
from attunement.pipelines.models.speech_emotion import written
from training.face.net import FaceNet, folded

WEIGHTS = Path(face_net.__file__).parent / "weights"
CONSTANTS = {
    face_net.EXPRESSION: "EXPRESSION",
    face_net.SHAPE: "SHAPE",
    face_net.COVER: "COVER",
}


def keep(net: FaceNet, name: str, about: Mapping[str, str], **more: NDArray[Any]) -> None:
    """`name`: face_net.EXPRESSION or face_net.SHAPE."""
    put({**folded(net), **more}, name, about)


def put(tensors: Mapping[str, NDArray[Any]], name: str, about: Mapping[str, str]) -> None:
    """`name`: that of one of the files in face_net.py."""
    told = {"version": face_net.VERSION, "licence": "Apache-2.0", **about}
    content = written(tensors, told)
    (WEIGHTS / name).write_bytes(content)
    code, got = Path(face_net.__file__), hashlib.sha256(content).hexdigest()
    constant = CONSTANTS[name]
    expected = re.sub(rf'(    {constant}: )".*"', rf'\1"{got}"', code.read_text())
    code.write_text(expected)
    print(f"{name}: {len(content)} bytes")


def sharpest(odds: NDArray[np.float32], said: NDArray[np.int64]) -> float:
    """One over the temperature under which what was said is least surprising."""

    def surprise(sharpness: float) -> float:
        sharp = sharpness * odds.astype(np.float64)
        sharp -= sharp.max(axis=1, keepdims=True)
        likely = np.exp(sharp)
        likely /= likely.sum(axis=1, keepdims=True)
        return -float(np.log(likely[np.arange(said.size), said]).mean())

    return float(min(np.geomspace(0.5, 4, 211), key=surprise))
