"""
What the speech-emotion model can do: one EmoDB speaker left out at a time, and nEMO unseen.

    ATTUNEMENT_DATA=... python -m benchmarks.speech_emotion_eval [--baseline]

Prints the tables of docs/models/speech_emotion.md. In each fold the whole training runs without
one speaker: usual of others, discriminants, temperature, bound of strangeness. `--baseline` adds
eGeMAPSv02 functionals (openSMILE) and a support vector machine in the same folds.
"""

import argparse
import os
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from attunement.pipelines.inferred import spectrum
from attunement.pipelines.inferred.circumplex import PLACES
from attunement.pipelines.inferred.own_rank import OwnRank
from attunement.pipelines.inferred.spectrum import BANDS, LEVEL, LOW, PITCH, RATE
from attunement.pipelines.inferred.usual import Others
from attunement.pipelines.models.speech_emotion import (
    OWN,
    STRANGER,
    SpeechEmotion,
    Weights,
    answer,
)
from training.speech_emotion.corpus import CLASSES, HIGH, Utterance, decoded, emodb, nemo
from training.speech_emotion.learn import Lessons, as_strangers, in_order, train
from training.speech_emotion.sights import Seen, clean, coded, seen
from training.speech_emotion.train import CACHE, lessons

F64 = NDArray[np.float64]
ORDERS = 10  # random orders of a speaker's utterances, whose results are averaged
WARM = 30.0  # s of speech before an utterance, from which a person counts as known
BOOTSTRAPS = 2_000


def recall(probability: F64, emotion: NDArray[np.int64]) -> float:
    """Unweighted average recall."""
    hit = probability.argmax(axis=1) == emotion
    return float(np.mean([hit[emotion == c].mean() for c in np.unique(emotion)]))


def interval(probability: F64, emotion: NDArray[np.int64], speaker: NDArray[np.int64]) -> str:
    """95 % bootstrap interval of the recall: over utterances, and over speakers."""
    rng = np.random.default_rng(0)
    people = [np.flatnonzero(speaker == who) for who in np.unique(speaker)]
    of_all, of_people = [], []
    for _ in range(BOOTSTRAPS):
        pick = rng.integers(emotion.size, size=emotion.size)
        of_all.append(recall(probability[pick], emotion[pick]))
        pick = np.concatenate([people[i] for i in rng.integers(len(people), size=len(people))])
        of_people.append(recall(probability[pick], emotion[pick]))
    marks = (*np.quantile(of_all, (0.025, 0.975)), *np.quantile(of_people, (0.025, 0.975)))
    return "{:.3f}-{:.3f} (utterances), {:.3f}-{:.3f} (speakers)".format(*marks)


def calibration_error(probability: F64, emotion: NDArray[np.int64], bins: int = 10) -> float:
    """Expected calibration error of the likeliest class, bins of equal width."""
    sure, hit = probability.max(axis=1), probability.argmax(axis=1) == emotion
    which = np.minimum((sure * bins).astype(int), bins - 1)
    parts = [(which == b) for b in range(bins) if (which == b).any()]
    return float(sum(p.mean() * abs(sure[p].mean() - hit[p].mean()) for p in parts))


def area(score: F64, positive: NDArray[np.bool_]) -> float:
    """Area under the ROC curve: how often a positive one is scored over a negative one."""
    order = np.argsort(np.argsort(score, kind="stable")) + 1.0
    n = int(positive.sum())
    return float((order[positive].sum() - n * (n + 1) / 2) / (n * (positive.size - n)))


def answers(weights: Weights, inputs: NDArray[np.float32]) -> tuple[F64, F64]:
    found = [answer(weights, one) for one in inputs]
    return np.stack([a.probability for a in found]), np.array([a.strangeness for a in found])


class Folds:
    """Leaves one speaker out at a time, and asks the model about the one left out."""

    def __init__(self, taught: Lessons, coded: NDArray[np.float32]) -> None:
        self.emotion, self.speaker = taught.emotion, taught.speaker
        n = self.emotion.size
        self.cold, self.coded = np.zeros((n, len(CLASSES))), np.zeros((n, len(CLASSES)))
        self.own = np.zeros((ORDERS, n, len(CLASSES)))
        self.before = np.zeros((ORDERS, n))  # s of speech that the usual was made of
        self.strange = np.zeros((2, n))
        for who in np.unique(self.speaker):
            weights = train(taught.of(self.speaker != who))
            self._ask(weights, taught, coded, int(who))
            print(f"  fold {who} of EmoDB", flush=True)

    def _ask(self, weights: Weights, taught: Lessons, coded: NDArray[np.float32], who: int) -> None:
        mine = np.flatnonzero(self.speaker == who)
        known = Others(weights.mean, weights.spread)
        described, seconds = taught.copies[0, mine], taught.seconds[0, mine]
        self.cold[mine], self.strange[STRANGER, mine] = answers(
            weights, as_strangers(described, known)
        )
        self.coded[mine], _ = answers(weights, as_strangers(coded[mine], known))
        for i in range(ORDERS):
            order = np.random.default_rng((i, who)).permutation(mine.size)
            inputs = in_order(described, seconds, order, known)
            self.own[i, mine], self.strange[OWN, mine] = answers(weights, inputs)
            self.before[i, mine[order]] = np.cumsum(seconds[order]) - seconds[order]


