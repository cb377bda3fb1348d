"""
What a call does to each signal of the voice: how far it is moved, and how often it is not told.

    ATTUNEMENT_DATA=... python -m benchmarks.voice_robustness [docs/voice_robustness.svg]

The same talk is measured clean and worsened, second by second. Error: the median of |worsened -
clean| over the seconds told both times, in the signal's own SD, which is how far its clean seconds
lie around their person's median (half of what lies between the 16th and the 84th percentile).
Abstained: seconds told clean and not when worsened. Only values with a quality of at least 0.3
count as told, as the baseline takes no others. Talks: each speaker of EmoDB for 45 s, the GRID
clips, the simulator's voices; at -26 dBFS, in a room of -75 dBFS.
"""

import math
import os
import sys
import warnings
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.signal import resample_poly

from attunement.engine.baseline import GOOD
from attunement.engine.clock import MILLISECOND
from attunement.engine.frame import AudioFrame
from attunement.engine.signal import Measured, Second
from attunement.kernels.warm import warm_up
from attunement.simulator import author, person
from benchmarks.pitch_accuracy import through_opus
from benchmarks.worsened import compare, draw, tallies, tell
from tests.pipelines.voice.listening import VOICE, frames, measure
from training.pitch import sounds

RATE = 16_000
LONG = 45  # s of each talk
LEVEL, ROOM = 10 ** (-26 / 20), 10 ** (-75 / 20)
PACKET = 20 * MILLISECOND
BURST = 2.0  # packets lost in a row, on average
ROOM_OF = 10 ** (-6 / 20)  # amplitude of all reflections together against the direct sound's

Sound = NDArray[np.float32]
Way = Callable[[Sound, int], list[AudioFrame]]

NAMES = tuple(
    spec.name
    for stage in VOICE
    for spec in stage.signals
    if stage.name in ("pitch", "loudness", "articulation", "timbre")
)


# What is said.


def in_a_room(parts: list[Sound], seed: int) -> Sound:
    """Utterances with pauses between them, at LEVEL where they sound; 2 s of nobody first."""
    rng = np.random.default_rng(seed)
    line = [np.zeros(2 * RATE, np.float32)]
    for part in parts:
        spoken = sounds.without_pauses_around(part).astype(np.float32)
        line += [spoken, np.zeros(round(rng.uniform(0.4, 1.2) * RATE), np.float32)]
    talk = np.concatenate(line)[: LONG * RATE]
    power = float(np.mean(np.square(talk[talk != 0], dtype=np.float64)))
    heard = talk * (LEVEL / math.sqrt(power)) + rng.normal(0, ROOM, talk.size)
    return heard.astype(np.float32)


def talks(data: Path) -> Iterator[tuple[str, Sound]]:
    """(corpus, sound)"""
    rng = np.random.default_rng(1)
    files = sorted((data / "emodb").glob("*.flac"))
    for seed, who in enumerate(sorted({file.name[:2] for file in files})):
        said = [file for file in files if file.name.startswith(who)]
        order = rng.permutation(len(said))[:24]
        yield "EmoDB", in_a_room([sounds.decoded(said[i]) for i in order], seed)
    for seed, file in enumerate(sorted((data / "video/grid").glob("*.mpg"))):
        yield "GRID", in_a_room([sounds.decoded(file)], seed)
    for seed in range(4):
        script = author.write(seed, LONG)
        for part in script.parts:
            sound = np.concatenate([frame.samples for frame in person.sound(script, part.name)])
            yield "simulator", resample_poly(sound, 1, 3).astype(np.float32)


# What happens to it.


def untouched(x: Sound, seed: int) -> list[AudioFrame]:
    return list(frames(x))


def coded(x: Sound, seed: int) -> list[AudioFrame]:
    return list(frames(through_opus(x, seed)))


def lost(x: Sound, seed: int, share: float) -> list[AudioFrame]:
    """Packets of 20 ms that never came, after Gilbert: BURST of them in a row."""
    rng = np.random.default_rng(seed)
    sent, gone, kept = list(frames(x)), False, []
    for frame in sent:
        gone = rng.random() < (1 - 1 / BURST if gone else share / (1 - share) / BURST)
        if not gone:
            kept.append(frame)
    return kept


