"""A session while it lasts: media in, seconds measured, everybody who watches told."""

import asyncio
import logging
from collections import deque
from collections.abc import Iterable, Mapping, Sequence

from attunement.engine.clock import MILLISECOND, SECOND, SystemClock
from attunement.engine.frame import AudioFrame, LinkFrame, VideoFrame
from attunement.engine.inlet import Inlet, Waiting
from attunement.engine.pipeline import Pipeline
from attunement.engine.runner import Timed, run
from attunement.engine.session import Event, Session, State
from attunement.engine.signal import Group, Mode, Models, Person, Role, StageSpec
from attunement.gateway import compose, wire
from attunement.gateway.breaks import Breaks, Change
from attunement.gateway.errors import Refused, forbidden, no_participant
from attunement.gateway.ice_server import IceServer
from attunement.gateway.metrics import Metrics
from attunement.gateway.news import News
from attunement.gateway.outbox import Message, Outbox
from attunement.gateway.participant import Connection, Participant
from attunement.gateway.webrtc.media import Link, Nudge
from attunement.pipelines.alerts import Alert, Alerts

RING = 300  # frames that an overlay may come back to
OVERLAYS = 32  # of one session
ALERTS = 256  # whose kind is remembered, for their answers

log = logging.getLogger(__name__)


