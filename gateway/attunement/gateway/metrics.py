"""Numbers for the operator, in Prometheus' format. None of them says anything of a person."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily
from prometheus_client.registry import Collector

from attunement.gateway import wire
from attunement.pipelines.models.batch import SHARED

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
        gauge(
            "attunement_shed_level",
            "Steps down the order of what is given up, of the session with most",
            lambda: max((shed.level for shed in self._shed.values()), default=0),
        )
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
        self._registry.register(_Models())

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


class _Models(Collector):
    """What the models that sessions share were asked, and what became of it."""

    def collect(self) -> Iterator[CounterMetricFamily]:
        what = "Calls of models, items they answered, and items given up, by reason"
        told = CounterMetricFamily("attunement_model", what, labels=("model", "what"))
        for model, counts in SHARED.counts().items():
            for name, n in asdict(counts).items():
                told.add_metric((model, name), n)
        yield told
