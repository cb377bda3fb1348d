"""Packets of sound, put in order: what may come out, and when, whatever the network did."""

from itertools import zip_longest

import pytest
from hypothesis import given

from attunement.engine.clock import MILLISECOND, SECOND
from attunement.gateway.receive.rtp import Packet
from attunement.gateway.receive.sound_buffer import (
    HOLES,
    LEAST,
    MOST,
    ROOM,
    START,
    Heard,
    Lost,
    SoundBuffer,
)
from tests.gateway.receive.strategies import Way, arriving, ways

CLEAN = Way(seed=1, packets=60, first=65_500, stamp=2**32 - 20_000, loss=0, twice=0, jitter=0)
Out = list[tuple[int, Heard | Lost]]  # with when it came out


def play(buffer: SoundBuffer, came: list[Packet]) -> Out:
    """Packets in the order of their arrival, and the buffer asked whenever it wants to be."""
    out: Out = []
    for packet in came:
        wake(buffer, packet.arrival, out)
        buffer.push(packet)
        out += [(packet.arrival, item) for item in buffer.pop(packet.arrival)]
        assert len(buffer._waiting) < ROOM
    wake(buffer, 10**18, out)
    assert buffer.due() is None
    return out


def wake(buffer: SoundBuffer, until: int, out: Out) -> None:
    while (due := buffer.due()) is not None and due <= until:
        items = buffer.pop(due)
        assert items, "it asked to be called, and had nothing"
        out += [(due, item) for item in items]


def heard(out: Out) -> list[tuple[int, Heard]]:
    return [(at, item) for at, item in out if isinstance(item, Heard)]


def lost(out: Out) -> list[Lost]:
    return [item for _, item in out if isinstance(item, Lost)]


def from_stamp(stamp: int, way: Way) -> int:
    return (stamp - way.stamp + 2**31) % 2**32 - 2**31


@given(ways())
def test_stamps_only_rise_and_nothing_comes_out_twice(way: Way) -> None:
    out = play(SoundBuffer(), way.carry(way.sent()))
    stamps = [from_stamp(item.stamp, way) for _, item in out]
    assert stamps == sorted(set(stamps))
    payloads = [item.payload for _, item in heard(out)]
    assert len(payloads) == len(set(payloads))


@given(ways())
def test_holes_and_sound_make_one_line_without_gaps(way: Way) -> None:
    out = play(SoundBuffer(), way.carry(way.sent()))
    ends = None
    for (_, item), follows in zip_longest(out, out[1:]):
        begins = from_stamp(item.stamp, way)
        assert ends in (None, begins)
        ends = begins + (item.ticks if isinstance(item, Lost) else 960)
        if isinstance(item, Lost):
            assert follows is not None
            assert isinstance(follows[1], Heard)
            assert follows[1].after * 960 == item.ticks


@given(ways())
def test_nobody_waits_longer_than_the_longest_target(way: Way) -> None:
    for at, item in heard(play(SoundBuffer(), way.carry(way.sent()))):
        assert 0 <= at - item.arrival <= MOST


@given(ways())
def test_everything_that_came_within_the_least_target_comes_out(way: Way) -> None:
    came = way.carry(way.sent())
    out = {item.payload for _, item in heard(play(SoundBuffer(), came))}
    place = {packet.payload: n for n, packet in enumerate(way.sent())}
    for n, packet in enumerate(came):
        passed = [p.arrival for p in came[:n] if place[p.payload] > place[packet.payload]]
        began = place[packet.payload] < place[came[0].payload]
        if not began and (not passed or packet.arrival - min(passed) < LEAST):
            assert packet.payload in out


@given(ways())
def test_every_packet_is_counted_once(way: Way) -> None:
    buffer, came = SoundBuffer(), way.carry(way.sent())
    out = play(buffer, came)
    counts = buffer.counts
    assert len(heard(out)) + counts["late"] + counts["duplicates"] == len(came)
    assert counts["lost"] == sum(item.after for _, item in heard(out))
    assert counts["odd"] == counts["dropped"] == 0


def test_what_is_in_order_does_not_wait_whatever_the_jitter() -> None:
    sent = CLEAN.sent()
    came = [arriving(p, p.arrival + 15 * MILLISECOND * (n % 2)) for n, p in enumerate(sent)]
    out = play(SoundBuffer(), came)
    assert [item.payload for _, item in heard(out)] == [packet.payload for packet in sent]
    assert all(at == item.arrival for at, item in heard(out))


def test_one_lost_packet_costs_three_packets_of_waiting_and_then_no_more() -> None:
    sent = CLEAN.sent()
    out = play(SoundBuffer(), sent[:20] + sent[21:])
    assert lost(out) == [Lost(sent[20].stamp, 960)]
    waited = {item.payload: at - item.arrival for at, item in heard(out)}
    assert max(waited.values()) <= 60 * MILLISECOND
    assert all(waited[packet.payload] == 0 for packet in sent[25:])


