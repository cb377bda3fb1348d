"""Writes a simulated session: what a receiver would have recorded of it, the script, the truth."""

import heapq
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from attunement.engine.clock import SECOND
from attunement.engine.errors import AttunementError
from attunement.engine.frame import AudioFrame, VideoFrame
from attunement.gateway.recording import Recording, write_channels
from attunement.simulator import person, script_json
from attunement.simulator.network import Fate, Network
from attunement.simulator.script import Script
from attunement.simulator.truth import Truth

Media = TypeVar("Media", AudioFrame, VideoFrame)
PATIENCE = 120.0  # ms later than others: a live receiver has given a packet up by then
Progress = Callable[[float], None]  # told of seconds that were written since it was told last


class AlreadyThere(AttunementError):
    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.path = path

    def __str__(self) -> str:
        return f"{self.path} is already there; --force overwrites it"


@dataclass(frozen=True, slots=True)
class Order:
    script: Script
    folder: Path
    size: tuple[int, int] = (640, 480)  # width, height
    fps: int = 25
    stereo: bool = False  # sound only, one file
    network: Network = Network()
    force: bool = False


def write(order: Order, progress: Progress = lambda _: None) -> list[Path]:
    """The files, in the order in which they were written. Raises AlreadyThere, OSError."""
    names = [part.name for part in order.script.parts]
    media = ["session.wav"] if order.stereo else [f"{name}.mkv" for name in names]
    files = [order.folder / name for name in (*media, "script.json", "truth.json")]
    for path in files:
        if path.exists() and not order.force:
            raise AlreadyThere(path)
    order.folder.mkdir(parents=True, exist_ok=True)
    if order.stereo:
        _write_stereo(order, files[0], progress)
    else:
        for name, path in zip(names, files, strict=False):
            _write_person(order, name, path, progress)
    files[-2].write_text(script_json.dumps(order.script))
    files[-1].write_text(Truth.of(order.script).dumps())
    return files


def _write_person(order: Order, name: str, path: Path, progress: Progress) -> None:
    script = order.script
    sound = _received(person.sound(script, name), order.network, script.seed)
    pictures = person.pictures(script, name, size=order.size, fps=order.fps)
    lanes: tuple[Iterator[AudioFrame | VideoFrame], ...] = (
        sound,
        _received(pictures, order.network, script.seed + 1),
    )
    told = 0
    with Recording(path, size=order.size, fps=order.fps) as recording:
        for frame in heapq.merge(*lanes, key=lambda frame: frame.t):
            if isinstance(frame, AudioFrame):
                recording.add_sound(frame)
            else:
                recording.add_picture(frame)
            if frame.t // SECOND > told:
                progress(frame.t // SECOND - told)
                told = frame.t // SECOND
    progress(script.seconds - told)


def _write_stereo(order: Order, path: Path, progress: Progress) -> None:
    """Loss leaves no gap in a WAV file, so there is none in it."""
    if order.network != Network():
        raise AttunementError("got --network with --stereo, expected one of them: WAV has no gaps")
    told = 0.0

    def tell(done: float) -> None:
        nonlocal told
        progress(done - told)
        told = done

    sounds = [person.sound(order.script, part.name) for part in order.script.parts]
    write_channels(path, sounds, tell)
    tell(order.script.seconds)


def _received(frames: Iterator[Media], network: Network, seed: int) -> Iterator[Media]:
    """
    What is left after the network: lost frames are absent, not filled in.

    A recorder sets what came by its stamp, so delay and jitter leave no other trace in a file than
    what came too late. Each frame counts as one packet, and none is asked for again.
    """
    fate = Fate(network, seed)

    def came(frame: Media) -> bool:
        delay = fate.next(frame.t / SECOND)
        return delay is not None and delay <= network.delay + PATIENCE

    return filter(came, frames)
