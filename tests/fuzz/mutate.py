"""Damage, the same for the same seed."""

import random
import re
from collections.abc import Callable, Sequence

MOST = 70_000  # bytes, somewhat more than any limit
NUMBERS = ["0", "-1", "1", "65535", "65536", "4294967295", "4294967296", "9" * 40, "1e9", "٣", "_"]
TOKENS = [b"", b"\0", b"\xff\xfe", b" ", b"\t", b"\r\n", b"\n\n", "\u2028".encode(), b"%s%n", b"*"]
TOKENS += [b"::", b"169.254.169.254", b"a=candidate:", b"a=mid:", b"m=audio 9 UDP/TLS/RTP/SAVPF 0"]
TOKENS += [b"null", b"true", b"NaN", b"[" * 600, b"{" * 600, b'"\\ud800"', b"1e999", b"a" * 5000]
EDGES = [0, 1, 2, 3, 4, 7, 8, 12, 15, 16, 20, 31, 63, 64, 127, 128, 190, 191, 192, 200, 254, 255]

Mutator = Callable[[random.Random, bytes], bytes]


def flip(rng: random.Random, data: bytes) -> bytes:
    if not data:
        return b"\x80"
    damaged = bytearray(data)
    for _ in range(rng.choice((1, 1, 2, 8))):
        damaged[rng.randrange(len(damaged))] ^= 1 << rng.randrange(8)
    return bytes(damaged)


def edge(rng: random.Random, data: bytes) -> bytes:
    """A byte, or two or four of them, at the end of its range."""
    at, width = rng.randrange(len(data) + 1), rng.choice((1, 1, 2, 4))
    value = rng.choice(EDGES).to_bytes(width) if width < 4 else rng.randbytes(4)
    return data[:at] + value + data[at + width :]


def cut(rng: random.Random, data: bytes) -> bytes:
    start = rng.randrange(len(data) + 1)
    return data[:start] if rng.random() < 0.5 else data[:start] + data[start + rng.randrange(40) :]


def put(rng: random.Random, data: bytes) -> bytes:
    at = rng.randrange(len(data) + 1)
    return (
        data[:at] + rng.choice((rng.randbytes(rng.randrange(1, 9)), rng.choice(TOKENS))) + data[at:]
    )


def repeat(rng: random.Random, data: bytes) -> bytes:
    start = rng.randrange(len(data) + 1)
    part = data[start : start + rng.randrange(1, 80)]
    return data[:start] + part * rng.choice((2, 3, 70, 1000)) + data[start:]


def number(rng: random.Random, data: bytes) -> bytes:
    found = list(re.finditer(rb"\d+", data))
    if not found:
        return edge(rng, data)
    where = rng.choice(found)
    return data[: where.start()] + rng.choice(NUMBERS).encode() + data[where.end() :]


def line(rng: random.Random, data: bytes) -> bytes:
    """A line away, twice, often, elsewhere, or without some of its words."""
    lines = data.split(b"\n")
    at = rng.randrange(len(lines))
    match rng.randrange(5):
        case 0:
            del lines[at]
        case 1:
            lines.insert(rng.randrange(len(lines) + 1), lines[at])
        case 2:
            lines[at:at] = [lines[at]] * rng.choice((5, 70, 900))
        case 3:
            lines.insert(rng.randrange(len(lines)), lines.pop(at))
        case _:
            words = re.split(rb"([ :=/])", lines[at])
            words[rng.randrange(len(words))] = rng.choice(TOKENS)
            lines[at] = b"".join(words)
    return b"\n".join(lines)


BYTES: Sequence[Mutator] = (flip, flip, edge, edge, cut, put, repeat)
TEXT: Sequence[Mutator] = (line, line, line, number, number, flip, cut, put, repeat)


def mutated(
    rng: random.Random, corpus: Sequence[bytes], mutators: Sequence[Mutator], most: int = MOST
) -> bytes:
    """One of the corpus after one to four accidents; `most` bytes at most."""
    data = rng.choice(corpus)
    for _ in range(rng.choice((1, 1, 2, 4))):
        data = rng.choice(mutators)(rng, data)[:most]
    return data
