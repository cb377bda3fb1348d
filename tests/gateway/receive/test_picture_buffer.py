"""Packets of pictures, put together: what may come out, whatever the network did."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attunement.engine.clock import MILLISECOND, SECOND
from attunement.gateway.receive import vp8
from attunement.gateway.receive.picture_buffer import (
    BEGINNING,
    BYTES,
    DROPOUT,
    GRACE,
    PACKETS,
    PATIENCE,
    PictureBuffer,
    Whole,
)
from attunement.gateway.receive.rtp import Packet
from attunement.simulator.network import Network
from tests.gateway.receive.closed_loop import READERS, Loop, check
from tests.gateway.receive.filming import CODECS, PERIOD, Codec, Film, scene
from tests.gateway.receive.strategies import Way, ways

SECONDS = 20.0
RTT = 40 * MILLISECOND
SHAPES = st.lists(
    st.tuples(st.sampled_from([False, False, False, True]), st.integers(1, 6), st.booleans()),
    min_size=1,
    max_size=40,
)


def play(
    buffer: PictureBuffer, came: list[Packet], spoilt: random.Random | None = None
) -> list[Whole]:
    """Packets in the order of their arrival; the buffer is asked whenever it wants to be."""
    out: list[Whole] = []
    for packet in came:
        wake(buffer, packet.arrival, out)
        buffer.push(packet)
        out += buffer.pop(packet.arrival)
        buffer.wants(packet.arrival, RTT)
        if spoilt is not None and spoilt.random() < 0.02:
            buffer.undecodable()
        assert len(buffer._held) <= PACKETS
        assert buffer._bytes == sum(held.size for held in buffer._held.values()) <= BYTES
        assert buffer._starts == sorted(set(buffer._starts) & set(buffer._held))
    wake(buffer, 10**18, out)
    assert buffer.due() is None
    return out


def wake(buffer: PictureBuffer, until: int, out: list[Whole]) -> None:
    last, rounds = -1, 0
    while (due := buffer.due()) is not None and due <= until:
        rounds = rounds + 1 if due <= last else 0
        assert rounds < 5, "it asks to be called again and again, and does nothing"
        last = max(due, last)
        out += buffer.pop(last)
        buffer.wants(last, RTT)


@pytest.mark.parametrize("codec", CODECS)
@given(way=ways(), shape=SHAPES, spoils=st.booleans())
def test_whatever_the_network_does_pictures_are_whole_in_order_and_never_without_their_reference(
    codec: Codec, way: Way, shape: list[tuple[bool, int, bool]], spoils: bool
) -> None:
    film = scene(codec, shape, way.first, way.stamp)
    came = way.carry(sorted(film.sent.values(), key=lambda packet: packet.arrival))
    out = play(PictureBuffer(READERS[codec]), came, random.Random(way.seed) if spoils else None)
    check(film, out)


@pytest.mark.parametrize("codec", CODECS)
@given(way=ways(), shape=SHAPES)
def test_without_loss_every_picture_comes_out_however_late_and_often_its_packets_come(
    codec: Codec, way: Way, shape: list[tuple[bool, int, bool]]
) -> None:
    """From the first packet on: what overtakes the very first key picture's start is kept."""
    gentle = Way(way.seed, 1, way.first, way.stamp, 0.0, way.twice, min(way.jitter, 30))
    film = scene(codec, shape, gentle.first, gentle.stamp)
    out = play(PictureBuffer(READERS[codec]), gentle.carry([*film.sent.values()]))
    check(film, out)
    assert len(out) == len(film.pictures)


@pytest.mark.parametrize("codec", CODECS)
def test_a_picture_comes_out_with_its_last_packet(codec: Codec) -> None:
    buffer, film = PictureBuffer(READERS[codec]), Film(codec)
    for n in range(30):
        *most, last = film.picture(n * PERIOD, parts=4)
        for packet in most:
            buffer.push(packet)
            assert not buffer.pop(packet.arrival)
        buffer.push(last)
        (whole,) = buffer.pop(last.arrival)
        assert whole == Whole(last.stamp, film.pictures[n].data, n == 0, last.arrival)
    assert buffer.due() is None


def test_a_sender_without_markers_is_read_one_packet_later() -> None:
    buffer, film = PictureBuffer(vp8.part), Film("VP8")
    for n in range(5):
        for packet in film.picture(n * PERIOD):
            packet.marker = False
            buffer.push(packet)
        assert len(buffer.pop(n * PERIOD)) == (n > 0)


