"""What a picture costs: `pytest benchmarks/face_cost.py --benchmark-columns=median,iqr,rounds`."""

from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from itertools import count
from multiprocessing import get_context
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

import numpy as np
import psutil
import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from attunement.engine.clock import SECOND
from attunement.engine.frame import AudioFrame, Frame, VideoFrame
from attunement.engine.pipeline import Pipeline
from attunement.engine.runner import replay
from attunement.engine.session import Roster
from attunement.engine.signal import Group
from attunement.gateway.media import Recording, Track
from attunement.kernels import motion
from attunement.kernels.warm import warm_up
from attunement.pipelines.catalog import CATALOG
from attunement.pipelines.face import view
from attunement.pipelines.models.files import Shelf
from attunement.pipelines.models.landmarker import NAME, Landmarker
from tests.support.drawn_face import face
from tests.support.stages import PATIENT, THERAPIST

SECONDS = 20
RATE = 16_000
PICTURES = [face(smile=i / 10, shift=i) for i in range(10)]


@pytest.mark.parametrize("size", [(320, 240), (640, 480)], ids=str)
def test_landmarks_of_one_picture(
    benchmark: BenchmarkFixture, models_dir: Path, size: tuple[int, int]
) -> None:
    drawn, look = face(size=size), Landmarker(models_dir / NAME)
    moments = (i * SECOND // 10 for i in count())
    assert benchmark(lambda: look(drawn, next(moments))) is not None


def test_landmarks_as_mediapipe_has_them(benchmark: BenchmarkFixture, models_dir: Path) -> None:
    task = pytest.importorskip("benchmarks.mediapipe_task")
    drawn, moments = face(size=(640, 480)), (i * SECOND // 10 for i in count())
    with task.Task(models_dir / NAME) as look:
        assert benchmark(lambda: look(drawn, next(moments))) is not None


def test_count_of_one_picture(benchmark: BenchmarkFixture, models_dir: Path) -> None:
    assert benchmark(Landmarker(models_dir / NAME).count, face()) == 1


def test_quality_of_one_picture(benchmark: BenchmarkFixture, models_dir: Path) -> None:
    seen = Landmarker(models_dir / NAME)(face(), 0)
    assert seen is not None
    benchmark(view.quality, face(), seen.points, seen.matrix)


def test_motion_of_one_picture(benchmark: BenchmarkFixture) -> None:
    warm_up()
    before = motion.grey(face(), 4)
    benchmark(
        lambda: motion.changed(before, motion.grey(PICTURES[3], 4), 20, 100, 40, 120, 8.0, 1.0, 0.0)
    )


def test_two_people_of_a_call(models_dir: Path, data_dir: Path) -> None:
    """
    CPU of everything that looks at pictures, speaking faces of GRID two by two; and memory. Beside
    it, in turns, what MediaPipe's own task alone costs on ten pictures a second of each.
    """
    task = pytest.importorskip("benchmarks.mediapipe_task")
    warm_up()
    catalog = [stage for stage in CATALOG if stage.group in (Group.FACE, Group.BODY)]
    clips = sorted((data_dir / "video/grid").glob("*.mpg"))
    pairs = list(zip(clips[::2], clips[1::2], strict=False))
    roster = Roster((PATIENT, THERAPIST))
    ours = theirs = lasted = 0.0
    for pair in pairs:
        people = zip(roster.people, pair, strict=True)
        tracks = tuple(Track(person.id, file) for person, file in people)
        pictures = [f for f in Recording(tracks).frames() if isinstance(f, VideoFrame)]
        pipeline = Pipeline(catalog, roster, Shelf(models_dir))
        began = process_time()
        seconds = len(list(replay(pictures, pipeline)))
        spent = process_time() - began
        peer = sum(
            seen_by(task.Task(models_dir / NAME), [f for f in pictures if f.participant == one.id])
            for one in roster.people
        )
        if pair != pairs[0]:  # the first loads what all share
            ours, theirs, lasted = ours + spent, theirs + peer, lasted + seconds
    print(f"two people: {100 * ours / lasted:.1f} % of a core", end="; ")
    print(f"MediaPipe's task on ten pictures a second of each: {100 * theirs / lasted:.1f} %")
    # A process of its own: this one has memory to spare from what it has let go of.
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as apart:
        held = apart.submit(held_by_one_more, models_dir / NAME).result()
    print(f"one more person: {held:.0f} MB")


def seen_by(task: Any, pictures: list[VideoFrame]) -> float:
    """Seconds of CPU for ten pictures a second of one person."""
    with task as look:
        began, step = process_time(), -1
        for picture in pictures:
            if picture.t * 10 // SECOND != step:
                step = picture.t * 10 // SECOND
                look(picture.image, picture.t)
        return process_time() - began


def held_by_one_more(file: Path) -> float:
    """MB of memory that one more landmarker takes."""
    held, sizes = [], []
    for _ in range(5):
        held.append(Landmarker(file))
        held[-1](face(), 0)
        sizes.append(psutil.Process().memory_info().rss)
    return (sizes[-1] - sizes[0]) / (len(sizes) - 1) / 1e6


def call(people: list[str]) -> Iterator[Frame]:
    rng = np.random.default_rng(0)
    sound = rng.normal(0, 0.05, RATE).astype(np.float32)
    for ms in range(0, SECONDS * 1_000, 20):
        for person in people:
            block = sound[ms % 1_000 * 16 :][:320]
            yield AudioFrame(person, ms * SECOND // 1_000, block, RATE)
            if ms % 40 == 0:
                picture = PICTURES[ms // 40 % len(PICTURES)]
                yield VideoFrame(person, ms * SECOND // 1_000, picture)


@pytest.mark.parametrize("people", [1, 2])
def test_sound_and_picture_are_replayed_faster_than_they_happened(
    models_dir: Path, people: int
) -> None:
    warm_up()
    roster = Roster((PATIENT, THERAPIST)[:people])
    frames = list(call([person.id for person in roster.people]))
    pipeline = Pipeline(CATALOG, roster, Shelf(models_dir))
    began = perf_counter()
    assert len(list(replay(iter(frames), pipeline))) == SECONDS
    print(f"{people} in sound and picture: {SECONDS / (perf_counter() - began):.1f} x real time")
