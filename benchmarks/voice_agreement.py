"""
How far descriptors and functionals agree with openSMILE's eGeMAPSv02.

    ATTUNEMENT_DATA=... python -m benchmarks.voice_agreement

openSMILE (licensed for research only) is the yardstick, not a dependency. EmoDB, all speakers but
03 and 08, on which definitions were worked out, and the sound of the GRID clips; everything at
16 kHz. Each descriptor twice: with attunement's live pitch, and with openSMILE's, which leaves the
descriptor alone to differ. Pearson's r over the frames that both call voiced, and over those of
them whose neighbours both call voiced, too: smoothing mixes the number that stands for an unvoiced
formant (-201) into the ends of a voiced stretch. Functionals over whole files, as `attune replay
--functionals` has them: with the published pitch, with the live one, and with openSMILE's.
"""

import math
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import librosa
import numpy as np
import opensmile
from numpy.typing import NDArray

from attunement.gateway.described import JITTER, Listener, Pitch
from attunement.gateway.media import Recording, Track
from attunement.kernels.descriptor_stream import Descriptors
from attunement.kernels.descriptors import ENERGY, F0, LONG, NAMES, RATE
from attunement.kernels.functionals import FUNCTIONALS, functionals
from attunement.kernels.periods import Chain
from attunement.kernels.smoothing import smoothed

WORKED_OUT_ON = ("03", "08")  # speakers
EVERY = 4  # every so many-th file of EmoDB
ENOUGH, ENOUGH_OF_WINDOW = 0.95, 0.9

Array = NDArray[np.float32]


def sounds(data: Path) -> Iterator[Array]:
    files = [f for f in sorted((data / "emodb").glob("*.flac")) if f.name[:2] not in WORKED_OUT_ON]
    for file in files[::EVERY]:
        sound, _ = librosa.load(file, sr=RATE)
        yield quantised(sound)
    for file in sorted((data / "video/grid").glob("*.mpg")):
        frames = Recording((Track("speaker", file),), pictures=False).frames()
        yield quantised(np.concatenate([frame.samples for frame in frames]))


def quantised(sound: Array) -> Array:
    """To 16 bits, as openSMILE does with what it is given: both shall hear the same."""
    pcm = np.clip(np.round(sound * 32_768), -32_768, 32_767)
    return np.asarray(pcm / 32_768, np.float32)


def listened(sound: Array, pitch: Pitch) -> Array:
    listener = Listener(pitch)
    return np.concatenate((listener.push(sound), listener.finish()))


def with_their_pitch(sound: Array, semitones: Array, rows: Array) -> Array:
    """Described as in rows, of the published pitch, but where openSMILE hears a voice."""
    known = np.isfinite(rows[:, F0])
    hz = np.zeros(len(rows), np.float32)
    n = min(len(rows), semitones.size)
    hz[:n] = np.where(semitones[:n] > 0, 27.5 * 2 ** (semitones[:n] / 12), 0)
    padded = np.pad(sound, (0, LONG))
    same = Descriptors(room=padded.size).push([padded], [hz])[0]
    same[:, JITTER : JITTER + 2] = Chain().push(padded, hz)
    same[~known, F0] = np.nan
    return same


def inside(voiced: NDArray[np.bool_]) -> NDArray[np.bool_]:
    out = voiced.copy()
    out[1:] &= voiced[:-1]
    out[:-1] &= voiced[1:]
    return out


def correlation(mine: NDArray[np.float64], theirs: NDArray[np.float64]) -> float:
    both = np.isfinite(mine) & np.isfinite(theirs)
    if np.count_nonzero(both) < 3 or not mine[both].std() * theirs[both].std():
        return math.nan
    return float(np.corrcoef(mine[both], theirs[both])[0, 1])


def main() -> None:
    data = os.environ.get("ATTUNEMENT_DATA")
    if not data:
        sys.exit("ATTUNEMENT_DATA is unset: needs reference recordings")
    set_ = opensmile.FeatureSet.eGeMAPSv02
    levels = opensmile.FeatureLevel
    frames_of = opensmile.Smile(set_, levels.LowLevelDescriptors)
    windows_of = opensmile.Smile(set_, levels.Functionals)
    pairs: list[list[Array]] = [[], [], [], [], [], []]
    windows: list[list[NDArray[np.float64]]] = [[], [], [], []]
    for sound in sounds(Path(data)):
        theirs = frames_of.process_signal(sound, RATE).values.astype(np.float32)
        published, live = (listened(sound, pitch) for pitch in Pitch)
        same = with_their_pitch(sound, theirs[:, F0], published)
        rows, theirs = live[: len(theirs)], theirs[: len(live)]
        voiced = (theirs[:, F0] > 0) & (rows[:, F0] > 0)
        mine = smoothed(rows, F0)
        given = smoothed(same, F0)[: len(theirs)]
        spoken = (theirs[:, F0] > 0) & np.isfinite(same[: len(theirs), F0])
        for kept, each in zip(
            pairs,
            (
                mine[voiced],
                theirs[voiced],
                mine[inside(voiced)],
                theirs[inside(voiced)],
                given[spoken],
                theirs[spoken],
            ),
            strict=True,
        ):
            kept.append(each)
        windows[0].append(windows_of.process_signal(sound, RATE).values[0].astype(np.float64))
        for kept_of, described in zip(windows[1:], (published, live, same), strict=True):
            kept_of.append(functionals(described))
    report(pairs, windows)


def report(pairs: list[list[Array]], windows: list[list[NDArray[np.float64]]]) -> None:
    joined = [np.concatenate(each).astype(np.float64) for each in pairs]
    both, within, alone = joined[:2], joined[2:4], joined[4:]
    print(f"{len(windows[0])} files; frames voiced in both: {len(both[0])}")
    print(f"\n{'descriptor':24s} {'voiced':>8s} {'inside':>8s} {'their F0':>9s}")
    table = np.array(
        [[correlation(a[:, c], b[:, c]) for a, b in (both, within, alone)] for c in range(ENERGY)]
    )
    for name, row in zip(NAMES, table, strict=True):
        print(f"{name:24s} {row[0]:8.3f} {row[1]:8.3f} {row[2]:9.3f}")
    print(f"r >= {ENOUGH}: {np.count_nonzero(table >= ENOUGH, axis=0)} of {ENERGY}")
    theirs, *ours = (np.array(each) for each in windows)
    r = np.array(
        [[correlation(each[:, c], theirs[:, c]) for each in ours] for c in range(len(FUNCTIONALS))]
    )
    print(f"\n{'functional':48s} {'published':>9s} {'live F0':>9s} {'their F0':>9s}")
    for name, row in zip(FUNCTIONALS, r, strict=True):
        print(f"{name:48s} {row[0]:9.3f} {row[1]:9.3f} {row[2]:9.3f}")
    count = np.count_nonzero(r >= ENOUGH_OF_WINDOW, axis=0)
    print(f"r >= {ENOUGH_OF_WINDOW}: {count} of {len(FUNCTIONALS)}")


if __name__ == "__main__":
    main()
