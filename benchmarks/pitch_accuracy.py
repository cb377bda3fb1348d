"""
How right pitch and voicing are, beside Praat, openSMILE, DIO, Harvest, pYIN and YIN.

    ATTUNEMENT_DATA=... python -m benchmarks.pitch_accuracy [docs/pitch_accuracy.svg]

Laryngograph: the 37 sentences of FDA from which nothing was learned or chosen (`training/pitch`);
synthetic voices whose pitch is known. Each clean, in white noise, among nine other people who
speak (nEMO, which trained nothing), and through Opus at 24 kbit/s. Every program has its default
settings and, for each of the two corpora, one constant offset in time: the one that suits it best
on sentences and voices that are not scored.
"""

import io
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from attunement.engine.clock import SECOND
from attunement.pipelines.voice.pitch import Track as Follower
from attunement.pipelines.voice.stretch import CHUNK, SAMPLE, Stretch
from tests.pipelines.voice.synthetic import speak
from training.pitch import fda, sounds, teachers

RATE = 16_000
GROSS = 0.2  # of the true pitch
OFFSETS = np.arange(-0.03, 0.0301, 0.0025)  # s
Track = teachers.Track  # s; Hz, NaN where unvoiced
Sound = NDArray[np.float32]


def ours(x: Sound) -> Track:
    """As in a call: 16 chunks at a time; the end as it looks by then."""
    follower, hz, first = Follower(), [], -1
    padded = np.pad(x, (0, -x.size % CHUNK))
    for at in range(0, padded.size, 16 * CHUNK):
        part = padded[at : at + 16 * CHUNK]
        speech = np.ones(part.size // CHUNK, np.float32)
        found = follower.follow(Stretch("a", at * SAMPLE, part, speech, joined=at > 0))
        first = found.t if first < 0 else first
        hz.append(found.hz)
    hz.append(follower.undecided()[0])
    track = np.concatenate(hz).astype(np.float64)
    return first / SECOND + np.arange(track.size) * 0.01, track


def praat(x: Sound) -> Track:
    import parselmouth

    found = parselmouth.Sound(x.astype(np.float64), RATE).to_pitch(0.01)
    hz = found.selected_array["frequency"]
    return found.xs(), np.where(hz > 0, hz, np.nan)


def harvest(x: Sound) -> Track:
    import pyworld

    hz, t = pyworld.harvest(x.astype(np.float64), RATE, frame_period=10.0)
    return t, np.where(hz > 0, hz, np.nan)


def pyin(x: Sound) -> Track:
    import librosa

    hz, voiced, _ = librosa.pyin(x, fmin=60, fmax=600, sr=RATE, frame_length=1_024, hop_length=160)
    return np.arange(hz.size) * 0.01, np.where(voiced, hz, np.nan)


def yin(x: Sound) -> Track:
    """Without a decision on voicing."""
    import librosa

    hz = librosa.yin(x, fmin=60, fmax=600, sr=RATE, frame_length=1_024, hop_length=160)
    return np.arange(hz.size) * 0.01, hz


METHODS: Mapping[str, Callable[[Sound], Track]] = {
    "attunement": ours,
    "Praat": praat,
    "openSMILE": teachers.smile,
    "DIO + StoneMask": teachers.dio,
    "pYIN": pyin,
    "Harvest": harvest,
    "YIN": yin,
}


@dataclass(frozen=True)
class Spoken:
    name: str
    sound: Sound
    f0: NDArray[np.float64]  # Hz, 0 where unvoiced
    step: float  # s between two of f0


def sentences(data: Path, learned: bool) -> list[Spoken]:
    return [
        Spoken(one.name, one.sound, one.f0, fda.STEP)
        for one in fda.sentences(data)
        if one.learned == learned
    ]


def voices(seed: int, kind: str) -> list[Spoken]:
    """Six of 4 s: even, gliding by an octave either way, rough, or creaking."""
    f0s = (52, 56, 60, 64, 68, 72) if kind == "creak" else (80, 105, 140, 185, 240, 320)
    swing = {"glide": 12.0, "creak": 1.0}.get(kind, 2.0)
    jitter = {"rough": 0.03, "creak": 0.04}.get(kind, 0.005)
    out = []
    for i, f0 in enumerate(f0s):
        middle = float(np.clip(f0, 110, 290)) if kind == "glide" else f0
        made = speak(4, middle, swing=swing, jitter=jitter, seed=seed + i)
        truth = np.nan_to_num(made.f0[:: RATE // 100])
        out.append(Spoken(f"{kind} {f0}", made.samples, truth, 0.01))
    return out


@cache
def _crowd(data: Path) -> NDArray[np.float64]:
    """A minute of nine people who all speak at once."""
    rng = np.random.default_rng(5)
    out = np.zeros(60 * RATE)
    files = sorted((data / "nemo/samples").glob("*.opus"))
    for speaker in sorted({file.stem[:3] for file in files}):
        said = [file for file in files if file.stem.startswith(speaker)]
        line: list[NDArray[np.floating]] = []
        while sum(part.size for part in line) < out.size:
            file = said[rng.integers(len(said))]
            part = sounds.without_pauses_around(sounds.decoded(file))
            line.append(part / sounds.rms(part))
        out += np.concatenate(line)[: out.size]
    return out


def among_others(x: Sound, seed: int, snr: float, data: Path) -> Sound:
    crowd = _crowd(data)
    begin = np.random.default_rng(seed).integers(crowd.size - x.size)
    return sounds.mixed(x, crowd[begin : begin + x.size], snr).astype(np.float32)


def in_noise(x: Sound, seed: int, snr: float) -> Sound:
    noise = np.random.default_rng(seed).normal(size=x.size)
    return sounds.mixed(x, noise, snr).astype(np.float32)


def through_opus(x: Sound, seed: int) -> Sound:
    """24 kbit/s and back, brought into line with what went in."""
    import av

    file = io.BytesIO()
    with av.open(file, "w", format="ogg") as out:
        stream = out.add_stream("libopus", rate=48_000, layout="mono", bit_rate=24_000)
        resampler = av.AudioResampler("s16", "mono", 48_000, frame_size=960)
        frame = av.AudioFrame.from_ndarray(
            np.round(np.clip(x, -1, 1) * 32_767).astype(np.int16)[None], "s16", "mono"
        )
        frame.sample_rate = RATE
        for part in (*resampler.resample(frame), *resampler.resample(None)):
            out.mux(stream.encode(part))
        out.mux(stream.encode(None))
    file.seek(0)
    heard = _decoded(file)
    size = 2 ** int(np.ceil(np.log2(x.size + heard.size)))
    match = np.fft.irfft(np.fft.rfft(heard, size) * np.conj(np.fft.rfft(x, size)))
    late = int(np.argmax(match[:RATE]))
    return np.pad(heard[late:], (0, x.size))[: x.size]


def _decoded(file: io.BytesIO) -> Sound:
    import av

    with av.open(file) as container:
        resampler = av.AudioResampler("flt", "mono", RATE)
        frames = (*container.decode(audio=0), None)
        parts = [part.to_ndarray()[0] for frame in frames for part in resampler.resample(frame)]
    return np.concatenate(parts)


def conditions(data: Path) -> Mapping[str, Callable[[Sound, int], Sound]]:
    return {
        "clean": lambda x, seed: x,
        "white 20 dB": partial(in_noise, snr=20),
        "white 10 dB": partial(in_noise, snr=10),
        "white 0 dB": partial(in_noise, snr=0),
        "babble 10 dB": partial(among_others, snr=10, data=data),
        "Opus 24 kbit/s": through_opus,
    }


@dataclass(frozen=True)
class Errors:
    """Frames counted in one or many sounds."""

    frames: int
    both: int  # voiced in truth and as found
    gross: int
    voicing: int
    inner: int  # frames whose neighbours in the truth are voiced, or not, as they are
    inner_wrong: int
    cents: NDArray[np.float64]  # of those voiced in both and not gross

    @property
    def f0_frame_error(self) -> float:
        return (self.gross + self.voicing) / self.frames

    @property
    def inner_error(self) -> float:
        return self.inner_wrong / self.inner


def compared(spoken: Spoken, track: Track, offset: float) -> Errors:
    t = np.arange(spoken.f0.size) * spoken.step
    hz = teachers.near((track[0] + offset, track[1]), t)
    true, found = spoken.f0 > 0, np.isfinite(hz)
    both = true & found
    ratio = np.where(both, hz, 1) / np.where(both, spoken.f0, 1)
    gross = both & (np.abs(ratio - 1) > GROSS)
    change = np.flatnonzero(true[1:] != true[:-1])
    inner = np.ones(true.size, np.bool_)
    inner[change] = inner[change + 1] = False
    wrong = (true != found) | gross
    cents = np.abs(1_200 * np.log2(ratio[both & ~gross]))
    counts = (true.size, both.sum(), gross.sum(), (true != found).sum(), inner.sum())
    return Errors(*map(int, counts), int((wrong & inner).sum()), cents)


def together(each: list[Errors]) -> Errors:
    counts = ("frames", "both", "gross", "voicing", "inner", "inner_wrong")
    return Errors(
        *(sum(getattr(one, name) for one in each) for name in counts),
        np.concatenate([one.cents for one in each]),
    )


def offset(method: Callable[[Sound], Track], unscored: list[Spoken]) -> float:
    """The constant in s that makes the fewest errors on what is not scored."""
    tracks = [method(one.sound) for one in unscored]
    scored = {
        float(by): together([compared(*pair, by) for pair in zip(unscored, tracks, strict=True)])
        for by in OFFSETS
    }
    return min(scored, key=lambda by: (scored[by].f0_frame_error, abs(by)))


def measured(
    data: Path, corpora: Mapping[str, tuple[list[Spoken], list[Spoken]]]
) -> Iterator[tuple[str, str, str, Errors]]:
    """Method, corpus, condition and its errors; of each corpus what is scored, and what not."""
    for name, method in METHODS.items():
        offsets: dict[int, float] = {}
        for corpus, (scored, unscored) in corpora.items():
            by = offsets.setdefault(id(unscored), offset(method, unscored))
            for condition, worsen in conditions(data).items():
                each = [
                    compared(one, method(worsen(one.sound, seed)), by)
                    for seed, one in enumerate(scored)
                ]
                yield name, corpus, condition, together(each)


def _row(method: str, corpus: str, condition: str, errors: Errors) -> str:
    gross, cents = errors.gross / max(1, errors.both), float(np.median(errors.cents))
    figures = (errors.inner_error, errors.f0_frame_error, errors.voicing / errors.frames)
    said = "– | – | –" if method == "YIN" else " | ".join(f"{100 * f:.1f} %" for f in figures)
    return f"| {corpus} | {condition} | {method} | {said} | {100 * gross:.1f} % | {cents:.0f} |"


def draw(rows: list[tuple[str, str, str, Errors]], file: Path) -> None:
    import matplotlib

    matplotlib.use("svg")
    matplotlib.rcParams["svg.hashsalt"] = "pitch"
    from matplotlib import pyplot

    shown = [row for row in rows if row[1] == "laryngograph" and row[0] != "YIN"]
    methods = list(dict.fromkeys(row[0] for row in shown))
    states = list(dict.fromkeys(row[2] for row in shown))
    figure, axes = pyplot.subplots(figsize=(9, 3.6), layout="constrained")
    for i, method in enumerate(methods):
        height = [100 * row[3].f0_frame_error for row in shown if row[0] == method]
        axes.bar(np.arange(len(states)) + (i - 2.5) * 0.14, height, 0.13, label=method)
    axes.set_xticks(range(len(states)), states)
    axes.set_ylabel("F0 frame error, every frame, %")
    axes.set_ylim(0, 45)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(ncols=3, frameon=False)
    figure.savefig(file, metadata={"Date": None})


def main() -> None:
    data = Path(os.environ["ATTUNEMENT_DATA"])
    unscored = [one for kind in ("even", "glide") for one in voices(900, kind)]
    corpora = {
        "laryngograph": (sentences(data, learned=False), sentences(data, learned=True)),
        **{kind: (voices(0, kind), unscored) for kind in ("even", "glide", "rough", "creak")},
    }
    rows = []
    print(
        "| voices | condition | method | F0 frame error, inner | every frame | voicing | gross |",
        end="",
    )
    print(" cents |\n|---|---|---|---|---|---|---|---|")
    for row in measured(data, corpora):
        rows.append(row)
        print(_row(*row), flush=True)
    if len(sys.argv) > 1:
        draw(rows, Path(sys.argv[1]))


if __name__ == "__main__":
    main()
