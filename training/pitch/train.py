"""
Make `kernels/attunement/kernels/pitch.npz`, which weighs pitch candidates and hears voices.

    ATTUNEMENT_DATA=... python -m training.pitch.train

Learned from EmoDB (CC0), whose labels come from three programs on the clean sound (`teachers`)
and are kept while the sound is made worse (`sounds`); and from the 13 of the 50 sentences of FDA
that `fda` sets aside for it, on which a laryngograph says what a voice is; and from synthetic
voices of any pitch. Seeded; a few minutes on two cores.
"""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from attunement.kernels import voicing
from attunement.kernels.perceptron import Perceptron
from training.pitch import fda, learn, synthetic
from training.pitch.analysis import Frames, analysed, joined
from training.pitch.sounds import decoded, worsened
from training.pitch.teachers import labels

WEIGHTS = Path(__file__).parents[2] / "kernels/attunement/kernels/pitch.npz"
PAUSE = 3_200  # samples of near silence around an utterance
REPEATS = 6  # ways in which each utterance of EmoDB is made worse
SYNTHETIC = 600  # voices of 3 s
FDA_REPEATS = 24
FDA_WEIGHT = 2.0  # of all its frames together, against all of EmoDB's
FDA_SHIFT = -0.005  # s from a frame's centre to the reference's time
HIDDEN = (16, 48)
EPOCHS = (6, 8)
BIAS = 0.25  # log odds added: a voice missed costs as much as one made up


@dataclass(frozen=True)
class Heard:
    """One sound, made worse: what the kernels see and what is true."""

    frames: Frames
    voiced: NDArray[np.float32]  # 0 to 1
    f0: NDArray[np.float32]  # Hz, 0 where unvoiced


def utterances(data: Path) -> dict[str, list[NDArray[np.float32]]]:
    """EmoDB by speaker, without the zeros at the end."""
    out: dict[str, list[NDArray[np.float32]]] = {}
    for file in sorted((data / "emodb").glob("*.flac")):
        sound = decoded(file)
        out.setdefault(file.stem[:2], []).append(np.trim_zeros(sound, "b"))
    return out


def emodb(voices: dict[str, list[NDArray[np.float32]]]) -> list[Heard]:
    rng = np.random.default_rng(1)
    out = []
    for speaker, said in voices.items():
        others = {who: what for who, what in voices.items() if who != speaker}
        for sound in said:
            clean = np.pad(sound, PAUSE) + rng.normal(0, 1e-5, sound.size + 2 * PAUSE)
            clean = clean.astype(np.float32)
            t = analysed(clean).t
            voiced, f0 = labels(clean, t)
            for _ in range(REPEATS):
                out.append(Heard(analysed(worsened(rng, clean, others)), voiced, f0))
    return out


def known(voices: dict[str, list[NDArray[np.float32]]]) -> list[Heard]:
    """Synthetic voices, three in four of them made worse."""
    rng = np.random.default_rng(3)
    out = []
    for i in range(SYNTHETIC):
        voice = synthetic.voice(rng)
        frames = analysed(worsened(rng, voice.sound, voices) if i % 4 else voice.sound)
        out.append(Heard(frames, *voice.at(frames.t)))
    return out


def laryngograph(
    sentences: Iterable[fda.Sentence], voices: dict[str, list[NDArray[np.float32]]]
) -> list[Heard]:
    rng = np.random.default_rng(2)
    out = []
    for sentence in sentences:
        for i in range(FDA_REPEATS):
            clean = i < FDA_REPEATS // 4
            sound = sentence.sound * np.float32(10 ** rng.uniform(-1, 0.3))
            frames = analysed(sound if clean else worsened(rng, sentence.sound, voices))
            place = np.round((frames.t + FDA_SHIFT) / fda.STEP).astype(int)
            there = (place >= 0) & (place < sentence.f0.size)
            f0 = np.where(there, sentence.f0[np.where(there, place, 0)], 0).astype(np.float32)
            out.append(Heard(frames, (f0 > 0).astype(np.float32), f0))
    return out


def asked(heard: list[Heard], net: Perceptron) -> NDArray[np.float32]:
    """What the second net is asked of every frame, given the first."""
    out = []
    for one in heard:
        f = one.frames
        evidence = np.empty_like(f.hz)
        facts = np.empty((len(f.hz), voicing.FACTS), np.float32)
        around = np.empty((len(f.hz), voicing.INPUTS), np.float32)
        voicing.evidence(f.hz, f.clues, net, evidence)
        voicing.describe(f.clues, evidence, f.bands, f.levels, voicing.new_levels(), facts)
        voicing.with_those_around(facts, 0, len(facts), around)
        out.append(around)
    return np.concatenate(out)


def weighers(speech: list[Heard]) -> Perceptron:
    frames = joined([one.frames for one in speech])
    voiced, f0 = (np.concatenate([getattr(s, name) for s in speech]) for name in ("voiced", "f0"))
    net = learn.candidates(frames.clues, frames.hz, voiced, f0, HIDDEN[0], EPOCHS[0])
    return net.folded()


def hearers(speech: list[Heard], reference: list[Heard], net: Perceptron) -> Perceptron:
    """reference: what a laryngograph heard; may be empty."""
    heard = speech + reference
    voiced = np.concatenate([one.voiced for one in heard]) > 0.5  # two teachers of three
    many = sum(one.voiced.size for one in speech)
    weight = np.ones(voiced.size, np.float32)
    weight[many:] = FDA_WEIGHT * many / max(1, voiced.size - many)
    x, y = asked(heard, net), voiced.astype(np.float32)
    return learn.voices(x, y, weight, HIDDEN[1], EPOCHS[1]).folded(BIAS)


def main() -> None:
    data = Path(os.environ["ATTUNEMENT_DATA"])
    voices = utterances(data)
    speech = emodb(voices) + known(voices)
    reference = laryngograph([one for one in fda.sentences(data) if one.learned], voices)
    weigher = weighers(speech)
    hearer = hearers(speech, reference, weigher)
    nets = {"candidate": weigher, "voice": hearer}
    np.savez(
        WEIGHTS,
        **{f"{name}_{k}": v for name, net in nets.items() for k, v in net._asdict().items()},
    )


if __name__ == "__main__":
    main()
