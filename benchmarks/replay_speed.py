"""How much faster than real time a recording is measured, on one core; and what the engine adds."""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from attunement.engine.clock import SECOND
from attunement.engine.frame import AudioFrame, Frame
from attunement.engine.pipeline import Pipeline
from attunement.engine.runner import replay
from attunement.engine.session import Roster
from attunement.engine.signal import Person, Role, StageSpec
from attunement.gateway.media import Recording, Track
from attunement.gateway.model_files import find_models
from attunement.gateway.replaying import measured
from attunement.pipelines.voice import bursts
from tests.support.recordings import write

PATIENT = Person("patient", Role.PATIENT)
SOUND_TARGET, PICTURE_TARGET = 100, 8  # x real time
FRAME_TARGET = 10e-6  # s per audio frame through an empty pipeline


@contextmanager
def one_core() -> Iterator[None]:
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(cores)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, cores)


def timed(benchmark: Any, run: Callable[[], object], rounds: int = 3) -> float:
    """Seconds of the best round; the first, which compiles and loads, does not count."""
    with one_core():
        benchmark.pedantic(run, rounds=rounds, warmup_rounds=1)
    return float(benchmark.stats.stats.min)


@pytest.fixture(scope="session")
def speech(data_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two minutes of people speaking, with pauses between the sentences."""
    pieces: list[np.ndarray[Any, np.dtype[np.float32]]] = []
    for path in sorted((data_dir / "emodb").glob("*.flac")):
        frames = Recording([Track("p", path)]).frames()
        pieces += [frame.samples for frame in frames if isinstance(frame, AudioFrame)]
        pieces.append(np.zeros(8_000, np.float32))
    sound = np.concatenate(pieces)[: 120 * 16_000]
    path = tmp_path_factory.mktemp("speech") / "speech.flac"
    return write(path, sound, rate=16_000)


@pytest.fixture(scope="session")
def catalog() -> Sequence[StageSpec]:
    from attunement.pipelines.catalog import CATALOG

    return CATALOG


@pytest.mark.parametrize("laughter", [False, True], ids=["all but laughter", "everything"])
def test_sound_only(
    benchmark: BenchmarkFixture, speech: Path, catalog: Sequence[StageSpec], laughter: bool
) -> None:
    """The net for laughter and sighs costs twice all the rest, where its file is here."""
    recording = Recording([Track("patient", speech)], pictures=False)
    models = find_models()
    chosen = [stage for stage in catalog if laughter or stage is not bursts.STAGE]

    def run() -> int:
        return sum(1 for _ in measured(recording, (PATIENT,), chosen, models))

    seconds = recording.duration
    fast = seconds / timed(benchmark, run)
    benchmark.extra_info["x real time"] = round(fast, 1)
    assert laughter or fast >= SOUND_TARGET, f"{fast:.0f} x real time"


def _pictures(pieces: Sequence[Path]) -> Iterator[av.VideoFrame]:
    for path in pieces:
        with av.open(str(path)) as piece:
            yield from piece.decode(video=0)


@pytest.fixture(scope="session")
def call(data_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A minute of faces that speak, 360 x 288 at 25 pictures/s, with their sound."""
    pieces = sorted((data_dir / "video" / "grid").glob("*.mpg")) * 2
    sound = [
        frame.samples
        for path in pieces
        for frame in Recording([Track("p", path)], pictures=False).frames()
        if isinstance(frame, AudioFrame)
    ]
    path = tmp_path_factory.mktemp("call") / "call.mp4"
    with av.open(str(path), "w") as container:
        video = container.add_stream("mpeg4", rate=25, width=360, height=288, bit_rate=1_000_000)
        audio = container.add_stream("aac", rate=16_000, layout="mono")
        for n, frame in enumerate(_pictures(pieces)):
            frame.pts, frame.time_base = n, Fraction(1, 25)
            container.mux(video.encode(frame))
        spoken = av.AudioFrame.from_ndarray(np.concatenate(sound)[None], "fltp", "mono")
        spoken.sample_rate = 16_000
        container.mux(audio.encode(spoken))
        for stream in (video, audio):
            container.mux(stream.encode(None))
    return path


def test_sound_and_picture(
    benchmark: BenchmarkFixture, call: Path, models_dir: Path, catalog: Sequence[StageSpec]
) -> None:
    recording = Recording([Track("patient", call)])
    models = find_models(models_dir)

    def run() -> int:
        return sum(1 for _ in measured(recording, (PATIENT,), catalog, models))

    fast = recording.duration / timed(benchmark, run)
    benchmark.extra_info["x real time"] = round(fast, 1)
    assert fast >= PICTURE_TARGET, f"{fast:.1f} x real time"


def test_the_pipeline_without_stages(benchmark: BenchmarkFixture) -> None:
    block = np.zeros(320, np.float32)
    frames: list[Frame] = [
        AudioFrame("patient", i * SECOND // 50, block, 16_000) for i in range(50 * 60)
    ]

    def run() -> int:
        return sum(1 for _ in replay(frames, Pipeline((), Roster((PATIENT,)), find_models())))

    each = timed(benchmark, run, rounds=10) / len(frames)
    benchmark.extra_info["us per frame"] = round(each * 1e6, 2)
    assert each <= FRAME_TARGET, f"{each * 1e6:.1f} us per audio frame"
