"""Ids that sort by time and cannot be guessed (https://github.com/ulid/spec)."""

import secrets
import time

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's base 32


def ulid(ms: int | None = None) -> str:
    """26 characters: 48 bits of milliseconds since 1970, 80 bits of chance."""
    number = ((time.time_ns() // 1_000_000 if ms is None else ms) << 80) | secrets.randbits(80)
    return "".join(ALPHABET[(number >> shift) & 31] for shift in range(125, -1, -5))
