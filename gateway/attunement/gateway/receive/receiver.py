"""All that comes over one transport: from decrypted packets to sound and pictures."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from attunement.engine.clock import MILLISECOND, SECOND
from attunement.gateway.receive import rtcp
from attunement.gateway.receive.line import Line, line_of
from attunement.gateway.receive.reception import Reception
from attunement.gateway.receive.rtp import Malformed, Packet, parse, unwrap
from attunement.gateway.receive.sink import Sink
from attunement.gateway.receive.streams import PictureStream, SoundStream, Stream

SOURCES = 16  # that are counted at once; a person has two, and as many retransmitted
FORGOTTEN = 5 * SECOND  # a source that was silent as long makes room for another
HANDOVER = SECOND // 2  # of silence, before another source of the same m-line takes over
FIRST_GUESS = 100 * MILLISECOND  # the round trip, until it was measured
CLOCK = {"audio": 48_000, "video": 90_000}  # Hz, of RTP stamps
# What sound and pictures for analysis take; the sender is asked not to send more.
BIT_RATE = 900_000


@dataclass(slots=True)
class Source:
    """One SSRC."""

    line: Line
    ssrc: int
    reception: Reception
    heard: int = 0  # ns


@dataclass(slots=True)
class Seat:
    """Of sound or of pictures: whom we listen to."""

    line: Line
    ssrc: int
    codec: str
    stream: Stream


@dataclass(frozen=True, slots=True)
class Figures:
    """What the network did since last asked. None: nothing came from which to know it."""

    loss: float | None  # share of packets, 0 to 1, before anything was repeated
    jitter: float | None  # ms
    bytes: int


@dataclass(slots=True)
class Receiver:
    """Sans-I/O: told what came and what time it is, asked when it wants to be called again."""

    sink: Sink
    send: Callable[[bytes], None]
    ssrc: int  # of our reports
    name: str  # CNAME of our reports: says that they are of one receiver, and nothing of whom
    round_trip: int = FIRST_GUESS  # ns
    _counts: Counter[str] = field(default_factory=Counter)
    lines: list[Line] = field(default_factory=list)
    _sources: dict[int, Source] = field(default_factory=dict)
    _seats: dict[str, Seat] = field(default_factory=dict)
    _bytes: int = 0

    def add(self, line: Line) -> None:
        self.lines.append(line)

    def close(self) -> None:
        for seat in self._seats.values():
            self._counts += seat.stream.counts
            seat.stream.close()
        self._seats.clear()
        self._sources.clear()

    @property
    def counts(self) -> Counter[str]:
        """What was turned away, asked for again or could not be read, since the beginning."""
        return sum((seat.stream.counts for seat in self._seats.values()), Counter(self._counts))

    def rtp(self, data: bytes, now: int) -> None:
        """A packet that was decrypted; anything may stand in it."""
        self._bytes += len(data)
        try:
            packet = parse(data, now, self._mid_id())
        except Malformed:
            self._counts["malformed"] += 1
            return
        source = self._source(packet, now)
        if source is None:
            return
        source.heard = now
        repeats = packet.payload_type in source.line.repairs
        if not repeats:
            source.reception.add(packet)
        if repeats:
            mended = self._repeated(packet, source)
            if mended is None:
                return
            packet = mended
        seat = self._seat(source, packet, now) if not repeats else self._seats[source.line.kind]
        if seat.ssrc != packet.ssrc:
            return  # another layer, or another camera, than the one we look at
        seat.stream.push(packet)
        self._run(seat, now)

    def rtcp(self, data: bytes, now: int) -> None:
        self._bytes += len(data)
        try:
            reports = rtcp.parse(data)
        except Malformed:
            self._counts["malformed"] += 1
            return
        for report in reports:
            if not isinstance(report, rtcp.SenderReport):
                continue
            source = self._sources.get(report.ssrc)
            if source is None:
                continue
            source.reception.report(report, now)
            seat = self._seats.get(source.line.kind)
            if seat is not None and seat.ssrc == report.ssrc:
                self.sink.sender_report(source.line.kind, report.ntp, report.rtp, now)

    def due(self) -> int | None:
        """When to call wake(); None while all is well."""
        times = [due for seat in self._seats.values() if (due := seat.stream.due()) is not None]
        return min(times, default=None)

    def wake(self, now: int) -> None:
        for seat in self._seats.values():
            due = seat.stream.due()
            if due is not None and due <= now:
                self._run(seat, now)

    def report(self, now: int) -> None:
        """Once a second: tell the sender how it is received, and what we would like to receive."""
        used = [s for s in self._sources.values() if now - s.heard < FORGOTTEN]
        blocks = [s.reception.block(s.ssrc, now) for s in used if s.reception.known]
        told = rtcp.receiver_report(self.ssrc, blocks) + rtcp.description(self.ssrc, self.name)
        seen = [seat.ssrc for seat in self._seats.values() if seat.line.kind == "video"]
        if seen:
            told += rtcp.remb(self.ssrc, BIT_RATE, seen)
        self.send(told)

    def take(self) -> Figures:
        """What the network did since last asked."""
        heard = [self._sources.get(seat.ssrc) for _, seat in sorted(self._seats.items())]
        arrived = [source.reception.take() for source in heard if source is not None]
        expected = sum(each.expected for each in arrived)
        lost = sum(each.lost for each in arrived)
        jitter = next((each.jitter_ms for each in arrived if each.received), None)  # of sound first
        bytes_, self._bytes = self._bytes, 0
        return Figures(lost / expected if expected else None, jitter, bytes_)

    def _mid_id(self) -> int | None:
        return self.lines[0].mid_id if self.lines else None

    def _source(self, packet: Packet, now: int) -> Source | None:
        source = self._sources.get(packet.ssrc)
        if source is not None:
            if source.line.takes(packet.payload_type):
                return source
            self._counts["unknown"] += 1
            return None
        line = line_of(self.lines, packet.ssrc, packet.mid, packet.payload_type)
        if line is None:
            self._counts["unknown"] += 1
            return None
        if len(self._sources) >= SOURCES and not self._make_room(now):
            self._counts["too many"] += 1
            return None
        made = Source(line, packet.ssrc, Reception(CLOCK[line.kind]))
        self._sources[packet.ssrc] = made
        return made

    def _make_room(self, now: int) -> bool:
        oldest = min(self._sources.values(), key=lambda source: source.heard)
        if now - oldest.heard < FORGOTTEN:
            return False
        del self._sources[oldest.ssrc]
        return True

    def _seat(self, source: Source, packet: Packet, now: int) -> Seat:
        """Whom we listen to, now that `source` has been heard."""
        line, seat = source.line, self._seats.get(source.line.kind)
        codec = line.codecs[packet.payload_type]
        if seat is not None:
            if seat.ssrc == source.ssrc and seat.codec == codec:
                return seat
            if seat.ssrc != source.ssrc and not self._yields(seat, source, now):
                return seat
            self._counts += seat.stream.counts
            seat.stream.close()
        self.sink.track(line.kind)
        stream = SoundStream(self.sink) if codec == "opus" else PictureStream(self.sink, codec)
        self._seats[line.kind] = made = Seat(line, source.ssrc, codec, stream)
        return made

    def _yields(self, seat: Seat, source: Source, now: int) -> bool:
        """To the lower of two simulcast layers, and to anybody once it has gone silent."""
        layers = seat.line.layers
        both = source.ssrc in layers and seat.ssrc in layers
        if both and layers.index(source.ssrc) < layers.index(seat.ssrc):
            return True
        held = self._sources.get(seat.ssrc)
        return held is None or now - held.heard > HANDOVER

    def _repeated(self, packet: Packet, source: Source) -> Packet | None:
        """The packet that was lost, out of the one that repeats it; None: not of our seat."""
        line, seat = source.line, self._seats.get(source.line.kind)
        if seat is None or line.repeats.get(packet.ssrc, seat.ssrc) != seat.ssrc:
            return None
        if not packet.payload:  # padding, with which a sender finds out what the network carries
            return None
        try:
            return unwrap(packet, line.repairs[packet.payload_type], seat.ssrc)
        except Malformed:
            self._counts["malformed"] += 1
            return None

    def _run(self, seat: Seat, now: int) -> None:
        seat.stream.run(now)
        wants = seat.stream.wants(now, self.round_trip)
        if wants.nacks:
            self._counts["nacked"] += len(wants.nacks)
            self.send(rtcp.nack(self.ssrc, seat.ssrc, wants.nacks))
        if wants.key:
            self._counts["key asked"] += 1
            self.send(rtcp.pli(self.ssrc, seat.ssrc))