def test_padding_neither_holds_up_nor_reaches_the_decoder() -> None:
    buffer, film = PictureBuffer(vp8.part), Film("VP8")
    buffer.push(film.padding(0))
    for n in range(10):
        first, *rest = film.picture(n * PERIOD, parts=3)
        buffer.push(first)
        for packet in rest:
            buffer.push(packet)
        for _ in range(n):
            buffer.push(film.padding(n * PERIOD))
        assert [w.data for w in buffer.pop(n * PERIOD)] == [film.pictures[n].data]
    assert not buffer.wants(SECOND, RTT).nacks


def test_the_first_picture_shown_is_a_key_picture_and_one_is_asked_for() -> None:
    buffer, film = PictureBuffer(vp8.part), Film("VP8")
    film.picture(0)  # was sent before we came
    asked = []
    for n in range(1, 40):
        now = n * PERIOD
        for packet in film.picture(now, key=n == 35):
            buffer.push(packet)
            shown = buffer.pop(packet.arrival)
            if buffer.wants(packet.arrival, RTT).key:
                asked.append(packet.arrival - PERIOD)
        assert bool(shown) == (n >= 35)
        assert len(buffer._held) < 100
    assert asked[0] >= BEGINNING
    assert asked[0] < BEGINNING + PERIOD
    assert len(asked) == 5  # and again until it came


def test_a_key_picture_behind_a_hole_is_shown_after_a_short_grace() -> None:
    buffer, film = PictureBuffer(vp8.part), Film("VP8")
    came = film.picture(0) + film.picture(PERIOD)[:-1] + film.picture(2 * PERIOD, key=True)
    for packet in came:
        buffer.push(packet)
    assert [w.data for w in buffer.pop(came[-1].arrival)] == [film.pictures[0].data]
    due = buffer.due()
    assert due is not None
    assert due <= came[-1].arrival + GRACE
    assert [w.data for w in buffer.pop(2 * PERIOD + GRACE)] == [film.pictures[2].data]
    assert buffer.counts["skipped"]


def test_after_a_decoding_error_only_a_key_picture_is_shown() -> None:
    buffer, film = PictureBuffer(vp8.part), Film("VP8")
    shown = []
    for n in range(12):
        for packet in film.picture(n * PERIOD, key=n == 9):
            buffer.push(packet)
        shown += [film.index_of(w.stamp) for w in buffer.pop(n * PERIOD)]
        if n == 4:
            buffer.undecodable()
            assert buffer.wants((n + 1) * PERIOD, RTT).key
    assert shown == [0, 1, 2, 3, 4, 9, 10, 11]


def test_a_picture_with_a_malformed_packet_is_not_shown() -> None:
    buffer, film = PictureBuffer(vp8.part), Film("VP8")
    packets = film.picture(0) + film.picture(PERIOD, parts=3)
    packets[-2].payload = b"\x80"
    for packet in packets:
        buffer.push(packet)
    assert len(buffer.pop(PERIOD)) == 1
    assert buffer.counts["malformed"] == 1


@pytest.mark.parametrize("jump", [DROPOUT + 2, 30_000, 40_000, 64_000])
def test_a_long_jump_asks_for_a_key_picture_and_for_nothing_else(jump: int) -> None:
    buffer, film = PictureBuffer(vp8.part), Film("VP8")
    play(buffer, film.picture(0))
    film.sequence += jump
    for packet in film.picture(10 * SECOND):
        buffer.push(packet)
    assert not buffer.pop(10 * SECOND)
    wants = buffer.wants(10 * SECOND, RTT)
    assert wants.key
    assert not wants.nacks
    for packet in film.picture(11 * SECOND, key=True):
        buffer.push(packet)
    assert len(buffer.pop(11 * SECOND)) == 1


def test_a_long_jump_without_a_pause_is_not_asked_for_either() -> None:
    buffer, film = PictureBuffer(vp8.part), Film("VP8")
    play(buffer, film.picture(0))
    film.sequence += DROPOUT + 1
    for packet in film.picture(PERIOD):
        buffer.push(packet)
    buffer.pop(PERIOD)
    wants = buffer.wants(PERIOD, RTT)
    assert wants.key
    assert not wants.nacks


