"""Writes scripts: who says what when, and what the faces do meanwhile, from a seed."""

from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from attunement.simulator.errors import BadScript
from attunement.simulator.script import (
    Accent,
    Blink,
    Look,
    Nod,
    Part,
    Pose,
    Raise,
    Script,
    Smile,
    Utterance,
    Voice,
)

LEAD = 0.6  # s of silence before the first word
TAIL = 0.4  # s of silence after the last
SHORTEST = 0.9  # s, of an utterance
Name = Literal["therapist", "patient"]
NAMES: tuple[Name, Name] = ("therapist", "patient")


@dataclass(frozen=True, slots=True)
class _Manner:
    """How one person speaks."""

    f0: float  # Hz
    spread: float  # semitones, from utterance to utterance
    level: float  # dBFS
    rate: float  # syllables per second
    turn: tuple[float, float]  # s, shortest and longest


@dataclass(slots=True)
class _Floor:
    """Where the writing of turns has come to."""

    now: float = LEAD
    turns: int = 0
    spoken: dict[str, list[Utterance]] = field(
        default_factory=lambda: {"therapist": [], "patient": []}
    )


MANNERS = {
    "therapist": _Manner(f0=205, spread=1.0, level=-24, rate=4.6, turn=(1.6, 4.5)),
    "patient": _Manner(f0=118, spread=1.2, level=-26, rate=4.0, turn=(2.2, 7.5)),
}
VOICES = {
    "therapist": Voice(jitter=0.005, shimmer=0.03, breath=0.035, tract=1.15),
    "patient": Voice(jitter=0.008, shimmer=0.05, breath=0.02, tract=1.0),
}
LOOKS = {
    "therapist": Look(
        skin=(228, 188, 160),
        hair=(84, 52, 36),
        clothes=(58, 92, 96),
        wall=(148, 140, 126),
        iris=(72, 92, 84),
        long_hair=True,
    ),
    "patient": Look(skin=(216, 170, 138), hair=(44, 34, 30), clothes=(86, 74, 104)),
}
PULSES = {"therapist": 64.0, "patient": 76.0}


def write(seed: int, seconds: float) -> Script:
    """Raises BadScript for less than 5 s: nobody could answer."""
    if not 5 <= seconds <= 24 * 3600:
        raise BadScript("seconds", f"{seconds:g}", "5 to a day")
    talk, *faces = np.random.default_rng(seed).spawn(3)
    spoken = _conversation(talk, seconds)
    parts = tuple(
        _part(rng, name, seconds, tuple(spoken[name]))
        for name, rng in zip(NAMES, faces, strict=True)
    )
    return Script(seed, float(seconds), parts)


def _conversation(rng: np.random.Generator, seconds: float) -> dict[str, list[Utterance]]:
    floor = _Floor()
    while True:
        name = NAMES[floor.turns % 2]
        manner = MANNERS[name]
        shortest, longest = manner.turn
        # The first turns are short, so that little time holds many changes.
        longest = min(longest, shortest + 1.2) if floor.turns < 5 else longest
        end = min(floor.now + rng.uniform(shortest, longest), seconds - TAIL)
        if end - floor.now < SHORTEST:
            return floor.spoken
        turn = _turn(rng, manner, round(floor.now, 2), round(end, 2))
        floor.spoken[name] += turn
        floor.turns += 1
        floor.now = end + _offset(rng, floor.turns, end - turn[-1].begin)


def _offset(rng: np.random.Generator, turns: int, last: float) -> float:
    """From the end of one turn to the begin of the next; the second change is an overlap."""
    if turns % 9 == 8:
        return float(rng.uniform(1.5, 2.8))  # time to think
    if turns == 2 or (turns > 3 and rng.random() < 0.22):
        return -min(float(rng.uniform(0.25, 0.55)), last - 0.5)
    return float(rng.uniform(0.18, 0.8))


def _turn(rng: np.random.Generator, manner: _Manner, begin: float, end: float) -> list[Utterance]:
    spoken = []
    while True:
        until = begin + rng.uniform(SHORTEST, 2.6)
        pause = rng.uniform(0.35, 0.8)
        if end - until - pause < SHORTEST:
            until = end
        spoken.append(_utterance(rng, manner, round(begin, 2), round(until, 2)))
        if until == end:
            return spoken
        begin = until + pause


