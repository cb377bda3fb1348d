"""The course of an utterance: its syllables, its pitch, how far the mouth is open."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from attunement.simulator.script import Utterance

VOWELS = 6
CONSONANT = 0.28  # of a syllable
NASAL, STOP, FRICATIVE = range(3)
ACCENT = 0.12  # s, SD of the bell that an accent is
FADE = 0.025  # s at either end of an utterance


@dataclass(frozen=True, eq=False)
class Syllables:
    """Syllables of an utterance, all shape (n,)."""

    begin: NDArray[np.float64]  # s, from the begin of the utterance
    length: NDArray[np.float64]  # s
    vowel: NDArray[np.int64]
    consonant: NDArray[np.int64]


@lru_cache(maxsize=64)
def syllables(spoken: Utterance) -> Syllables:
    rng = np.random.default_rng(spoken.seed)
    length = spoken.end - spoken.begin
    n = max(1, round(length * spoken.rate))
    share = rng.uniform(0.85, 1.15, n)
    lengths = share / share.sum() * length
    consonant = rng.choice((NASAL, NASAL, NASAL, STOP, FRICATIVE), n)
    consonant[0] = NASAL  # voiced: the utterance begins when the script says
    vowel = rng.integers(VOWELS, size=n)
    return Syllables(np.concatenate(([0.0], np.cumsum(lengths)[:-1])), lengths, vowel, consonant)


def pitch(spoken: Utterance, t: NDArray[np.float64]) -> NDArray[np.float64]:
    """Hz at moments t, s of the session."""
    low, high = np.log2(spoken.f0_end), np.log2(spoken.f0_begin)
    octaves = high + (low - high) * (t - spoken.begin) / (spoken.end - spoken.begin)
    for accent in spoken.accents:
        octaves = octaves + accent.height / 12 * np.exp(-(((t - accent.t) / ACCENT) ** 2) / 2)
    hertz: NDArray[np.float64] = 2.0**octaves
    return hertz


def within(
    spoken: Utterance, t: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Which syllable, and how far into it (0 to 1), at moments t, s of the session."""
    parts = syllables(spoken)
    local = t - spoken.begin
    which = np.clip(np.searchsorted(parts.begin, local, side="right") - 1, 0, None)
    return which, (local - parts.begin[which]) / parts.length[which]


def voicing(spoken: Utterance, t: NDArray[np.float64]) -> NDArray[np.float64]:
    """How strong the voice is (0 to 1) at moments t, s of the session."""
    which, inside = within(spoken, t)
    floor = np.array([0.4, 0.05, 0.1])[syllables(spoken).consonant[which]]
    rise = np.clip(inside / CONSONANT, 0, 1)
    body = floor + (1 - floor) * np.where(rise < 0.6, 0, (rise - 0.6) / 0.4)
    fall = 1 - 0.4 * np.clip((inside - 0.7) / 0.3, 0, 1)
    edge = np.clip(np.minimum(t - spoken.begin, spoken.end - t) / FADE, 0, 1)
    strength: NDArray[np.float64] = body * fall * edge
    return strength


def opening(spoken: Utterance, t: float) -> float:
    """How far the jaw is down (0 to 1) at t, s of the session."""
    which, inside = within(spoken, np.array([t]))
    wide = (0.9, 0.3, 0.35, 0.6, 0.6, 0.5)[int(syllables(spoken).vowel[which[0]])]
    return wide * float(np.sin(np.pi * np.clip(inside[0], 0, 1)) ** 0.7)
