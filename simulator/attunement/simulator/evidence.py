"""In which seconds of a script a signal exists: where it holds the least evidence of its card."""

from collections.abc import Callable

from attunement.simulator.truth import PersonSecond, Truth

SPOKEN = 0.3  # s of a second: less is an edge

Rule = Callable[[Truth, str, int], bool]


def exists(truth: Truth, name: str | None, signal: str, second: int) -> bool:
    """`name`: "therapist" or "patient"; None for what is between them."""
    for prefix, rule in RULES.items():
        if signal.startswith(prefix):
            return rule(truth, name or "", second)
    return True


def _now(truth: Truth, name: str, s: int) -> PersonSecond:
    return truth.people[name][s]


def _spoken(truth: Truth, name: str, s: int) -> float:
    """Seconds of speech up to the end of this one."""
    return sum(each.speech for each in truth.people[name][: s + 1])


def _paused(truth: Truth, name: str, s: int) -> bool:
    """Has there been a pause between two stretches of speech, and has it ended?"""
    spans = truth.speech[name]
    return any(
        0.25 <= after[0] - before[1] <= 2 and after[0] <= s
        for before, after in zip(spans, spans[1:], strict=False)
    )


def _seen(truth: Truth, name: str, s: int) -> bool:
    return _now(truth, name, s).camera_off == 0


def _both_heard(truth: Truth, s: int) -> bool:
    return all(person[s].muted == 0 for person in truth.people.values())


def _changes(truth: Truth, s: int) -> int:
    return sum(transfer.t < s - 1 for transfer in truth.transfers)


# The first prefix that fits.
RULES: dict[str, Rule] = {
    "voice.speech": lambda truth, name, s: _now(truth, name, s).muted == 0,
    "voice.f0": lambda truth, name, s: _now(truth, name, s).voiced >= SPOKEN,
    "voice.pause_mean": lambda truth, name, s: (
        _paused(truth, name, s) and _spoken(truth, name, s) > 6 and _now(truth, name, s).muted == 0
    ),
    "voice.pause": lambda truth, name, s: (
        _spoken(truth, name, s) > 6 and _now(truth, name, s).muted == 0
    ),
    "voice.silence": lambda truth, name, s: (
        _spoken(truth, name, s) > 6 and _now(truth, name, s).muted == 0
    ),
    "voice.articulation": lambda truth, name, s: (
        _spoken(truth, name, s) > 3 and _now(truth, name, s).speech >= SPOKEN
    ),
    "voice.": lambda truth, name, s: _now(truth, name, s).speech >= SPOKEN,
    "face.blink_rate": lambda truth, name, s: s >= 5 and _seen(truth, name, s),
    "face.smile_rate": lambda truth, name, s: s >= 5 and _seen(truth, name, s),
    "face.smile_": lambda truth, name, s: s >= LEARNED + 5 and _seen(truth, name, s),
    "face.nod_rate": lambda truth, name, s: s >= 5 and _seen(truth, name, s),
    "face.shake_rate": lambda truth, name, s: s >= 5 and _seen(truth, name, s),
    "face.au": lambda truth, name, s: s >= LEARNED and _seen(truth, name, s),
    "face.asymmetry": lambda truth, name, s: s >= LEARNED and _seen(truth, name, s),
    "gaze.on_screen": lambda truth, name, s: s >= LEARNED and _seen(truth, name, s),
    "gaze.": lambda truth, name, s: s >= 1 and _seen(truth, name, s),
    "face.": lambda truth, name, s: s >= 1 and _seen(truth, name, s),
    "body.": lambda truth, name, s: s >= 1 and _seen(truth, name, s),
    "dyad.talk_share": lambda truth, name, s: s >= SETTLED and _both_heard(truth, s),
    "dyad.floor_transfer_median": lambda truth, name, s: _changes(truth, s) >= 3,
    "dyad.floor": lambda truth, name, s: _changes(truth, s) >= 1,
    "dyad.": lambda truth, name, s: s >= 11 and _both_heard(truth, s),
    "net.": lambda truth, name, s: s >= 2,
}
SETTLED = 6
LEARNED = 40  # s by which 20 s of a face that is turned now and then have been seen