def told_of(utterances: list[Utterance], look: Seen) -> tuple[F64, NDArray[np.int64], F64]:
    """For the rule: pitch, level, high frequencies of each utterance; who speaks; seconds."""
    found = []
    for rows, said in zip(look.rows, look.speech, strict=True):
        told = features(rows[said].astype(np.float32)) if said.any() else None
        found.append(np.full(3, np.nan) if told is None else told)
    people = sorted({one.speaker for one in utterances})
    return (
        np.stack(found),
        np.array([people.index(one.speaker) for one in utterances]),
        look.seconds,
    )


def features(rows: NDArray[np.float32]) -> F64 | None:
    """As inferred/arousal.py takes them, from the rows of the emotion model."""
    voiced = rows[:, PITCH] > 0
    if voiced.sum() < 10:
        return None
    power = np.exp(rows[:, :BANDS].astype(np.float64))
    high = band_centres() >= 500
    ratio = np.log(power[:, high].sum(axis=1) / power[:, ~high].sum(axis=1))
    square = np.mean(10 ** (rows[:, LEVEL].astype(np.float64) / 10))
    return np.array(
        [np.median(rows[voiced, PITCH]), 10 * np.log10(square), np.median(ratio[voiced])]
    )


def band_centres() -> F64:
    low, high = (1127 * np.log1p(hz / 700) for hz in (LOW, spectrum.HIGH))
    return np.asarray(700 * np.expm1(np.linspace(low, high, BANDS + 2)[1:-1] / 1127))


def rule(told: F64, speaker: NDArray[np.int64], order_seed: int) -> F64:
    """Arousal by the rule, each utterance against those of the speaker before it; NaN: none."""
    out = np.full(len(told), np.nan)
    for who in np.unique(speaker):
        mine = np.flatnonzero(speaker == who)
        usual = OwnRank()
        for i in mine[np.random.default_rng((order_seed, int(who))).permutation(mine.size)]:
            if np.isfinite(told[i]).all():
                rating = usual.rate(told[i])
                out[i] = np.nan if rating is None else rating
                usual.learn(told[i])
    return out


def known_area(score: F64, positive: NDArray[np.bool_]) -> str:
    known = np.isfinite(score)
    return f"{area(score[known], positive[known]):.3f} (of {known.mean():.0%} of utterances)"


def report_emodb(folds: Folds, look: Seen, utterances: list[Utterance]) -> None:
    emotion, speaker = folds.emotion, folds.speaker
    print(f"EmoDB, {emotion.size} utterances, one of 10 speakers left out at a time")
    print(f"  knowing nothing of the speaker: UAR {recall(folds.cold, emotion):.3f}", end=", ")
    print(f"95 % {interval(folds.cold, emotion, speaker)}", end=", ")
    print(f"ECE {calibration_error(folds.cold, emotion):.3f}")
    print(f"  the same over 24 kbit/s Opus: UAR {recall(folds.coded, emotion):.3f}")
    every = [recall(own, emotion) for own in folds.own]
    print(f"  own usual, {ORDERS} orders: UAR {np.mean(every):.3f}", end=" ")
    print(f"({min(every):.3f}-{max(every):.3f}); one order's 95 %", end=" ")
    print(interval(folds.own[0], emotion, speaker), end=", ")
    flat = folds.own.reshape(-1, len(CLASSES)), np.tile(emotion, ORDERS)
    print(f"ECE {calibration_error(*flat):.3f}")
    warm = folds.before.reshape(-1) >= WARM
    print(
        f"  from {WARM:.0f} s of earlier speech on: UAR {recall(flat[0][warm], flat[1][warm]):.3f}"
    )
    print("  recall:", *(_by_class(flat[0], flat[1])))
    print("  coverage -> errors (own usual):", *risk(flat[0], flat[1]))
    strange = [(folds.strange[c] > 1).mean() for c in (STRANGER, OWN)]
    print(f"  strange by mistake: {strange[0]:.1%} cold, {strange[1]:.1%} own usual")
    print(f"  under 1.5 s of speech: {(look.seconds < 1.5).mean():.1%}")
    high = np.array([one.emotion in HIGH for one in utterances])
    told, who, _ = told_of(utterances, look)
    print(f"  arousal, derived: AUC cold {known_area(folds.cold @ PLACES[:, 1], high)}", end=", ")
    print(f"own usual {known_area(folds.own[0] @ PLACES[:, 1], high)}")
    print(f"  arousal, rule: AUC {known_area(rule(told, who, 0), high)}", flush=True)


def _by_class(probability: F64, emotion: NDArray[np.int64]) -> list[str]:
    hit = probability.argmax(axis=1) == emotion
    return [f"{name} {hit[emotion == c].mean():.2f}" for c, name in enumerate(CLASSES)]


