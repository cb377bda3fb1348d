"""Numbers that wrap, unwrapped."""

from hypothesis import given
from hypothesis import strategies as st

from attunement.gateway.receive.sequence import Unwrapper, nearest
from tests.gateway.receive.strategies import Way, ways


@given(ways())
def test_whatever_the_network_does_each_packet_gets_its_own_place(way: Way) -> None:
    sent = way.sent()
    came = way.carry(sent)
    place = {packet.payload: n for n, packet in enumerate(sent)}
    unwrap = Unwrapper()
    got = [unwrap(packet.sequence) for packet in came]
    if got:
        offset = got[0] - place[came[0].payload]
        assert got == [place[packet.payload] + offset for packet in came]


@given(st.integers(0, 2**32 - 1), st.integers(1, 40))
def test_stamps_grow_through_many_wraps(first: int, rounds: int) -> None:
    unwrap = Unwrapper(bits=32)
    steps = [first + n * 2**30 for n in range(4 * rounds)]
    assert [unwrap(step % 2**32) for step in steps] == steps


def test_one_that_is_overtaken_does_not_pull_the_newest_back() -> None:
    unwrap = Unwrapper()
    assert [unwrap(n) for n in (65_535, 1, 0, 65_534, 2)] == [
        65_535,
        65_537,
        65_536,
        65_534,
        65_538,
    ]


def test_a_packet_from_before_the_first_gets_a_place_before_it() -> None:
    unwrap = Unwrapper()
    assert [unwrap(n) for n in (0, 65_535)] == [0, -1]


@given(st.integers(-(2**40), 2**40), st.sampled_from([16, 32]), st.integers(-(2**15), 2**15 - 1))
def test_the_nearest_number_is_found_in_both_directions(to: int, bits: int, off: int) -> None:
    assert nearest((to + off) % (1 << bits), to, bits) == to + off
