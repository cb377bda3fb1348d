"""Numbers for the operator, in Prometheus' format. None of them says anything of a person."""

from collections.abc import Callable, Mapping

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from attunement.gateway import wire

BUCKETS = (0.05, 0.1, 0.2, 0.25, 0.3, 0.4, 0.5, 0.75, 1.0, 2.0)  # s


class Metrics:
    """Of one hub; has a registry of its own, so that several may live in one process."""

    def __init__(self, sessions: Callable[[], float], overlays: Callable[[], float]) -> None:
        self._registry = CollectorRegistry()
        self._shed: dict[str, wire.Shed] = {}  # session -> as of its last frame

        def gauge(name: str, what: str, read: Callable[[], float]) -> None:
            Gauge(name, what, registry=self._registry).set_function(read)

        def counter(name: str, what: str, *labels: str) -> Counter:
            return Counter(name, what, labels, registry=self._registry)

        gauge("attunement_sessions", "Sessions that are open", sessions)
        gauge("attunement_overlays", "Overlays that are connected", overlays)
        self._frames = counter("attunement_frames", "Signal frames made")
        self._late = counter("attunement_late", "Media frames that came after their second")
        self._dropped = counter("attunement_dropped", "Media frames dropped", "lane")
        self._received = counter(
            "attunement_receive", "Packets turned away, asked for again or unreadable", "what"
        )
        self.skipped = counter("attunement_skipped", "Signal frames that overlays did not take")
        self.aborted = counter("attunement_aborted", "Overlays cut off because they stalled")
        self.refused = counter("attunement_refused", "Requests refused", "status")
        self.failed = counter("attunement_failed", "Requests and sessions that failed")
        self._latency = Histogram(
            "attunement_latency_seconds",
            "End of a second to its encoded frame",
            buckets=BUCKETS,
            registry=self._registry,
        )

    def published(self, session: str, frame: wire.SignalFrame) -> None:
        before, now = self._shed.get(session, wire.Shed()), frame.shed
        self._shed[session] = now
        self._frames.inc()
        self._late.inc(now.late - before.late)
        self._dropped.labels("sound").inc(now.dropped_sound - before.dropped_sound)
        self._dropped.labels("picture").inc(now.dropped_picture - before.dropped_picture)
        if frame.lat_ms.total is not None:
            self._latency.observe(max(0.0, frame.lat_ms.total / 1000))

    def received(self, counts: Mapping[str, int]) -> None:
        """Of one connection, since it was last asked."""
        for what, n in counts.items():
            self._received.labels(what.replace(" ", "_").replace(":", "")).inc(n)

    def forget(self, session: str) -> None:
        self._shed.pop(session, None)

    def text(self) -> bytes:
        return generate_latest(self._registry)
