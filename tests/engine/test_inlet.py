import asyncio
from collections.abc import Iterable
from dataclasses import dataclass

from attunement.engine.frame import AudioFrame, Frame, VideoFrame
from attunement.engine.inlet import ROOM, Inlet
from tests.support.stages import picture


@dataclass(frozen=True)
class Entry:
    participant: str
    t: int
    kind: type

    def frames(self) -> Iterable[Frame]:
        return [picture(self.t)]


async def test_the_newest_picture_wins() -> None:
    inlet = Inlet()
    for t in range(3):
        inlet.put(Entry("p", t, VideoFrame))
    assert [e.t for e in await inlet.take()] == [2]
    assert inlet.dropped[VideoFrame] == 2


async def test_a_full_lane_of_sound_loses_its_oldest_and_counts_it() -> None:
    inlet = Inlet()
    for t in range(ROOM[AudioFrame] + 5):
        inlet.put(Entry("p", t, AudioFrame))
    assert [e.t for e in await inlet.take()] == list(range(5, ROOM[AudioFrame] + 5))
    assert inlet.dropped[AudioFrame] == 5


async def test_one_full_lane_takes_nothing_from_another() -> None:
    inlet = Inlet()
    for t in range(100):
        inlet.put(Entry("p", t, AudioFrame))
    inlet.put(Entry("t", 0, AudioFrame))
    taken = await inlet.take()
    assert sum(e.participant == "t" for e in taken) == 1


async def test_entries_come_out_in_time_order_across_lanes() -> None:
    inlet = Inlet()
    inlet.put(Entry("p", 5, AudioFrame))
    inlet.put(Entry("t", 3, VideoFrame))
    assert [e.t for e in await inlet.take()] == [3, 5]


async def test_cancelling_take_loses_nothing() -> None:
    inlet = Inlet()
    taker = asyncio.create_task(inlet.take())
    await asyncio.sleep(0)
    inlet.put(Entry("p", 0, VideoFrame))
    taker.cancel()
    await asyncio.gather(taker, return_exceptions=True)
    assert len(await inlet.take()) == 1


async def test_a_forgotten_lane_is_empty() -> None:
    inlet = Inlet()
    inlet.put(Entry("p", 0, VideoFrame))
    inlet.put(Entry("t", 0, VideoFrame))
    inlet.forget("p", VideoFrame)
    assert [e.participant for e in await inlet.take()] == ["t"]