@pytest.mark.parametrize("codec", CODECS)
def test_a_hole_that_nobody_fills_leads_to_a_key_picture_asked_for(codec: Codec) -> None:
    buffer, film = PictureBuffer(READERS[codec]), Film(codec)
    lost = 3 * PERIOD
    nacked, asked = [], []
    for n in range(30):
        packets = film.picture(n * PERIOD)
        for packet in packets[:-1] if n == 3 else packets:
            buffer.push(packet)
            buffer.pop(packet.arrival)
            wants = buffer.wants(packet.arrival, RTT)
            nacked += [packet.arrival] * bool(wants.nacks)
            asked += [packet.arrival] * wants.key
    assert nacked[0] == lost + PERIOD
    assert PATIENCE + RTT <= asked[0] - nacked[0] <= PATIENCE + RTT + PERIOD


def test_nobody_is_asked_for_a_key_picture_while_nothing_comes() -> None:
    buffer, film = PictureBuffer(vp8.part), Film("VP8")
    for packet in film.picture(0)[1:]:
        buffer.push(packet)
    asked, now = [], 0
    while (due := buffer.due()) is not None:
        now = max(now + 1, due)
        buffer.pop(now)
        asked += [now] * buffer.wants(now, RTT).key
    assert 3 <= len(asked) <= 5
    assert asked[-1] <= 1 * SECOND + BEGINNING


def test_a_camera_that_pauses_goes_on_without_a_key_picture() -> None:
    buffer, film = PictureBuffer(vp8.part), Film("VP8")
    for packet in film.picture(0) + film.picture(20 * SECOND):
        buffer.push(packet)
    assert len(buffer.pop(20 * SECOND)) == 2
    assert not buffer.wants(20 * SECOND, RTT).key


@pytest.mark.parametrize("codec", CODECS)
def test_a_sender_that_never_ends_a_picture_costs_no_more_than_the_bound(codec: Codec) -> None:
    buffer, film = PictureBuffer(READERS[codec]), Film(codec)
    for packet in film.picture(0, parts=5_000)[:-1]:
        buffer.push(packet)
        assert len(buffer._held) <= PACKETS
        assert buffer._bytes <= BYTES
    film.picture(SECOND)
    for packet in film.picture(4 * SECOND, key=True):
        buffer.push(packet)
    assert [w.data for w in buffer.pop(4 * SECOND)] == [film.pictures[-1].data]


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("delay", [10.0, 20.0, 30.0])
@pytest.mark.parametrize("codec", CODECS)
class TestInAClosedLoop:
    def test_a_loss_of_5_percent_costs_few_pictures(
        self, codec: Codec, delay: float, seed: int
    ) -> None:
        loop = Loop(codec, Network(loss=0.05, delay=delay), seed).run(SECONDS)
        check(loop.film, [whole for _, whole in loop.shown])
        assert loop.rate(SECONDS) >= 25
        # A packet is lost three times in a row now and then: 267 ms with 60 ms there and back.
        assert loop.longest_gap() <= (250 if delay < 30 else 300)

    def test_a_loss_of_15_percent_freezes_nothing(
        self, codec: Codec, delay: float, seed: int
    ) -> None:
        loop = Loop(codec, Network(loss=0.15, delay=delay), seed).run(SECONDS)
        check(loop.film, [whole for _, whole in loop.shown])
        assert loop.rate(SECONDS) >= 20
        assert loop.longest_gap() <= 500

    def test_jitter_that_reorders_costs_no_picture_and_no_key_picture(
        self, codec: Codec, delay: float, seed: int
    ) -> None:
        loop = Loop(codec, Network(jitter=15, delay=delay + 45), seed).run(SECONDS)
        check(loop.film, [whole for _, whole in loop.shown])
        assert loop.rate(SECONDS) >= 27
        assert not loop.keys_asked
        repeats = sum(len(wants.nacks) for _, wants in loop.asked)
        assert repeats <= 0.05 * len(loop.film.sent)

    def test_after_a_blackout_pictures_are_back_within_a_second(
        self, codec: Codec, delay: float, seed: int
    ) -> None:
        end = 12 * SECOND
        loop = Loop(codec, Network(delay=delay), seed, blackout=(4 * SECOND, end)).run(SECONDS)
        check(loop.film, [whole for _, whole in loop.shown])
        back = next(at for at, _ in loop.shown if at >= end)
        assert back - end <= 1 * SECOND
        flood = [len(w.nacks) for at, w in loop.asked if at >= 4 * SECOND]
        assert sum(flood) <= 60
        assert sum(w.key for at, w in loop.asked if 5.5 * SECOND <= at < end) == 0
