"""What the emotion model learns from: other voices, two voices, and never the one left out."""

import numpy as np
import pytest
from numpy.typing import NDArray

from attunement.pipelines.inferred import spectrum
from attunement.pipelines.inferred.description import SIZE
from attunement.pipelines.inferred.usual import Others
from attunement.pipelines.models.speech_emotion import OWN, STRANGER
from training.speech_emotion import learn, mixtures, voices
from training.speech_emotion.learn import Lessons

F32 = NDArray[np.float32]
SPEAKERS = np.array([1, 1, 1, 2, 2, 2, 3, 3, 3])


def lessons(seed: int = 0) -> Lessons:
    """Three speakers; two at once are further along fifty numbers than anybody alone."""
    rng = np.random.default_rng(seed)
    n, pairs = SPEAKERS.size, np.array([(1, 2), (1, 3), (2, 3)]).repeat(4, axis=0)
    mixed = rng.normal(size=(len(pairs), SIZE)).astype(np.float32)
    mixed[:, :50] += 40
    return Lessons(
        rng.normal(size=(2, n, SIZE)).astype(np.float32),
        np.full((2, n), 2.0, np.float32),
        SPEAKERS,
        np.arange(n) % 7,
        rng.normal(size=(n, SIZE)).astype(np.float32),
        SPEAKERS,
        mixed,
        pairs,
    )


@pytest.mark.parametrize("factor", [0.87, 1.15])
def test_another_vocal_tract_moves_what_is_in_the_spectrum(factor: float) -> None:
    low, high = (1127 * np.log1p(hz / 700) for hz in (spectrum.LOW, spectrum.HIGH))
    middle = np.linspace(low, high, spectrum.BANDS + 2)[1:-1]
    hz = 700 * np.expm1(middle / 1127)
    peak = np.exp(-(((hz - 1_500) / 300) ** 2))[None].astype(np.float32)
    moved = voices._stretched(peak, factor)[0]
    assert hz[moved.argmax()] == pytest.approx(1_500 * factor, rel=0.06)


def test_who_is_left_out_is_in_nothing_that_is_learned_from() -> None:
    rest = lessons().of(SPEAKERS != 2)
    assert set(rest.speaker) == set(rest.alone_of) == {1, 3}
    assert {tuple(pair) for pair in rest.mixed_of} == {(1, 3)}
    assert len(rest.mixed) == len(rest.mixed_of) == 4


@pytest.mark.parametrize("committee", [STRANGER, OWN])
def test_two_voices_are_told_from_one_where_they_differ(committee: int) -> None:
    taught = lessons()
    known = learn.others(taught.copies)
    slope, offset = learn.one_or_two(taught, known, committee)
    fresh = lessons(seed=1)
    one, two = fresh.alone, fresh.mixed
    if committee == STRANGER:
        compared = [learn.as_strangers(x, known) for x in (one, two)]
    else:
        who = fresh.mixed_of[:, 0]
        compared = [
            learn.against_usual(x, y, fresh, known) for x, y in ((one, SPEAKERS), (two, who))
        ]
    assert (compared[0] @ slope + offset <= 0).mean() > 0.6
    assert (compared[1] @ slope + offset > 0).all()


def test_the_usual_in_training_is_that_of_a_call() -> None:
    """`in_order` computes at once what `Usual` learns one by one."""
    taught = lessons()
    known: Others = learn.others(taught.copies)
    order = np.array([2, 0, 1])
    mine = taught.copies[0, :3]
    at_once = learn.in_order(mine, taught.seconds[0, :3], order, known)
    own = learn.Usual(known)
    for i in order:
        np.testing.assert_allclose(at_once[i], own.compare(mine[i]), atol=1e-4)
        own.learn(mine[i], 2.0)


def test_a_mixture_is_as_long_and_as_loud_as_one_voice() -> None:
    rng = np.random.default_rng(0)
    one, other = (rng.normal(0, s, n).astype(np.float32) for s, n in ((0.1, 900), (0.5, 400)))
    mixed = mixtures._over(one, other, 0.5, rng)
    assert mixed.size == one.size
    assert np.std(mixed) == pytest.approx(np.std(one), rel=1e-3)
    first, second = np.std(mixed[:450]), np.std(mixed[450:])
    assert second > 1.03 * first, "the other voice is in the last half only"
