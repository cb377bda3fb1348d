"""Whatever is sent to a media port is sorted, or refused and counted."""

import timeit
from collections import Counter

import pytest
from aioice import stun
from hypothesis import given
from hypothesis import strategies as st

from attunement.gateway.receive.guard import MOST, Guard, Kind

PEER, STRANGER = ("192.0.2.1", 5000), ("203.0.113.9", 666)
SRTP, DTLS = b"\x80" + bytes(40), b"\x16" + bytes(40)


def request() -> bytes:
    message = stun.Message(stun.Method.BINDING, stun.Class.REQUEST)
    message.attributes["USERNAME"] = "abcd:efg"
    message.attributes["PRIORITY"] = 7
    message.add_message_integrity(b"a password of the call")
    return bytes(message)


@pytest.fixture
def guard() -> Guard:
    return Guard(lambda source: source == PEER)


Refused = tuple[bytes, tuple[str, int], str]
REFUSED: list[Refused] = [
    (b"", PEER, "empty"),
    (b"", STRANGER, "empty"),
    (SRTP, STRANGER, "unverified"),
    (DTLS, STRANGER, "unverified"),
    (b"\x80" + bytes(MOST), PEER, "oversized"),
    (b"\x04" + bytes(40), PEER, "malformed"),
    (b"\x40" + bytes(40), PEER, "malformed"),
    (b"\xff" + bytes(40), PEER, "malformed"),
    (b"\x16" + bytes(11), PEER, "malformed"),
    (b"\x00", PEER, "malformed"),
    (b"\x00\x01" + bytes(18), PEER, "malformed"),  # without the cookie
    (request()[:-4], PEER, "malformed"),  # shorter than it says
    (request() + bytes(4), PEER, "malformed"),
    (request()[:22] + b"\x00\xff" + request()[24:], PEER, "malformed"),  # an endless attribute
]


def test_what_a_peer_sends_is_sorted_by_its_first_byte(guard: Guard) -> None:
    kinds = {first: guard.sort(bytes([first]) + bytes(40), PEER) for first in range(256)}
    assert {n for n, kind in kinds.items() if kind is Kind.DTLS} == set(range(20, 64))
    assert {n for n, kind in kinds.items() if kind is Kind.SRTP} == set(range(128, 192))
    assert guard.counts == Counter(malformed=256 - 44 - 64)


def test_stun_comes_in_from_anybody_for_so_an_address_becomes_known(guard: Guard) -> None:
    assert guard.sort(request(), STRANGER) is Kind.STUN
    assert not guard.counts


@pytest.mark.parametrize(
    ("data", "source", "reason"), REFUSED, ids=[f"{n}-{row[2]}" for n, row in enumerate(REFUSED)]
)
def test_what_no_peer_has_sent_is_counted_by_its_reason(
    guard: Guard, data: bytes, source: tuple[str, int], reason: str
) -> None:
    assert guard.sort(data, source) is None
    assert guard.counts == Counter({reason: 1})


def test_an_address_is_asked_about_each_time_since_it_may_become_known() -> None:
    known: set[tuple[str, int]] = set()
    guard = Guard(known.__contains__)
    assert guard.sort(SRTP, STRANGER) is None
    known.add(STRANGER)
    assert guard.sort(SRTP, STRANGER) is Kind.SRTP


@given(st.binary(max_size=1600) | st.binary(max_size=60).map(lambda b: request()[:20] + b))
def test_any_bytes_are_sorted_or_counted_once(data: bytes) -> None:
    guard = Guard(lambda source: source == PEER)
    for source in (PEER, STRANGER):
        before = guard.counts.total()
        assert (guard.sort(data, source) is None) == (guard.counts.total() == before + 1)


@given(st.integers(0, 80), st.binary(min_size=1, max_size=4))
def test_stun_that_comes_in_fits_its_frame(at: int, put: bytes) -> None:
    """What aioice may still refuse is the inside of an attribute, never the frame."""
    whole = request()
    damaged = whole[:at] + put + whole[at + len(put) :]
    if Guard(lambda _: True).sort(damaged, PEER) is Kind.STUN:
        assert int.from_bytes(damaged[2:4]) == len(damaged) - 20


def test_a_datagram_of_a_peer_takes_no_time() -> None:
    """Under 1 us where the machine is free; it never is, so ten times that are allowed here."""
    known = {PEER}
    guard, data = Guard(known.__contains__), b"\x80" + bytes(1100)
    best = min(timeit.repeat(lambda: guard.sort(data, PEER), number=10_000, repeat=7)) / 10_000
    assert best < 10e-6
