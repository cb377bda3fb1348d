"""What is true of a scripted session, second by second: computed from the script alone."""

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass
from statistics import median

import numpy as np
from numpy.typing import NDArray

from attunement.simulator import prosody
from attunement.simulator.script import Part, Script

PAUSE = 0.2  # s; a shorter silence of one person belongs to their speech
STEP = 0.01  # s
VOICED = 0.35  # of the voice's full strength
LONGEST_GAP, LONGEST_OVERLAP = 10.0, 3.0  # s: what still is a transfer of the floor

Span = tuple[float, float]


@dataclass(frozen=True, slots=True)
class PersonSecond:
    """Of the script's second [s, s + 1); None where there is no such thing in it."""

    speech: float  # share of it
    voiced: float  # s of voiced speech
    f0: float | None  # Hz, median over the voiced speech
    level: float | None  # dBFS, RMS over the speech
    muted: float  # share of it
    camera_off: float  # share of it


@dataclass(frozen=True, slots=True)
class Transfer:
    """Heldner & Edlund (2010): from the end of one person's speech to the begin of the other's."""

    t: float  # s at which the new speaker began
    offset: float  # s; negative: overlap
    to: str


@dataclass(frozen=True, slots=True)
class Truth:
    seconds: int
    people: Mapping[str, tuple[PersonSecond, ...]]
    speech: Mapping[str, tuple[Span, ...]]  # pauses under PAUSE closed, mute left out
    transfers: tuple[Transfer, ...]
    blinks: Mapping[str, tuple[float, ...]]  # s at which each ends
    smiles: Mapping[str, tuple[float, ...]]  # s at which each ends

    @staticmethod
    def of(script: Script) -> "Truth":
        seconds = int(script.seconds)
        speech: dict[str, tuple[Span, ...]] = {p.name: _speech(p) for p in script.parts}
        return Truth(
            seconds,
            {
                part.name: tuple(_second(part, speech[part.name], s) for s in range(seconds))
                for part in script.parts
            },
            speech,
            transfers(speech),
            {p.name: tuple(b.begin + b.length for b in p.blinks) for p in script.parts},
            {p.name: tuple(smile.end for smile in p.smiles) for p in script.parts},
        )

    def shares(self, begin: float, end: float) -> dict[str, float]:
        """Of the time from begin to end: one alone, the other alone, both, nobody; sums to 1."""
        t = np.arange(begin, end, STEP) + STEP / 2
        one, other = (_inside(self.speech[name], t) for name in ("therapist", "patient"))
        return {
            "therapist": float(np.mean(one & ~other)),
            "patient": float(np.mean(other & ~one)),
            "overlap": float(np.mean(one & other)),
            "silence": float(np.mean(~one & ~other)),
        }

    def dumps(self) -> str:
        return json.dumps(dataclasses.asdict(self), indent=1) + "\n"


def transfers(speech: Mapping[str, tuple[Span, ...]]) -> tuple[Transfer, ...]:
    """Who takes the floor from whom. Speech inside the other's speech changes nothing."""
    edges = sorted(
        (t, begins, name)
        for name, spans in speech.items()
        for begin, end in spans
        for t, begins in ((begin, True), (end, False))
    )
    found: list[Transfer] = []
    holder = ""
    began: dict[str, float] = {}
    ended: dict[str, float] = {}
    speaking: set[str] = set()
    for t, begins, name in edges:
        other = next((who for who in speech if who != name), "")
        if begins:
            speaking.add(name)
            began[name] = t
            if holder == other and other in speaking:
                continue
            if holder == other and t - ended[other] <= LONGEST_GAP:
                found.append(Transfer(t, t - ended[other], name))
            holder = name
        else:
            speaking.discard(name)
            ended[name] = t
            if holder == name and other in speaking:
                holder = other
                if t - began[other] <= LONGEST_OVERLAP:
                    found.append(Transfer(began[other], began[other] - t, other))
    return tuple(found)


def _speech(part: Part) -> tuple[Span, ...]:
    merged: list[Span] = []
    for begin, end in [piece for u in part.utterances for piece in _heard(part, u.begin, u.end)]:
        if merged and begin - merged[-1][1] < PAUSE:
            merged[-1] = merged[-1][0], end
        else:
            merged.append((begin, end))
    return tuple(merged)


def _heard(part: Part, begin: float, end: float) -> list[Span]:
    """The pieces of a span in which the microphone is on."""
    pieces = [(begin, end)]
    for fault in part.faults:
        if fault.kind == "mute":
            pieces = [
                piece
                for b, e in pieces
                for piece in ((b, min(e, fault.begin)), (max(b, fault.end), e))
                if piece[0] < piece[1]
            ]
    return pieces


def _second(part: Part, speech: tuple[Span, ...], second: int) -> PersonSecond:
    t = second + np.arange(0, 1, STEP) + STEP / 2
    hz: list[float] = []
    power: list[float] = []
    for spoken in part.utterances:
        moments = t[(t >= spoken.begin) & (t < spoken.end) & _inside(speech, t)]
        if moments.size:
            voiced = prosody.voicing(spoken, moments) >= VOICED
            hz += prosody.pitch(spoken, moments)[voiced].tolist()
            power += [10 ** (spoken.level / 10)] * moments.size
    return PersonSecond(
        speech=float(np.mean(_inside(speech, t))),
        voiced=len(hz) * STEP,
        f0=median(hz) if hz else None,
        level=10 * float(np.log10(np.mean(power))) if power else None,
        muted=_share(part, "mute", t),
        camera_off=_share(part, "camera_off", t),
    )


def _inside(spans: tuple[Span, ...], t: NDArray[np.float64]) -> NDArray[np.bool_]:
    inside = np.zeros(t.size, np.bool_)
    for begin, end in spans:
        inside |= (t >= begin) & (t < end)
    return inside


def _share(part: Part, kind: str, t: NDArray[np.float64]) -> float:
    spans = tuple((f.begin, f.end) for f in part.faults if f.kind == kind)
    return float(np.mean(_inside(spans, t)))
