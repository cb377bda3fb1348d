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

NOT_A_PERSON = "Says something of the line, never of the person. A recording has none of it."
RTP = "RFC 3550, A.3 and A.8"
CHECK = "RFC 8445 and RFC 7675: a connectivity check (STUN)"
STATS = "W3C, Identifiers for WebRTC's Statistics API"
DAY = 86_400_000  # ms


def _spec(name: str, label: str, unit: str, high: float, *card: str) -> Spec:
    """`card`: what it measures, from what, and after whom."""
    measures, evidence, source = card
    return Spec(f"net.{name}", label, unit, 0, high, Card(measures, evidence, source, NOT_A_PERSON))


SPECS = (
    _spec(
        "rtt",
        "round trip",
        "ms",
        60_000,
        "How long a question to the other side takes there and back.",
        "A check once a second, smoothed over four; an answer that was quicker counts at once.",
        CHECK,
    ),
    _spec(
        "jitter",
        "jitter",
        "ms",
        60_000,
        "How unevenly packets arrive: the running mean of how much the time on the way changes.",
        "The last packets of sound, about 16; of pictures where no sound came.",
        RTP,
    ),
    _spec(
        "loss",
        "packets lost",
        "1",
        1,
        "The share of packets that did not come at first, before anything was repeated.",
        "The packets of sound and pictures together that were due since the last report, once a "
        "second. One that comes late is set off against later losses.",
        RTP,
    ),
    _spec(
        "fps",
        "pictures",
        "/s",
        1_000,
        "How many pictures a second were decoded, by the times that the sender gave them.",
        "The pictures since the last report, once a second. All that come, and not only those "
        "that are looked at.",
        STATS,
    ),
    _spec(
        "kbps",
        "received",
        "kbit/s",
        1_000_000,
        "How much arrives a second: media, what was repeated of them, and reports.",
        "The packets since the last report, once a second, without encryption and addresses.",
        STATS,
    ),
    _spec(
        "freeze",
        "freeze",
        "ms",
        DAY,
        "The longest wait for a picture.",
        "The times at which pictures were decoded since the last report, once a second, and the "
        "wait that goes on.",
        STATS,
    ),
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