def noisy(x: Sound, seed: int, snr: float) -> list[AudioFrame]:
    """Pink noise all the time, `snr` dB under the voice where it sounds."""
    noise = sounds.colored(np.random.default_rng(seed), x.size, 1)
    return list(frames((x + noise * (LEVEL / sounds.rms(noise) * 10 ** (-snr / 20))).astype("f4")))


def reverberant(x: Sound, seed: int, rt60: float) -> list[AudioFrame]:
    """A room that falls by 60 dB in `rt60` s, its reflections 6 dB under the direct sound."""
    rng = np.random.default_rng(seed)
    t = np.arange(round(rt60 * RATE)) / RATE
    late = rng.normal(size=t.size) * 10 ** (-3 * t / rt60)
    late[: RATE // 200] = 0  # 5 ms to the first wall
    late *= ROOM_OF / math.sqrt(float(np.sum(late**2)))
    late[0] = 1
    size = 2 ** math.ceil(math.log2(x.size + t.size))
    heard = np.fft.irfft(np.fft.rfft(x, size) * np.fft.rfft(late, size), size)[: x.size]
    return list(frames(heard.astype(np.float32)))


def amplified(x: Sound, seed: int, db: float) -> list[AudioFrame]:
    return list(frames(np.clip(x * np.float32(10 ** (db / 20)), -1, 1)))


def by_telephone(x: Sound, seed: int) -> list[AudioFrame]:
    """Nothing over 4 kHz."""
    return list(frames(resample_poly(resample_poly(x, 1, 2), 2, 1)[: x.size].astype(np.float32)))


WAYS: Mapping[str, Way] = {
    "Opus 24k": coded,
    "loss 5 %": partial(lost, share=0.05),
    "loss 15 %": partial(lost, share=0.15),
    "noise 20 dB": partial(noisy, snr=20),
    "noise 10 dB": partial(noisy, snr=10),
    "noise 0 dB": partial(noisy, snr=0),
    "room 0.4 s": partial(reverberant, rt60=0.4),
    "room 0.8 s": partial(reverberant, rt60=0.8),
    "-12 dB": partial(amplified, db=-12),
    "+12 dB": partial(amplified, db=12),
    "8 kHz": by_telephone,
}


# What becomes of the signals.


def value(second: Second, name: str) -> float:
    """NaN where it is not told, or hardly."""
    reading = second.people["a"][name]
    good = isinstance(reading, Measured) and reading.quality >= GOOD
    return reading.value if good and isinstance(reading, Measured) else math.nan


def values(sound: list[AudioFrame]) -> NDArray[np.float64]:
    """(seconds, signals)"""
    return np.array([[value(second, name) for name in NAMES] for second in measure(sound)])


def spreads(clean: list[tuple[str, NDArray[np.float64]]]) -> Mapping[str, NDArray[np.float64]]:
    """Corpus -> SD (signals,) of the clean seconds around their person's median."""
    found = {}
    for corpus in {corpus for corpus, _ in clean}:
        rest = [v - np.nanmedian(v, axis=0) for name, v in clean if name == corpus]
        low, high = np.nanpercentile(np.concatenate(rest), (16, 84), axis=0)
        found[corpus] = (high - low) / 2
    return found


def main() -> None:
    data = Path(os.environ["ATTUNEMENT_DATA"])
    warnings.simplefilter("ignore", RuntimeWarning)  # a GRID clip is too short for some signals
    warm_up()
    said = list(talks(data))
    clean = [(corpus, values(untouched(sound, 0))) for corpus, sound in said]
    spread = spreads(clean)
    found = tallies(WAYS, NAMES)
    for way, worsen in WAYS.items():
        for seed, ((corpus, before), (_, sound)) in enumerate(zip(clean, said, strict=True)):
            compare(before, values(worsen(sound, seed)), spread[corpus], found[way])
        print(way, "done", file=sys.stderr)
    tell(found)
    if len(sys.argv) > 1:
        draw(found, Path(sys.argv[1]))


if __name__ == "__main__":
    main()
