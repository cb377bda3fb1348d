"""
Whose voice fills the time: over the last minute and over the session.

Quality: how much of the minute there has been yet (of the session's first, for its shares).
"""

from collections.abc import Mapping, Sequence

from attunement.engine.clock import SECOND
from attunement.engine.frame import Frame
from attunement.engine.signal import (
    Card,
    Context,
    Group,
    Measured,
    Missing,
    Person,
    Readings,
    Scope,
    Spec,
    Stage,
    StageSpec,
)
from attunement.pipelines.together.turns import Span
from attunement.pipelines.together.window import LEAST, Window

WINDOW = 60 * SECOND
SHARES = ("therapist", "patient", "overlap", "silence")


class TalkShare(Stage[Span]):
    def __init__(self, people: tuple[Person, ...]) -> None:
        self._roles = tuple(person.role.value for person in people)
        self._window = Window(WINDOW)
        self._session = dict.fromkeys(SHARES, 0)

    def push(self, span: Span, /) -> Sequence[Frame]:
        self._window.add(span)
        if all(span.heard):
            self._session[self._whose(span.speaking)] += span.ns
        return ()

    def measure(self) -> Readings:
        why, _ = self._window.close()
        if why:
            return {spec.name: Missing(why) for spec in STAGE.signals}
        minute = dict.fromkeys(SHARES, 0)
        for (speaking, _), ns in self._window.heard().items():
            minute[self._whose(speaking)] += ns
        return {
            **_shares("dyad.talk_share", minute, self._window.passed),
            **_shares("dyad.talk_share_session", self._session, self._window.passed),
        }

    def _whose(self, speaking: tuple[bool, ...]) -> str:
        if all(speaking):
            return "overlap"
        if not any(speaking):
            return "silence"
        return self._roles[speaking.index(True)]


def _shares(name: str, times: Mapping[str, int], passed: int) -> Readings:
    whole = sum(times.values())
    quality, n = passed / WINDOW, whole // SECOND
    return {f"{name}.{share}": Measured(ns / whole, quality, n) for share, ns in times.items()}


def _make(context: Context) -> Stage[Span]:
    return TalkShare(context.people)


def _spec(name: str, share: str, since: str) -> Spec:
    what = {
        "therapist": "the therapist alone speaks",
        "patient": "the patient alone speaks",
        "overlap": "both speak at once",
        "silence": "nobody speaks",
    }
    label = {"overlap": "both at once", "silence": "silence"}.get(share, f"{share} speaks")
    return Spec(
        f"{name}.{share}",
        label if name == "dyad.talk_share" else f"{label}, whole session",
        "1",
        0.0,
        1.0,
        Card(
            measures=f"The share of the time in which {what[share]}. The four shares sum to 1.",
            evidence=f"{since}, as far as both were heard; at least {LEAST // SECOND} seconds.",
            source="Voice activity (Silero VAD) of both; pauses under 0.2 s count as speech.",
            caution="There is no right share: it depends on the method, the moment and the person.",
        ),
        window=WINDOW // SECOND,
    )


STAGE = StageSpec(
    name="talk_share",
    group=Group.TOGETHER,
    takes=(Span,),
    make=_make,
    scope=Scope.SESSION,
    signals=(
        *(_spec("dyad.talk_share", share, "The last 60 seconds") for share in SHARES),
        *(_spec("dyad.talk_share_session", share, "The session so far") for share in SHARES),
    ),
)
