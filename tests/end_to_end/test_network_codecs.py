"""What a browser may send: both codecs, pictures that change their size, several layers."""

from typing import Any

import av
import pytest
from playwright.async_api import Page

from tests.support import chromium
from tests.support.calls import call, eventually, gateway
from tests.support.receiving import published

pytestmark = [*chromium.needed, pytest.mark.live]

CAMERA = ("--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream")
OFFER = """async ([codec, encodings]) => {
  const media = { audio: true, video: { width: 640, height: 480, frameRate: 30 } };
  const stream = await navigator.mediaDevices.getUserMedia(media);
  window.pc = new RTCPeerConnection();
  for (const track of stream.getTracks()) {
    const more = track.kind === "video" && encodings ? { sendEncodings: encodings } : {};
    const way = pc.addTransceiver(track, { direction: "sendonly", streams: [stream], ...more });
    if (track.kind === "video" && codec)
      way.setCodecPreferences(RTCRtpSender.getCapabilities("video").codecs.filter(
        (each) => each.mimeType === `video/${codec}` || each.mimeType === "video/rtx"));
  }
  await pc.setLocalDescription();
  await new Promise((done) => {
    const look = () => pc.iceGatheringState === "complete" && done();
    pc.onicegatheringstatechange = look;
    look();
  });
  return pc.localDescription.sdp;
}"""
SCALE = """async (by) => {
  const sender = pc.getSenders().find((each) => each.track.kind === "video");
  const parameters = sender.getParameters();
  parameters.encodings[0].scaleResolutionDownBy = by;
  await sender.setParameters(parameters);
}"""
ANSWER = "(sdp) => pc.setRemoteDescription({ type: 'answer', sdp })"


async def camera(browser: Any) -> Page:
    page = await browser.new_page()
    html = {"body": "<!doctype html>", "content_type": "text/html"}
    await page.route("**/*", lambda route: route.fulfill(**html))
    await page.goto("http://localhost/")
    return page


def sizes(connection: Any) -> list[tuple[int, int]]:
    """Of the pictures that come, as they come."""
    seen: list[tuple[int, int]] = []
    take = connection.picture

    def picture(frame: av.VideoFrame, rtp: int, arrival: int) -> None:
        seen.append((frame.width, frame.height))
        take(frame, rtp, arrival)

    connection.picture = picture
    return seen


async def flow(page: Page, server: Any, options: Any) -> list[tuple[int, int]]:
    live = call(server)
    answer, _ = await published(server, live, await page.evaluate(OFFER, options))
    seen = sizes(live.participants["p"].connection)
    await page.evaluate(ANSWER, answer)
    await eventually(lambda: len(seen) > 30, within=15)
    return seen


@pytest.mark.parametrize("codec", ["VP8", "H264"])
async def test_a_picture_that_changes_its_size_goes_on(codec: str) -> None:
    async with gateway() as server, chromium.chromium(CAMERA) as browser:
        page = await camera(browser)
        seen = await flow(page, server, [codec, None])
        for by in (4, 2):
            await page.evaluate(SCALE, by)
            wanted = (640 // by, 480 // by)
            await eventually(lambda wanted=wanted: seen[-1] == wanted, within=10)  # type: ignore[misc]
            enough = len(seen) + 40  # two seconds of Chromium's own camera
            await eventually(lambda enough=enough: len(seen) >= enough, within=5)  # type: ignore[misc]
            assert set(seen[enough - 40 :]) == {wanted}


async def test_of_three_layers_the_first_is_looked_at() -> None:
    layers = [
        {"rid": "q", "scaleResolutionDownBy": 4},
        {"rid": "h", "scaleResolutionDownBy": 2},
        {"rid": "f"},
    ]
    async with gateway() as server, chromium.chromium(CAMERA) as browser:
        seen = await flow(await camera(browser), server, [None, layers])
        assert set(seen[10:]) == {(160, 120)}
