"""An answer asks for what the analysis needs, and both aiortc and Chromium follow it."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription, sdp
from playwright.async_api import Page

from attunement.gateway.webrtc.answer import Wanted, shaped
from tests.support.calls import Caller
from tests.support.chromium import chromium, needed

ANSWER = """v=0
o=- 1 1 IN IP4 0.0.0.0
s=-
t=0 0
a=group:BUNDLE 0 1
m=audio 5000 UDP/TLS/RTP/SAVPF 111 9 0 8
c=IN IP4 192.0.2.2
a=recvonly
a=mid:0
a=rtcp-mux
a=rtpmap:111 opus/48000/2
a=rtpmap:9 G722/8000
a=rtpmap:0 PCMU/8000
a=rtpmap:8 PCMA/8000
a=ice-ufrag:abcd
m=video 5000 UDP/TLS/RTP/SAVPF 96 97 102 103
c=IN IP4 192.0.2.2
a=recvonly
a=mid:1
a=rtpmap:96 VP8/90000
a=rtcp-fb:96 nack
a=rtcp-fb:96 nack pli
a=rtcp-fb:96 goog-remb
a=rtpmap:97 rtx/90000
a=fmtp:97 apt=96
a=rtpmap:102 H264/90000
a=fmtp:102 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f
a=rtpmap:103 rtx/90000
a=fmtp:103 apt=102
""".replace("\n", "\r\n")
WANTED = Wanted()


def sections(text: str) -> list[list[str]]:
    return [part.splitlines() for part in text.split("m=")][1:]


def test_each_m_line_has_its_limit_behind_its_address() -> None:
    sound, picture = sections(shaped(ANSWER, WANTED))
    assert sound[1:3] == ["c=IN IP4 192.0.2.2", "b=TIAS:40000"]
    assert picture[1:3] == ["c=IN IP4 192.0.2.2", "b=TIAS:800000"]


def test_sound_is_opus_alone_narrow_and_with_fec() -> None:
    sound, _ = sections(shaped(ANSWER, WANTED))
    assert sound[0] == "audio 5000 UDP/TLS/RTP/SAVPF 111"
    assert [line for line in sound if line.startswith(("a=rtpmap", "a=fmtp"))] == [
        "a=rtpmap:111 opus/48000/2",
        "a=fmtp:111 minptime=10;useinbandfec=1;stereo=0;maxplaybackrate=16000"
        ";maxaveragebitrate=40000",
    ]


def test_pictures_keep_their_codecs_and_how_their_loss_is_told() -> None:
    _, picture = sections(shaped(ANSWER, WANTED))
    assert picture[0] == "video 5000 UDP/TLS/RTP/SAVPF 96 97 102 103"
    _, before = sections(ANSWER)
    assert set(before) < set(picture)
    assert set(picture) - set(before) == {"b=TIAS:800000", "a=fmtp:96 max-fr=30;max-fs=1200"}


def test_what_is_wanted_may_be_changed() -> None:
    text = shaped(ANSWER, Wanted(picture_size=(320, 240), picture_rate=10, picture_bit_rate=1))
    assert "a=fmtp:96 max-fr=10;max-fs=300\r\n" in text
    assert "b=TIAS:1\r\n" in text


def test_shaping_twice_is_shaping_once() -> None:
    once = shaped(ANSWER, WANTED)
    assert shaped(once, WANTED) == once
    tight = Wanted(sound_bit_rate=20_000)
    assert shaped(once, tight) == shaped(ANSWER, tight)


def test_sections_of_nothing_of_ours_stay_as_they_are() -> None:
    other = ANSWER.replace("opus/48000/2", "L16/48000/2")
    other += "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\na=mid:2\r\n"
    assert sections(shaped(other, WANTED))[0::2] == sections(other)[0::2]


def test_aiortc_reads_it_and_finds_the_same_ways() -> None:
    before, after = (sdp.SessionDescription.parse(t) for t in (ANSWER, shaped(ANSWER, WANTED)))
    assert [media.rtp.muxId for media in after.media] == [media.rtp.muxId for media in before.media]
    assert after.media[0].rtp.codecs[0].parameters["useinbandfec"] == 1
    assert after.media[1].rtp.codecs[0].parameters["max-fs"] == 1200
    assert after.media[1].rtp.codecs[0].rtcpFeedback == before.media[1].rtp.codecs[0].rtcpFeedback


@pytest.fixture
async def receiver() -> AsyncIterator[RTCPeerConnection]:
    connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    yield connection
    await connection.close()


async def answered(receiver: RTCPeerConnection, offer: str, wanted: Wanted) -> str:
    await receiver.setRemoteDescription(RTCSessionDescription(offer, "offer"))
    await receiver.setLocalDescription(await receiver.createAnswer())
    return shaped(receiver.localDescription.sdp, wanted)


@pytest.mark.live
async def test_a_call_between_aiortc_and_aiortc_connects_on_it(receiver: RTCPeerConnection) -> None:
    caller = Caller()
    connected = asyncio.Event()

    @receiver.on("connectionstatechange")
    def changed() -> None:
        if receiver.connectionState == "connected":
            connected.set()

    try:
        answer = await answered(receiver, await caller.offer(), WANTED)
        await caller.connection.setRemoteDescription(RTCSessionDescription(answer, "answer"))
        async with asyncio.timeout(10):
            await connected.wait()
    finally:
        await caller.connection.close()


OFFER = """async encodings => {
  const stream = await navigator.mediaDevices.getUserMedia(
    {audio: true, video: {width: 640, height: 480, frameRate: 15}});
  const pc = window.pc = new RTCPeerConnection();
  for (const track of stream.getTracks())
    pc.addTransceiver(track, {direction: "sendonly", streams: [stream],
      ...(track.kind === "video" && encodings ? {sendEncodings: encodings} : {})});
  await pc.setLocalDescription();
  await new Promise(done => {
    const look = () => pc.iceGatheringState === "complete" && done();
    pc.onicegatheringstatechange = look; look();
  });
  return pc.localDescription.sdp;
}"""
ASKED = """async answer => {
  await pc.setRemoteDescription({type: "answer", sdp: answer});
  for (let i = 0; i < 600; i++) {
    const sent = [...(await pc.getStats()).values()].filter(s => s.type === "outbound-rtp");
    const [sound, picture] = ["audio", "video"].map(k => sent.filter(s => s.kind === k));
    const flows = picture.filter(s => s.framesEncoded > 5 && s.targetBitrate);
    if (flows.length && sound[0].targetBitrate)
      return {sound: sound[0].targetBitrate, pictures: flows.map(s => s.targetBitrate),
              layers: flows.map(s => s.rid ?? null)};
    await new Promise(done => setTimeout(done, 50));
  }
}"""
CAMERA = ["--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream"]


async def sent(page: Page, receiver: RTCPeerConnection, wanted: Wanted, rids: Any = None) -> Any:
    """What Chromium sends to an answer that was shaped."""
    html = {"body": "<!doctype html>", "content_type": "text/html"}
    await page.route("**/*", lambda route: route.fulfill(**html))
    await page.goto("http://localhost/")
    offer = await page.evaluate(OFFER, rids)
    return await page.evaluate(ASKED, await answered(receiver, offer, wanted))


class TestInChromium:
    pytestmark = needed

    async def test_bit_rates_are_kept_to(self, receiver: RTCPeerConnection) -> None:
        async with chromium(CAMERA) as browser:
            tight = Wanted(sound_bit_rate=24_000, picture_bit_rate=150_000)
            got = await sent(await browser.new_page(), receiver, tight)
        assert got["sound"] == 24_000
        assert got["pictures"][0] <= 150_000

    async def test_of_a_simulcast_one_layer_comes(self, receiver: RTCPeerConnection) -> None:
        rids = [{"rid": "q", "scaleResolutionDownBy": 4}, {"rid": "f"}]
        async with chromium(CAMERA) as browser:
            got = await sent(await browser.new_page(), receiver, WANTED, rids)
        assert got["layers"] == ["q"]
        assert got["pictures"][0] <= WANTED.picture_bit_rate
