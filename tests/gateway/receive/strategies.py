"""What networks do to a sequence of packets, for hypothesis and for seeded loops."""

import random
from dataclasses import dataclass

from hypothesis import strategies as st

from attunement.engine.clock import MILLISECOND
from attunement.gateway.receive.rtp import Packet


@dataclass(frozen=True, slots=True)
class Way:
    """How packets are treated on their way; the same seed, the same fate."""

    seed: int
    packets: int
    first: int  # sequence number
    stamp: int  # of the first packet
    loss: float  # share
    twice: float  # share
    jitter: int  # ms, the most

    def sent(self, ticks: int = 960, payload: bytes = b"\x78", spacing: int = 20) -> list[Packet]:
        """Packets of sound as they were sent, `spacing` ms apart; arrival: when they were sent."""
        return [
            Packet(
                ssrc=1,
                payload_type=111,
                sequence=(self.first + n) % 65_536,
                stamp=(self.stamp + n * ticks) % (1 << 32),
                marker=False,
                payload=payload + n.to_bytes(4),
                mid=None,
                arrival=n * spacing * MILLISECOND,
            )
            for n in range(self.packets)
        ]

    def carry(self, packets: list[Packet]) -> list[Packet]:
        """What comes of them, in the order of arrival."""
        rng = random.Random(self.seed)
        came = []
        for packet in packets:
            for _ in range(1 + (rng.random() < self.twice)):
                late = rng.randint(0, self.jitter * MILLISECOND)
                if rng.random() >= self.loss:
                    came.append(arriving(packet, packet.arrival + late))
        return sorted(came, key=lambda packet: packet.arrival)


def arriving(packet: Packet, arrival: int) -> Packet:
    return Packet(
        *(packet.ssrc, packet.payload_type, packet.sequence, packet.stamp, packet.marker),
        *(packet.payload, packet.mid, arrival),
    )


def ways(most: int = 120) -> st.SearchStrategy[Way]:
    """Networks from clean to terrible; sequence numbers and stamps that may wrap."""
    return st.builds(
        Way,
        seed=st.integers(0, 2**32 - 1),
        packets=st.integers(1, most),
        first=st.integers(0, 65_535) | st.integers(65_435, 65_535),
        stamp=st.integers(0, 2**32 - 1) | st.integers(2**32 - 50_000, 2**32 - 1),
        loss=st.sampled_from([0.0, 0.02, 0.15, 0.5]),
        twice=st.sampled_from([0.0, 0.1, 0.5]),
        jitter=st.sampled_from([0, 5, 30, 100, 300]),
    )


def mutated(valid: list[bytes], rng: random.Random) -> bytes:
    """One of `valid`, with some bytes changed, cut off, repeated or put in."""
    data = bytearray(rng.choice(valid))
    for _ in range(rng.randint(1, 4)):
        at = rng.randrange(len(data) + 1)
        kind = rng.randrange(5)
        if kind == 0 and at < len(data):
            data[at] = rng.randrange(256)
        elif kind == 1 and at < len(data):
            data[at] ^= 1 << rng.randrange(8)
        elif kind == 2:
            del data[at:]
        elif kind == 3:
            data[at:at] = rng.randbytes(rng.randint(1, 8))
        else:
            data += data[at : at + 16]
    return bytes(data)
