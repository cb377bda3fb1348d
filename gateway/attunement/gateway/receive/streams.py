"""One stream of packets each, from its jitter buffer through its decoder to the sink."""

from collections import Counter, deque
from typing import Protocol

from attunement.engine.clock import SECOND
from attunement.gateway.receive import h264, vp8
from attunement.gateway.receive.opus import CLOCK, TICKS, Opus, Samples
from attunement.gateway.receive.opus import Undecodable as SpoiltSound
from attunement.gateway.receive.picture_buffer import PictureBuffer, Wants, Whole
from attunement.gateway.receive.pictures import PictureDecoder
from attunement.gateway.receive.pictures import Undecodable as SpoiltPicture
from attunement.gateway.receive.rtp import Packet
from attunement.gateway.receive.sink import Sink
from attunement.gateway.receive.sound_buffer import Heard, Lost, SoundBuffer

PICTURES = 64  # whole, that may wait for the decoder
AT_ONCE = 0  # ns, of due(): there is work, and only others come first


class Stream(Protocol):
    """Sans-I/O: takes packets, is asked again when `due`, wants packets repeated."""

    @property
    def counts(self) -> Counter[str]:
        """What was late, lost, repaired or could not be decoded."""

    def push(self, packet: Packet) -> None: ...

    def run(self, now: int) -> None:
        """Hand on what is ready."""

    def due(self) -> int | None:
        """When run() would do something without another packet; AT_ONCE; None: not before one."""

    def wants(self, now: int, round_trip: int) -> Wants: ...

    def close(self) -> None: ...


def named(kind: str, counts: Counter[str]) -> Counter[str]:
    return Counter({f"{kind} {what}": n for what, n in counts.items()})


class SoundStream:
    def __init__(self, sink: Sink) -> None:
        self._sink, self._buffer, self._decoder = sink, SoundBuffer(), Opus()
        self._delay = self._decoder.delay * CLOCK // SECOND  # ticks
        self._counts: Counter[str] = Counter()

    @property
    def counts(self) -> Counter[str]:
        return named("sound", self._counts + self._buffer.counts)

    def push(self, packet: Packet) -> None:
        self._buffer.push(packet)

    def run(self, now: int) -> None:
        lost: Lost | None = None
        for item in self._buffer.pop(now):
            if isinstance(item, Lost):
                lost = item
                continue
            if lost is not None:
                self._mend(lost, item)
                lost = None
            self._decode(item)

    def due(self) -> int | None:
        return self._buffer.due()

    def wants(self, now: int, round_trip: int) -> Wants:
        return Wants((), False)  # what is asked for again would come too late

    def close(self) -> None:
        self._decoder.close()

    def _mend(self, lost: Lost, heard: Heard) -> None:
        """A packet may carry its predecessor once more (in-band FEC): that much is not lost."""
        ticks = lost.ticks
        try:
            samples = self._decoder.recover(heard.payload, ticks)
        except SpoiltSound:
            samples = None
        if samples is not None:
            ticks -= samples.size * TICKS
        if ticks > 0:
            self._sink.sound_lost(lost.stamp, ticks)
        if samples is not None:
            self._counts["recovered"] += 1
            self._tell(samples, heard.stamp - samples.size * TICKS, heard.arrival)

    def _decode(self, heard: Heard) -> None:
        try:
            samples = self._decoder.decode(heard.payload)
        except SpoiltSound:
            self._counts["undecodable"] += 1
            return
        if samples.size:
            self._tell(samples, heard.stamp, heard.arrival)

    def _tell(self, samples: Samples, stamp: int, arrival: int) -> None:
        self._sink.sound(samples, (stamp - self._delay) % (1 << 32), arrival)


class PictureStream:
    """Decodes one picture each time it is run: an event loop has other things to do, too."""

    def __init__(self, sink: Sink, codec: str) -> None:
        self._sink = sink
        self._buffer = PictureBuffer(vp8.part if codec == "VP8" else h264.part)
        self._decoder = PictureDecoder(codec)
        self._whole: deque[Whole] = deque()
        self._counts: Counter[str] = Counter()

    @property
    def counts(self) -> Counter[str]:
        return named("picture", self._counts + self._buffer.counts + self._buffer.nacks.counts)

    def push(self, packet: Packet) -> None:
        self._buffer.push(packet)

    def run(self, now: int) -> None:
        self._whole.extend(self._buffer.pop(now))
        if len(self._whole) > PICTURES:
            self._counts["behind"] += len(self._whole)
            self._whole.clear()
            self._buffer.undecodable()
        if self._whole:
            self._decode(self._whole.popleft())

    def due(self) -> int | None:
        return AT_ONCE if self._whole else self._buffer.due()

    def wants(self, now: int, round_trip: int) -> Wants:
        return self._buffer.wants(now, round_trip)

    def close(self) -> None:
        self._decoder.close()

    def _decode(self, whole: Whole) -> None:
        try:
            frame = self._decoder.decode(whole)
        except SpoiltPicture:
            self._counts["undecodable"] += 1
            self._whole.clear()
            self._buffer.undecodable()
            return
        if frame is not None:
            self._sink.picture(frame, whole.stamp, whole.arrival)
