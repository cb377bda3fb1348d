"""
Make `pipelines/attunement/pipelines/models/weights/speech_emotion.safetensors`.

    ATTUNEMENT_DATA=... python -m training.speech_emotion.train

Learned from EmoDB (CC0) alone. Seeded: the same data give the same file on the same machine. What
takes time is making every utterance worse in eight ways, half a minute each on a quiet core; it is
kept in the cache, so an interrupted run goes on where it was.
"""

import argparse
import hashlib
import os
import re
from pathlib import Path

import numpy as np
import platformdirs
from numpy.typing import NDArray

from attunement.pipelines.models import speech_emotion
from training.speech_emotion.corpus import CLASSES, Utterance, emodb
from training.speech_emotion.learn import Lessons, train
from training.speech_emotion.mixtures import alone, mixed, pairs
from training.speech_emotion.sights import Seen, clean, seen
from training.speech_emotion.voices import other_voices
from training.speech_emotion.worsen import worsened

COPIES = 8
ALONE, MIXTURES = 54, 12  # of each speaker, of each pair
F32 = NDArray[np.float32]
WHOLE = (  # in single precision; the rest in half
    "mean",
    "spread",
    "slope",
    "offset",
    "sharpness",
    "centre",
    "furthest",
    "crowd",
    "crowd_offset",
)
WEIGHTS = Path(speech_emotion.__file__).parent / "weights" / speech_emotion.NAME
CACHE = Path(platformdirs.user_cache_dir("attunement", appauthor=False)) / "speech_emotion"


def lessons(utterances: list[Utterance], cache: Path) -> Lessons:
    """
    EmoDB, clean and made worse, and each of these in another voice; where nothing is left to
    describe, clean once more.
    """
    looks = [seen(utterances, clean, 0, cache)]
    looks += [seen(utterances, worsened, seed, cache) for seed in range(1, COPIES + 1)]
    found = [(look.described, look.seconds.astype(np.float32)) for look in looks]
    found += [other_voices(look, utterances, copy) for copy, look in enumerate(looks)]
    copies = np.stack([described for described, _ in found])
    seconds = np.stack([seconds for _, seconds in found])
    empty = np.asarray(np.isnan(copies).any(axis=2))
    copies = np.where(empty[:, :, None], copies[:1], copies)
    seconds = np.where(empty, seconds[:1], seconds)
    emotion = np.array([CLASSES.index(one.emotion) for one in utterances])
    speaker = np.array([int(one.speaker) for one in utterances])
    one, of_one = alone(utterances, ALONE, cache, worse=True)
    two, of_two = mixed(utterances, pairs(utterances), MIXTURES, cache, worse=True)
    return Lessons(copies, seconds, speaker, emotion, *_able(one, of_one), *_able(two, of_two))


def _able(look: Seen, who: NDArray[np.str_]) -> tuple[F32, NDArray[np.int64]]:
    """What can be described, and whose it is."""
    described = look.described
    able = np.isfinite(described).all(axis=1)
    return described[able], who[able].astype(np.int64)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cache", type=Path, default=CACHE)
    cache: Path = parser.parse_args().cache
    weights = train(lessons(emodb(Path(os.environ["ATTUNEMENT_DATA"])), cache))
    tensors = {name: getattr(weights, name) for name in WHOLE}
    tensors["whitener"] = weights.whitener.astype(np.float16)
    about = {
        "version": speech_emotion.VERSION,
        "classes": " ".join(CLASSES),
        "data": "EmoDB, CC0-1.0",
        "licence": "Apache-2.0",
    }
    content = speech_emotion.written(tensors, about)
    WEIGHTS.parent.mkdir(exist_ok=True)
    WEIGHTS.write_bytes(content)
    _expect(hashlib.sha256(content).hexdigest())
    print(f"{WEIGHTS.name}: {len(content)} bytes")  # noqa: T201


def _expect(sha256: str) -> None:
    code = Path(speech_emotion.__file__)
    told = re.sub(r'^SHA256 = ".*"$', f'SHA256 = "{sha256}"', code.read_text(), flags=re.M)
    code.write_text(told)


if __name__ == "__main__":
    main()