def _utterance(rng: np.random.Generator, manner: _Manner, begin: float, end: float) -> Utterance:
    mean = manner.f0 * 2 ** (rng.normal(0, manner.spread / 2) / 12)
    fall = rng.uniform(0.8, 2.2)  # semitones
    count = max(1, round((end - begin) / rng.uniform(0.7, 1.1)))
    at = begin + (np.arange(count) + rng.uniform(0.25, 0.75, count)) * (end - begin) / count
    return Utterance(
        begin=begin,
        end=end,
        f0_begin=round(mean * 2 ** (fall / 24), 1),
        f0_end=round(mean * 2 ** (-fall / 24), 1),
        level=round(manner.level + rng.uniform(-1.5, 1.5), 1),
        rate=round(manner.rate * rng.uniform(0.9, 1.1), 2),
        seed=int(rng.integers(2**31)),
        accents=tuple(Accent(round(float(t), 2), round(rng.uniform(0.8, 2.4), 1)) for t in at),
    )


def _part(
    rng: np.random.Generator, name: Name, seconds: float, utterances: tuple[Utterance, ...]
) -> Part:
    return Part(
        name=name,
        voice=VOICES[name],
        look=LOOKS[name],
        utterances=utterances,
        blinks=_blinks(rng, seconds),
        smiles=_smiles(rng, seconds),
        raises=_raises(rng, seconds),
        nods=_nods(rng, seconds),
        poses=_poses(rng, seconds),
        pulse=PULSES[name],
    )


def _blinks(rng: np.random.Generator, seconds: float) -> tuple[Blink, ...]:
    blinks, t = [], rng.uniform(1.0, 2.0)
    while t < seconds - 0.6:
        length = round(rng.uniform(0.26, 0.36), 2)
        blinks.append(Blink(round(t, 2), length))
        t += length + 1.2 + min(rng.exponential(2.0), 8.0)
    return tuple(blinks)


def _smiles(rng: np.random.Generator, seconds: float) -> tuple[Smile, ...]:
    smiles: list[Smile] = []
    t = rng.uniform(2.5, 5.0)
    while True:
        apex = t + rng.uniform(0.4, 0.7)
        offset = apex + rng.uniform(0.8, 2.0)
        end = offset + rng.uniform(0.5, 0.9)
        if end > seconds - 0.2:
            return tuple(smiles)
        times = (round(t, 2), round(apex, 2), round(offset, 2), round(end, 2))
        smiles.append(Smile(*times, intensity=round(rng.uniform(0.75, 1), 2)))
        t = end + rng.uniform(3.0, 9.0)


def _raises(rng: np.random.Generator, seconds: float) -> tuple[Raise, ...]:
    raises, t = [], rng.uniform(3.0, 7.0)
    while t < seconds - 1.5:
        end = t + rng.uniform(0.6, 1.2)
        raises.append(Raise(round(t, 2), round(end, 2), round(rng.uniform(0.7, 1), 2)))
        t = end + rng.uniform(5.0, 14.0)
    return tuple(raises)


def _nods(rng: np.random.Generator, seconds: float) -> tuple[Nod, ...]:
    nods, t = [], rng.uniform(4.0, 8.0)
    while t < seconds - 2.0:
        count = int(rng.integers(2, 4))
        end = t + count * rng.uniform(0.38, 0.5)
        nods.append(Nod(round(t, 2), round(end, 2), round(rng.uniform(5, 8), 1), count))
        t = end + rng.uniform(6.0, 16.0)
    return tuple(nods)


def _poses(rng: np.random.Generator, seconds: float) -> tuple[Pose, ...]:
    poses, t = [Pose(0.0)], rng.uniform(1.5, 3.0)
    while t < seconds:
        yaw = float(np.clip(rng.normal(0, 9), -22, 22))
        pitch = float(np.clip(rng.normal(0, 4), -9, 9))
        roll = float(np.clip(rng.normal(0, 3), -8, 8))
        poses.append(Pose(round(t, 2), round(yaw, 1), round(pitch, 1), round(roll, 1)))
        t += rng.uniform(1.5, 4.5)
    return tuple(poses)
