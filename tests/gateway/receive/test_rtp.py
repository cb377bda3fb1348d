"""RTP packets: what is read from them, and that nothing else than Malformed comes of bad ones."""

import random
import time
from contextlib import suppress
from struct import pack

import pytest
from aiortc import rtp as peer
from hypothesis import given
from hypothesis import strategies as st

from attunement.gateway.receive.rtp import Malformed, Packet, parse, unwrap
from tests.gateway.receive.strategies import mutated

PLAIN = pack("!BBHII", 0x80, 0x80 | 111, 65_535, 2**32 - 1, 7) + b"sound"


def extended(profile: int, elements: bytes, payload: bytes = b"sound") -> bytes:
    elements += bytes(-len(elements) % 4)
    head = pack("!BBHIIHH", 0x90, 111, 1, 2, 3, profile, len(elements) // 4)
    return head + elements + payload


ONE_BYTE = extended(0xBEDE, b"\x10\x7f\x00\x31ab")
TWO_BYTE = extended(0x1000, b"\x01\x00\x00\x03\x02ab")
PADDED = pack("!BBHII", 0xA0, 96, 5, 6, 7) + b"picture" + b"\0\0\3"
SOURCES = pack("!BBHIIII", 0x82, 96, 5, 6, 7, 8, 9) + b"picture"
EVERYTHING = bytes([0xB1]) + SOURCES[1:16] + ONE_BYTE[12:] + b"\0\2"
VALID = [PLAIN, ONE_BYTE, TWO_BYTE, PADDED, SOURCES, EVERYTHING]


def test_a_plain_packet_is_read() -> None:
    packet = parse(PLAIN, 42)
    assert packet == Packet(7, 111, 65_535, 2**32 - 1, True, b"sound", None, 42)


@pytest.mark.parametrize("data", [ONE_BYTE, TWO_BYTE])
def test_the_m_line_is_found_among_extensions(data: bytes) -> None:
    assert parse(data, 0, 3).mid == "ab"
    assert parse(data, 0, 4).mid is None
    assert parse(data, 0).mid is None
    assert parse(data, 0, 3).payload == b"sound"


def test_extensions_of_an_unknown_profile_are_skipped() -> None:
    packet = parse(extended(0x1234, b"\x31abc"), 0, 3)
    assert (packet.mid, packet.payload) == (None, b"sound")


def test_nothing_is_read_after_the_end_of_one_byte_extensions() -> None:
    assert parse(extended(0xBEDE, b"\xf0\x00\x31ab"), 0, 3).mid is None


def test_padding_and_contributing_sources_are_no_payload() -> None:
    assert parse(PADDED, 0).payload == b"picture"
    assert parse(SOURCES, 0).payload == b"picture"
    assert parse(EVERYTHING, 0, 3).payload == b"sound"
    assert parse(EVERYTHING, 0, 3).mid == "ab"


def test_a_packet_of_padding_alone_has_an_empty_payload() -> None:
    assert parse(pack("!BBHII", 0xA0, 96, 5, 6, 7) + b"\0\0\0\4", 0).payload == b""


@pytest.mark.parametrize(
    "data",
    [
        b"",
        PLAIN[:11],
        b"\x40" + PLAIN[1:],
        pack("!BBHII", 0x8F, 96, 5, 6, 7),  # 15 sources, and no room for them
        ONE_BYTE[:14],
        pack("!BBHIIHH", 0x90, 111, 1, 2, 3, 0xBEDE, 2) + b"1234567",
        pack("!BBHII", 0xA0, 96, 5, 6, 7) + b"ab\0",  # padding of nothing
        pack("!BBHII", 0xA0, 96, 5, 6, 7) + b"ab\4",  # padding that reaches into the header
        extended(0xBEDE, b"\x37abc"),
        extended(0x1000, b"\x03\x09ab"),
        extended(0x1000, b"\x01\x01a\x03"),
        extended(0xBEDE, b"\x31\xff\xff\x00"),
    ],
)
def test_what_is_no_rtp_is_refused(data: bytes) -> None:
    with pytest.raises(Malformed):
        parse(data, 0, 3)


def test_a_retransmission_becomes_the_packet_it_repeats() -> None:
    data = pack("!BBHII", 0x80, 0x80 | 97, 9, 3_000, 21) + pack("!H", 65_000) + b"picture"
    assert unwrap(parse(data, 5), 96, 20) == Packet(
        20, 96, 65_000, 3_000, True, b"picture", None, 5
    )


def test_a_retransmission_of_nothing_is_refused() -> None:
    with pytest.raises(Malformed):
        unwrap(parse(PLAIN[:13], 0), 96, 20)


@given(st.binary(max_size=200), st.none() | st.integers(1, 255))
def test_whatever_the_bytes_nothing_but_malformed_is_raised(
    data: bytes, mid_id: int | None
) -> None:
    with suppress(Malformed):
        unwrap(parse(data, 0, mid_id), 96, 20)


def test_ten_thousand_damaged_packets_are_read_or_refused_at_once() -> None:
    rng = random.Random(7)
    refused, slowest = 0, 0.0
    for _ in range(10_000):
        data = mutated(VALID, rng)
        began = time.perf_counter()
        try:
            parse(data, 0, 3)
        except Malformed:
            refused += 1
        slowest = max(slowest, time.perf_counter() - began)
    assert 1_000 < refused < 9_000
    assert slowest <= 0.05


@given(
    st.integers(0, 127),
    st.integers(0, 1),
    st.integers(0, 65_535),
    st.integers(0, 2**32 - 1),
    st.lists(st.integers(0, 2**32 - 1), max_size=15),
    st.text("abc01", min_size=1, max_size=16),
    st.binary(max_size=64),
    st.integers(0, 255),
)
def test_what_another_implementation_writes_is_read(
    kind: int,
    marker: int,
    sequence: int,
    stamp: int,
    sources: list[int],
    mid: str,
    payload: bytes,
    padding: int,
) -> None:
    ids = peer.HeaderExtensionsMap()
    ids._HeaderExtensionsMap__ids.mid = 4  # type: ignore[attr-defined]
    theirs = peer.RtpPacket(kind, marker, sequence, stamp, 9, payload)
    theirs.csrc, theirs.padding_size, theirs.extensions.mid = sources, padding, mid
    ours = parse(theirs.serialize(ids), 3, 4)
    assert ours == Packet(9, kind, sequence, stamp, bool(marker), payload, mid, 3)
