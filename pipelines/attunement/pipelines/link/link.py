"""The network between a person and us: what delays and gaps in the other signals may come from."""

from collections.abc import Sequence
from dataclasses import fields

from attunement.engine.frame import Frame, LinkFrame
from attunement.engine.signal import (
    Card,
    Context,
    Group,
    Measured,
    Missing,
    Reading,
    Readings,
    Spec,
    Stage,
    StageSpec,
    Why,
)

WEBRTC = "W3C, Identifiers for WebRTC's Statistics API; RFC 3550 (jitter), RFC 7675 (round trip)"
NOT_A_PERSON = "Says something of the line, never of the person."


def _spec(name: str, label: str, unit: str, high: float, measures: str) -> Spec:
    evidence = "the connection's own report, once a second"
    return Spec(f"net.{name}", label, unit, 0, high, Card(measures, evidence, WEBRTC, NOT_A_PERSON))


SPECS = (
    _spec("rtt", "round trip", "ms", 60_000, "How long a small packet takes there and back."),
    _spec("jitter", "jitter", "ms", 60_000, "How unevenly packets arrive."),
    _spec("loss", "packets lost", "1", 1, "The share of packets that never arrived."),
    _spec("fps", "pictures", "/s", 1_000, "How many pictures a second could be decoded."),
    _spec("kbps", "received", "kbit/s", 1_000_000, "How much arrives a second."),
    _spec("freeze", "freeze", "ms", 3_600_000, "The longest wait for a picture."),
)
NAMES = tuple(field.name for field in fields(LinkFrame) if field.name not in ("participant", "t"))


class Link(Stage[LinkFrame]):
    def __init__(self, context: Context) -> None:
        self._reports: list[LinkFrame] = []

    def push(self, frame: LinkFrame, /) -> Sequence[Frame]:
        self._reports.append(frame)
        return ()

    def measure(self) -> Readings:
        """Of several reports in one second, the newest that knows a figure counts."""
        reports, self._reports = self._reports, []
        return {f"net.{name}": _reading(reports, name) for name in NAMES}


def _reading(reports: Sequence[LinkFrame], name: str) -> Reading:
    known = [value for report in reports if (value := getattr(report, name)) is not None]
    if known:
        return Measured(known[-1], 1.0, len(known))
    return Missing(Why.WARMING if reports else Why.NO_MEDIA)


STAGE = StageSpec("link", Group.LINK, (LinkFrame,), Link, SPECS)
