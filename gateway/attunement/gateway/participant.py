"""One person in a live session: whether they are here, heard and seen, and over what connection."""

import asyncio
import secrets
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

import av
import numpy as np
from numpy.typing import NDArray

from attunement.engine.clock import MILLISECOND, SECOND
from attunement.engine.frame import LinkFrame
from attunement.engine.inlet import Waiting
from attunement.engine.signal import Person
from attunement.engine.timeline import Timeline, Track
from attunement.gateway import wire
from attunement.gateway.breaks import Flow
from attunement.gateway.ice_server import IceServer
from attunement.gateway.webrtc.media import Picture, Sound, is_black, is_silent
from attunement.gateway.webrtc.peer import Peer
from attunement.pipelines.face.rate import Rate

SILENT_LINK = 2 * SECOND  # without media: the link is lost
BLANK = 1 * SECOND  # of exact silence or black: switched off
CONNECT_WITHIN = 30 * SECOND  # or the offer is forgotten
CLOCK = {"audio": 48_000, "video": 90_000}  # Hz, of RTP stamps
SHORTEST_STEP = CLOCK["video"] // 1000  # ticks from picture to picture, at least: 1 ms

Put = Callable[[Waiting], None]


@dataclass(slots=True)
class Presence:
    """Of one kind of media: when it last came, and when it was last more than nothing."""

    last: int | None = None  # ns
    last_live: int | None = None  # ns

    def note(self, now: int, blank: bool) -> None:
        if not blank or self.last is None:
            self.last_live = now
        self.last = now

    def flows(self, now: int) -> bool:
        return self.last is not None and now - self.last < SILENT_LINK

    def blank(self, now: int) -> bool:
        return self.last_live is None or now - self.last_live >= BLANK


@dataclass(slots=True)
class Cadence:
    """
    How regularly pictures come.

    Their rate is that of their own stamps, from the last picture of one report to that of the next:
    whoever asks late, finds many waiting at once, or corrects a clock must not change it.
    """

    pictures: int = 0  # after the one at `since`
    since: int | None = None  # RTP stamp of the picture that counting began with
    newest: int = 0  # RTP stamp
    last: int | None = None  # ns at which one came
    gap: int = 0  # ns, the longest since the last report

    def restart(self) -> None:
        """Stamps begin anew: another source."""
        self.pictures, self.since = 0, None

    def note(self, rtp: int, now: int) -> None:
        """`rtp`: stamp of the picture, 32 bit; `now`: when it came, ns."""
        if self.last is not None:
            self.gap = max(self.gap, now - self.last)
        self.last = now
        if self.since is None:
            self.since = rtp
        else:
            self.pictures += 1
        self.newest = rtp

    def report(self, now: int) -> tuple[float | None, float | None]:
        """Pictures per second, and the longest wait for one in ms; None before they are known."""
        if self.last is None or self.since is None:
            return None, None
        gap, self.gap = max(self.gap, now - self.last) / MILLISECOND, 0
        if not self.pictures:
            return (0.0 if now - self.last >= SECOND else None), gap
        span = max((self.newest - self.since) & 0xFFFFFFFF, self.pictures * SHORTEST_STEP)
        rate = self.pictures * CLOCK["video"] / span
        self.pictures, self.since = 0, self.newest
        return rate, gap


@dataclass(slots=True)
class Delays:
    """How long media took from our socket to the pipeline, since last asked. In ns."""

    total: int = 0
    n: int = 0

    def add(self, ns: int) -> None:
        self.total += ns
        self.n += 1

    def take(self) -> float | None:
        """The mean, ms."""
        mean = self.total / self.n / MILLISECOND if self.n else None
        self.total = self.n = 0
        return mean


