"""H.264 in RTP (RFC 6184, packetization modes 0 and 1): what a packet holds of which picture."""

from attunement.gateway.receive.rtp import Malformed
from attunement.gateway.receive.vp8 import Part

START = b"\x00\x00\x00\x01"  # before each unit, as decoders want it (Annex B)
UNIT, HEADER = 0x1F, 0xE0
IDR, PARAMETERS, AGGREGATE, FRAGMENT = 5, 7, 24, 28
FIRST, LAST = 0x80, 0x40  # of a unit's fragments


def part(payload: bytes) -> Part:
    """
    Raises Malformed, whatever the bytes.

    H.264 marks no picture's first packet: `begins` tells of the parameters (SPS) that come before
    a key picture, and of nothing else.
    """
    if not payload:
        raise Malformed("an H.264 payload of no length")
    kind = payload[0] & UNIT
    if 1 <= kind < AGGREGATE:
        return Part(kind == PARAMETERS, kind in (IDR, PARAMETERS), START + payload)
    if kind == AGGREGATE:
        return _aggregate(payload)
    if kind == FRAGMENT:
        return _fragment(payload)
    raise Malformed(f"an H.264 payload of kind {kind}, expected 1 to 24 or 28")


def _aggregate(payload: bytes) -> Part:
    """Several units, each with its length before it."""
    data, kinds, at = b"", set[int](), 1
    while at < len(payload):
        length = int.from_bytes(payload[at : at + 2])
        unit = payload[at + 2 : at + 2 + length]
        if not length or len(unit) < length:
            raise Malformed("an H.264 aggregate that ends within a unit")
        kinds.add(unit[0] & UNIT)
        data += START + unit
        at += 2 + length
    if not data:
        raise Malformed("an H.264 aggregate of nothing")
    return Part(PARAMETERS in kinds, bool(kinds & {IDR, PARAMETERS}), data)


def _fragment(payload: bytes) -> Part:
    if len(payload) < 3:
        raise Malformed("an H.264 fragment without anything in it")
    header, body = payload[1], payload[2:]
    if not header & FIRST:
        return Part(False, False, body)
    unit = bytes([payload[0] & HEADER | header & UNIT])
    return Part(False, header & UNIT == IDR, START + unit + body)
