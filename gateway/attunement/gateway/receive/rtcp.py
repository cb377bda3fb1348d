"""RTCP: what senders report (RFC 3550), and what we ask of them (RFC 3550, 4585, REMB)."""

from collections.abc import Sequence
from dataclasses import dataclass
from struct import Struct, pack

from attunement.engine.clock import SECOND
from attunement.gateway.receive.rtp import Malformed as Malformed

SENDER_REPORT, RECEIVER_REPORT, DESCRIPTION, GOODBYE = 200, 201, 202, 203
TRANSPORT_FEEDBACK, PAYLOAD_FEEDBACK = 205, 206
CNAME = 1  # item of a description
NACK, PLI, REMB = 1, 1, 15  # formats of feedback
HEADER = Struct("!BBH")  # version, padding and count; kind; words that follow
SENDER = Struct("!IIIIII")  # ssrc, NTP seconds and fraction, RTP stamp, packets, octets
BLOCK = 24  # bytes of a reception report
MOST_BLOCKS = 31  # that a report can count
MOST_PAIRS = 64  # of a NACK: 17 packets each, at best
UNIX_EPOCH = 2_208_988_800  # s from NTP's
ERA = 1 << 32  # s; NTP's second begins in 2036


@dataclass(frozen=True, slots=True)
class SenderReport:
    ssrc: int
    ntp: int  # ns of the sender's wall clock, Unix epoch
    rtp: int  # 32 bit, of the same moment
    middle: int  # 32 bits of the NTP stamp, to be sent back as LSR


@dataclass(frozen=True, slots=True)
class Goodbye:
    ssrcs: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Block:
    """How one source is received (RFC 3550, 6.4.1)."""

    ssrc: int
    fraction_lost: int  # of 256
    lost: int  # packets, cumulative; below zero with duplicates
    highest: int  # sequence number, with its cycles
    jitter: int  # ticks of the source's RTP clock
    lsr: int
    dlsr: int  # s / 65,536


def parse(data: bytes) -> list[SenderReport | Goodbye]:
    """
    What a datagram of one or many RTCP packets says; reduced-size ones (RFC 5506), too.

    Other kinds are skipped. Raises Malformed, and nothing else, whatever the bytes.
    """
    if not data:
        raise Malformed("an RTCP datagram of 0 bytes")
    told: list[SenderReport | Goodbye] = []
    at = 0
    while at < len(data):
        if at + 4 > len(data):
            raise Malformed("an RTCP packet shorter than its header of 4 bytes")
        flags, kind, words = HEADER.unpack_from(data, at)
        at, end = at + 4, at + 4 + 4 * words
        if flags >> 6 != 2:
            raise Malformed("an RTCP packet of another version than 2")
        if end > len(data):
            raise Malformed("an RTCP packet longer than its datagram")
        if kind == SENDER_REPORT:
            report = _sender_report(data[at:end], flags & 31)
            if report is not None:
                told.append(report)
        elif kind == GOODBYE:
            told.append(_goodbye(data[at:end], flags & 31))
        at = end
    return told


def _sender_report(body: bytes, blocks: int) -> SenderReport | None:
    if len(body) < SENDER.size + blocks * BLOCK:
        raise Malformed("a sender report shorter than its blocks")
    ssrc, seconds, fraction, rtp, _, _ = SENDER.unpack_from(body)
    if not seconds and not fraction:
        return None  # RFC 3550, 6.4.1: a sender that has no wall clock
    era = ERA if seconds < ERA // 2 else 0  # RFC 4330, 3: the one that begins in 2036
    ntp = (era + seconds - UNIX_EPOCH) * SECOND + (fraction * SECOND >> 32)
    return SenderReport(ssrc, ntp, rtp, (seconds & 0xFFFF) << 16 | fraction >> 16)


def _goodbye(body: bytes, sources: int) -> Goodbye:
    if len(body) < 4 * sources:
        raise Malformed("a goodbye shorter than its sources")
    return Goodbye(tuple(int.from_bytes(body[i : i + 4]) for i in range(0, 4 * sources, 4)))


def receiver_report(sender: int, blocks: Sequence[Block]) -> bytes:
    """From `sender`, who sends no media. The first MOST_BLOCKS blocks are told."""
    told = blocks[:MOST_BLOCKS]
    body = pack("!I", sender) + b"".join(_block(block) for block in told)
    return _packet(len(told), RECEIVER_REPORT, body)


def _block(block: Block) -> bytes:
    lost = min(max(block.lost, -(1 << 23)), (1 << 23) - 1) & 0xFFFFFF
    return pack(
        "!IIIIII",
        block.ssrc,
        block.fraction_lost << 24 | lost,
        block.highest & 0xFFFFFFFF,
        min(block.jitter, 0xFFFFFFFF),
        block.lsr,
        min(block.dlsr, 0xFFFFFFFF),
    )


def description(sender: int, name: str) -> bytes:
    """Who `sender` is, beside every report (RFC 3550, 6.5): `name` of at most 255 bytes, ASCII."""
    item = pack("!IBB", sender, CNAME, len(name)) + name.encode("ascii")
    return _packet(1, DESCRIPTION, item + bytes(4 - len(item) % 4))  # ends in a zero at least


def nack(sender: int, media: int, sequences: Sequence[int]) -> bytes:
    """
    Ask for packets again (RFC 4585, 6.2.1). sequences: 16 bit, at least one, oldest first.

    Holds at most MOST_PAIRS pairs of a number and the 16 after it; what is beyond is not asked for.
    """
    first = sequences[0]
    pairs: list[list[int]] = []
    for ahead in sorted({(n - first) & 0xFFFF for n in sequences}):
        if pairs and ahead - pairs[-1][0] <= 16:
            pairs[-1][1] |= 1 << (ahead - pairs[-1][0] - 1)
        elif len(pairs) < MOST_PAIRS:
            pairs.append([ahead, 0])
        else:
            break
    asked = b"".join(pack("!HH", (first + ahead) & 0xFFFF, mask) for ahead, mask in pairs)
    return _packet(NACK, TRANSPORT_FEEDBACK, pack("!II", sender, media) + asked)


def pli(sender: int, media: int) -> bytes:
    """Ask for a key picture (RFC 4585, 6.3.1)."""
    return _packet(PLI, PAYLOAD_FEEDBACK, pack("!II", sender, media))


def remb(sender: int, bit_rate: int, ssrcs: Sequence[int]) -> bytes:
    """Ask for at most `bit_rate` bit/s in all (draft-alvestrand-rmcat-remb-03, 2.2)."""
    exponent = max(0, bit_rate.bit_length() - 18)
    rate = exponent << 18 | bit_rate >> exponent
    body = pack("!II4sI", sender, 0, b"REMB", len(ssrcs) << 24 | rate)
    return _packet(REMB, PAYLOAD_FEEDBACK, body + pack(f"!{len(ssrcs)}I", *ssrcs))


def _packet(count: int, kind: int, body: bytes) -> bytes:
    return HEADER.pack(2 << 6 | count, kind, len(body) // 4) + body
