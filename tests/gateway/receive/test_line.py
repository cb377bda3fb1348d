"""Which m-line a packet belongs to."""

import pytest
from aiortc import sdp
from aiortc.rtcrtpparameters import RTCRtpReceiveParameters

from attunement.gateway.receive.line import Line, line, line_of

SOUND = Line("audio", "0", {111: "opus"}, mid_id=4, layers=(10,))
CAMERA = Line("video", "1", {96: "VP8"}, {97: 96}, 4, layers=(20,), repeats={21: 20})
SCREEN = Line("video", "2", {96: "VP8"}, {97: 96}, 4, layers=(30,))
LINES = (SOUND, CAMERA, SCREEN)


@pytest.mark.parametrize(
    ("ssrc", "mid", "payload_type", "found"),
    [
        (10, None, 111, SOUND),
        (99, None, 111, SOUND),  # nobody else has that payload type
        (99, "2", 96, SCREEN),
        (30, None, 96, SCREEN),
        (21, None, 97, CAMERA),
        (99, None, 96, None),  # two have it
        (99, "7", 111, None),  # it says itself that it belongs elsewhere
        (10, None, 55, None),
    ],
)
def test_a_packet_finds_its_m_line(
    ssrc: int, mid: str | None, payload_type: int, found: Line | None
) -> None:
    assert line_of(LINES, ssrc, mid, payload_type) is found


OFFER = """v=0
o=- 1 1 IN IP4 0.0.0.0
s=-
t=0 0
a=group:BUNDLE 0
m=video 9 UDP/TLS/RTP/SAVPF 96 97
c=IN IP4 0.0.0.0
a=mid:0
a=sendonly
a=rtcp-mux
a=setup:actpass
a=ice-ufrag:abcd
a=ice-pwd:abcdefghijklmnopqrstuv
a=fingerprint:sha-256 {digest}
a=extmap:9 urn:ietf:params:rtp-hdrext:sdes:mid
a=rtpmap:96 VP8/90000
a=rtpmap:97 rtx/90000
a=fmtp:97 apt=96
a=ssrc-group:SIM 100 200 300
a=ssrc-group:FID 100 101
a=ssrc-group:FID 200 201
a=ssrc-group:FID 300 301
""" + "\n".join(f"a=ssrc:{n} cname:c" for n in (100, 101, 200, 201, 300, 301))


def test_what_was_agreed_on_is_read_with_its_layers_and_repeats() -> None:
    text = OFFER.format(digest=":".join(["AB"] * 32)).replace("\n", "\r\n") + "\r\n"
    [media] = sdp.SessionDescription.parse(text).media
    agreed = RTCRtpReceiveParameters(
        codecs=media.rtp.codecs, headerExtensions=media.rtp.headerExtensions, muxId="0"
    )
    got = line(media, agreed)
    assert got.kind == "video"
    assert got.codecs == {96: "VP8"}
    assert got.repairs == {97: 96}
    assert got.mid_id == 9
    assert got.layers == (100, 200, 300)
    assert got.repeats == {101: 100, 201: 200, 301: 300}