class LiveSession:
    """Made by Hub.open(), which also runs it."""

    def __init__(
        self,
        id: str,
        session: Session,
        *,
        catalog: Sequence[StageSpec],
        models: Models,
        described: Mapping[str, wire.Model],
        metrics: Metrics,
        ice_servers: tuple[IceServer, ...] = (),
    ) -> None:
        self.id, self.session = id, session
        self.clock = SystemClock()
        self.inlet = Inlet()
        self.participants = {
            person.id: Participant(person, self.clock.now, self.put) for person in session.people
        }
        self._pipeline = Pipeline(catalog, session.roster(), models)
        self._scene = compose.Scene(
            id, session, self.participants, described, self._pipeline, self.inlet
        )
        self._specs = compose.specs(catalog)
        self._ice_servers = ice_servers
        self._metrics = metrics
        self._alerts = Alerts(session.people)
        self._breaks = {person.id: Breaks() for person in session.people}
        self._raised: dict[int, str] = {}  # id of an alert -> its kind
        self._ring: deque[tuple[int, Message]] = deque(maxlen=RING)
        self._news = News()
        self._outboxes: set[Outbox] = set()
        self._over = asyncio.Event()
        self.finished = asyncio.Event()
        self.newest: wire.SignalFrame | None = None

    # Media comes in.

    def put(self, entry: Waiting) -> None:
        """Let an entry wait for the pipeline, if it may be looked at."""
        if self.session.admits(entry.participant, entry.kind):
            self.inlet.put(entry)

    async def connect(self, who: str, offer: str) -> tuple[Connection, str]:
        """
        The connection that answers a checked offer, and its answer (SDP). It takes the place of
        the participant's connection so far, if it has one. Raises Refused.
        """
        participant = self.participant(who)
        if self.session.state is State.ENDED:
            raise Refused(409, "ended", "the session has ended")
        connection = Connection(participant, self._ice_servers)
        try:
            answer = await connection.peer.answer(offer)
        except BaseException:
            await connection.peer.close()
            raise
        if self._over.is_set():
            await connection.peer.close()
            raise Refused(409, "ended", "the session has ended")
        await participant.replace(connection, left=False)
        return connection, answer

    def participant(self, who: str) -> Participant:
        """Raises Refused (404)."""
        if who not in self.participants:
            raise no_participant()
        return self.participants[who]

    # People decide.

    def handle(self, event: Event) -> State:
        """Raises BadTransition."""
        state = self.session.handle(event)
        self._tell_state()
        self._changed()
        if state is State.ENDED:
            self._over.set()
        return state

    def agree(self, who: str, groups: Iterable[Group]) -> frozenset[Group]:
        """From now on `who` agrees to exactly these. Raises UnknownParticipant."""
        agreed = self.session.agree(who, groups)
        t_ms = self._t_ms()
        names = sorted(group.value for group in agreed)
        self._tell(self._news.add(lambda id: wire.ConsentChanged(id, t_ms, who, names)))
        self._changed()
        return agreed

    def mark(self, mark: wire.MarkAdd) -> None:
        t_ms = self._t_ms() if mark.t_ms is None else mark.t_ms
        self._tell(self._news.add(lambda id: wire.MarkAdded(id, t_ms, mark.note), "therapist"))

    def answer(self, answer: wire.AlertAnswer) -> None:
        """Raises Refused (404)."""
        kind = self._raised.pop(answer.alert, None)
        if kind is None:
            raise Refused(404, "no_alert", "there is no such alert, or it was answered")
        self._alerts.answer(kind, answer.answer == "useful")

    # Overlays are told.

    def subscribe(
        self, *, seq: int | None = None, event: int | None = None, therapist: bool = True
    ) -> Outbox:
        """
        From now on everything that is new. Of the past: the frames after `seq`, or the newest; the
        reliable messages after `event`, or none. Raises Refused (503).
        """
        if len(self._outboxes) >= OVERLAYS:
            raise Refused(503, "busy", f"{OVERLAYS} overlays watch this session, and no more can")
        last = self._ring[-1][0] - 1 if self._ring else 0
        outbox = Outbox(
            therapist=therapist,
            backlog=[m for number, m in self._ring if number > (last if seq is None else seq)],
            missed=[] if event is None else self._news.since(event),
            leave=self._outboxes.discard,
        )
        self._outboxes.add(outbox)
        if self._over.is_set():
            outbox.close()
        return outbox

    @property
    def overlays(self) -> int:
        return len(self._outboxes)

    def hello(self) -> wire.SessionHello:
        return wire.SessionHello(
            id=self._news.newest,
            schema=wire.SCHEMA,
            session=self.id,
            state=self.session.state.value,
            seq=self._ring[-1][0] if self._ring else 0,
            people={person.id: person.role.value for person in self.session.people},
            policy=compose.policy(self.session),
            catalog=self._specs,
        )

    def is_therapist(self, who: str | None) -> bool:
        return who in self.participants and self.participants[who].person.role is Role.THERAPIST

    def shed(self) -> wire.Shed:
        return compose.shed(self._scene)

    # Its life.

    async def run(self) -> None:
        """Until it is ended, or cancelled. Leaves no connection, and no overlay waiting."""
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._measure())
                people = self.participants.values()
                ticks = [tasks.create_task(self._tick(person)) for person in people]
                await self._over.wait()
                self.inlet.close()
                for tick in ticks:
                    tick.cancel()
        finally:
            self._over.set()
            if self.session.state is not State.ENDED:
                self.session.handle(Event.END)
                self._tell_state()
            for participant in self.participants.values():
                await participant.replace(None, left=True)
            for outbox in self._outboxes:
                outbox.close()
            self.finished.set()

    async def _measure(self) -> None:
        await run(self.inlet, self._pipeline, self.clock, self._publish, self.session.roster)

    async def _tick(self, participant: Participant) -> None:
        """Once a second, in its middle, so that each has one report of this person's link."""
        while True:
            now = self.clock.now()
            middle = (now // SECOND) * SECOND + SECOND // 2
            await asyncio.sleep((middle + SECOND * (middle <= now) - now) / SECOND)
            try:
                report = await participant.report()
            except Exception as fault:  # one person's connection harms nobody else
                log.warning("a link could not be reported: %s", type(fault).__name__)
                continue
            self._metrics.received(participant.counted())
            if report is not None:
                self.put(Link(report))

    def _publish(self, seconds: list[Timed]) -> None:
        self._tell_breaks()
        for timed in seconds:
            made = compose.frame(self._scene, timed, self.clock.now())
            message = Message(made)
            self._ring.append((made.seq, message))
            self.newest = made
            for outbox in self._outboxes:
                outbox.offer_frame(message)
            self._metrics.published(self.id, made)
            for alert in self._alerts.offer(timed.second):
                self._raise(alert)

    def _raise(self, alert: Alert) -> None:
        t_ms = (alert.second + 1) * 1000
        message = self._news.add(
            lambda id: wire.AlertRaised(
                id, t_ms, alert.kind, alert.participant, alert.text, alert.reason
            ),
            "therapist",
        )
        self._raised[self._news.newest] = alert.kind
        if len(self._raised) > ALERTS:
            del self._raised[next(iter(self._raised))]
        self._tell(message)

    def _tell_breaks(self) -> None:
        for who, person in self.participants.items():
            change = self._breaks[who].look(person.state.link, person.flow)
            if change is not None:
                self._tell_break(who, change)

    def _tell_break(self, who: str, change: Change) -> None:
        t_ms, gap_ms = change.t // MILLISECOND, change.gap // MILLISECOND
        self._tell(self._news.add(lambda id: wire.LinkChanged(id, t_ms, who, change.link, gap_ms)))

    def _tell_state(self) -> None:
        state, t_ms = self.session.state, self._t_ms()
        self._tell(self._news.add(lambda id: wire.SessionState(id, state.value, t_ms)))

    def _tell(self, message: Message) -> None:
        for outbox in self._outboxes:
            outbox.offer(message)

    def _changed(self) -> None:
        """Wipe what waits and may no longer be looked at, and have the pipeline do the same."""
        for who in self.participants:
            for kind in (AudioFrame, VideoFrame, LinkFrame):
                if not self.session.admits(who, kind):
                    self.inlet.forget(who, kind)
        first = self.session.people[0].id
        self.inlet.put(Nudge(first, self.clock.now()))

    def _t_ms(self) -> int:
        return self.clock.now() // MILLISECOND


def new_session(
    people: Iterable[Person],
    mode: Mode,
    most: Mode,
    consent: Mapping[str, Iterable[Group]],
) -> Session:
    """Raises Refused (403) where the gateway was not started for that mode; ValueError."""
    if mode is Mode.INFERENCE and most is not Mode.INFERENCE:
        raise forbidden("this gateway measures behaviour only; inference is not switched on")
    people = tuple(people)
    if not people:
        raise ValueError("got nobody, expected at least one participant")
    return Session(people, mode, consent)
