"""RTCP: senders' reports are read, ours are as the standards say, bad ones are refused."""

import random
import time
from contextlib import suppress
from struct import pack

import pytest
from aiortc import rtp as peer
from hypothesis import given
from hypothesis import strategies as st

from attunement.engine.clock import SECOND
from attunement.gateway.receive import rtcp
from attunement.gateway.receive.rtcp import Block, Goodbye, Malformed, SenderReport, parse
from tests.gateway.receive.strategies import mutated

NTP = 3_900_000_000  # s, in 2023
REPORT = pack("!BBHIIIIII", 0x80, 200, 6, 7, NTP, 1 << 31, 48_000, 10, 1_000)
NAMES = pack("!BBHI", 0x81, 202, 2, 7) + b"\1\1x\0"
BYE = pack("!BBHII", 0x82, 203, 2, 7, 8)
EXTENDED = pack("!BBHI", 0x80, 207, 4, 7) + bytes(12)
BLOCK = Block(7, 3, 5, 70_000, 12, 1, 2)
VALID = [REPORT, REPORT + NAMES, REPORT + NAMES + BYE, EXTENDED, EXTENDED + BYE]


def test_a_sender_report_tells_one_moment_on_two_clocks() -> None:
    (report,) = parse(REPORT)
    ntp = (NTP - 2_208_988_800) * SECOND + SECOND // 2
    assert report == SenderReport(7, ntp, 48_000, (NTP & 0xFFFF) << 16 | 1 << 15)


def test_compound_packets_are_read_and_other_kinds_skipped() -> None:
    assert [type(each) for each in parse(REPORT + NAMES + EXTENDED + BYE)] == [
        SenderReport,
        Goodbye,
    ]


def test_a_reduced_size_datagram_may_hold_no_report_at_all() -> None:
    assert parse(EXTENDED) == []
    assert parse(BYE) == [Goodbye((7, 8))]


def test_a_sender_without_a_wall_clock_reports_none() -> None:
    assert parse(REPORT[:8] + bytes(8) + REPORT[16:]) == []


def test_time_goes_on_after_2036() -> None:
    (report,) = parse(REPORT[:8] + pack("!I", 100) + REPORT[12:])
    assert isinstance(report, SenderReport)
    assert report.ntp == (2**32 + 100 - 2_208_988_800) * SECOND + SECOND // 2


@pytest.mark.parametrize(
    "data",
    [
        b"",
        REPORT[:3],
        REPORT[:-1],
        b"\x40" + REPORT[1:],
        REPORT + b"\x80",
        b"\x81" + REPORT[1:],  # a block that is not there
        pack("!BBHI", 0x82, 203, 1, 7),
        pack("!BBHI", 0x80, 200, 1, 7),
    ],
)
def test_what_is_no_rtcp_is_refused(data: bytes) -> None:
    with pytest.raises(Malformed):
        parse(data)


@given(st.binary(max_size=200))
def test_whatever_the_bytes_nothing_but_malformed_is_raised(data: bytes) -> None:
    with suppress(Malformed):
        parse(data)


def test_ten_thousand_damaged_datagrams_are_read_or_refused_at_once() -> None:
    rng = random.Random(7)
    refused, slowest = 0, 0.0
    for _ in range(10_000):
        data = mutated(VALID, rng)
        began = time.perf_counter()
        try:
            parse(data)
        except Malformed:
            refused += 1
        slowest = max(slowest, time.perf_counter() - began)
    assert 1_000 < refused < 9_500
    assert slowest <= 0.05


def test_a_receiver_report_is_read_by_another_implementation() -> None:
    (theirs,) = peer.RtcpPacket.parse(rtcp.receiver_report(9, [BLOCK]))
    assert isinstance(theirs, peer.RtcpRrPacket)
    (block,) = theirs.reports
    assert theirs.ssrc == 9
    assert (block.ssrc, block.fraction_lost, block.packets_lost) == (7, 3, 5)
    assert (block.highest_sequence, block.jitter, block.lsr, block.dlsr) == (70_000, 12, 1, 2)


@pytest.mark.parametrize("name", ["", "abc", "abcd", "x" * 255])
def test_a_description_is_read_by_another_implementation(name: str) -> None:
    (theirs,) = peer.RtcpPacket.parse(rtcp.description(9, name))
    assert isinstance(theirs, peer.RtcpSdesPacket)
    assert [(each.ssrc, each.items) for each in theirs.chunks] == [(9, [(1, name.encode())])]


@pytest.mark.parametrize(
    ("lost", "told"), [(-1, -1), (10**9, 2**23 - 1), (-(10**9), -(2**23)), (0, 0)]
)
def test_losses_are_told_within_24_bits(lost: int, told: int) -> None:
    data = rtcp.receiver_report(9, [Block(7, 255, lost, 0, 0, 0, 0)])
    assert int.from_bytes(data[13:16], signed=True) == told
    assert data[12] == 255


def test_a_receiver_report_holds_no_more_blocks_than_it_can_count() -> None:
    data = rtcp.receiver_report(9, [BLOCK] * 40)
    assert data[0] & 31 == 31
    assert len(data) == 8 + 31 * 24


@given(st.lists(st.integers(0, 300), min_size=1, max_size=200, unique=True), st.integers(0, 65_535))
def test_a_nack_asks_for_just_what_is_missing_across_a_wrap(ahead: list[int], first: int) -> None:
    missing = [(first + n) % 65_536 for n in sorted(ahead)]
    (theirs,) = peer.RtcpPacket.parse(rtcp.nack(1, 2, missing))
    assert isinstance(theirs, peer.RtcpRtpfbPacket)
    assert (theirs.fmt, theirs.ssrc, theirs.media_ssrc) == (1, 1, 2)
    assert {n % 65_536 for n in theirs.lost} == set(missing)  # theirs do not wrap


def test_a_nack_after_a_long_gap_is_small_and_asks_for_the_oldest() -> None:
    missing = list(range(0, 60_000, 20))
    data = rtcp.nack(1, 2, missing)
    (theirs,) = peer.RtcpPacket.parse(data)
    assert isinstance(theirs, peer.RtcpRtpfbPacket)
    assert len(data) == 12 + 4 * rtcp.MOST_PAIRS
    assert theirs.lost == missing[: rtcp.MOST_PAIRS]


def test_a_picture_loss_indication_names_the_picture() -> None:
    (theirs,) = peer.RtcpPacket.parse(rtcp.pli(1, 2))
    assert isinstance(theirs, peer.RtcpPsfbPacket)
    assert (theirs.fmt, theirs.ssrc, theirs.media_ssrc, theirs.fci) == (1, 1, 2, b"")


@given(st.integers(0, 10**10))
def test_a_bit_rate_is_told_to_one_part_in_131_072(rate: int) -> None:
    (theirs,) = peer.RtcpPacket.parse(rtcp.remb(1, rate, [5, 6]))
    assert isinstance(theirs, peer.RtcpPsfbPacket)
    told, ssrcs = peer.unpack_remb_fci(theirs.fci)
    assert ssrcs == [5, 6]
    assert rate * (1 - 2**-17) <= told <= rate
