"""
Other voices, made from the rows of one: a longer or shorter vocal tract, a higher or lower pitch,
faster or slower speech. Ten actors are few, and what is learned must not be who they are.

Vocal tract length perturbation: N. Jaitly, G. Hinton, ICML workshop on deep learning for audio
(2013). Done on the rows rather than on the sound, it costs nothing.
"""

import numpy as np
from numpy.typing import NDArray

from attunement.pipelines.inferred.description import SIZE, describe
from attunement.pipelines.inferred.spectrum import BANDS, HIGH, HOP, LOW, PITCH, RATE
from training.speech_emotion.corpus import Utterance
from training.speech_emotion.sights import Seen

F32 = NDArray[np.float32]

TRACT = 0.16  # logarithm of the largest factor of frequencies of the spectrum
SEMITONES = 3.0  # largest change of the pitch beside what half the change of the tract brings
TEMPO = 0.15  # logarithm of the largest factor of a person's speed
UNEVEN = 0.05  # likewise, from utterance to utterance


def other_voices(look: Seen, utterances: list[Utterance], copy: int) -> tuple[F32, F32]:
    """
    Described, (n, SIZE), NaN where there is too little voice; and seconds of speech (n,). All
    utterances of one speaker become those of one other.
    """
    described = np.full((len(utterances), SIZE), np.nan, np.float32)
    seconds = np.zeros(len(utterances), np.float32)
    for i, (rows, speech) in enumerate(zip(look.rows, look.speech, strict=True)):
        person = np.random.default_rng((1, copy, int(utterances[i].speaker)))
        other, said = _other(rows.astype(np.float32), speech, person, (2, copy, i))
        found = describe(other, said)
        if found is not None:
            described[i] = found
        seconds[i] = np.count_nonzero(said) * HOP / RATE
    return described, seconds


def _other(
    rows: F32, speech: NDArray[np.bool_], person: np.random.Generator, seed: tuple[int, ...]
) -> tuple[F32, NDArray[np.bool_]]:
    tract = np.exp(person.uniform(-TRACT, TRACT))
    higher = 6 * np.log2(tract) + person.uniform(-SEMITONES, SEMITONES)
    tempo = person.uniform(-TEMPO, TEMPO) + np.random.default_rng(seed).uniform(-UNEVEN, UNEVEN)
    out = rows.copy()
    out[:, :BANDS] = _stretched(rows[:, :BANDS], float(tract))
    voiced = rows[:, PITCH] > 0
    out[voiced, PITCH] = np.maximum(rows[voiced, PITCH] + higher, 1.0)
    at = np.arange(0, len(rows) - 0.5, np.exp(tempo)).round().astype(int)
    at = np.minimum(at, len(rows) - 1)
    return out[at], speech[at]


def _stretched(mel: F32, factor: float) -> F32:
    """Everything `factor` times as high in frequency."""
    low, high = (1127 * np.log1p(hz / 700) for hz in (LOW, HIGH))
    middle = np.linspace(low, high, BANDS + 2)[1:-1]
    source = 1127 * np.log1p(np.expm1(middle / 1127) / factor)
    place = np.clip((source - middle[0]) / (middle[1] - middle[0]), 0, BANDS - 1)
    under = np.minimum(place.astype(int), BANDS - 2)
    share = (place - under).astype(np.float32)
    return np.asarray(mel[:, under] * (1 - share) + mel[:, under + 1] * share)