def risk(probability: F64, emotion: NDArray[np.int64]) -> list[str]:
    """Share of errors among the surest tenths."""
    order = np.argsort(-probability.max(axis=1), kind="stable")
    wrong = (probability.argmax(axis=1) != emotion)[order]
    shares = (1.0, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2)
    return [f"{share:.0%} {wrong[: round(share * wrong.size)].mean():.3f}" for share in shares]


def report_nemo(utterances: list[Utterance], look: Seen) -> None:
    """With the weights that ship; nothing of nEMO has been learned from."""
    weights = SpeechEmotion().weights
    known = Others(weights.mean, weights.spread)
    described, seconds = look.described, look.seconds.astype(np.float32)
    able = np.isfinite(described).all(axis=1)
    _, speaker, _ = told_of(utterances, look)
    high = np.array([one.emotion in HIGH for one in utterances])
    cold = np.full((len(utterances), len(CLASSES)), np.nan)
    own, strange = cold.copy(), np.full((2, len(utterances)), np.nan)
    for who in np.unique(speaker):
        mine = np.flatnonzero((speaker == who) & able)
        order = np.random.default_rng((0, int(who))).permutation(mine.size)
        cold[mine], strange[0, mine] = answers(weights, as_strangers(described[mine], known))
        inputs = in_order(described[mine], seconds[mine], order, known)
        own[mine], strange[1, mine] = answers(weights, inputs)
    print(f"nEMO, {len(utterances)} utterances, {(~able).sum()} with too little voice")
    for name, found in (("cold", cold), ("own usual", own)):
        score = found @ PLACES[:, 1]
        print(f"  arousal, derived, {name}: AUC {known_area(score, high)}", end="; ")
        print(f"UAR of the 5 emotions both have {_shared(found, utterances):.3f}")
    rated = rule(told_of(utterances, look)[0], speaker, 0)
    print(f"  arousal, rule: AUC {known_area(rated, high)}")
    both = np.isfinite(rated) & able
    agree = np.corrcoef(rated[both], own[both] @ PLACES[:, 1])[0, 1]
    print(f"  correlation of the two estimates of arousal: {agree:.2f}")
    print(f"  strange: {(strange[0] > 1).mean():.1%} cold, {(strange[1] > 1).mean():.1%} own usual")


def _shared(probability: F64, utterances: list[Utterance]) -> float:
    use = np.array([one.emotion in CLASSES for one in utterances])
    use &= np.isfinite(probability).all(axis=1)
    emotion = np.array(
        [CLASSES.index(o.emotion) for o, u in zip(utterances, use, strict=True) if u]
    )
    shared = np.unique(emotion)
    masked = np.full_like(probability[use], -1.0)
    masked[:, shared] = probability[use][:, shared]
    return recall(masked, emotion)


def baseline(utterances: list[Utterance], folds: Folds) -> None:
    """eGeMAPSv02 and a support vector machine in the same folds; peers, for benchmarks only."""
    import opensmile
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    from sklearn.svm import SVC

    smile = opensmile.Smile(
        feature_set=opensmile.FeatureSet.eGeMAPSv02,
        feature_level=opensmile.FeatureLevel.Functionals,
    )
    raw = np.stack([smile.process_signal(decoded(u.file), RATE).to_numpy()[0] for u in utterances])
    for name, x in (("nothing known", raw), ("z by all of the speaker", _by_speaker(raw, folds))):
        best = 0.0
        for cost in (0.1, 1.0, 10.0):
            found = np.zeros((len(raw), len(CLASSES)))
            for who in np.unique(folds.speaker):
                rest = folds.speaker != who
                net = make_pipeline(StandardScaler(), SVC(C=cost, class_weight="balanced"))
                net.fit(x[rest], folds.emotion[rest])
                found[~rest, net.predict(x[~rest])] = 1
            best = max(best, recall(found, folds.emotion))
        print(f"eGeMAPSv02 + SVM, {name}: UAR {best:.3f} (the best of three costs)", flush=True)


def _by_speaker(x: F64, folds: Folds) -> F64:
    out = x.copy()
    for who in np.unique(folds.speaker):
        mine = folds.speaker == who
        out[mine] = (x[mine] - x[mine].mean(axis=0)) / (x[mine].std(axis=0) + 1e-9)
    return out


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cache", type=Path, default=CACHE)
    parser.add_argument("--baseline", action="store_true")
    asked = parser.parse_args()
    data = Path(os.environ["ATTUNEMENT_DATA"])
    german, polish = emodb(data), nemo(data)
    taught = lessons(german, asked.cache)
    look, through_codec = (seen(german, way, 0, asked.cache) for way in (clean, coded))
    folds = Folds(taught, through_codec.described)
    report_emodb(folds, look, german)
    report_nemo(polish, seen(polish, clean, 0, asked.cache))
    if asked.baseline:
        baseline(german, folds)


if __name__ == "__main__":
    main()
