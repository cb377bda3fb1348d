"""Where the pure pipeline meets a source of frames: live with clock and thread, or replayed."""

import asyncio
import logging
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from attunement.engine.clock import MILLISECOND, SECOND, Clock
from attunement.engine.frame import Frame
from attunement.engine.inlet import Inlet, Waiting
from attunement.engine.pipeline import Pipeline
from attunement.engine.session import Roster
from attunement.engine.shedding import Level, Shedding
from attunement.engine.signal import Second

log = logging.getLogger(__name__)

# Between two rounds while a second goes on: a packet of sound comes every 10 ms in a call of two,
# and handing each to a thread costs more than measuring it. Once the second is over, none waits.
PACE = 40 * MILLISECOND


@dataclass(frozen=True, slots=True)
class Timed:
    """A second, and when it was made, in ns of session time."""

    second: Second
    begun: int  # when the worker thread began the round that closed it
    done: int  # when its readings were there


async def run(
    inlet: Inlet,
    pipeline: Pipeline,
    clock: Clock,
    publish: Callable[[list[Timed]], None],
    roster: Callable[[], Roster],
) -> None:
    """
    Measure until the inlet is closed.

    Each round hands everything that waits to one worker thread, so the pipeline is never entered
    twice at once, and the event loop stays free while kernels run. The roster is asked for at each
    round: what somebody no longer agrees to stops with the next one. When the machine is short,
    things are given up in the order of engine.shedding.
    """
    applied = None
    shedding = Shedding()
    while not inlet.closed:
        await asyncio.sleep(_pause(pipeline, clock.now()) / SECOND)
        entries: list[Waiting] = []
        try:
            async with asyncio.timeout(max(0, pipeline.next_deadline() - clock.now()) / SECOND):
                entries = await inlet.take()
        except TimeoutError:
            pass
        current = roster()
        changed = None if current is applied else current
        applied = current
        seconds, worked = await asyncio.to_thread(
            _round, pipeline, entries, clock, changed, shedding.level
        )
        shedding.worked(worked)
        for timed in seconds:
            shedding.second(timed.done - (timed.second.index + 1) * SECOND)
        if seconds:
            publish(seconds)


def _pause(pipeline: Pipeline, now: int) -> int:
    """ns to gather entries in; none once the open second is over, which somebody waits for."""
    return max(0, min(PACE, pipeline.second_ends() - now))


def replay(frames: Iterable[Frame], pipeline: Pipeline) -> Iterator[Second]:
    """The same pipeline as live, as fast as the machine allows; `frames` in time order."""
    for frame in frames:
        pipeline.advance(frame.t)
        pipeline.receive(frame)
        yield from pipeline.signals()
    pipeline.finish()
    yield from pipeline.signals()


def _round(
    pipeline: Pipeline, entries: list[Waiting], clock: Clock, roster: Roster | None, level: Level
) -> tuple[list[Timed], int]:
    """The seconds that it closed, and for how many ns it worked."""
    begun = clock.now()
    if level is not pipeline.level:
        pipeline.shed(level)
    if roster is not None:
        pipeline.apply(roster)
    for entry in entries:
        for frame in _converted(entry):
            pipeline.receive(frame)
    pipeline.advance(clock.now())
    done = clock.now()
    return [Timed(second, begun, done) for second in pipeline.signals()], done - begun


def _converted(entry: Waiting) -> Iterable[Frame]:
    try:
        return list(entry.frames())
    except Exception as fault:
        # A frame that cannot be converted is as good as lost. Its data stays out of the log.
        log.warning("a frame could not be converted: %s", type(fault).__name__)
        return ()
