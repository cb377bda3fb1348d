"""
How often the other person's voice in a microphone is known for what it is, and one's own is not.

    ATTUNEMENT_DATA=... python -m benchmarks.voice_crosstalk

Speakers of EmoDB in pairs, 45 s each, who speak whenever they like. An echo has gone through Opus
at 24 kbit/s, a loudspeaker's room (0.4 s) and a delay. Counted are the seconds in which this person
seems to speak (voice activity in at least 0.3 of it): told `overlap`, told a pitch, or neither.
"""

import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from attunement.engine.frame import AudioFrame
from attunement.engine.signal import Measured, Missing, Second, Why
from attunement.kernels.warm import warm_up
from benchmarks.pitch_accuracy import through_opus
from benchmarks.voice_robustness import RATE, ROOM, Sound, reverberant, talks
from tests.pipelines.voice.listening import PATIENT, THERAPIST, frames, measure

SPOKE = 0.3  # share of a second
ECHOES = ((-12, 0.06), (-20, 0.06), (-20, 0.2), (-20, 0.4), (-35, 0.2))  # dB, s


def echo(of: Sound, db: float, delay: float, seed: int) -> Sound:
    played = reverberant(through_opus(of, seed), seed, 0.4)
    late = np.concatenate((np.zeros(round(delay * RATE)), *(f.samples for f in played)))
    hiss = np.random.default_rng(seed).normal(0, ROOM, of.size)
    return (late[: of.size] * 10 ** (db / 20) + hiss).astype(np.float32)


def together(one: Sound, other: Sound) -> list[Second]:
    both: list[AudioFrame] = [*frames(one, "a"), *frames(other, "b")]
    return measure(both, (THERAPIST, PATIENT))


def counted(seconds: list[Second]) -> Counter[str]:
    found: Counter[str] = Counter()
    for second in seconds:
        speech, pitch = (second.people["a"][f"voice.{name}"] for name in ("speech", "f0_hz"))
        if isinstance(speech, Measured) and speech.value >= SPOKE:
            overlap = pitch == Missing(Why.OVERLAP)
            found["overlap" if overlap else "told" if isinstance(pitch, Measured) else "none"] += 1
    return found


def rows(said: list[Sound]) -> Iterator[tuple[str, Counter[str]]]:
    pairs = [(i, one, said[i - 1]) for i, one in enumerate(said)]
    alone = (counted(together(one, other)) for _, one, other in pairs)
    yield "own voice, no echo", sum(alone, Counter())
    for db in (-12, -20):
        mixed = (counted(together(one + echo(o, db, 0.2, i), o)) for i, one, o in pairs)
        yield f"own voice, and an echo at {db} dB", sum(mixed, Counter())
    for db, delay in ECHOES:
        heard = (counted(together(echo(o, db, delay, i), o)) for i, _, o in pairs)
        yield f"echo at {db} dB after {delay * 1_000:.0f} ms", sum(heard, Counter())


def main() -> None:
    warm_up()
    said = [s for corpus, s in talks(Path(os.environ["ATTUNEMENT_DATA"])) if corpus == "EmoDB"]
    print("| in the microphone | seconds | `overlap` | told a pitch | neither |")
    print("|---|---|---|---|---|")
    for name, found in rows(said):
        total = sum(found.values())
        shares = (f"{100 * found[key] / total:.1f} %" for key in ("overlap", "told", "none"))
        print(f"| {name} | {total} | {' | '.join(shares)} |", flush=True)


if __name__ == "__main__":
    main()
