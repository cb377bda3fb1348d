import asyncio
import dataclasses
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from attunement.engine.clock import MILLISECOND, SECOND
from attunement.engine.frame import AudioFrame, Frame, VideoFrame
from attunement.engine.inlet import Waiting
from attunement.engine.signal import Measured, Missing, Why
from attunement.gateway.media import Recording, Track
from attunement.gateway.replaying import measured, play
from attunement.gateway.simulating import Order
from attunement.gateway.simulating import write as simulate
from attunement.pipelines.link import link
from attunement.simulator.network import Network
from attunement.simulator.script import Script
from tests.support.recordings import tone, write
from tests.support.stages import PATIENT, THERAPIST, NoModels, counting

CATALOG = (counting("sounds"), counting("pictures", VideoFrame))


def test_every_second_of_both_recordings_is_measured_once(tmp_path: Path) -> None:
    tracks = [
        Track("t", write(tmp_path / "t.mp4", tone(3), pictures=3)),
        Track("p", write(tmp_path / "p.wav", tone(2))),
    ]
    seconds = list(measured(Recording(tracks), (THERAPIST, PATIENT), CATALOG, NoModels()))
    assert [second.index for second in seconds][:3] == [0, 1, 2]
    assert seconds[1].people["t"] == {
        "sounds": Measured(50, 1.0, 50),
        "pictures": Measured(15, 1.0, 15),
    }
    assert seconds[1].people["p"]["sounds"] == Measured(50, 1.0, 50)
    assert isinstance(seconds[1].people["p"]["pictures"], Missing)
    assert isinstance(seconds[2].people["p"]["sounds"], Missing)


def test_two_runs_give_the_same_seconds(tmp_path: Path) -> None:
    path = write(tmp_path / "p.mp4", tone(3), pictures=3)

    def run() -> list[object]:
        recording = Recording([Track("p", path)])
        return list(measured(recording, (PATIENT,), CATALOG, NoModels()))

    assert run() == run()


def test_leaving_early_ends_the_decoder(tmp_path: Path) -> None:
    import threading

    path = write(tmp_path / "p.wav", tone(30))
    recording = Recording([Track("p", path)])
    seconds = measured(recording, (PATIENT,), CATALOG, NoModels())
    next(seconds)
    assert "decoder" in {thread.name for thread in threading.enumerate()}
    seconds.close()  # type: ignore[attr-defined]
    assert "decoder" not in {thread.name for thread in threading.enumerate()}


def test_what_breaks_while_decoding_is_raised_where_it_is_measured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(self: Recording) -> Iterator[Frame]:
        yield AudioFrame("p", 0, np.zeros(320, np.float32), 16_000)
        raise OSError("the disk is gone")

    recording = Recording([Track("p", write(tmp_path / "p.wav", tone(1)))])
    monkeypatch.setattr(Recording, "frames", broken)
    with pytest.raises(OSError, match="the disk is gone"):
        list(measured(recording, (PATIENT,), CATALOG, NoModels()))


async def test_played_frames_come_at_their_own_pace_from_a_whole_second_on(tmp_path: Path) -> None:
    loop = asyncio.get_running_loop()
    zero = loop.time() - 0.4

    def now() -> int:
        return round((loop.time() - zero) * SECOND)

    came: list[tuple[int, Waiting]] = []
    recording = Recording([Track("p", write(tmp_path / "p.wav", tone(0.5)))])
    await play(recording, lambda entry: came.append((now(), entry)), now)
    assert [entry.t for _, entry in came] == [SECOND + i * 20 * MILLISECOND for i in range(25)]
    assert all(at >= entry.t for at, entry in came)
    (frame,) = came[3][1].frames()
    assert isinstance(frame, AudioFrame)
    assert frame.t == came[3][1].t
    assert dataclasses.replace(frame, t=0).samples.size == 320


def test_a_recording_of_a_bad_network_has_its_holes_and_tells_nothing_of_the_line(
    tmp_path: Path,
) -> None:
    network = Network.parse("loss=20% burst=3 jitter=15ms")
    simulate(Order(Script.generate(1, 5), tmp_path, size=(64, 48), fps=5, network=network))
    tracks = [
        Track(person.id, tmp_path / f"{person.role.value}.mkv") for person in (THERAPIST, PATIENT)
    ]
    catalog = (*CATALOG, link.STAGE)
    seconds = list(measured(Recording(tracks), (THERAPIST, PATIENT), catalog, NoModels()))
    for second in seconds:
        for person in second.people.values():
            line = {name: reading for name, reading in person.items() if name.startswith("net.")}
            assert line == {spec.name: Missing(Why.NO_MEDIA) for spec in link.SPECS}
    heard = [second.people["p"]["sounds"] for second in seconds[:4]]
    assert all(not isinstance(each, Measured) or each.quality < 1 for each in heard)
    assert any(isinstance(each, Measured) for each in heard)
