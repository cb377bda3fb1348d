"""
What a datagram is, and whether it may come in (RFC 7983). Pure: opens no socket, reads no clock.

Anybody can send to a media port. What no peer has sent is counted by its reason, and never logged:
a line per datagram would let a stranger fill a disk.
"""

from collections import Counter
from collections.abc import Callable
from enum import Enum, auto
from struct import Struct

MOST = 1500  # bytes, of an Ethernet frame; libsrtp's buffer is as long
DTLS_RECORD = 13  # bytes of a record's header (RFC 6347, 4.1)
STUN_HEADER = Struct("!HHI")  # kind, bytes after the header, magic cookie; then 12 of transaction
STUN_SIZE = 20
COOKIE = 0x2112A442
ATTRIBUTE = Struct("!HH")

Source = tuple[str, int]  # address and port


class Kind(Enum):
    STUN = auto()
    DTLS = auto()
    SRTP = auto()  # or SRTCP


class Guard:
    """
    `verified`: has ICE checked that address with this connection's passwords? Asked for whatever is
    not STUN, which is how an address becomes verified.
    """

    __slots__ = ("_verified", "counts")

    def __init__(self, verified: Callable[[Source], bool]) -> None:
        self._verified = verified
        self.counts: Counter[str] = Counter()  # refused: empty, malformed, oversized, unverified

    def sort(self, data: bytes, source: Source) -> Kind | None:
        """Which protocol the datagram is for; None, and counted, where it is for none."""
        size = len(data)
        if not 0 < size <= MOST:
            self.counts["oversized" if size else "empty"] += 1
            return None
        first = data[0]
        if 127 < first < 192:
            kind = Kind.SRTP
        elif first < 4:
            if is_stun(data):
                return Kind.STUN
            self.counts["malformed"] += 1
            return None
        elif 19 < first < 64 and size >= DTLS_RECORD:
            kind = Kind.DTLS
        else:
            self.counts["malformed"] += 1
            return None
        if self._verified(source):
            return kind
        self.counts["unverified"] += 1
        return None


def is_stun(data: bytes) -> bool:
    """The header of RFC 8489, 5, and attributes (14) that fill exactly what it says follows."""
    size = len(data)
    if size < STUN_SIZE or size % 4:
        return False
    _, body, cookie = STUN_HEADER.unpack_from(data)
    if cookie != COOKIE or body != size - STUN_SIZE:
        return False
    at = STUN_SIZE
    while at < size:
        _, length = ATTRIBUTE.unpack_from(data, at)
        at += 4 + (length + 3 & ~3)
    return at == size
