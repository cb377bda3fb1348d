"""VP8 in RTP (RFC 7741): what a packet holds of which picture."""

from typing import NamedTuple

from attunement.gateway.receive.rtp import Malformed

EXTENDED, BEGINS, PARTITION = 0x80, 0x10, 0x07
PICTURE_ID, LEVEL, LAYER, LONG = 0x80, 0x40, 0x30, 0x80


class Part(NamedTuple):
    """Of a picture. Joined in order, the data of its parts is what a decoder takes."""

    begins: bool  # nothing of the picture comes before it
    key: bool  # the picture needs no other; told by its first part only
    data: bytes


def part(payload: bytes) -> Part:
    """Raises Malformed, whatever the bytes."""
    if not payload:
        raise Malformed("a VP8 payload without its descriptor")
    first = payload[0]
    at = 1
    if first & EXTENDED:
        at = _after_extension(payload)
    if at >= len(payload):
        raise Malformed("a VP8 payload with a descriptor and nothing else")
    begins = bool(first & BEGINS) and not first & PARTITION
    return Part(begins, begins and not payload[at] & 1, payload[at:])


def _after_extension(payload: bytes) -> int:
    if len(payload) < 2:
        raise Malformed("a VP8 descriptor that ends before its extension")
    extension, at = payload[1], 2
    if extension & PICTURE_ID:
        at += 2 if at < len(payload) and payload[at] & LONG else 1
    if extension & LEVEL:
        at += 1
    if extension & LAYER:
        at += 1
    return at
