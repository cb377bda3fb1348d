"""
A peer that connects as everybody does (ICE, DTLS) and then sends what nobody should.

What it sends is encrypted with the call's own keys, so that it reaches whatever reads packets.
libsrtp encrypts nothing whose header extension does not fit into the packet at all.
"""

import asyncio
import secrets
import struct
from collections.abc import Callable
from typing import Any

from tests.support.calls import Caller
from tests.support.relay import payload_type
from tests.support.rows import PICTURES, SOUND

HEADER = struct.Struct("!BBHII")  # RFC 3550, 5.1
SIZE = HEADER.size
Spoil = Callable[[bytes], bytes]  # an RTP packet, before it is encrypted


class Misbehaving:
    def __init__(self, caller: Caller) -> None:
        transport: Any = caller.connection.getSenders()[0].transport
        self._transport, self._send = transport, transport._send_rtp
        self._spoil: dict[int, tuple[int, Spoil]] = {}  # by payload type: how many more, and how
        transport._send_rtp = self._sent

    def spoil(self, kind: int, n: int, how: Spoil) -> None:
        """The next `n` packets of a payload type."""
        self._spoil[kind] = n, how

    @property
    def done(self) -> bool:
        """Has everything been spoilt that was to be?"""
        return not self._spoil

    async def flood(self, sources: int) -> None:
        """A packet of sound from each of as many SSRCs."""
        for n in range(sources):
            await self.rtp(HEADER.pack(0x80, SOUND, n, 0, 0x5000_0000 + n) + b"\xf8\xff\xfe")
            await asyncio.sleep(0)  # or the socket's buffer takes the first of them alone

    async def rtp(self, packet: bytes) -> None:
        """Encrypted; also RTCP, as its second byte says."""
        await self._send(packet)

    async def raw(self, datagram: bytes) -> None:
        """As it is, from the address of the call."""
        await self._transport.transport._send(datagram)

    async def _sent(self, packet: bytes) -> None:
        if not 192 <= packet[1] <= 223 and (kind := payload_type(packet)) in self._spoil:
            n, how = self._spoil.pop(kind)
            if n > 1:
                self._spoil[kind] = n - 1, how
            packet = how(packet)
        await self._send(packet)


def bare(packet: bytes) -> bytes:
    """The fixed header, without an extension and without a payload."""
    return bytes([0x80]) + packet[1:SIZE]


def empty(packet: bytes) -> bytes:
    """What a picture without data looks like."""
    return bare(packet)


def padding_only(packet: bytes) -> bytes:
    return bytes([0xA0]) + packet[1:SIZE] + bytes(15) + b"\x10"


def junk(packet: bytes) -> bytes:
    """A payload of anything, after a header that is right."""
    return bare(packet) + secrets.token_bytes(len(packet) - SIZE)


def junk_vp8(packet: bytes) -> bytes:
    """A whole key picture, to go by its descriptor and its first bytes (RFC 7741); noise."""
    marked = bytes([packet[1] | 0x80])
    head = b"\x10" + b"\x10\x02\x00\x9d\x01\x2a" + struct.pack("<HH", 320, 240)
    return b"\x80" + marked + packet[2:SIZE] + head + secrets.token_bytes(300)


def extension_cut_short(packet: bytes) -> bytes:
    """An element that says it is longer than the extension."""
    return bytes([0x90]) + packet[1:SIZE] + struct.pack("!HH", 0xBEDE, 1) + b"\x2f\x00\x00\x00"


def extension_of_nothing(packet: bytes) -> bytes:
    """Two-byte headers with elements of length 0, where values are expected."""
    elements = b"\x01\x00\x02\x00\x03\x00\x04\x00"
    return bytes([0x90]) + packet[1:SIZE] + struct.pack("!HH", 0x1000, 2) + elements


SPOILT: dict[str, tuple[int, Spoil]] = {
    "an empty picture": (PICTURES, empty),
    "pictures of padding": (PICTURES, padding_only),
    "pictures of junk": (PICTURES, junk),
    "a key picture of junk": (PICTURES, junk_vp8),
    "sound of junk": (SOUND, junk),
    "sound of nothing": (SOUND, empty),
    "an extension cut short": (PICTURES, extension_cut_short),
    "an extension of nothing": (SOUND, extension_of_nothing),
}
