"""Acted emotions: EmoDB, which the net learns from, and nEMO, which it never learns from."""

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

CLASSES = ("anger", "boredom", "disgust", "fear", "happiness", "sadness", "neutral")
LETTERS = "WLEAFTN"  # of EmoDB's file names, in the order of CLASSES
HIGH = frozenset({"anger", "fear", "happiness", "surprised"})  # aroused
RATE = 16_000  # Hz


@dataclass(frozen=True, slots=True)
class Utterance:
    file: Path
    speaker: str
    emotion: str


def emodb(data: Path) -> list[Utterance]:
    """535 utterances of 10 German actors, in the order of their names."""
    files = sorted((data / "emodb").glob("*.flac"))
    return [Utterance(f, f.stem[:2], CLASSES[LETTERS.index(f.stem[5])]) for f in files]


def nemo(data: Path) -> list[Utterance]:
    """4,481 utterances of 9 Polish actors. Licensed against anything but evaluation."""
    with (data / "nemo" / "data.tsv").open(encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream, delimiter="\t"))
    rows.sort(key=lambda row: row["file_id"])
    folder = data / "nemo" / "samples"
    return [
        Utterance(folder / (Path(row["file_id"]).stem + ".opus"), row["speaker_id"], row["emotion"])
        for row in rows
    ]


def decoded(file: Path) -> NDArray[np.float32]:
    """A sound file as mono at RATE, full scale 1, without the exact zeros it is filled up with."""
    import av

    parts = []
    with av.open(str(file)) as container:
        resampler = av.AudioResampler("flt", "mono", RATE)
        for frame in (*container.decode(audio=0), None):
            parts += [part.to_ndarray()[0] for part in resampler.resample(frame)]
    sound = np.concatenate(parts)
    loud = np.flatnonzero(np.abs(sound) > 1e-4)
    return sound[: loud[-1] + 1] if loud.size else sound
