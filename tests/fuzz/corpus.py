"""Good inputs of every kind, which damage begins from."""

import json
import struct

import msgspec
from aioice import stun

from tests.gateway.webrtc.test_offer import OFFER, VP8, candidate

PASSWORD = "apasswordof24characters0"
H264 = VP8.replace("VP8/90000", "H264/90000") + (
    "a=fmtp:111 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f\n"
    "a=rtcp-fb:111 nack pli\na=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid\n"
    "a=rtpmap:112 rtx/90000\na=fmtp:112 apt=111\n"
    "a=ssrc-group:FID 1 2\na=ssrc:1 cname:x\na=ssrc:2 cname:x\na=rid:q send\na=simulcast:send q\n"
)
OFFERS = [
    text.encode() for text in (OFFER, OFFER + VP8, OFFER.replace("BUNDLE 0", "BUNDLE 0 1") + H264)
]

FRAGMENTS = [
    b"a=ice-ufrag:abcd\r\na=ice-pwd:x\r\nm=audio 9 RTP/AVP 0\r\na=mid:0\r\n"
    + candidate("192.0.2.1").encode()
    + candidate("2001:db8::1", more="typ srflx raddr 10.0.0.1 rport 5").encode()
    + b"a=end-of-candidates\r\n",
    b"a=mid:0\na=candidate:9 1 tcp 1 192.0.2.9 9 typ host tcptype active generation 0 ufrag abcd\n",
]


def _stun() -> list[bytes]:
    made = []
    for kind in (stun.Class.REQUEST, stun.Class.RESPONSE, stun.Class.ERROR, stun.Class.INDICATION):
        message = stun.Message(stun.Method.BINDING, kind, transaction_id=b"transaction!")
        message.attributes["USERNAME"] = "abcd:efgh"
        message.attributes["PRIORITY"] = 1_845_501_695
        message.attributes["ICE-CONTROLLING"] = 1 << 40
        message.attributes["USE-CANDIDATE"] = None
        message.attributes["XOR-MAPPED-ADDRESS"] = ("192.0.2.1", 5_000)
        if kind is stun.Class.ERROR:
            message.attributes["ERROR-CODE"] = (487, "Role Conflict")
        made.append(bytes(message))
        message.add_message_integrity(PASSWORD.encode())
        made.append(bytes(message))
    return made


STUN = _stun()
DATAGRAMS = [*STUN, b"\x16\xfe\xfd" + bytes(60), b"\x80\x6f" + bytes(60), b"\x80\xc8" + bytes(30)]

PLAIN = struct.pack("!BBHII", 0x80, 111, 7, 960, 1) + b"\x78opus"
EXTENDED = (
    struct.pack("!BBHIIHH", 0x90, 0xE0, 8, 3_000, 2, 0xBEDE, 2)
    + b"\x400\x31abcd\x00\x90\x80\x00vp8"
)
TWO_BYTE = struct.pack("!BBHIIHH", 0x90, 96, 9, 3_000, 2, 0x1000, 1) + b"\x04\x010\x00data"
PADDED = struct.pack("!BBHII", 0xA2, 96, 10, 3_000, 2) + bytes(8) + b"data\0\0\0\4"
RTP = [PLAIN, EXTENDED, TWO_BYTE, PADDED]

REPORT = struct.pack("!BBHIIIIII", 0x80, 200, 6, 1, 3_900_000_000, 1 << 31, 960, 50, 5_000)
BLOCKS = struct.pack("!BBHI", 0x81, 201, 7, 1) + bytes(24)
BYE = struct.pack("!BBHII", 0x82, 203, 2, 1, 2)
NAMES = struct.pack("!BBHI", 0x81, 202, 3, 1) + b"\x01\x04name\0\0"
RTCP = [REPORT, REPORT + NAMES, BLOCKS + BYE, REPORT + NAMES + BYE]

VP8_PAYLOADS = [
    b"\x90\x80\x05\x30\x01\x00\x9d\x01\x2a\x80\x02\xe0\x01" + bytes(20),
    b"\x10\x31" + bytes(9),
]
VP8_PAYLOADS += [b"\x90\xf0\x81\x02\x03\x44\x50" + bytes(12), b"\x00abc"]
H264_PAYLOADS = [b"\x67\x42\xe0\x1f" + bytes(8), b"\x7c\x85" + bytes(30), b"\x7c\x45" + bytes(30)]
H264_PAYLOADS += [b"\x78\x00\x04\x67\x42\xe0\x1f\x00\x03\x68\xce\x06", b"\x41" + bytes(20)]
# By their first byte (RFC 6716, 3.1): SILK, hybrid, CELT; one, two and a told number of frames.
OPUS = [bytes([toc]) + bytes(range(40)) for toc in (0x08, 0x48, 0x4C, 0x68, 0x78, 0xF8, 0xFD, 0xFB)]
OPUS += [b"\xfb\x02" + bytes(20), b"\xfb\xc3\x04\x05" + bytes(40)]

JSON = [
    json.dumps(each).encode()
    for each in (
        {"people": [{"id": "t", "role": "therapist", "consent": ["voice"]}], "mode": "behaviour"},
        {"groups": ["voice", "face"]},
        {"type": "mark.add", "note": "a moment", "t_ms": 5},
        {"type": "alert.answer", "alert": 1, "answer": "useful"},
    )
]
PACKED = [msgspec.msgpack.encode(msgspec.json.decode(each)) for each in JSON]