def test_the_target_grows_at_once_and_shrinks_slowly() -> None:
    way = Way(seed=1, packets=2_500, first=0, stamp=0, loss=0, twice=0, jitter=0)
    sent, buffer = way.sent(), SoundBuffer()
    play(buffer, sent[:1_000])
    assert buffer.target == LEAST
    late = arriving(sent[1_000], sent[1_000].arrival + 100 * MILLISECOND)
    play(buffer, [*sent[1_001:1_006], late])
    assert buffer.counts["late"] == 1
    assert buffer.target == 85 * MILLISECOND  # 80 after the packet that overtook it
    play(buffer, sent[1_006:1_206])
    assert 60 * MILLISECOND < buffer.target < 70 * MILLISECOND
    play(buffer, sent[1_206:])
    assert buffer.target == LEAST


def test_a_packet_too_late_for_any_target_does_not_move_it() -> None:
    sent, buffer = CLEAN.sent(), SoundBuffer()
    straggler = arriving(sent[10], sent[59].arrival)
    play(buffer, [*sent[:10], *sent[11:], straggler])
    assert buffer.counts["late"] == 1
    assert buffer.target < START


def test_silence_that_is_not_sent_is_no_loss() -> None:
    sent = CLEAN.sent()
    later = sent[30:]
    for packet in later:
        packet.stamp = (packet.stamp + 19_200) % 2**32
    out = play(SoundBuffer(), sent)
    assert len(heard(out)) == 60
    assert not lost(out)


def test_of_a_hole_beside_unsent_silence_only_the_packet_is_lost() -> None:
    sent = CLEAN.sent()
    for packet in sent[31:]:
        packet.stamp = (packet.stamp + 19_200) % 2**32
    (gap,) = lost(play(SoundBuffer(), sent[:30] + sent[31:]))
    assert gap == Lost((sent[31].stamp - 960) % 2**32, 960)


def test_a_blackout_of_twenty_seconds_is_one_loss() -> None:
    way = Way(seed=1, packets=1_200, first=65_000, stamp=7, loss=0, twice=0, jitter=0)
    sent = way.sent()
    out = play(SoundBuffer(), sent[:100] + sent[1_100:])
    assert lost(out) == [Lost(sent[100].stamp, 960_000)]
    assert heard(out)[100][1].after == 1_000


@pytest.mark.parametrize(("sequence", "stamp"), [(30_000, 5), (5, 2**31 + 5), (65_400, 9)])
def test_a_sender_that_begins_anew_is_heard_from_its_second_packet_on(
    sequence: int, stamp: int
) -> None:
    before = Way(seed=1, packets=20, first=2_000, stamp=2**31, loss=0, twice=0, jitter=0).sent()
    after = Way(seed=1, packets=20, first=sequence, stamp=stamp, loss=0, twice=0, jitter=0).sent()
    anew = [arriving(packet, packet.arrival + SECOND) for packet in after]
    buffer = SoundBuffer()
    out = play(buffer, before + anew)
    assert [item.payload for _, item in heard(out)][20:] == [p.payload for p in anew[1:]]
    assert not lost(out)
    assert buffer.counts["odd"] == 1


def test_a_clock_that_goes_back_is_followed() -> None:
    sent = CLEAN.sent()
    for packet in sent[30:]:
        packet.stamp = (packet.stamp - 480_000) % 2**32
    out = play(SoundBuffer(), sent)
    assert len(heard(out)) == 59


def test_a_pause_after_reset_takes_any_numbers_up() -> None:
    buffer, sent = SoundBuffer(), CLEAN.sent()
    play(buffer, sent[:5])
    buffer.reset()
    other = Way(seed=1, packets=3, first=9, stamp=9, loss=0, twice=0, jitter=0).sent()
    assert len(heard(play(buffer, other))) == 3
    assert not buffer.counts


def test_a_burst_behind_a_hole_does_not_fill_more_than_its_room() -> None:
    sent = CLEAN.sent()[:1] + Way(1, 200, 65_502, 2**32 - 18_080, 0, 0, 0).sent()
    burst = [arriving(packet, 0) for packet in sent]
    out = play(SoundBuffer(), burst)
    assert len(heard(out)) == 201
    assert len(lost(out)) == 1


def test_without_anybody_who_takes_them_packets_are_dropped_and_counted() -> None:
    buffer = SoundBuffer()
    for packet in Way(1, 100, 0, 0, 0, 0, 0).sent():
        buffer.push(packet)
    assert buffer.counts["dropped"] == 100 - ROOM
    assert len(buffer.pop(0)) == ROOM


def test_what_was_given_up_is_remembered_within_bounds() -> None:
    buffer = SoundBuffer()
    play(buffer, Way(1, 400, 0, 0, 0, 0, 0).sent()[::2])
    assert len(buffer._holes) == HOLES
