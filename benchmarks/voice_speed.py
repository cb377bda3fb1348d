"""
What the descriptors of eGeMAPSv02 cost beside openSMILE, Praat and librosa, in one run.

    ATTUNEMENT_DATA=... OMP_NUM_THREADS=1 python -m benchmarks.voice_speed

60 s of EmoDB at 16 kHz, CPU time of the process, ROUNDS rounds in turns: the least of each, and the
median of how many times as long openSMILE took in the same round; attunement in blocks of 100 ms.
With their pitch given (here openSMILE's) or found, for one stream or for eight at once; the last
row is what a recording is listened to with. Praat does pitch, formants and harmonicity alone,
librosa pitch (pyin, 10 s of it) and cepstrum. Then how long the first block takes after warming up,
beside the median, and how memory grows over an hour of sound.
"""

import os
import sys
import time
from collections.abc import Callable, Mapping
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import librosa
import numpy as np
import opensmile
import parselmouth
from numpy.typing import NDArray

from attunement.gateway.described import Listener, Pitch
from attunement.kernels.descriptor_stream import Descriptors
from attunement.kernels.descriptors import F0, HOP, RATE
from attunement.kernels.listening import Listening
from attunement.kernels.smoothing import Smoother
from attunement.kernels.warm import warm_up
from benchmarks.voice_agreement import quantised

SECONDS, BLOCK, ROUNDS, FEW = 60, RATE // 10, 12, 3
HOUR = 60  # times SECONDS
OPENSMILE = "openSMILE, 25 descriptors"

Array = NDArray[np.float32]


def material(data: Path) -> Array:
    files = islice(sorted((data / "emodb").glob("*.flac")), 0, 400, 10)
    parts = [librosa.load(file, sr=RATE)[0] for file in files]
    return quantised(np.concatenate(parts)[: SECONDS * RATE])


Work = Callable[[], object]


class Row(NamedTuple):
    work: Work
    share: float  # of what one run takes, that counts for one stream of SECONDS
    rounds: int = ROUNDS


def in_turns(rows: Mapping[str, Row]) -> dict[str, NDArray[np.float64]]:
    """
    Seconds of CPU that each row takes, round by round: one after the other in each round, so that a
    machine that is slower for a while is so for all of them. After one to warm up.
    """
    spent: dict[str, list[float]] = {name: [] for name in rows}
    for row in rows.values():
        row.work()
    for turn in range(ROUNDS):
        for name, row in rows.items():
            if turn < row.rounds:
                begin = time.process_time()
                row.work()
                spent[name].append((time.process_time() - begin) * row.share)
    return {name: np.array(times) for name, times in spent.items()}


def turned(row: Array, step: int, streams: int) -> list[Array]:
    """Each stream is the same, begun at another second."""
    return [np.roll(row, -s * step) for s in range(streams)]


def describe(sounds: list[Array], pitches: list[Array]) -> None:
    streams = len(sounds)
    descriptors, smoother = Descriptors(streams), Smoother(streams)
    for at in range(0, sounds[0].size, BLOCK):
        step = at // HOP
        rows = descriptors.push(
            [s[at : at + BLOCK] for s in sounds], [p[step : step + 10] for p in pitches]
        )
        smoother.push(rows)


def hear(sounds: list[Array]) -> None:
    ears = Listening(len(sounds))
    for at in range(0, sounds[0].size, BLOCK):
        ears.push([s[at : at + BLOCK] for s in sounds])


def first_and_median(sound: Array) -> tuple[float, float]:
    """Seconds that the first block takes, and those after it."""
    ears, spent = Listening(), []
    for at in range(0, sound.size, BLOCK):
        begin = time.perf_counter()
        ears.push([sound[at : at + BLOCK]])
        spent.append(time.perf_counter() - begin)
    return spent[0], float(np.median(spent[1:]))


def held() -> int:
    """KiB of memory that the process has now."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") // 1024


def growth(sound: Array) -> int:
    """KiB that the process holds more after an hour of one stream than after its first minute."""
    ears, before = Listening(), 0
    for _ in range(HOUR + 1):
        for at in range(0, sound.size, BLOCK):
            ears.push([sound[at : at + BLOCK]])
        before = before or held()
    return held() - before


def listen(sound: Array) -> None:
    listener, smoother = Listener(Pitch.OWN), Smoother()
    for at in range(0, sound.size, BLOCK):
        smoother.push([listener.push(sound[at : at + BLOCK])])


def praat(sound: Array) -> None:
    voice = parselmouth.Sound(sound.astype(np.float64), RATE)
    voice.to_pitch_ac(time_step=0.01)
    voice.to_formant_burg(time_step=0.01)
    voice.to_harmonicity_cc(time_step=0.01)


def main() -> None:
    data = os.environ.get("ATTUNEMENT_DATA")
    if not data:
        sys.exit("ATTUNEMENT_DATA is unset: needs reference recordings")
    sound = material(Path(data))
    warm_up()
    first, median = first_and_median(sound)
    yardstick = opensmile.Smile(
        opensmile.FeatureSet.eGeMAPSv02, opensmile.FeatureLevel.LowLevelDescriptors
    )
    semitones = yardstick.process_signal(sound, RATE).values[:, F0]
    hz = np.zeros(SECONDS * RATE // HOP, np.float32)
    hz[: semitones.size] = np.where(semitones > 0, 27.5 * 2 ** (semitones / 12), 0)
    eight, eight_hz = turned(sound, RATE, 8), turned(hz, RATE // HOP, 8)
    rows = {
        OPENSMILE: Row(lambda: yardstick.process_signal(sound, RATE), 1),
        "Praat: pitch, formants, HNR": Row(lambda: praat(sound), 1, FEW),
        "librosa: cepstrum": Row(
            lambda: librosa.feature.mfcc(y=sound, sr=RATE, hop_length=HOP), 1, FEW
        ),
        "librosa: pyin": Row(
            lambda: librosa.pyin(sound[: 10 * RATE], fmin=50, fmax=600, sr=RATE), 6, 1
        ),
        "descriptors, one stream": Row(lambda: describe([sound], [hz]), 1),
        "descriptors, each of eight": Row(lambda: describe(eight, eight_hz), 1 / 8),
        "pitch and descriptors, one stream": Row(lambda: hear([sound]), 1),
        "pitch and descriptors, each of eight": Row(lambda: hear(eight), 1 / 8),
        "the same as of a recording": Row(lambda: listen(sound), 1),
    }
    spent = in_turns(rows)
    print(f"first block after warming up {first * 1e6:.0f} us, median {median * 1e6:.0f} us")
    print(f"an hour takes {growth(sound)} KiB more than a minute")
    print(f"{np.mean(hz > 0):.0%} of the frames are voiced")
    print(f"{'':36s} {'ms per 60 s':>12s} {'x real time':>12s} {'x openSMILE: median':>20s}, all")
    for name, times in spent.items():
        least = times.min()
        faster = spent[OPENSMILE][: times.size] / times
        print(
            f"{name:36s} {least * 1e3:12.1f} {SECONDS / least:12.0f} {np.median(faster):20.1f}, "
            f"{faster.min():.1f} to {faster.max():.1f}"
        )


if __name__ == "__main__":
    main()
