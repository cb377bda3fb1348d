import asyncio
import logging
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace

import pytest

from attunement.engine.clock import SECOND, ManualClock, SystemClock
from attunement.engine.frame import AudioFrame, Frame, VideoFrame
from attunement.engine.inlet import Inlet
from attunement.engine.pipeline import PATIENCE, Pipeline
from attunement.engine.runner import Timed, replay, run
from attunement.engine.session import Roster
from attunement.engine.shedding import Level
from attunement.engine.signal import Group, Measured, Missing, Mode, Why
from tests.support.stages import COUNT, PATIENT, Count, NoModels, counting, picture, sound

pytestmark = pytest.mark.usefixtures("few_frames_are_a_second")

ALONE = Roster((PATIENT,))


@dataclass(frozen=True)
class Entry:
    participant: str
    t: int
    kind: type
    convert: Callable[[], list[Frame]] = field(default=list)

    def frames(self) -> Iterable[Frame]:
        return self.convert()


def heard(t: float) -> Entry:
    return Entry("p", round(t * SECOND), AudioFrame, lambda: [sound(t)])


def seen(t: float) -> Entry:
    return Entry("p", round(t * SECOND), VideoFrame, lambda: [picture(t)])


class Held(Count):
    """A model that is busy until it is let go."""

    go = threading.Event()
    busy = threading.Event()

    def push(self, frame: Frame, /) -> Sequence[Frame]:
        self.busy.set()
        assert self.go.wait(10)
        return super().push(frame)


async def test_a_slow_model_drops_pictures_and_the_event_loop_stays_free() -> None:
    Held.go.clear()
    Held.busy.clear()
    inlet, clock = Inlet(), ManualClock()
    got: asyncio.Queue[Timed] = asyncio.Queue(10)
    pipeline = Pipeline([counting("seen", VideoFrame, stage=Held)], ALONE, NoModels(), patience=0)

    def publish(seconds: list[Timed]) -> None:
        for second in seconds:
            got.put_nowait(second)

    async with asyncio.timeout(10), asyncio.TaskGroup() as group:
        group.create_task(run(inlet, pipeline, clock, publish, lambda: ALONE))
        inlet.put(seen(0.0))
        await asyncio.to_thread(Held.busy.wait, 10)
        for n in range(1, 30):  # the model is busy; the loop is not
            inlet.put(seen(n / 30))
        clock.advance(SECOND)
        Held.go.set()
        first = await got.get()
        inlet.close()
    assert first.second.people["p"]["seen"] == Measured(1, 1.0, 1)
    assert inlet.dropped[VideoFrame] == 28


async def test_what_is_no_longer_agreed_to_stops_with_the_next_round() -> None:
    inlet, clock = Inlet(), ManualClock()
    rosters = [ALONE]
    got: asyncio.Queue[Timed] = asyncio.Queue(10)
    pipeline = Pipeline([COUNT], ALONE, NoModels(), patience=0)

    def publish(seconds: list[Timed]) -> None:
        for second in seconds:
            got.put_nowait(second)

    async with asyncio.timeout(10), asyncio.TaskGroup() as group:
        group.create_task(run(inlet, pipeline, clock, publish, lambda: rosters[-1]))
        inlet.put(heard(0.5))
        clock.advance(SECOND)
        inlet.put(heard(1.0))
        assert (await got.get()).second.people["p"]["count"] == Measured(1, 1.0, 1)
        rosters.append(Roster((PATIENT,), Mode.BEHAVIOUR, {("p", Group.VOICE): Why.CONSENT}))
        clock.advance(SECOND)
        inlet.put(heard(2.0))
        assert (await got.get()).second.people["p"]["count"] == Missing(Why.CONSENT)
        inlet.close()


async def test_a_frame_that_cannot_be_converted_costs_only_itself(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def fails() -> list[Frame]:
        raise ValueError("words of the session")

    inlet, clock = Inlet(), ManualClock()
    got: asyncio.Queue[list[Timed]] = asyncio.Queue(10)
    pipeline = Pipeline([COUNT], ALONE, NoModels(), patience=0)
    with caplog.at_level(logging.DEBUG):
        async with asyncio.timeout(10), asyncio.TaskGroup() as group:
            group.create_task(run(inlet, pipeline, clock, got.put_nowait, lambda: ALONE))
            inlet.put(Entry("p", 0, AudioFrame, fails))
            inlet.put(heard(0.5))
            clock.advance(SECOND)
            inlet.put(heard(1.0))
            (timed,) = await got.get()
            inlet.close()
    assert timed.second.people["p"]["count"] == Measured(1, 1.0, 1)
    assert "words of the session" not in caplog.text


async def test_cancelling_a_session_leaves_no_task_behind() -> None:
    inlet = Inlet()
    pipeline = Pipeline([COUNT], ALONE, NoModels())
    session = asyncio.create_task(
        run(inlet, pipeline, SystemClock(), lambda _: None, lambda: ALONE)
    )
    inlet.put(heard(0.0))
    await asyncio.sleep(0)
    session.cancel()
    with pytest.raises(asyncio.CancelledError):
        await session
    assert asyncio.all_tasks() == {asyncio.current_task()}


def test_replay_closes_every_second_that_has_begun_even_across_a_long_gap() -> None:
    pipeline = Pipeline([COUNT], ALONE, NoModels(), patience=PATIENCE)
    frames = [sound(0.1), sound(0.2), sound(60.5)]
    seconds = list(replay(frames, pipeline))
    assert [s.index for s in seconds] == list(range(61))
    assert seconds[0].people["p"]["count"] == Measured(2, 1.0, 2)
    assert seconds[60].people["p"]["count"] == Measured(1, 1.0, 1)
    assert pipeline.late == pipeline.early == 0


async def test_a_thread_that_cannot_keep_up_gives_something_up_and_says_so() -> None:
    inlet, clock = Inlet(), ManualClock()
    got: asyncio.Queue[Timed] = asyncio.Queue(10)

    class Slow(Count):
        def push(self, frame: Frame, /) -> Sequence[Frame]:
            clock.advance(SECOND)  # as long as the sound lasts
            return super().push(frame)

    slow = replace(counting("slow", stage=Slow), given_up=Level.PULSE)
    pipeline = Pipeline([slow], ALONE, NoModels(), patience=0)

    def publish(seconds: list[Timed]) -> None:
        for second in seconds:
            got.put_nowait(second)

    async with asyncio.timeout(10), asyncio.TaskGroup() as group:
        group.create_task(run(inlet, pipeline, clock, publish, lambda: ALONE))
        for n in range(2):
            inlet.put(heard(n + 0.5))
            assert isinstance((await got.get()).second.people["p"]["slow"], Measured)
        inlet.put(heard(2.5))
        clock.advance(SECOND)
        assert (await got.get()).second.people["p"]["slow"] == Missing(Why.SHED)
        inlet.close()
    assert pipeline.level is Level.PULSE
