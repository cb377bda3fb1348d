"""RTP packets (RFC 3550), their header extension MID (RFC 8285, 9143), repeats (RFC 4588)."""

from dataclasses import dataclass
from struct import Struct

HEADER = Struct("!BBHII")  # flags, marker and payload type, sequence, stamp, ssrc
EXTENSION = Struct("!HH")  # profile, length in words
ORIGINAL = Struct("!H")  # sequence number of the packet that is sent again
PLAIN = 2 << 6  # version 2; no padding, no extension, no contributing sources
ONE_BYTE, TWO_BYTE = 0xBEDE, 0x1000  # the profiles of RFC 8285


class Malformed(ValueError):
    """Bytes that are not what they should be. Says how, never what they were."""


@dataclass(slots=True)
class Packet:
    ssrc: int
    payload_type: int
    sequence: int  # 16 bit
    stamp: int  # 32 bit, of the sender's RTP clock
    marker: bool
    payload: bytes  # without padding; may be empty
    mid: str | None  # of the m-line, when the packet names it
    arrival: int  # ns


def parse(data: bytes, arrival: int, mid_id: int | None = None) -> Packet:
    """
    One packet that was decrypted. arrival: ns. mid_id: of the MID extension, as negotiated.

    Raises Malformed, and nothing else, whatever the bytes.
    """
    if len(data) < 12:
        raise Malformed("an RTP packet shorter than its header of 12 bytes")
    flags, second, sequence, stamp, ssrc = HEADER.unpack_from(data)
    mid: str | None = None
    if flags == PLAIN:
        payload = data[12:]
    else:
        start, end, mid = _bounds(data, flags, mid_id)
        payload = data[start:end]
    return Packet(ssrc, second & 127, sequence, stamp, second > 127, payload, mid, arrival)


def unwrap(packet: Packet, payload_type: int, ssrc: int) -> Packet:
    """The packet that a retransmission repeats (RFC 4588, 4). Raises Malformed."""
    if len(packet.payload) < 2:
        raise Malformed("a retransmission without the number of what it repeats")
    (sequence,) = ORIGINAL.unpack_from(packet.payload)
    payload = packet.payload[2:]
    return Packet(
        *(ssrc, payload_type, sequence, packet.stamp, packet.marker, payload),
        packet.mid,
        packet.arrival,
    )


def _bounds(data: bytes, flags: int, mid_id: int | None) -> tuple[int, int, str | None]:
    """Where the payload begins and ends, and the MID before it."""
    if flags >> 6 != 2:
        raise Malformed("an RTP packet of another version than 2")
    start, end, mid = 12 + 4 * (flags & 15), len(data), None
    if flags & 16:
        if start + 4 > end:
            raise Malformed("an RTP packet that ends before its header extension")
        profile, words = EXTENSION.unpack_from(data, start)
        first, start = start + 4, start + 4 + 4 * words
        if start > end:
            raise Malformed("an RTP header extension longer than its packet")
        if mid_id is not None:
            mid = _mid(data[first:start], profile, mid_id)
    if flags & 32:
        padding = data[-1]
        if not padding:
            raise Malformed("an RTP packet with a padding of 0 bytes")
        end -= padding
    if start > end:
        raise Malformed("an RTP packet that ends before its payload")
    return start, end, mid


def _mid(elements: bytes, profile: int, wanted: int) -> str | None:
    """The element of number `wanted`, as text."""
    if profile == ONE_BYTE:
        short = True
    elif profile & 0xFFF0 == TWO_BYTE:
        short = False
    else:
        return None
    at, end = 0, len(elements)
    while at < end:
        head = elements[at]
        if not head:  # padding
            at += 1
            continue
        if short:
            number, size, at = head >> 4, (head & 15) + 1, at + 1
            if number == 15:  # RFC 8285, 4.2: stop reading
                return None
        elif at + 1 < end:
            number, size, at = head, elements[at + 1], at + 2
        else:
            raise Malformed("an RTP header extension that ends within an element")
        if at + size > end:
            raise Malformed("an RTP header extension that ends within an element")
        if number == wanted:
            try:
                return elements[at : at + size].decode()
            except UnicodeDecodeError:
                raise Malformed("a MID that is not UTF-8") from None
        at += size
    return None
