"""
Two people in one microphone, one voice over another at about the same level; and one voice alone.

Both go on for three seconds, as in a call, which takes two of a corpus' short utterances.
"""

from collections.abc import Iterator, Sequence
from itertools import combinations
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from training.speech_emotion.corpus import Utterance, decoded
from training.speech_emotion.sights import LONGEST, Seen, kept
from training.speech_emotion.worsen import rms, worsened

Sound = NDArray[np.float32]
Pair = tuple[str, str]
APART = 6.0  # dB at the most between the two
ALONE, TOGETHER = 6, 7  # seeds


def pairs(utterances: Sequence[Utterance]) -> list[Pair]:
    return list(combinations(sorted({one.speaker for one in utterances}), 2))


def alone(
    utterances: Sequence[Utterance], each: int, cache: Path, *, worse: bool
) -> tuple[Seen, NDArray[np.str_]]:
    """`each` of every speaker, and whose (n,); every second one made worse if `worse`."""
    people = sorted({one.speaker for one in utterances})

    def sounds() -> Iterator[Sound]:
        for who in people:
            rng, call = (np.random.default_rng((ALONE, k, *who.encode())) for k in range(2))
            for i in range(each):
                sound = _talking(utterances, who, rng)
                yield worsened(call, rng, sound) if worse and i % 2 else sound

    seen = kept(sounds, utterances, f"alone-{each}-{worse:d}", Path(__file__), cache)
    return seen, np.repeat(np.array(people), each)


def mixed(
    utterances: Sequence[Utterance],
    wanted: Sequence[Pair],
    each: int,
    cache: Path,
    *,
    worse: bool,
    share: float = 1.0,
) -> tuple[Seen, NDArray[np.str_]]:
    """
    `each` of every pair, and who is in them (n, 2); every second one made worse if `worse`. The
    second voice is heard in the last `share` of the first.
    """

    def sounds() -> Iterator[Sound]:
        for pair in wanted:
            who = "".join(pair).encode()
            rng, call = (np.random.default_rng((TOGETHER, k, *who)) for k in range(2))
            for i in range(each):
                one, other = (_talking(utterances, person, rng) for person in pair)
                sound = _over(one, other, share, rng)
                yield worsened(call, rng, sound) if worse and i % 2 else sound

    people = "".join("".join(pair) for pair in wanted)
    name = f"mixed-{len(wanted)}-{people[:2]}{people[-2:]}-{each}-{worse:d}-{share}"
    seen = kept(sounds, utterances, name, Path(__file__), cache)
    return seen, np.repeat(np.array(wanted), each, axis=0)


def _talking(utterances: Sequence[Utterance], who: str, rng: np.random.Generator) -> Sound:
    mine = [one for one in utterances if one.speaker == who]
    some = [decoded(mine[i].file) for i in rng.integers(len(mine), size=2)]
    return np.concatenate(some)[:LONGEST]


def _over(one: Sound, other: Sound, share: float, rng: np.random.Generator) -> Sound:
    """As long and as loud as the first alone, so that neither tells that there are two."""
    size = round(one.size * share)
    over = np.zeros_like(one)
    over[one.size - size :] = np.resize(other, size)
    gain = rms(one[one.size - size :]) / rms(over[one.size - size :])
    sound = one + over * gain * 10 ** (rng.uniform(-APART, APART) / 20)
    return np.asarray(sound * (rms(one) / rms(sound)), np.float32)
