"""VP8 out of RTP: descriptors of every shape, and whatever bytes there are."""

import random
from itertools import product

import pytest

from attunement.gateway.receive.rtp import Malformed
from attunement.gateway.receive.vp8 import Part, part
from tests.gateway.receive.strategies import mutated

KEY, OTHER = b"\x10" + bytes(20), b"\x11" + bytes(20)


def descriptor(begins: bool, partition: int, extended: tuple[bytes, bytes, bytes]) -> bytes:
    """extended: picture id, TL0PICIDX, TID and KEYIDX; empty: left out."""
    picture_id, level, layer = extended
    first = begins << 4 | partition
    if not any(extended):
        return bytes([first])
    bits = bool(picture_id) << 7 | bool(level) << 6 | bool(layer) << 5
    return bytes([0x80 | first, bits]) + picture_id + level + layer


SHAPES = list(product([b"", b"\x7f", b"\xff\xff"], [b"", b"\x9d"], [b"", b"\xff"]))


@pytest.mark.parametrize("shape", SHAPES)
def test_a_part_is_what_follows_its_descriptor(shape: tuple[bytes, bytes, bytes]) -> None:
    for data in (KEY, OTHER):
        assert part(descriptor(True, 0, shape) + data) == Part(True, data is KEY, data)
        assert part(descriptor(False, 0, shape) + data) == Part(False, False, data)
        assert part(descriptor(True, 3, shape) + data) == Part(False, False, data)


@pytest.mark.parametrize("shape", SHAPES)
def test_a_descriptor_that_is_cut_off_or_stands_alone_is_refused(
    shape: tuple[bytes, bytes, bytes],
) -> None:
    whole = descriptor(True, 0, shape)
    for end in range(len(whole) + 1):
        with pytest.raises(Malformed):
            part(whole[:end])


def test_the_reserved_and_the_droppable_bit_change_nothing() -> None:
    assert part(b"\x70" + OTHER) == Part(True, False, OTHER)


def test_whatever_the_bytes_a_payload_is_a_part_or_malformed() -> None:
    rng = random.Random(1)
    valid = [descriptor(True, 0, shape) + KEY for shape in SHAPES]
    read = 0
    for _ in range(20_000):
        data = mutated(valid, rng)
        try:
            found = part(data)
        except Malformed:
            continue
        read += 1
        assert found.data
        assert data.endswith(found.data)
    assert 5_000 < read < 20_000
