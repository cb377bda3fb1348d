"""From decrypted packets to sound and pictures, with whatever a sender may do."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from struct import pack

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from attunement.engine.clock import MILLISECOND, SECOND
from attunement.gateway.receive.line import Line
from attunement.gateway.receive.receiver import SOURCES, Receiver
from tests.support.sending import pictures as encoded_pictures
from tests.support.sending import sound as encoded_sound

SOUND = Line("audio", "0", {111: "opus"}, layers=(10,))
CAMERA = Line("video", "1", {96: "VP8", 98: "H264"}, {97: 96}, None, (20, 22), {21: 20, 23: 22})
SCREEN = Line("video", "2", {100: "VP8"}, layers=(30,))


@dataclass
class Heard:
    """A sink that remembers."""

    tracks: list[str] = field(default_factory=list)
    sounds: list[int] = field(default_factory=list)
    lost: list[tuple[int, int]] = field(default_factory=list)
    pictures: list[tuple[int, int, int]] = field(default_factory=list)  # stamp, width, height
    reports: list[tuple[str, int, int]] = field(default_factory=list)

    def track(self, kind: str) -> None:
        self.tracks.append(kind)

    def sender_report(self, kind: str, ntp: int, rtp: int, arrival: int) -> None:
        self.reports.append((kind, ntp, rtp))

    def sound(self, samples: NDArray[np.float32], rtp: int, arrival: int) -> None:
        assert samples.dtype == np.float32
        self.sounds.append(rtp)

    def sound_lost(self, rtp: int, ticks: int) -> None:
        self.lost.append((rtp, ticks))

    def picture(self, frame: av.VideoFrame, rtp: int, arrival: int) -> None:
        self.pictures.append((rtp, frame.width, frame.height))

    def over(self) -> None: ...


def packets(data: bytes) -> Iterator[bytes]:
    """The RTCP packets of one datagram."""
    while data:
        end = 4 + 4 * int.from_bytes(data[2:4])
        yield data[:end]
        data = data[end:]


@dataclass
class Call:
    sink: Heard
    sent: list[bytes]
    receiver: Receiver
    now: int = 0

    def take(self, data: bytes) -> None:
        self.receiver.rtp(data, self.now)

    def later(self, ns: int) -> None:
        """Time goes by, and the receiver is called whenever it wants to be."""
        end = self.now + ns
        while (due := self.receiver.due()) is not None and due <= end:
            self.now = max(self.now, due)
            self.receiver.wake(self.now)
        self.now = end

    def asked(self, kind: int, form: int) -> list[bytes]:
        every = [packet for data in self.sent for packet in packets(data)]
        return [data for data in every if data[1] == kind and data[0] & 31 == form]


@pytest.fixture
def call() -> Iterator[Call]:
    sink, sent = Heard(), list[bytes]()
    receiver = Receiver(sink, sent.append, 1, "name")
    for line in (SOUND, CAMERA, SCREEN):
        receiver.add(line)
    yield Call(sink, sent, receiver)
    receiver.close()


@pytest.fixture(scope="module")
def voice() -> list[bytes]:
    return encoded_sound()


@pytest.fixture(scope="module")
def camera() -> list[bytes]:
    return encoded_pictures((320, 240))


@pytest.fixture(scope="module")
def thumbnail() -> list[bytes]:
    return encoded_pictures((160, 128))


def rtp(payload: bytes, n: int, stamp: int, ssrc: int, kind: int, marker: bool = False) -> bytes:
    head = pack("!BBHII", 128, kind | 128 * marker, n % 65_536, stamp % (1 << 32), ssrc)
    return head + payload


def spoken(voice: list[bytes], n: int, ssrc: int = 10) -> bytes:
    return rtp(voice[n % len(voice)], n, n * 960, ssrc, 111)


def shown(
    camera: list[bytes], n: int, ssrc: int = 20, kind: int = 96, first: int = 0
) -> list[bytes]:
    """The packets of one picture, of 1,000 bytes each."""
    data = camera[n % len(camera)]
    parts = [data[at : at + 1_000] for at in range(0, len(data), 1_000)]
    return [
        rtp(bytes([16 * (i == 0)]) + part, first + i, n * 3_000, ssrc, kind, i == len(parts) - 1)
        for i, part in enumerate(parts)
    ]


def show(call: Call, camera: list[bytes], numbers: range, ssrc: int = 20, kind: int = 96) -> None:
    at = 0
    for n in numbers:
        packets = shown(camera, n, ssrc, kind, at)
        at += len(packets)
        for packet in packets:
            call.take(packet)
        call.later(33 * MILLISECOND)


def test_sound_comes_out_with_the_packet_that_brought_it(call: Call, voice: list[bytes]) -> None:
    for n in range(20):
        call.take(spoken(voice, n))
        assert call.sink.sounds[-1] == n * 960
        call.now += 20 * MILLISECOND
    assert call.receiver.due() is None


def test_a_picture_comes_out_with_its_last_packet(call: Call, camera: list[bytes]) -> None:
    for packet in shown(camera, 0):
        assert not call.sink.pictures
        call.take(packet)
    assert call.sink.pictures == [(0, 320, 240)]


def test_a_lost_packet_of_sound_is_a_hole_and_no_sound(call: Call, voice: list[bytes]) -> None:
    for n in range(40):
        if n != 20:
            call.take(spoken(voice, n))
        call.later(20 * MILLISECOND)
    made_up = set(call.sink.sounds) - {n * 960 for n in range(40) if n != 20}
    assert not made_up
    assert call.sink.lost == [(20 * 960, 960)]
    assert len(call.sink.sounds) == 39


def test_a_lost_packet_of_a_picture_is_asked_for_and_its_repetition_taken(
    call: Call, camera: list[bytes]
) -> None:
    first, *others = shown(camera, 0)
    missing, *rest = others
    for packet in (first, *rest):
        call.take(packet)
        call.later(5 * MILLISECOND)
    assert call.asked(205, 1), "no NACK was sent"
    head, payload = missing[:12], missing[12:]
    number, stamp, marker = head[2:4], head[4:8], head[1] & 128
    call.take(bytes([128, 97 | marker]) + pack("!H", 7) + stamp + pack("!I", 21) + number + payload)
    assert call.sink.pictures == [(0, 320, 240)]


def test_two_thousand_sources_leave_the_call_as_it_was(call: Call, voice: list[bytes]) -> None:
    rng = random.Random(1)
    for n in range(100):
        call.take(spoken(voice, n))
        for _ in range(20):
            call.take(spoken(voice, rng.randrange(1 << 16), ssrc=rng.randrange(1_000, 1 << 32)))
        call.now += 20 * MILLISECOND
    assert call.sink.sounds == [n * 960 for n in range(100)]
    assert call.sink.tracks == ["audio"]
    assert len(call.receiver._sources) == SOURCES
    call.receiver.report(call.now)
    assert len(call.sent[-1]) < 1_200, "a report must fit into one datagram"


def test_a_new_source_takes_over_once_the_old_one_is_silent(call: Call, voice: list[bytes]) -> None:
    for n in range(10):
        call.take(spoken(voice, n))
        call.now += 20 * MILLISECOND
    call.take(spoken(voice, 500, ssrc=77))
    assert call.sink.sounds[-1] == 9 * 960
    call.now += SECOND
    call.take(spoken(voice, 501, ssrc=77))
    assert call.sink.sounds[-1] == 501 * 960
    assert call.sink.tracks == ["audio", "audio"]


def test_of_two_simulcast_layers_the_lower_is_looked_at(
    call: Call, camera: list[bytes], thumbnail: list[bytes]
) -> None:
    """Declared as 20 (low) and 22 (high); the high one comes first."""
    at = {20: 0, 22: 0}
    for n in range(12):
        for ssrc, source in ((22, camera), (20, thumbnail)):
            packets = shown(source, n, ssrc, 96, at[ssrc])
            at[ssrc] += len(packets)
            for packet in packets:
                call.take(packet)
        call.later(33 * MILLISECOND)
    assert call.sink.pictures[-1][1:] == (160, 128)
    assert len(call.sink.pictures) >= 12


def test_a_second_camera_is_not_mixed_in(call: Call, camera: list[bytes]) -> None:
    for n in range(6):
        for packet in shown(camera, n, 20, 96, n * 32) + shown(camera, n, 30, 100, n * 32):
            call.take(packet)
        call.later(33 * MILLISECOND)
    assert call.sink.tracks == ["video"]


def test_what_cannot_be_read_is_counted(call: Call, voice: list[bytes]) -> None:
    for data in (b"", b"\x80", b"\x00" * 12, b"\xbf" * 40):
        call.take(data)
        call.receiver.rtcp(data, call.now)
    assert call.receiver.counts["malformed"] + call.receiver.counts["unknown"] >= 4
    call.take(spoken(voice, 0))
    assert call.sink.sounds == [0]


def test_junk_where_a_picture_should_be_ends_with_the_next_key_picture(
    call: Call, camera: list[bytes]
) -> None:
    rng = random.Random(3)
    show(call, camera, range(3))
    for n in range(3, 30):
        call.take(rtp(b"\x10" + rng.randbytes(300), 3_000 + n, n * 3_000, 20, 96, True))
        call.later(33 * MILLISECOND)
    assert call.asked(206, 1), "no key picture was asked for"
    before = len(call.sink.pictures)
    at = 3_030
    for n in range(60, 66):
        packets = shown(camera, n, 20, 96, at)
        at += len(packets)
        for packet in packets:
            call.take(packet)
        call.later(33 * MILLISECOND)
    assert len(call.sink.pictures) >= before + 6


def test_once_a_second_the_sender_hears_how_it_is_received(
    call: Call, voice: list[bytes], camera: list[bytes]
) -> None:
    call.take(spoken(voice, 0))
    show(call, camera, range(5))
    call.receiver.report(call.now)
    assert call.asked(201, 2), "a report with two blocks"
    assert b"name" in call.asked(202, 1)[0], "a report says of which receiver it is"
    assert call.asked(206, 15), "the most we want to receive"


def test_figures_tell_what_was_lost_before_anything_was_repeated(
    call: Call, voice: list[bytes]
) -> None:
    for n in range(100):
        if n % 10:
            call.take(spoken(voice, n))
        call.later(20 * MILLISECOND)
    figures = call.receiver.take()
    assert figures.loss == pytest.approx(0.1, abs=0.02)
    assert figures.jitter is not None
    assert figures.jitter < 5
    assert figures.bytes > 0
    again = call.receiver.take()
    assert again.loss is None
    assert again.bytes == 0