@dataclass(slots=True)
class Participant:
    person: Person
    now: Callable[[], int]
    put: Put
    sound: Presence = field(default_factory=Presence)
    picture: Presence = field(default_factory=Presence)
    flow: Flow = field(default_factory=Flow)
    cadence: Cadence = field(default_factory=Cadence)
    delays: Delays = field(default_factory=Delays)
    connection: "Connection | None" = None
    closing: set["asyncio.Task[None]"] = field(default_factory=set)
    left: bool = False
    reported: int = 0  # ns, when the link was last reported

    @property
    def state(self) -> wire.PersonState:
        now = self.now()
        return wire.PersonState(
            link=self._link(now),
            sound="none" if self._dark(self.sound, now) else self._sound(now),
            picture="none" if self._dark(self.picture, now) else self._picture(now),
        )

    def _link(self, now: int) -> Literal["never", "up", "lost", "gone"]:
        if self.left:
            return "gone"
        if self.sound.last is None and self.picture.last is None:
            return "never"
        connection = self.connection
        # Somebody may be there and send nothing: both tracks taken away, the call still up.
        return "up" if connection is not None and not connection.peer.lost(now) else "lost"

    def _dark(self, presence: Presence, now: int) -> bool:
        return self.left or not presence.flows(now)

    def _sound(self, now: int) -> Literal["on", "muted"]:
        return "muted" if self.sound.blank(now) else "on"

    def _picture(self, now: int) -> Literal["on", "off"]:
        return "off" if self.picture.blank(now) else "on"

    async def replace(self, connection: "Connection | None", *, left: bool) -> None:
        """Go over to another connection, or to none; the session's time goes on."""
        old, self.connection = self.connection, connection
        self.left = left
        self.cadence = Cadence()
        if old is not None:
            closing = asyncio.create_task(old.peer.close())
            self.closing.add(closing)
            closing.add_done_callback(self.closing.discard)
        if self.closing:
            await asyncio.wait(self.closing)  # cancelled, it leaves them to whoever waits next

    async def report(self) -> LinkFrame | None:
        """The link since the last report; None without a connection. Drops one that is dead."""
        connection = self.connection
        if connection is None:
            return None
        now = self.now()
        waiting = not connection.peer.connected and now - connection.began > CONNECT_WITHIN
        if connection.peer.failed or connection.peer.gone(now) or waiting:
            await self.replace(None, left=self.left)
            return None
        seconds = max(now - max(self.reported, connection.began), MILLISECOND) / SECOND
        self.reported = now
        return connection.report(now, seconds)

    def counted(self) -> Counter[str]:
        """What its connection turned away, asked for again or could not read, since last asked."""
        return Counter() if self.connection is None else self.connection.counted()


class Connection:
    """What comes over one connection of a participant, set into session time."""

    def __init__(self, participant: Participant, ice_servers: tuple[IceServer, ...] = ()) -> None:
        self.participant = participant
        self.began = participant.now()
        self.peer = Peer(self, participant.now, ice_servers)
        self.resource = secrets.token_urlsafe(16)  # WHIP's name for it
        self.etag = f'"{secrets.token_hex(8)}"'
        self._timeline = Timeline()
        self._tracks: dict[str, Track] = {}
        self._rate = Rate()  # of the pictures that are looked at
        self._counts: Counter[str] = Counter()

    # What the peer tells: the Sink.

    def track(self, kind: str) -> None:
        if kind == "video":
            self.participant.cadence.restart()
        self._tracks[kind] = self._timeline.track(CLOCK[kind], after=self._tracks.get(kind))

    def sender_report(self, kind: str, ntp: int, rtp: int, arrival: int) -> None:
        self._tracks[kind].report(ntp, rtp, arrival)

    def sound(self, samples: NDArray[np.float32], rtp: int, arrival: int) -> None:
        t = self._tracks["audio"].time(rtp, arrival)
        who = self.participant
        silent = is_silent(samples)
        who.sound.note(who.now(), silent)
        who.flow.note(who.now(), self, self.peer.revived)
        if silent:  # exactly, and not up to what the codec makes of it
            samples = np.zeros_like(samples)
        who.put(Sound(who.person.id, t, samples, arrival, self._delayed))

    def sound_lost(self, rtp: int, ticks: int) -> None:
        """The pipeline sees a hole in time, and measures nothing from it."""

    def picture(self, frame: av.VideoFrame, rtp: int, arrival: int) -> None:
        t = self._tracks["video"].time(rtp, arrival)
        who = self.participant
        who.cadence.note(rtp, who.now())
        who.flow.note(who.now(), self, self.peer.revived)
        if not self._rate.picks(t):
            return
        black = is_black(frame)
        who.picture.note(who.now(), black)
        who.put(Picture(who.person.id, t, frame, black, arrival, self._delayed))

    def over(self) -> None:
        if self.participant.connection is self:
            self.participant.left = True

    # What the session asks.

    def report(self, now: int, seconds: float) -> LinkFrame:
        figures, trip = self.peer.take(), self.peer.round_trip
        fps, freeze = self.participant.cadence.report(now)
        return LinkFrame(
            self.participant.person.id,
            now,
            rtt=None if trip is None else trip / MILLISECOND,
            jitter=figures.jitter,
            loss=figures.loss,
            fps=fps,
            kbps=figures.bytes * 8 / 1000 / seconds,
            freeze=freeze,
        )

    def counted(self) -> Counter[str]:
        """What was turned away, asked for again or could not be read, since last asked."""
        before, self._counts = self._counts, self.peer.counts
        return self._counts - before

    def _delayed(self, arrival: int) -> None:
        self.participant.delays.add(self.participant.now() - arrival)
