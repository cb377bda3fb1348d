"""
Two voices at once in one microphone: how often they are seen, and one voice is taken for two.

    ATTUNEMENT_DATA=... python -m benchmarks.two_voices_eval

On EmoDB a pair of speakers is left out at a time. On nEMO, which nothing was learned from, with the
weights that ship; and through the stage itself, second by second, as in a call.
"""

import argparse
import os
from collections import Counter
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from attunement.engine.frame import AudioFrame
from attunement.engine.pipeline import Pipeline
from attunement.engine.runner import replay
from attunement.engine.session import Event, Session
from attunement.engine.signal import Group, Missing, Mode, Person, Role
from attunement.pipelines.inferred import speech_emotion
from attunement.pipelines.inferred.usual import Others
from attunement.pipelines.models.files import Shelf
from attunement.pipelines.models.speech_emotion import (
    OWN,
    STRANGER,
    SpeechEmotion,
    Weights,
    crowd,
)
from attunement.pipelines.voice import speech
from benchmarks.speech_emotion_eval import area
from training.speech_emotion.corpus import RATE, Utterance, decoded, emodb, nemo
from training.speech_emotion.learn import (
    Lessons,
    against_usual,
    as_strangers,
    one_or_two,
    others,
)
from training.speech_emotion.mixtures import alone, mixed, pairs
from training.speech_emotion.sights import Seen, clean, seen
from training.speech_emotion.train import CACHE, lessons
from training.speech_emotion.worsen import rms

F64 = NDArray[np.float64]
Sound = NDArray[np.float32]
OF_A_PAIR = 60  # mixtures
ALONE, BOTH = 40, 40  # s of a call
MIXED_UP = 3  # s from the second voice's coming on, of which some is of one voice


def report_emodb(taught: Lessons, utterances: list[Utterance], cache: Path) -> None:
    """Two people at once; each pair of speakers left out together in turn."""
    people = sorted({one.speaker for one in utterances})
    for committee, name in ((STRANGER, "cold"), (OWN, "own usual")):
        ones, twos, areas = [], [], []
        for pair in zip(people[::2], people[1::2], strict=True):
            out = np.isin(taught.speaker, [int(who) for who in pair])
            rest, left = taught.of(~out), taught.of(out)
            known = others(rest.copies)
            slope, offset = one_or_two(rest, known, committee)
            both, of = mixed(utterances, [pair], OF_A_PAIR, cache, worse=False)
            one = _compared(left.alone, left.alone_of, left, known, committee)
            two = _compared(both.described, of[:, 0].astype(np.int64), left, known, committee)
            ones.append(one @ slope + offset)
            twos.append(two @ slope + offset)
            of_two = np.arange(len(two) + len(one)) < len(two)
            areas.append(area(np.concatenate((twos[-1], ones[-1])), of_two))
        one, two = np.concatenate(ones), np.concatenate(twos)
        print(f"EmoDB, pairs left out, {name}: AUC {np.mean(areas):.3f}", end=", ")
        print(f"found {_found(two, one)} of {two.size}; taken for two", end=" ")
        print(f"{(one > 0).mean():.1%} of {one.size} times 3 s of one voice", flush=True)


def _compared(
    described: NDArray[np.float32],
    who: NDArray[np.int64],
    of: Lessons,
    known: Others,
    committee: int,
) -> NDArray[np.float32]:
    if committee == STRANGER:
        return as_strangers(described, known)
    return against_usual(described, who, of, known)


def _found(two: NDArray[np.floating], one: NDArray[np.floating]) -> str:
    return f"{(two > 0).mean():.1%} ({(two > np.quantile(one, 0.95)).mean():.1%} at 5 %)"


