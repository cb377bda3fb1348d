"""How one source is received: by the standard for its sender, by the facts for the people."""

import pytest
from hypothesis import given

from attunement.engine.clock import MILLISECOND, SECOND
from attunement.gateway.receive.reception import Arrived, Reception
from attunement.gateway.receive.rtcp import SenderReport
from tests.gateway.receive.strategies import Way, arriving, ways

CLEAN = Way(seed=1, packets=100, first=65_500, stamp=2**32 - 20_000, loss=0, twice=0, jitter=0)


def test_a_clean_link_loses_nothing_across_wraps() -> None:
    reception = Reception(48_000)
    assert not reception.known
    for packet in CLEAN.sent():
        reception.add(packet)
    assert reception.known
    block = reception.block(1, 0)
    assert (block.fraction_lost, block.lost, block.highest, block.jitter) == (0, 0, 65_599, 0)
    assert reception.take() == Arrived(100, 100, 0, 500, 0.0)
    assert reception.take() == Arrived(0, 0, 0, 0, 0.0)


@given(ways())
def test_what_never_came_is_lost_and_what_came_twice_hides_nothing(way: Way) -> None:
    sent = way.sent()
    came = way.carry(sent)
    reception = Reception(48_000)
    for packet in came:
        reception.add(packet)
    got = {packet.payload for packet in came}
    places = [n for n, packet in enumerate(sent) if packet.payload in got]
    expected = places[-1] - places[0] + 1 if places else 0
    arrived = reception.take()
    assert (arrived.received, arrived.expected) == (len(got), expected)
    assert arrived.lost == expected - len(got)
    block = reception.block(1, 0)
    assert block.lost == expected - len(came)  # RFC 3550, A.3, counts repeated ones


def test_the_fraction_is_of_the_time_since_the_last_report() -> None:
    reception, sent = Reception(48_000), CLEAN.sent()
    for packet in sent[:40:2]:
        reception.add(packet)
    assert 118 <= reception.block(1, 0).fraction_lost <= 128
    for packet in sent[39:]:
        reception.add(packet)
    block = reception.block(1, 0)
    assert (block.fraction_lost, block.lost) == (0, 19)


def test_what_comes_after_all_is_set_off_against_later_losses() -> None:
    reception, sent = Reception(48_000), CLEAN.sent()
    for n in (0, 1, 3):
        reception.add(sent[n])
    assert reception.take().lost == 1
    for n in (2, 4, 6):
        reception.add(sent[n])
    assert reception.take().lost == 0
    reception.add(sent[8])
    assert reception.take().lost == 1


def test_a_sender_that_begins_anew_loses_nothing() -> None:
    reception = Reception(48_000)
    other = Way(seed=1, packets=50, first=30_000, stamp=5, loss=0, twice=0, jitter=0)
    for packet in CLEAN.sent() + other.sent():
        reception.add(packet)
    arrived = reception.take()
    assert arrived.lost == 0
    assert arrived.received == 49


def test_jitter_is_that_of_the_standard() -> None:
    reception, expected = Reception(48_000), 0.0
    for n, packet in enumerate(CLEAN.sent()):
        reception.add(arriving(packet, packet.arrival + 10 * MILLISECOND * (n % 2)))
        if n:
            expected += (480 - expected) / 16
    assert reception.block(1, 0).jitter == int(expected)
    assert reception.take().jitter_ms == pytest.approx(expected / 48)


def test_a_jump_of_the_senders_clock_is_no_jitter() -> None:
    reception, sent = Reception(48_000), CLEAN.sent()
    for packet in sent[50:]:
        packet.stamp = (packet.stamp + 48_000 * 600) % 2**32
    for packet in sent:
        reception.add(packet)
    assert reception.take().jitter_ms == 0


def test_a_report_is_acknowledged_with_how_long_ago_it_came() -> None:
    reception = Reception(48_000)
    reception.add(CLEAN.sent()[0])
    assert (reception.block(1, SECOND).lsr, reception.block(1, SECOND).dlsr) == (0, 0)
    reception.report(SenderReport(1, 0, 0, 77), SECOND)
    block = reception.block(1, 3 * SECOND // 2)
    assert (block.lsr, block.dlsr) == (77, 32_768)
