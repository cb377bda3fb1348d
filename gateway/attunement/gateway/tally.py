"""How often each signal was measured, and why it was not: the summary of a replay or a demo."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from attunement.engine.signal import Measured, Second
from attunement.gateway import wire
from attunement.gateway.export import TOGETHER


@dataclass(slots=True)
class Line:
    """One signal of one participant."""

    measured: int = 0
    total: float = 0.0  # sum of the values
    why: Counter[str] = field(default_factory=Counter)

    @property
    def seconds(self) -> int:
        return self.measured + self.why.total()

    @property
    def share(self) -> float:
        return self.measured / self.seconds if self.seconds else 0.0

    @property
    def mean(self) -> float | None:
        return self.total / self.measured if self.measured else None

    def note(self, value: float | None, why: str | None) -> None:
        if value is None:
            self.why[why or "unknown"] += 1
        else:
            self.measured += 1
            self.total += value


class Tally:
    """Bounded by the catalog: it counts, and keeps no second."""

    def __init__(self) -> None:
        self._lines: dict[tuple[str, str], Line] = {}
        self.seconds = 0

    def add(self, second: Second) -> None:
        self.seconds += 1
        for who, readings in (*second.people.items(), (TOGETHER, second.together)):
            for name, reading in readings.items():
                if isinstance(reading, Measured):
                    self._line(who, name).note(reading.value, None)
                else:
                    self._line(who, name).note(None, reading.why.value)

    def add_frame(self, frame: wire.SignalFrame) -> None:
        self.seconds += 1
        people = ((who, person.signals) for who, person in frame.people.items())
        for who, values in (*people, (TOGETHER, frame.dyad.signals)):
            for name, value in values.items():
                self._line(who, name).note(value.v, value.why)

    def __iter__(self) -> Iterator[tuple[str, str, Line]]:
        """Participant, signal, line; in the order of the catalog."""
        return ((who, name, line) for (who, name), line in self._lines.items())

    def of(self, who: str, name: str) -> Line:
        return self._lines.get((who, name), Line())

    def as_json(self) -> dict[str, dict[str, dict[str, object]]]:
        """participant -> signal -> share of seconds measured, and seconds per reason."""
        told: dict[str, dict[str, dict[str, object]]] = {}
        for who, name, line in self:
            told.setdefault(who, {})[name] = {
                "measured": round(line.share, 3),
                "missing": dict(sorted(line.why.items())),
            }
        return told

    def _line(self, who: str, name: str) -> Line:
        return self._lines.setdefault((who, name), Line())


def reasons(why: Iterable[tuple[str, int]]) -> str:
    """ "no_face 12 s, low_quality 3 s"."""
    return ", ".join(f"{reason} {seconds} s" for reason, seconds in why)
