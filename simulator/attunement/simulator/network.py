"""
What a network does to packets: loss, bursts, delay, jitter, reordering, duplicates, blackouts;
seeded, so the same faults come again.

Loss comes in bursts after Gilbert (1960) and Elliott (1963): a good state that loses nothing and a
bad one that loses everything, with the mean length of the bad one given.
"""

import random
import re
from dataclasses import dataclass

from attunement.simulator.errors import BadNetwork

EXPECTED = (
    'words like "loss=5% burst=3 delay=40ms jitter=15ms reorder=2% duplicate=1% blackout=3s@10s", '
    "each at most once"
)
WORD = re.compile(r"(loss|burst|delay|jitter|reorder|duplicate)=(\d+(?:\.\d+)?)(%|ms|)")
UNITS = {"loss": "%", "burst": "", "delay": "ms", "jitter": "ms", "reorder": "%", "duplicate": "%"}
BLACKOUT = re.compile(r"blackout=(\d+(?:\.\d+)?)s@(\d+(?:\.\d+)?)s")
HELD = 30.0  # ms that a reordered packet waits: one picture, one or two packets of sound


@dataclass(frozen=True, slots=True)
class Network:
    loss: float = 0.0  # share of packets, 0 to 0.9
    burst: float = 1.0  # packets that are lost in a row, on average
    delay: float = 0.0  # ms
    jitter: float = 0.0  # ms, SD of the delay; larger than the time between packets, they reorder
    reorder: float = 0.0  # share of packets that are held back by HELD
    duplicate: float = 0.0  # share of packets that come twice
    blackout: tuple[float, float] = (0.0, 0.0)  # s: how long nothing comes, and from when on

    @staticmethod
    def parse(text: str) -> "Network":
        """Raises BadNetwork."""
        found: dict[str, float] = {}
        blackout: tuple[float, float] | None = None
        for word in text.split():
            if (dark := BLACKOUT.fullmatch(word)) and blackout is None:
                blackout = float(dark[1]), float(dark[2])
                continue
            match = WORD.fullmatch(word)
            if not match or match[3] != UNITS[match[1]] or match[1] in found:
                raise BadNetwork(repr(word), EXPECTED)
            found[match[1]] = float(match[2]) / (100 if match[3] == "%" else 1)
        network = Network(**found, blackout=blackout or (0.0, 0.0))
        if network.loss > 0.9 or network.burst < 1:
            raise BadNetwork(repr(text), "a loss of at most 90 %, bursts of at least 1 packet")
        if network.reorder > 1 or network.duplicate > 1:
            raise BadNetwork(repr(text), "a share of at most 100 %")
        return network

    def dark(self, at: float) -> bool:
        """Does nothing come through that is sent at this time (s)?"""
        seconds, begin = self.blackout
        return begin <= at < begin + seconds


class Fate:
    """Decides over one stream's packets, in the order in which they are sent."""

    def __init__(self, network: Network, seed: int) -> None:
        self._network = network
        self._random = random.Random(seed)
        self._bad = False

    def next(self, at: float = 0.0) -> float | None:
        """The delay of the next packet, sent at `at` (s), in ms; None: it is lost."""
        network = self._network
        leave = 1 / network.burst
        enter = network.loss * leave / (1 - network.loss)
        threshold = 1 - leave if self._bad else enter
        self._bad = self._random.random() < threshold
        if self._bad or network.dark(at):
            return None
        delay = max(0.0, network.delay + self._random.gauss(0.0, network.jitter))
        return delay + (HELD if self._chance(network.reorder) else 0.0)

    def copies(self, at: float = 0.0) -> tuple[float, ...]:
        """The delays (ms) of what comes of the next packet: none, one, or two of it."""
        delay = self.next(at)
        if delay is None:
            return ()
        if not self._chance(self._network.duplicate):
            return (delay,)
        jitter = abs(self._random.gauss(0.0, self._network.jitter))
        return (delay, delay + jitter)

    def _chance(self, share: float) -> bool:
        return share > 0 and self._random.random() < share
