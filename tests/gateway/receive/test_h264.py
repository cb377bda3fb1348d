"""H.264 out of RTP: units alone, together and in pieces, and whatever bytes there are."""

import random

import pytest

from attunement.gateway.receive.h264 import part
from attunement.gateway.receive.rtp import Malformed
from attunement.gateway.receive.vp8 import Part
from tests.gateway.receive.filming import PPS, SPS, START, fragments
from tests.gateway.receive.strategies import mutated

IDR, SLICE = b"\x65" + bytes(range(256)) * 9, b"\x41" + bytes(range(256)) * 9


def together(*units: bytes) -> bytes:
    return b"\x78" + b"".join(len(unit).to_bytes(2) + unit for unit in units)


def test_a_unit_alone_gets_a_start_code() -> None:
    assert part(SLICE[:300]) == Part(False, False, START + SLICE[:300])
    assert part(IDR[:300]) == Part(False, True, START + IDR[:300])
    assert part(SPS) == Part(True, True, START + SPS)
    assert part(PPS) == Part(False, False, START + PPS)


def test_units_together_get_a_start_code_each() -> None:
    assert part(together(SPS, PPS)) == Part(True, True, START + SPS + START + PPS)
    assert part(together(SLICE, SLICE)) == Part(False, False, 2 * (START + SLICE))
    assert part(together(PPS, IDR)) == Part(False, True, START + PPS + START + IDR)


@pytest.mark.parametrize("unit", [IDR, SLICE])
def test_fragments_joined_are_the_unit(unit: bytes) -> None:
    parts = [part(payload) for payload in fragments(unit)]
    assert len(parts) == 3
    assert b"".join(each.data for each in parts) == START + unit
    assert [each.key for each in parts] == [unit is IDR, False, False]
    assert not any(each.begins for each in parts)  # without its parameters nobody could read it


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"\x78",
        b"\x78\0",
        b"\x78\0\0",
        together(SPS)[:-1],
        together(SPS) + b"\0",
        b"\x7c\x85",
        b"\x60",
        *(bytes([0x60 | kind]) + bytes(9) for kind in (25, 26, 27, 29, 30, 31)),
    ],
)
def test_what_is_cut_off_or_of_another_kind_is_refused(payload: bytes) -> None:
    with pytest.raises(Malformed):
        part(payload)


def test_whatever_the_bytes_a_payload_is_a_part_or_malformed() -> None:
    rng = random.Random(1)
    valid = [IDR[:40], SLICE[:40], together(SPS, PPS), *(f[:40] for f in fragments(IDR))]
    read = 0
    for _ in range(20_000):
        try:
            found = part(mutated(valid, rng))
        except Malformed:
            continue
        read += 1
        assert found.data
    assert 5_000 < read < 20_000
