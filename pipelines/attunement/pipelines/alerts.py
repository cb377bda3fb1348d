"""
The few things worth saying unasked, and when to keep quiet about them.

An alert compares a person with their own usual, holds for a minute, is said only when a turn has
just ended, and gives its reason. Clinicians override 49 to 96 % of the alerts of clinical software:
so at most one at a time and three in ten minutes, and a kind that is waved off more often than not
mutes itself.
"""

from collections import Counter, deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from attunement.engine.signal import Measured, Missing, Person, Role, Second

SUSTAINED = 60  # seconds that are looked back on
SHARE = 0.8  # of them that must be unusual
UNUSUAL = 2.0  # SDs
SPACING = 120  # seconds between two alerts: one at a time
WINDOW, MOST = 600, 3  # at most three in ten minutes
ANSWERS = 3  # of a kind before it can mute itself
SPOKE, SILENT = 0.5, 0.1  # shares of a second with speech that make the end of a turn


@dataclass(frozen=True, slots=True)
class Rule:
    kind: str
    signal: str
    sign: int  # +1: more than usual, -1: less
    text: str
    reason: str  # format of the value now, in words


@dataclass(frozen=True, slots=True)
class Alert:
    second: int
    kind: str
    participant: str | None  # None: about the alerts themselves
    text: str
    reason: str


RULES = (
    Rule(
        "long_pauses",
        "voice.pause_mean_s",
        +1,
        "longer pauses than usual",
        "pauses {:.1f} s in the last minute, longer than this person's own usual",
    ),
    Rule(
        "quiet_voice",
        "voice.level_dbfs",
        -1,
        "quieter than usual",
        "level {:.0f} dB for a minute, below this person's own usual",
    ),
    Rule(
        "fast_speech",
        "voice.articulation_rate",
        +1,
        "speaking faster than usual",
        "{:.1f} syllables a second for a minute, above this person's own usual",
    ),
)


class Alerts:
    """Of one session. Feed it each second; what it returns is to be shown to the therapist."""

    def __init__(self, people: Iterable[Person], rules: Iterable[Rule] = RULES) -> None:
        self._patients = [person.id for person in people if person.role is Role.PATIENT]
        self._rules = tuple(rules)
        self._unusual: dict[tuple[str, str], deque[bool]] = {}
        self._spoke: Counter[str] = Counter()
        self._raised: deque[int] = deque(maxlen=MOST)
        self._useful: Counter[str] = Counter()
        self._waved_off: Counter[str] = Counter()
        self._muted: set[str] = set()
        self._to_tell: list[str] = []  # kinds that muted themselves since the last second

    def answer(self, kind: str, useful: bool) -> None:
        """What the therapist said of an alert of this kind."""
        (self._useful if useful else self._waved_off)[kind] += 1
        answers = self._useful[kind] + self._waved_off[kind]
        mutes = answers >= ANSWERS and self._waved_off[kind] > self._useful[kind]
        if mutes and kind not in self._muted:
            self._muted.add(kind)
            self._to_tell.append(kind)

    def offer(self, second: Second) -> list[Alert]:
        told = [self._muting(second.index, kind) for kind in self._to_tell]
        self._to_tell = []
        for patient in self._patients:
            values = self._watch(patient, second)
            if self._turn_ended(patient, second) and self._may_speak(second.index):
                told += self._raise(patient, second.index, values)
        return told

    def _watch(self, patient: str, second: Second) -> Mapping[str, float]:
        """Note what is unusual now; return the values that are."""
        readings, usual = second.people.get(patient, {}), second.usual.get(patient, {})
        values = {}
        for rule in self._rules:
            reading = readings.get(rule.signal)
            history = self._unusual.setdefault((patient, rule.kind), deque(maxlen=SUSTAINED))
            unusual = usual.get(rule.signal, 0.0) * rule.sign >= UNUSUAL
            if isinstance(reading, Measured):
                history.append(unusual)
                if unusual:
                    values[rule.kind] = reading.value
        return values

    def _turn_ended(self, patient: str, second: Second) -> bool:
        speech = second.people.get(patient, {}).get("voice.speech")
        share = speech.value if isinstance(speech, Measured) else 0.0
        # Silence may come as a measured nought or as the absence of any speech.
        quiet = isinstance(speech, Missing) or share <= SILENT
        ended = quiet and self._spoke[patient] > 0
        self._spoke[patient] = 1 if share >= SPOKE else 0 if quiet else self._spoke[patient]
        return ended

    def _may_speak(self, now: int) -> bool:
        full = len(self._raised) == MOST and now - self._raised[0] < WINDOW
        return not full and not (self._raised and now - self._raised[-1] < SPACING)

    def _raise(self, patient: str, now: int, values: Mapping[str, float]) -> list[Alert]:
        for rule in self._rules:
            history = self._unusual[patient, rule.kind]
            lasting = len(history) == SUSTAINED and sum(history) >= SHARE * SUSTAINED
            if lasting and rule.kind in values and rule.kind not in self._muted:
                self._raised.append(now)
                history.clear()
                reason = rule.reason.format(values[rule.kind])
                return [Alert(now, rule.kind, patient, rule.text, reason)]
        return []

    def _muting(self, now: int, kind: str) -> Alert:
        text = next(rule.text for rule in self._rules if rule.kind == kind)
        reason = "it was waved off more often than it was useful"
        return Alert(now, "muted", None, f"no more word of “{text}” in this session", reason)
