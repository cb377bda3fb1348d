"""Someone who films: packets of pictures whose every byte is known."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from attunement.engine.clock import MILLISECOND
from attunement.gateway.receive.rtp import Packet

Codec = Literal["VP8", "H264"]
CODECS: tuple[Codec, ...] = ("VP8", "H264")
START = b"\x00\x00\x00\x01"
SPS, PPS = b"\x67parameters", b"\x68more"
PERIOD = 33_366_667  # ns, 29.97 pictures a second
TICKS = 3_003
PACING = MILLISECOND // 2  # between the packets of one picture
CHUNK = 900  # bytes of a picture in one packet


@dataclass(frozen=True, slots=True)
class Filmed:
    index: int
    key: bool
    data: bytes  # what a decoder must get


@dataclass(slots=True)
class Film:
    """Packets in the order in which they are sent; arrival: when they are sent, ns."""

    codec: Codec
    sequence: int = 0  # the next, unwrapped
    stamp: int = 0  # of the first picture
    pictures: list[Filmed] = field(default_factory=list)
    sent: dict[int, Packet] = field(default_factory=dict)  # by 16-bit number

    def picture(self, now: int, key: bool = False, parts: int = 2) -> list[Packet]:
        index = len(self.pictures)
        key = key or not index
        body = index.to_bytes(4) + bytes((7 * n + index) % 251 for n in range(parts * CHUNK - 12))
        payloads, data = (vp8 if self.codec == "VP8" else h264)(body, key, index)
        self.pictures.append(Filmed(index, key, data))
        last = len(payloads) - 1
        return [self._packet(p, n == last, now + n * PACING) for n, p in enumerate(payloads)]

    def padding(self, now: int) -> Packet:
        """With the stamp of the last picture, as Chromium pads."""
        return self._packet(b"", False, now)

    def index_of(self, stamp: int) -> int:
        return (stamp - self.stamp) % (1 << 32) // TICKS

    def _packet(self, payload: bytes, marker: bool, now: int) -> Packet:
        packet = Packet(
            ssrc=7,
            payload_type=96,
            sequence=self.sequence % 65_536,
            stamp=(self.stamp + (len(self.pictures) - 1) * TICKS) % (1 << 32),
            marker=marker,
            payload=payload,
            mid=None,
            arrival=now,
        )
        self.sent[packet.sequence] = packet
        self.sequence += 1
        return packet


def vp8(body: bytes, key: bool, index: int) -> tuple[list[bytes], bytes]:
    """With the descriptor that Chromium sends: picture id of 15 bits, TL0PICIDX, TID."""
    data = (b"\x10" if key else b"\x11") + body
    extension = b"\xe0" + (0x8000 | index & 0x7FFF).to_bytes(2) + bytes([index & 0xFF, 0x20])
    heads = [b"\x90", *[b"\x80"] * (len(data) // CHUNK)]
    return [
        head + extension + data[n * CHUNK : (n + 1) * CHUNK] for n, head in enumerate(heads)
    ], data


def h264(body: bytes, key: bool, index: int) -> tuple[list[bytes], bytes]:
    """Parameters together before a key picture; the picture itself in fragments, or in one."""
    unit = (b"\x65" if key else b"\x61") + body
    payloads = fragments(unit) if len(unit) > CHUNK else [unit]
    if not key:
        return payloads, START + unit
    lengths = [len(each).to_bytes(2) + each for each in (SPS, PPS)]
    return [b"\x78" + b"".join(lengths), *payloads], START + SPS + START + PPS + START + unit


def fragments(unit: bytes) -> list[bytes]:
    body = [unit[n : n + CHUNK] for n in range(1, len(unit), CHUNK)]
    flags = [0x80, *[0] * (len(body) - 2), 0x40]
    head = bytes([unit[0] & 0xE0 | 28])
    return [head + bytes([f | unit[0] & 0x1F]) + b for f, b in zip(flags, body, strict=True)]


def scene(codec: Codec, shape: Sequence[tuple[bool, int, bool]], first: int, stamp: int) -> Film:
    """A film of pictures (key, parts, padding after it), one each PERIOD."""
    film = Film(codec, first, stamp)
    for n, (key, parts, padded) in enumerate(shape):
        film.picture(n * PERIOD, key, parts)
        if padded:
            film.padding(n * PERIOD + 20 * MILLISECOND)
    return film
