"""A second of a made-up call before the first real one, so that it need not wait for anything."""

import gc
from collections.abc import Iterator, Sequence

import numpy as np

from attunement.engine.clock import MILLISECOND, SECOND
from attunement.engine.frame import AudioFrame, Frame, VideoFrame
from attunement.engine.pipeline import Pipeline
from attunement.engine.runner import replay
from attunement.engine.session import ASKED, Event, Session
from attunement.engine.signal import Mode, Models, Person, Role, StageSpec

BLOCK = 20 * MILLISECOND
RATE = 16_000  # Hz
PICTURE = (360, 640, 3)


def warm_up(catalog: Sequence[StageSpec], models: Models, mode: Mode) -> None:
    """Import, compile and load whatever the stages need. Takes seconds the first time."""
    people = [Person("one", Role.THERAPIST), Person("two", Role.PATIENT)]
    session = Session(people, mode, {person.id: ASKED for person in people})
    session.handle(Event.START)
    for _ in replay(_call(people), Pipeline(catalog, session.roster(), models)):
        pass
    # What is there now stays: to look through it for garbage would hold up a call.
    gc.collect()
    gc.freeze()


def _call(people: Sequence[Person]) -> Iterator[Frame]:
    """A buzz at 150 Hz in a little noise, before a grey wall."""
    chance = np.random.default_rng(0)
    n = BLOCK * RATE // SECOND
    wall = chance.integers(100, 140, PICTURE, np.uint8)
    for t in range(0, SECOND, BLOCK):
        at = t * RATE // SECOND + np.arange(n)
        buzz = 0.2 * (at * 150 % RATE / RATE - 0.5) + chance.normal(0, 1e-3, n)
        for person in people:
            yield AudioFrame(person.id, t, buzz.astype(np.float32), RATE)
            if t % (10 * BLOCK) == 0:
                yield VideoFrame(person.id, t, wall)
