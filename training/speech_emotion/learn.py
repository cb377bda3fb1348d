"""
How the model learns: regularised linear discriminants, in closed form.

Each learns from all utterances, clean and made worse. The committee for strangers sees each
utterance compared with the voices of others; the one for a voice that is known sees it compared
with what that speaker said before it, in a random order, which is what a call has. What a speaker
gives to a discriminant is a sum, so that leaving one out is a subtraction.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from attunement.pipelines.inferred import usual
from attunement.pipelines.inferred.description import SIZE, STATISTICS
from attunement.pipelines.inferred.usual import Others, Usual
from attunement.pipelines.models.speech_emotion import CLASSES, OWN, STRANGER, Weights

F32 = NDArray[np.float32]
F64 = NDArray[np.float64]
FIRST = (
    *range(STATISTICS),
    SIZE,
)  # inputs of the first discriminant; the second has all of them
SHRINK = (0.05, 0.1, 0.2, 0.3)  # of the covariance towards a sphere: one discriminant each
SHRINK_STRANGE = 0.2  # likewise, where strangeness is measured
SHRINK_CROWD = 0.1  # likewise, where one voice is told from two
CROWD = 0.05  # of three seconds of one voice are taken for two by mistake
RARE = 0.99  # of the utterances learned from are less strange than the furthest
SHARPNESS = np.geomspace(0.02, 2.0, 93)  # among which the best is taken


@dataclass(frozen=True, slots=True, eq=False)
class Lessons:
    """Every utterance, clean (first) and made worse; three seconds of one person and of two."""

    copies: F32  # (copies, n, SIZE)
    seconds: F32  # (copies, n), of speech
    speaker: NDArray[np.int64]  # (n,)
    emotion: NDArray[np.int64]  # (n,)
    alone: F32  # (k, SIZE)
    alone_of: NDArray[np.int64]  # (k,), speakers
    mixed: F32  # (m, SIZE)
    mixed_of: NDArray[np.int64]  # (m, 2)

    def of(self, keep: NDArray[np.bool_]) -> "Lessons":
        still = np.isin(self.alone_of, self.speaker[keep])
        known = np.isin(self.mixed_of, self.speaker[keep]).all(axis=1)
        return Lessons(
            self.copies[:, keep],
            self.seconds[:, keep],
            self.speaker[keep],
            self.emotion[keep],
            self.alone[still],
            self.alone_of[still],
            self.mixed[known],
            self.mixed_of[known],
        )


@dataclass(slots=True, eq=False)
class Sums:
    """What a discriminant needs to know of some utterances."""

    count: F64  # (classes,)
    total: F64  # (classes, inputs)
    squares: F64  # (inputs, inputs)

    def __add__(self, other: "Sums") -> "Sums":
        return Sums(
            self.count + other.count, self.total + other.total, self.squares + other.squares
        )

    @property
    def means(self) -> F64:
        return self.total / self.count[:, None]

    @property
    def within(self) -> F64:
        """Covariance around the mean of each class."""
        between = (self.means.T * self.count) @ self.means
        return np.asarray((self.squares - between) / self.count.sum())


def others(copies: F32) -> Others:
    """What is usual in these voices: (copies, n, size)."""
    described = copies.reshape(-1, copies.shape[-1])
    spread = described.std(axis=0, dtype=np.float64) + 1e-6
    mean = described.mean(axis=0, dtype=np.float64)
    return Others(mean.astype(np.float32), spread.astype(np.float32))


def as_strangers(described: F32, known: Others) -> F32:
    """What `Usual.compare` gives of voices that nothing is known of: (n, size + 1)."""
    usual_of_others = Usual(known)
    return np.stack([usual_of_others.compare(one) for one in described])


def in_order(described: F32, seconds: F32, order: NDArray[np.int64], known: Others) -> F32:
    """
    What `Usual.compare` gives of one speaker's utterances, each compared with those before it in
    `order`: (n, size + 1), in the order of the utterances. The same sums, for all of them at once.
    """
    x = (described[order].astype(np.float64) - known.mean) / known.spread
    weight = seconds[order].astype(np.float64)[:, None]
    before = np.cumsum(weight, axis=0) - weight
    total = np.maximum(before, 1e-9)
    own = (np.cumsum(x * weight, axis=0) - x * weight) / total
    squares = (np.cumsum(x * x * weight, axis=0) - x * x * weight) / total
    variance = np.maximum(squares - own**2, usual.THINNEST**2)
    after = usual.SPREAD_AFTER
    spread = np.sqrt((after + before * variance) / (after + before))
    share = before / (before + usual.MEAN_AFTER)
    z = np.clip((x - share * own) / spread, -usual.WIDEST, usual.WIDEST)
    out = np.empty((len(x), x.shape[1] + 1), np.float32)
    out[order] = np.concatenate((z, share), axis=1)
    return out


def views(lessons: Lessons, speaker: int, known: Others, committee: int) -> tuple[F32, F32]:
    """Inputs of a committee of one speaker: clean (n, inputs), and all copies together."""
    mine = lessons.speaker == speaker
    found = []
    for copy, (described, seconds) in enumerate(zip(lessons.copies, lessons.seconds, strict=True)):
        if committee == STRANGER:
            found.append(as_strangers(described[mine], known))
        else:
            order = np.random.default_rng((copy, speaker)).permutation(int(mine.sum()))
            found.append(in_order(described[mine], seconds[mine], order, known))
    return found[0], np.concatenate(found)


def sums(inputs: F32, emotion: NDArray[np.int64]) -> Sums:
    which = np.eye(len(CLASSES))[emotion]
    return Sums(which.sum(axis=0), which.T @ inputs, (inputs.T @ inputs).astype(np.float64))


def discriminants(known: Sums) -> tuple[F64, F64]:
    """
    Slope (inputs, classes) and offset (classes,) of the mean log odds of all discriminants: over
    the first inputs and over all, each shrunk in four ways; all classes as likely beforehand.
    """
    inputs = known.squares.shape[0]
    slope, offset = np.zeros((inputs, len(CLASSES))), np.zeros(len(CLASSES))
    for chosen in (np.array(FIRST), np.arange(inputs)):
        within, means = known.within[np.ix_(chosen, chosen)], known.means[:, chosen]
        for shrink in SHRINK:
            part = np.linalg.solve(shrunk(within, shrink), means.T) / (2 * len(SHRINK))
            slope[chosen] += part
            offset -= (means.T * part).sum(axis=0) / 2
    return slope, offset


def shrunk(covariance: F64, shrink: float) -> F64:
    size = len(covariance)
    sphere = np.eye(size) * (shrink * np.trace(covariance) / size)
    return np.asarray((1 - shrink) * covariance + sphere)


def axes(known: Sums) -> tuple[F64, F64]:
    """Whitened axes (inputs, inputs), and the mean of each class along them."""
    factor = np.linalg.cholesky(shrunk(known.within, SHRINK_STRANGE))
    whitener = np.linalg.inv(factor).T
    return whitener, known.means @ whitener


def strangeness(inputs: F32, whitener: F64, centre: F64) -> F64:
    """Squared distance from the nearest class (n,)."""
    along = inputs @ whitener
    return np.asarray(np.square(along[:, None] - centre[None]).sum(axis=2).min(axis=1))


def sharpest(odds: F64, emotion: NDArray[np.int64]) -> float:
    """One over the temperature under which what was said is least surprising, classes equal."""
    weight = 1 / np.bincount(emotion, minlength=len(CLASSES))[emotion]
    at = np.arange(emotion.size)
    return float(
        min(
            SHARPNESS,
            key=lambda s: -float((weight * log_softmax(s * odds)[at, emotion]).sum()),
        )
    )


def log_softmax(odds: F64) -> F64:
    odds = odds - odds.max(axis=1, keepdims=True)
    return np.asarray(odds - np.log(np.exp(odds).sum(axis=1, keepdims=True)))


def against_usual(described: F32, who: NDArray[np.int64], lessons: Lessons, known: Others) -> F32:
    """
    What `Usual.compare` gives of each, after some of that speaker's clean utterances, from one of
    them to all: (n, size + 1).
    """
    out = np.empty((len(described), described.shape[1] + 1), np.float32)
    for i, (one, speaker) in enumerate(zip(described, who, strict=True)):
        mine = np.flatnonzero(lessons.speaker == speaker)
        rng = np.random.default_rng((i, int(speaker)))
        own = Usual(known)
        for k in rng.permutation(mine)[: rng.integers(1, mine.size + 1)]:
            own.learn(lessons.copies[0, k], float(lessons.seconds[0, k]))
        out[i] = own.compare(one)
    return out


def one_or_two(lessons: Lessons, known: Others, committee: int) -> tuple[F64, float]:
    """
    Slope (inputs,) and offset of a discriminant that is over 0 where two people speak at once. The
    offset comes from three seconds of one voice, leaving one speaker out at a time.
    """
    single, of, double = _crowd_views(lessons, known, committee)
    short = len(single) - len(lessons.alone)
    found = []
    for who in np.unique(lessons.speaker):
        without = (lessons.mixed_of != who).all(axis=1)
        slope = _between(single[of != who], double[without])
        found.append(single[short:][of[short:] == who] @ slope)
    return _between(single, double), -float(np.quantile(np.concatenate(found), 1 - CROWD))


def _crowd_views(
    lessons: Lessons, known: Others, committee: int
) -> tuple[F32, NDArray[np.int64], F32]:
    """Inputs of one voice, whose it is, and inputs of two."""
    speakers = [int(who) for who in np.unique(lessons.speaker)]
    copies = [views(lessons, who, known, committee)[1] for who in speakers]
    if committee == STRANGER:
        alone, double = as_strangers(lessons.alone, known), as_strangers(lessons.mixed, known)
    else:
        either = lessons.mixed_of[np.arange(len(lessons.mixed)), np.arange(len(lessons.mixed)) % 2]
        alone = against_usual(lessons.alone, lessons.alone_of, lessons, known)
        double = against_usual(lessons.mixed, either, lessons, known)
    of = np.repeat(speakers, [len(one) for one in copies])
    return np.concatenate((*copies, alone)), np.concatenate((of, lessons.alone_of)), double


def _between(single: F32, double: F32) -> F64:
    within = (np.cov(single.T) + np.cov(double.T)) / 2
    apart = double.mean(axis=0, dtype=np.float64) - single.mean(axis=0, dtype=np.float64)
    return np.asarray(np.linalg.solve(shrunk(within, SHRINK_CROWD), apart))


def train(lessons: Lessons) -> Weights:
    """
    A model that has learned from these speakers. Temperatures and the bounds of strangeness come
    from leaving one of them out at a time.
    """
    known = others(lessons.copies)
    parts = [_committee(lessons, known, committee) for committee in (STRANGER, OWN)]
    slope, offset, sharpness, whitener, centre, furthest = (
        np.stack(part).astype(np.float32) for part in zip(*parts, strict=True)
    )
    crowds = [one_or_two(lessons, known, committee) for committee in (STRANGER, OWN)]
    crowd, bound = (np.stack(part).astype(np.float32) for part in zip(*crowds, strict=True))
    return Weights(*known, slope, offset, sharpness, whitener, centre, furthest, crowd, bound)


def _committee(lessons: Lessons, known: Others, committee: int) -> tuple[F64 | float, ...]:
    speakers = [int(who) for who in np.unique(lessons.speaker)]
    clean, worse, added = {}, {}, {}
    for who in speakers:
        emotion = lessons.emotion[lessons.speaker == who]
        clean[who], worse[who] = views(lessons, who, known, committee)
        added[who] = sums(worse[who], np.tile(emotion, len(lessons.copies)))
    everybody = _total(added[who] for who in speakers)
    odds, said, strange = [], [], []
    for who in speakers:
        rest = _total(added[other] for other in speakers if other != who)
        slope, offset = discriminants(rest)
        odds.append(clean[who] @ slope + offset)
        said.append(lessons.emotion[lessons.speaker == who])
        strange.append(strangeness(worse[who], *axes(rest)))
    sharpness = sharpest(np.concatenate(odds), np.concatenate(said))
    furthest = float(np.quantile(np.concatenate(strange), RARE))
    return (*discriminants(everybody), sharpness, *axes(everybody), furthest)


def _total(parts: Iterable[Sums]) -> Sums:
    first, *rest = parts
    for part in rest:
        first = first + part
    return first
