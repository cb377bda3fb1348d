"""
The messages between gateway and overlay, as both subprotocols carry them.

One model, two encodings (msgpack, JSON). Readers ignore fields and messages they do not know.
Down: signal.frame is lossy, newest wins; everything else is reliable and numbered with `id`.
Field names are short where they come 60 times a second and whole words elsewhere.
"""

from typing import Literal

import msgspec

SCHEMA = 1
MSGPACK = "attunement.v1.msgpack"
JSON = "attunement.v1.json"
SUBPROTOCOLS = (MSGPACK, JSON)

Name = str


class Value(msgspec.Struct, frozen=True, omit_defaults=True):
    """A reading: either `v`, `q` and `n`, or `why`; never both."""

    v: float | None = None  # in the unit of the spec
    q: float | None = None  # quality, 0 to 1
    n: int | None = None  # evidence
    z: float | None = None  # distance from the person's own usual, in SDs
    why: str | None = None  # engine.signal.Why


class PersonState(msgspec.Struct, frozen=True):
    link: Literal["never", "up", "lost", "gone"]  # has not come yet / media flows / silent / left
    sound: Literal["on", "muted", "none"]
    picture: Literal["on", "off", "none"]


class PersonFrame(msgspec.Struct, frozen=True):
    role: Literal["therapist", "patient"]
    state: PersonState
    signals: dict[Name, Value]


class Dyad(msgspec.Struct, frozen=True):
    signals: dict[Name, Value]


class Policy(msgspec.Struct, frozen=True):
    mode: Literal["behaviour", "inference"]
    consent: dict[str, list[str]]  # participant -> groups agreed to
    stored: bool = False  # is anything of this session being kept


class Model(msgspec.Struct, frozen=True):
    version: str
    sha256: str


class Latency(msgspec.Struct, frozen=True):
    """Milliseconds; None where it cannot be known (no sender report yet, a replay)."""

    capture: float | None = None  # sensor to sender: what the sender reports, else None
    network: float | None = None  # sender to our socket
    decode: float | None = None  # socket to pipeline: jitter buffer, decoder, lane
    stage: float | None = None  # end of the second to readings: patience and stages
    send: float | None = None  # readings to encoded message
    total: float | None = None  # end of the second to encoded message


class Shed(msgspec.Struct, frozen=True):
    """What overload and lateness cost since the session began."""

    dropped_sound: int = 0
    dropped_picture: int = 0
    late: int = 0
    level: int = 0  # how far down the shedding order


class SignalFrame(msgspec.Struct, frozen=True, tag="signal.frame"):
    schema: int
    session: str
    seq: int  # one per session second; a gap means loss
    t0_ms: int  # session time, half-open [t0_ms, t1_ms)
    t1_ms: int
    people: dict[str, PersonFrame]
    dyad: Dyad
    policy: Policy
    models: dict[str, Model]
    lat_ms: Latency
    shed: Shed


class CardText(msgspec.Struct, frozen=True):
    measures: str
    evidence: str
    source: str
    caution: str


class SignalSpec(msgspec.Struct, frozen=True):
    """How the overlay draws and explains a signal it has never heard of."""

    name: Name
    label: str
    unit: str
    low: float
    high: float
    group: Literal["voice", "face", "body", "together", "inferred", "link"]
    scope: Literal["person", "session"]
    card: CardText
    expert: bool = False  # folded away until asked for


class SessionHello(msgspec.Struct, frozen=True, tag="session.hello"):
    """Always the first message of a connection."""

    id: int  # of the newest reliable message so far
    schema: int
    session: str
    state: Literal["invited", "live", "paused", "ended"]
    seq: int  # of the newest frame; 0 before the first
    people: dict[str, Literal["therapist", "patient"]]
    policy: Policy
    catalog: list[SignalSpec]


class SessionState(msgspec.Struct, frozen=True, tag="session.state"):
    id: int
    state: Literal["invited", "live", "paused", "ended"]
    t_ms: int


class ConsentChanged(msgspec.Struct, frozen=True, tag="consent.changed"):
    id: int
    t_ms: int
    participant: str
    groups: list[str]  # all that are agreed to now


class AlertRaised(msgspec.Struct, frozen=True, tag="alert.raised"):
    id: int
    t_ms: int
    kind: str  # "long_pauses"
    participant: str | None
    text: str  # "longer pauses than usual"
    reason: str  # "pauses 3.1 s, usually 1.4 s, last 2 min"


class MarkAdded(msgspec.Struct, frozen=True, tag="mark.added"):
    id: int
    t_ms: int
    note: str = ""


class LinkChanged(msgspec.Struct, frozen=True, tag="link.changed"):
    """A person's media broke off, came back (marked gap and all), or they left."""

    id: int
    t_ms: int  # when media came last, or were seen to be back (within a second)
    participant: str
    link: Literal["up", "lost", "gone"]
    gap_ms: int = 0  # back up: how long nothing came, [t_ms - gap_ms, t_ms)


class ErrorMessage(msgspec.Struct, frozen=True, tag="error"):
    """What was wrong with something the client sent. The connection goes on."""

    code: str
    text: str


Down = (
    SignalFrame
    | SessionHello
    | SessionState
    | ConsentChanged
    | AlertRaised
    | MarkAdded
    | LinkChanged
    | ErrorMessage
)


class MarkAdd(msgspec.Struct, frozen=True, tag="mark.add"):
    t_ms: int | None = None  # the moment meant; None: now
    note: str = ""


class AlertAnswer(msgspec.Struct, frozen=True, tag="alert.answer"):
    alert: int  # id of the alert
    answer: Literal["useful", "not_now"]


Up = MarkAdd | AlertAnswer
