"""What an offer and its answer agreed on for one m-line: who may send what under which names."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from aiortc import sdp
from aiortc.rtcrtpparameters import RTCRtpReceiveParameters

MID = "urn:ietf:params:rtp-hdrext:sdes:mid"
Kind = Literal["audio", "video"]
DECODED = ("opus", "VP8", "H264")


@dataclass(frozen=True, slots=True)
class Line:
    """One m-line. Payload types and SSRCs are those of the offer, which is whose packets come."""

    kind: Kind
    mid: str
    codecs: Mapping[int, str]  # payload type -> "opus", "VP8" or "H264"
    repairs: Mapping[int, int] = field(default_factory=dict)  # of RTX -> of what it repeats
    mid_id: int | None = None  # of the header extension that names the m-line
    layers: tuple[int, ...] = ()  # declared SSRCs of media, the lowest simulcast layer first
    repeats: Mapping[int, int] = field(default_factory=dict)  # SSRC of RTX -> of what it repeats

    def takes(self, payload_type: int) -> bool:
        return payload_type in self.codecs or payload_type in self.repairs


def line(media: sdp.MediaDescription, agreed: RTCRtpReceiveParameters) -> Line:
    """`media`: the m-line of the offer; `agreed`: what aiortc made of it for the answer."""
    codecs: dict[int, str] = {}
    repairs: dict[int, int] = {}
    for codec in agreed.codecs:
        number, apt = codec.payloadType, codec.parameters.get("apt")
        if number is None:
            continue
        if codec.name in DECODED:
            codecs[number] = codec.name
        elif codec.name.lower() == "rtx" and isinstance(apt, int):
            repairs[number] = apt
    groups = [(each.semantic, [int(item) for item in each.items]) for each in media.ssrc_group]
    repeats = {items[1]: items[0] for name, items in groups if name == "FID" and len(items) == 2}
    declared = [description.ssrc for description in media.ssrc]
    simulcast = next((items for name, items in groups if name == "SIM"), declared)
    return Line(
        kind="audio" if media.kind == "audio" else "video",
        mid=media.rtp.muxId,
        codecs=codecs,
        repairs={number: apt for number, apt in repairs.items() if apt in codecs},
        mid_id=_mid_id(agreed),
        layers=tuple(dict.fromkeys(ssrc for ssrc in simulcast if ssrc not in repeats)),
        repeats=repeats,
    )


def _mid_id(agreed: RTCRtpReceiveParameters) -> int | None:
    return next((e.id for e in agreed.headerExtensions if e.uri == MID), None)


def line_of(lines: Iterable[Line], ssrc: int, mid: str | None, payload_type: int) -> Line | None:
    """
    The m-line that a packet belongs to (RFC 9143, 9.2): by its own word, by a declared SSRC, or by
    a payload type that only one m-line has.
    """
    fitting = [each for each in lines if each.takes(payload_type)]
    for each in fitting:
        if mid == each.mid or ssrc in each.layers or ssrc in each.repeats:
            return each
    return fitting[0] if mid is None and len(fitting) == 1 else None
