"""
What a network does to packets: loss, bursts, delay, jitter; seeded, so the same faults come again.

Loss comes in bursts after Gilbert (1960) and Elliott (1963): a good state that loses nothing and a
bad one that loses everything, with the mean length of the bad one given.
"""

import random
import re
from dataclasses import dataclass

from attunement.simulator.errors import BadNetwork

EXPECTED = 'words like "loss=5% burst=3 delay=40ms jitter=15ms", each at most once'
WORD = re.compile(r"(loss|burst|delay|jitter)=(\d+(?:\.\d+)?)(%|ms|)")
UNITS = {"loss": "%", "burst": "", "delay": "ms", "jitter": "ms"}


@dataclass(frozen=True, slots=True)
class Network:
    loss: float = 0.0  # share of packets, 0 to 0.9
    burst: float = 1.0  # packets that are lost in a row, on average
    delay: float = 0.0  # ms
    jitter: float = 0.0  # ms, SD of the delay; larger than the time between packets, they reorder

    @staticmethod
    def parse(text: str) -> "Network":
        """Raises BadNetwork."""
        found: dict[str, float] = {}
        for word in text.split():
            match = WORD.fullmatch(word)
            if not match or match[3] != UNITS[match[1]] or match[1] in found:
                raise BadNetwork(repr(word), EXPECTED)
            found[match[1]] = float(match[2])
        network = Network(**{**found, "loss": found.get("loss", 0.0) / 100})
        if network.loss > 0.9 or network.burst < 1:
            raise BadNetwork(repr(text), "a loss of at most 90 %, bursts of at least 1 packet")
        return network


class Fate:
    """Decides over one stream's packets, in the order in which they are sent."""

    def __init__(self, network: Network, seed: int) -> None:
        self._network = network
        self._random = random.Random(seed)
        self._bad = False

    def next(self) -> float | None:
        """The delay of the next packet in ms; None: it is lost."""
        network = self._network
        leave = 1 / network.burst
        enter = network.loss * leave / (1 - network.loss)
        threshold = 1 - leave if self._bad else enter
        self._bad = self._random.random() < threshold
        if self._bad:
            return None
        return max(0.0, network.delay + self._random.gauss(0.0, network.jitter))
