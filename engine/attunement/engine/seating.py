"""Which stage runs for whom: made when allowed and possible, thrown away when not."""

import logging
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from attunement.engine.coverage import Coverage, weighed
from attunement.engine.errors import ModelUnavailable
from attunement.engine.frame import AudioFrame, Frame, VideoFrame
from attunement.engine.session import Roster
from attunement.engine.shedding import Level
from attunement.engine.signal import (
    Context,
    Measured,
    Missing,
    Models,
    Reading,
    Readings,
    Scope,
    Spec,
    Stage,
    StageSpec,
    Why,
)

log = logging.getLogger(__name__)

EVERYBODY = ""  # whose seat a session-wide stage has
Seat = tuple[int, str]  # place in the catalog, participant


class Seating:
    """
    The stages of one session, each in its seat.

    A frame goes down the catalog: every stage that takes it gets it, and what a stage derives from
    it goes to the stages after that one. A stage that raises is out for the rest of the session;
    those that live on what it derived are out with it, all others stay.
    """

    def __init__(self, catalog: Sequence[StageSpec], models: Models) -> None:
        self._catalog = catalog
        self._models = models
        self._roster = Roster(())
        self._ids: tuple[str, ...] = ()
        self._stages: dict[Seat, Stage[Any]] = {}
        self._empty: dict[Seat, Why] = {}  # seats nobody can take, and why
        self._takers: dict[type, tuple[int, ...]] = {}
        self._derived = frozenset(kind for spec in catalog for kind in spec.emits)
        self._media = _media(catalog)
        self._windows = tuple({1, *(signal.window for signal in spec.signals)} for spec in catalog)
        self._level = Level.NOTHING
        self._told: set[str] = set()  # models that were reported as missing

    def apply(self, roster: Roster) -> None:
        """Fill and clear seats until they are what the roster allows."""
        if roster.people != self._roster.people:
            self._ids = tuple(person.id for person in roster.people)
            self._clear(lambda who: who == EVERYBODY or who not in self._ids)
        self._roster = roster
        wanted = self._wanted()
        for seat in [seat for seat in self._stages if seat not in wanted]:
            del self._stages[seat]
        for seat in wanted:
            if seat not in self._stages and seat not in self._empty:
                self._fill(seat)

    def shed(self, level: Level) -> None:
        """Give up what the level says, with all that lives on it; take back what it does not."""
        self._level = level
        self._empty = {seat: why for seat, why in self._empty.items() if why is not Why.SHED}
        for seat in sorted(self._stages):
            if self._given_up(seat) or self._starved(seat):
                del self._stages[seat]
                self._empty[seat] = Why.SHED
        self.apply(self._roster)
        for seat in sorted(self._stages):
            if seat in self._stages:  # retired since, with one that it lives on
                self._ease(seat)

    def wants(self, frame: Frame) -> bool:
        return any(self._seat(place, frame) in self._stages for place in self._taking(type(frame)))

    def push(self, frame: Frame, after: int = -1) -> None:
        for place in self._taking(type(frame)):
            if place <= after:
                continue
            seat = self._seat(place, frame)
            stage = self._stages.get(seat)
            if stage is None:
                continue
            try:
                derived = stage.push(frame)
            except Exception as fault:
                self._retire(seat, fault)
                continue
            for further in derived:
                self.push(further, after=place)

    def measure(self, coverage: Coverage) -> tuple[Mapping[str, Readings], Readings]:
        """
        Close the second: readings per participant, and those of the session, as far as the
        media that came allow.
        """
        for seat in sorted(self._stages):
            self._finish(seat)
        people: dict[str, dict[str, Reading]] = {p.id: {} for p in self._roster.people}
        together: dict[str, Reading] = {}
        for place, spec in enumerate(self._catalog):
            if spec.scope is Scope.SESSION:
                together |= self._readings((place, EVERYBODY), coverage)
            else:
                for person in self._roster.people:
                    people[person.id] |= self._readings((place, person.id), coverage)
        return people, together

    # Which seats are to be filled.

    def _why_not(self, seat: Seat) -> Why | None:
        place, who = seat
        if self._catalog[place].scope is Scope.SESSION:
            return self._roster.why_not_together(self._catalog[place].group)
        return self._roster.why_not(who, self._catalog[place].group)

    def _wanted(self) -> list[Seat]:
        """
        Allowed for its own signals' sake, or because an allowed stage lives on its frames. One that
        hears everybody is never made for another's sake where it is not allowed itself: what it
        lives on would be found of people who did not agree.
        """
        wanted: set[Seat] = set()
        for place in reversed(range(len(self._catalog))):
            spec = self._catalog[place]
            for who in self._people_of(spec):
                serves = any(
                    (later, other) in wanted
                    for later in range(place + 1, len(self._catalog))
                    for other in (EVERYBODY, *(self._ids if who == EVERYBODY else (who,)))
                    if set(spec.emits) & set(self._catalog[later].takes)
                )
                has_signals = bool(spec.signals) or not spec.emits
                allowed = self._why_not((place, who)) is None
                if (has_signals and allowed) or (serves and (allowed or who != EVERYBODY)):
                    wanted.add((place, who))
        return sorted(wanted)

    def _people_of(self, spec: StageSpec) -> Iterable[str]:
        return (EVERYBODY,) if spec.scope is Scope.SESSION else self._ids

    def _fill(self, seat: Seat) -> None:
        place, who = seat
        spec = self._catalog[place]
        starved = Why.SHED if self._given_up(seat) else self._starved(seat)
        if starved:
            self._empty[seat] = starved
            return
        people = tuple(p for p in self._roster.people if who in (EVERYBODY, p.id))
        try:
            self._stages[seat] = spec.make(Context(people, self._models))
            if self._level:
                self._ease(seat)
        except ModelUnavailable as missing:
            self._empty[seat] = Why.NO_MODEL
            if missing.name not in self._told:
                self._told.add(missing.name)
                log.warning("%s", missing)
        except Exception as fault:
            self._retire(seat, fault)

    def _given_up(self, seat: Seat) -> bool:
        given_up = self._catalog[seat[0]].given_up
        return given_up is not None and self._level >= given_up

    def _ease(self, seat: Seat) -> None:
        try:
            self._stages[seat].ease(self._level)
        except Exception as fault:
            self._retire(seat, fault)

    def _starved(self, seat: Seat) -> Why | None:
        """Why nobody derives a kind of frame that this seat needs; None if somebody does."""
        place, who = seat
        needed = set(self._catalog[place].takes) & self._derived
        for earlier, spec in enumerate(self._catalog[:place]):
            if not needed & set(spec.emits):
                continue
            sources = self._people_of(spec) if who == EVERYBODY else (who,)
            for source in sources:
                if (earlier, source) in self._empty:
                    return self._empty[earlier, source]
        return None

    def _clear(self, whose: Any) -> None:
        self._stages = {seat: s for seat, s in self._stages.items() if not whose(seat[1])}
        self._empty = {seat: w for seat, w in self._empty.items() if not whose(seat[1])}

    # The way of a frame.

    def _taking(self, kind: type) -> tuple[int, ...]:
        if kind not in self._takers:
            self._takers[kind] = tuple(
                place for place, spec in enumerate(self._catalog) if kind in spec.takes
            )
        return self._takers[kind]

    def _seat(self, place: int, frame: Frame) -> Seat:
        session_wide = self._catalog[place].scope is Scope.SESSION
        return place, EVERYBODY if session_wide else frame.participant

    def _finish(self, seat: Seat) -> None:
        if seat not in self._stages:
            return  # retired since, by what an earlier stage derived
        try:
            derived = self._stages[seat].finish()
        except Exception as fault:
            self._retire(seat, fault)
            return
        for frame in derived:
            self.push(frame, after=seat[0])

    def _readings(self, seat: Seat, coverage: Coverage) -> Readings:
        spec = self._catalog[seat[0]]
        why = self._why_not(seat)
        readings: Readings = {}
        if seat in self._stages:
            try:
                readings = self._stages[seat].measure()
            except Exception as fault:
                self._retire(seat, fault)
        if why is None and seat not in self._stages:
            why = self._empty.get(seat, Why.FAILED)
        if why:
            return {signal.name: Missing(why) for signal in spec.signals}
        checked = {s.name: _checked(readings.get(s.name), s) for s in spec.signals}
        came = self._came(seat, coverage)
        if min(came.values()) == 1:
            return checked
        return {s.name: weighed(checked[s.name], came[1], came[s.window]) for s in spec.signals}

    def _came(self, seat: Seat, coverage: Coverage) -> Mapping[int, float]:
        """What share of the seat's media came, by each window of its signals, and in the second."""
        place, who = seat
        people = self._ids if who == EVERYBODY else (who,)
        return {
            window: coverage.share(people, self._media[place], window) if window else 1.0
            for window in self._windows[place]
        }

    def _retire(self, seat: Seat, fault: Exception) -> None:
        # One broken signal must not take the others, or the call, with it.
        # The traceback may hold media or words of the session: only the kind of fault is logged.
        self._stages.pop(seat, None)
        self._empty[seat] = Why.FAILED
        log.error(
            "stage %s failed with %s and is out for the rest of the session",
            self._catalog[seat[0]].name,
            type(fault).__name__,
        )
        for other in [s for s in self._stages if s[0] > seat[0]]:
            if self._starved(other):
                del self._stages[other]
                self._empty[other] = Why.FAILED


def _media(catalog: Sequence[StageSpec]) -> tuple[frozenset[type], ...]:
    """Per stage: the media that it takes, or that what it takes was derived from."""
    media: list[frozenset[type]] = []
    for place, spec in enumerate(catalog):
        rests: set[type] = {kind for kind in spec.takes if kind in (AudioFrame, VideoFrame)}
        for earlier, kinds in zip(catalog[:place], media, strict=True):
            if set(earlier.emits) & set(spec.takes):
                rests |= kinds
        media.append(frozenset(rests))
    return tuple(media)


def _checked(reading: Reading | None, signal: Spec) -> Reading:
    """A stage that says nothing, or something outside its own range, has not measured."""
    if reading is None:
        return Missing(Why.FAILED)
    if isinstance(reading, Measured) and not (
        math.isfinite(reading.value) and signal.low <= reading.value <= signal.high
    ):
        return Missing(Why.LOW_QUALITY)
    return reading
