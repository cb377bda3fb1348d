"""What the net sees of each utterance, clean and made worse; computed once and kept in a file."""

import hashlib
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from attunement.pipelines.inferred import description, spectrum
from attunement.pipelines.models.silero import CHUNK, Silero
from attunement.pipelines.voice.stretch import SPEECH
from training.speech_emotion.corpus import RATE, Utterance, decoded
from training.speech_emotion.worsen import through_opus, worsened

LONGEST = 3 * RATE  # samples, the window of a call
AROUND = RATE // 4  # samples of near silence before and after, which voice activity needs

# What the call is made from, what is this sound's own, and the sound.
Way = Callable[[np.random.Generator, np.random.Generator, NDArray[np.float32]], NDArray[np.float32]]


def clean(
    call: np.random.Generator, rng: np.random.Generator, x: NDArray[np.float32]
) -> NDArray[np.float32]:
    return x


def coded(
    call: np.random.Generator, rng: np.random.Generator, x: NDArray[np.float32]
) -> NDArray[np.float32]:
    return through_opus(x)


def spoken(sound: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Rows of the sound's first three seconds, and in which of them voice activity hears speech."""
    noise = np.random.default_rng(0).normal(0, 1e-4, AROUND).astype(np.float32)
    padded = np.concatenate((noise, sound[:LONGEST], noise))
    chunks = padded[: padded.size // CHUNK * CHUNK].reshape(-1, CHUNK)
    speech = Silero()(chunks) >= SPEECH
    rows = spectrum.rows(padded)
    middle = (np.arange(len(rows)) * spectrum.HOP + spectrum.WINDOW // 2) // CHUNK
    return rows, speech[np.minimum(middle, len(chunks) - 1)]


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """All utterances in one state."""

    rows: list[NDArray[np.float16]]  # of `spectrum`, per utterance
    speech: list[NDArray[np.bool_]]  # in which of them somebody speaks

    @property
    def described(self) -> NDArray[np.float32]:
        """(n, SIZE); NaN where an utterance has too little voice."""
        nothing = np.full(description.SIZE, np.nan, np.float32)
        found = (
            description.describe(rows.astype(np.float32), said)
            for rows, said in zip(self.rows, self.speech, strict=True)
        )
        return np.stack([nothing if one is None else one for one in found])

    @property
    def seconds(self) -> NDArray[np.float64]:
        """Of speech in each (n,)."""
        return np.array([said.sum() for said in self.speech]) * spectrum.HOP / RATE


def seen(utterances: Sequence[Utterance], way: Way, seed: int, cache: Path) -> Seen:
    """Of all utterances, each made worse in its own way; from the cache if it is there."""

    def sounds() -> Iterator[NDArray[np.float32]]:
        for i, utterance in enumerate(utterances):
            call = np.random.default_rng((seed, *utterance.speaker.encode()))
            rng = np.random.default_rng((seed, i))
            yield way(call, rng, decoded(utterance.file))

    name = f"{len(utterances)}-{way.__name__}-{seed}"
    return kept(sounds, utterances, name, Path(__file__).parent / "worsen.py", cache)


def kept(
    sounds: Callable[[], Iterable[NDArray[np.float32]]],
    utterances: Sequence[Utterance],
    name: str,
    code: Path,
    cache: Path,
) -> Seen:
    """What is seen of `sounds`, which `code` makes of the utterances; looked at only once."""
    made_by = Path(str(spectrum.__file__)).read_bytes() + code.read_bytes()
    key = hashlib.sha256(made_by + utterances[0].file.name.encode()).hexdigest()[:12]
    file = cache / f"{key}-{name}.npz"
    if not file.is_file():
        _look(sounds(), file)
    with np.load(file) as found:
        ends = np.cumsum(found["lengths"])[:-1]
        return Seen(np.split(found["rows"], ends), np.split(found["speech"], ends))


def _look(sounds: Iterable[NDArray[np.float32]], file: Path) -> None:
    rows, speech = [], []
    for sound in sounds:
        seen_rows, said = spoken(sound)
        rows.append(seen_rows.astype(np.float16))
        speech.append(said)
    file.parent.mkdir(parents=True, exist_ok=True)
    part = file.with_suffix(f".{os.getpid()}.part.npz")
    np.savez(
        part,
        rows=np.concatenate(rows),
        speech=np.concatenate(speech),
        lengths=np.array([len(r) for r in rows]),
    )
    part.rename(file)


WAYS: dict[str, Way] = {"clean": clean, "coded": coded, "worsened": worsened}