def report_nemo(utterances: list[Utterance], look: Seen, cache: Path) -> None:
    """With the weights that ship."""
    weights = SpeechEmotion().weights
    known = Others(weights.mean, weights.spread)
    people = sorted({one.speaker for one in utterances})
    speaker = np.searchsorted(people, [one.speaker for one in utterances])
    everything = Lessons(
        look.described[None],
        look.seconds.astype(np.float32)[None],
        speaker,
        np.zeros(speaker.size, np.int64),
        *(np.zeros((0, 1), np.float32), np.zeros(0, np.int64)),
        *(np.zeros((0, 1), np.float32), np.zeros((0, 2), np.int64)),
    )
    single, alone_of = alone(utterances, 50, cache, worse=False)
    ones = single.described, np.searchsorted(people, alone_of)
    for committee, name in ((STRANGER, "cold"), (OWN, "own usual")):
        one = _crowd(weights, _compared(*ones, everything, known, committee))
        print(f"nEMO, {name}: taken for two {(one > 0).mean():.1%}", end=" ")
        print(f"of {one.size} times 3 s of one voice; found", end=" ")
        for share in (1.0, 0.5, 0.25):
            both, of = mixed(utterances, pairs(utterances), 9, cache, worse=False, share=share)
            twos = both.described, np.searchsorted(people, of[:, 0])
            two = _crowd(weights, _compared(*twos, everything, known, committee))
            print(f"{_found(two, one)} where {share:.0%} overlaps", end=", ")
        print(flush=True)


def _crowd(weights: Weights, compared: NDArray[np.float32]) -> F64:
    return np.array([crowd(weights, one) for one in compared])


def report_call(utterances: list[Utterance]) -> None:
    """One voice for ALONE seconds, then a second one over it; every speaker with the next."""
    people = sorted({one.speaker for one in utterances})
    talks = {who: _talk(utterances, who) for who in people}
    for name, gain in (("as loud", 1.0), ("10 dB softer", 10**-0.5)):
        one, two = Counter[str](), Counter[str]()
        for who, other in zip(people, people[1:] + people[:1], strict=True):
            sound, over = talks[who].copy(), talks[other]
            sound[ALONE * RATE :] += over[ALONE * RATE :] * gain * rms(sound) / rms(over)
            said = _said(sound)
            one.update(said[:ALONE])
            two.update(said[ALONE + MIXED_UP :])
        print(f"nEMO in a call, second voice {name}: taken for two", end=" ")
        print(f"{one['overlap']} of {one['overlap'] + one['said']} seconds of one voice;", end=" ")
        print(f"found {two['overlap']} of {two['overlap'] + two['said']} of two", flush=True)


def _talk(utterances: list[Utterance], who: str) -> Sound:
    mine = [one for one in utterances if one.speaker == who]
    order = np.random.default_rng((0, *who.encode())).permutation(len(mine))
    sounds = (decoded(mine[i].file) for i in order)
    parts, size = [], 0
    while size < (ALONE + BOTH) * RATE:
        parts.append(next(sounds))
        size += parts[-1].size
    return np.concatenate(parts)[: (ALONE + BOTH) * RATE]


def _said(sound: Sound) -> list[str]:
    """Second by second: "said", or why not."""
    person = Person("p", Role.PATIENT)
    session = Session([person], Mode.INFERENCE, {"p": (Group.VOICE, Group.INFERRED)})
    session.handle(Event.START)
    catalog = (speech.STAGE, speech_emotion.STAGE)
    blocks = sound[: sound.size // 320 * 320].reshape(-1, 320)
    frames = (AudioFrame("p", i * 20_000_000, block, RATE) for i, block in enumerate(blocks))
    name = speech_emotion.NAMES[0]
    readings = (
        second.people["p"][name]
        for second in replay(frames, Pipeline(catalog, session.roster(), Shelf()))
    )
    return [one.why.value if isinstance(one, Missing) else "said" for one in readings]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cache", type=Path, default=CACHE)
    cache: Path = parser.parse_args().cache
    data = Path(os.environ["ATTUNEMENT_DATA"])
    german, polish = emodb(data), nemo(data)
    report_emodb(lessons(german, cache), german, cache)
    report_nemo(polish, seen(polish, clean, 0, cache), cache)
    report_call(polish)


if __name__ == "__main__":
    main()
