"""How far apart a session sets sound and pictures that were made at the same moment."""

import time
from dataclasses import dataclass, field

import numpy as np

from attunement.engine.clock import MILLISECOND, SECOND
from attunement.engine.inlet import Waiting
from attunement.gateway.participant import Participant
from attunement.gateway.webrtc.media import RATE, Picture, Sound
from tests.support import cells

LOUD = 0.2  # of a beep; the hum between them is a tenth of it
QUIET = SECOND // 2  # since the last loud sample: another beep
NEAR = 500  # ms: a beep tells of its second's beginning, not of which second


@dataclass(slots=True)
class Skew:
    """Of one participant, whose pictures are clocks and whose seconds begin with a beep."""

    offsets: list[tuple[int, float]] = field(default_factory=list)  # session ns, ms from the wall's
    beeps: list[int] = field(default_factory=list)  # session ns
    newest: dict[type, int] = field(default_factory=dict)  # session ns, of sound and of pictures
    apart: list[float] = field(default_factory=list)  # ms, of the newest sound and picture
    _loud: int = -SECOND

    def take(self, entry: Waiting) -> None:
        if isinstance(entry, Picture):
            self._picture(entry)
        elif isinstance(entry, Sound):
            self._sound(entry)

    def between(self, begin: int, end: int) -> list[float]:
        """ms by which each beep is set after the pictures of its moment, by session time."""
        found = []
        for beep in self.beeps:
            near = [ms for at, ms in self.offsets if abs(at - beep) < SECOND]
            if begin <= beep < end and near:
                ms = (beep / MILLISECOND - np.median(near)) % 1_000
                found.append(float(ms if ms < NEAR else ms - 1_000))
        return found

    def _picture(self, entry: Picture) -> None:
        self.newest[Picture] = entry.t
        drawn = cells.read(entry.frame)
        if drawn is not None:
            wall = time.time() * 1_000
            at = wall - cells.age(drawn, wall)
            self.offsets.append((entry.t, entry.t / MILLISECOND - at))
        if Sound in self.newest:
            self.apart.append((self.newest[Sound] - entry.t) / MILLISECOND)

    def _sound(self, entry: Sound) -> None:
        self.newest[Sound] = entry.t
        loud = np.flatnonzero(np.abs(entry.samples) > LOUD)
        if loud.size:
            begin = entry.t + int(loud[0]) * SECOND // RATE
            if begin - self._loud > QUIET:
                self.beeps.append(begin)
            self._loud = entry.t + int(loud[-1]) * SECOND // RATE


def watch(participant: Participant) -> Skew:
    """What a participant hands on, which is handed on as before."""
    skew, put = Skew(), participant.put

    def both(entry: Waiting) -> None:
        skew.take(entry)
        put(entry)

    participant.put = both
    return skew
