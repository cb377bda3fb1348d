"""A recording through the pipeline: as fast as the machine allows, or at its own pace."""

import asyncio
import dataclasses
import itertools
import queue
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from attunement.engine.clock import SECOND
from attunement.engine.frame import AudioFrame, Frame, VideoFrame
from attunement.engine.inlet import Waiting
from attunement.engine.pipeline import Pipeline
from attunement.engine.runner import replay
from attunement.engine.session import Event, Session
from attunement.engine.signal import Group, Mode, Models, Person, Second, StageSpec
from attunement.gateway.media import Recording

BATCH = 16  # frames that go from the decoder to the pipeline at once
AHEAD = 4  # batches that are decoded while others are measured
STEP = SECOND // 10  # of media that is fetched at once when paced


def measured(
    recording: Recording,
    people: Sequence[Person],
    catalog: Iterable[StageSpec],
    models: Models,
    mode: Mode = Mode.BEHAVIOUR,
) -> Iterator[Second]:
    """
    Every second of the recording. Who has the recording has the agreement of the people in it, so
    all groups are measured; the mode is kept.
    """
    with _Ahead(recording.frames()) as frames:
        yield from replay(frames, pipeline(people, catalog, models, mode))


def pipeline(
    people: Sequence[Person],
    catalog: Iterable[StageSpec],
    models: Models,
    mode: Mode = Mode.BEHAVIOUR,
) -> Pipeline:
    """For people who agree to everything that the mode allows."""
    session = Session(people, mode, {person.id: tuple(Group) for person in people})
    session.handle(Event.START)
    return Pipeline(catalog, session.roster(), models)


class _Ahead:
    """
    Frames decoded by a thread of its own, a bounded number ahead; their order is unchanged.

    Decoder and kernels let go of the interpreter, so both go on at once.
    """

    def __init__(self, frames: Iterator[Frame]) -> None:
        self._frames = frames
        self._decoded: queue.Queue[list[Frame] | Exception] = queue.Queue(AHEAD)
        self._left = threading.Event()
        self._thread = threading.Thread(target=self._decode, name="decoder", daemon=True)

    def __enter__(self) -> Iterator[Frame]:
        self._thread.start()
        return self._taken()

    def __exit__(self, *error: object) -> None:
        self._left.set()
        while self._thread.is_alive():
            try:  # make room, so that the thread sees that it is to end
                self._decoded.get(timeout=0.05)
            except queue.Empty:
                continue
        self._thread.join()

    def _taken(self) -> Iterator[Frame]:
        while batch := self._decoded.get():
            if isinstance(batch, Exception):
                raise batch
            yield from batch

    def _decode(self) -> None:
        try:
            while not self._left.is_set():
                batch = list(itertools.islice(self._frames, BATCH))
                self._decoded.put(batch)
                if not batch:  # which tells the end
                    return
        except Exception as fault:
            self._decoded.put(fault)


@dataclass(frozen=True, slots=True, eq=False)
class Played:
    """Waiting, of the inlet: a frame of a recording, moved to where the session is."""

    frame: AudioFrame | VideoFrame
    t: int

    @property
    def participant(self) -> str:
        return self.frame.participant

    @property
    def kind(self) -> type:
        return type(self.frame)

    def frames(self) -> Iterable[Frame]:
        return (dataclasses.replace(self.frame, t=self.t),)


async def play(
    recording: Recording, put: Callable[[Waiting], None], now: Callable[[], int]
) -> None:
    """Put every frame when its time has come; `now` is the session's time in ns."""
    offset = (now() // SECOND + 1) * SECOND  # so that seconds of both begin together
    frames = recording.frames()
    while batch := await asyncio.to_thread(_step, frames):
        for frame in batch:
            t = offset + frame.t
            if t > now():
                await asyncio.sleep((t - now()) / SECOND)
            assert isinstance(frame, AudioFrame | VideoFrame)
            put(Played(frame, t))


def _step(frames: Iterator[Frame]) -> list[Frame]:
    first = next(frames, None)
    if first is None:
        return []
    until = first.t + STEP
    batch = [first]
    for frame in frames:
        batch.append(frame)
        if frame.t >= until:
            break
    return batch
