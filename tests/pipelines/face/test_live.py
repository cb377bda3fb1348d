"""The same pictures, live and replayed: the same signals of the face, bit by bit."""

import asyncio
import threading
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from attunement.engine.clock import SECOND, ManualClock
from attunement.engine.frame import Frame, VideoFrame
from attunement.engine.inlet import Inlet
from attunement.engine.pipeline import Pipeline
from attunement.engine.runner import Timed, replay, run
from attunement.engine.signal import Group, Measured, Readings
from attunement.pipelines.catalog import CATALOG
from attunement.pipelines.inferred import expression as inferred_expression
from attunement.pipelines.models.files import Shelf
from attunement.simulator.acting import expression
from attunement.simulator.face import Artist
from attunement.simulator.script import Script
from tests.pipelines.face.watching import PATIENT

SECONDS, FPS = 24, 15
GROUPS = Group.FACE, Group.BODY
STAGES = (*(stage for stage in CATALOG if stage.group in GROUPS), inferred_expression.STAGE)


@dataclass(frozen=True)
class Entry:
    frame: VideoFrame
    converted: threading.Event = field(default_factory=threading.Event)
    kind: type = VideoFrame

    @property
    def participant(self) -> str:
        return self.frame.participant

    @property
    def t(self) -> int:
        return self.frame.t

    def frames(self) -> Iterable[Frame]:
        self.converted.set()
        return [self.frame]


@pytest.fixture(scope="module")
def film() -> list[VideoFrame]:
    (_, part) = Script.generate(5, SECONDS).parts
    artist = Artist(part.look, (320, 240))
    shown = (expression(part, i / FPS) for i in range(SECONDS * FPS))
    return [VideoFrame("p", i * SECOND // FPS, artist.draw(one)) for i, one in enumerate(shown)]


async def live(film: list[VideoFrame], shelf: Shelf) -> list[Readings]:
    inlet, clock, seconds = Inlet(), ManualClock(), list[Timed]()
    pipeline = Pipeline(STAGES, PATIENT, shelf)
    async with asyncio.timeout(120), asyncio.TaskGroup() as group:
        group.create_task(run(inlet, pipeline, clock, seconds.extend, lambda: PATIENT))
        for frame in film:
            clock.advance(frame.t - clock.now())
            entry = Entry(frame)
            inlet.put(entry)
            assert await asyncio.to_thread(entry.converted.wait, 60)
        inlet.close()
    return [timed.second.people["p"] for timed in seconds]


async def test_live_pictures_give_the_signals_of_their_replay_bit_by_bit(
    film: list[VideoFrame], models_dir: Path
) -> None:
    shelf = Shelf(models_dir)
    told = await live(film, shelf)
    replayed = [dict(s.people["p"]) for s in replay(iter(film), Pipeline(STAGES, PATIENT, shelf))]
    assert len(told) >= SECONDS - 2
    for second, (now, then) in enumerate(zip(told, replayed, strict=False)):
        assert dict(now) == then, f"second {second}"
    last = replayed[len(told) - 1]
    measured = {name for name, reading in last.items() if isinstance(reading, Measured)}
    assert {"face.au12_i", "face.au45_p", "face.yaw", "gaze.pitch", "body.motion_head"} <= measured
    assert "expression.neutral" in measured
