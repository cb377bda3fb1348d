"""
How right pitch and voicing are on a voice that taught them nothing.

    ATTUNEMENT_DATA=... python -m benchmarks.pitch_speakers

`pitch_accuracy` judges the nets that are shipped on sentences that taught nothing, but twelve of
those are of the man whose others did. Here each of the two people of FDA is judged by nets whose
laryngograph lessons came from the other alone, and by nets that had none; beside them the shipped
ones, and Praat, openSMILE and DIO. Every method has the one offset in time that suits it best on
the person who is not judged. A few minutes.
"""

import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from unittest.mock import patch

from attunement.kernels import voicing
from attunement.kernels.perceptron import Perceptron
from benchmarks import pitch_accuracy
from benchmarks.pitch_accuracy import (
    Errors,
    Sound,
    Spoken,
    Track,
    compared,
    conditions,
    ours,
    together,
)
from training.pitch import fda, train

PEOPLE = {"man": "rl", "woman": "sb"}  # how their sentences' names begin
PEERS = ("Praat", "openSMILE", "DIO + StoneMask")
CONDITIONS = ("clean", "white 10 dB", "babble 10 dB", "Opus 24 kbit/s")
OTHER = {"man": "woman", "woman": "man"}
Nets = tuple[Perceptron, Perceptron]
Method = Callable[[Sound], Track]
Worsen = Callable[[Sound, int], Sound]
Said = tuple[int, Spoken]  # the seed of what makes it worse, and the sentence


def taught(data: Path) -> Mapping[str, Nets]:
    """The nets by whose sentences they learned from: nobody's, the man's, the woman's."""
    voices = train.utterances(data)
    speech = train.emodb(voices) + train.known(voices)
    weigher = train.weighers(speech)
    nets = {"nobody": (weigher, train.hearers(speech, [], weigher))}
    for person, begin in PEOPLE.items():
        said = [one for one in fda.sentences(data) if one.name.startswith(begin)]
        hearer = train.hearers(speech, train.laryngograph(said, voices), weigher)
        nets[person] = (weigher, hearer)
    return nets


def hearing(nets: Nets) -> Method:
    def follow(x: Sound) -> Track:
        with patch.object(voicing, "weights", lambda: nets):
            return ours(x)

    return follow


def methods(data: Path) -> Iterator[tuple[str, Mapping[str, Method]]]:
    """Each with what it does for either person."""
    nets = taught(data)
    by_other = {person: hearing(nets[other]) for person, other in OTHER.items()}
    yield "attunement, taught by the other", by_other
    yield "attunement, taught by neither", dict.fromkeys(PEOPLE, hearing(nets["nobody"]))
    yield "attunement, as shipped", dict.fromkeys(PEOPLE, hearing(voicing.weights()))
    for peer in PEERS:
        yield peer, dict.fromkeys(PEOPLE, pitch_accuracy.METHODS[peer])


def judged(method: Method, offset: float, said: list[Said], worsen: Worsen) -> Errors:
    """Of one person."""
    return together([compared(one, method(worsen(one.sound, seed)), offset) for seed, one in said])


def main() -> None:
    data = Path(os.environ["ATTUNEMENT_DATA"])
    spoken = [Spoken(one.name, one.sound, one.f0, fda.STEP) for one in fda.sentences(data)]
    said: Mapping[str, list[Said]] = {
        person: [(seed, one) for seed, one in enumerate(spoken) if one.name.startswith(begin)]
        for person, begin in PEOPLE.items()
    }
    print("| condition | method | both: inner | every frame | man: inner | woman: inner |")
    print("|---|---|---|---|---|---|")
    for name, method in methods(data):
        offsets = {
            person: pitch_accuracy.offset(method[person], [one for _, one in said[other]])
            for person, other in OTHER.items()
        }
        for condition in CONDITIONS:
            worsen = conditions(data)[condition]
            each = [judged(method[who], offsets[who], said[who], worsen) for who in PEOPLE]
            both = together(each)
            shares = (both.inner_error, both.f0_frame_error, *(one.inner_error for one in each))
            print(f"| {condition} | {name} |", *(f"{100 * e:.2f} |" for e in shares), flush=True)


if __name__ == "__main__":
    main()
