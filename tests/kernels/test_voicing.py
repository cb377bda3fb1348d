import math

import numpy as np
import pytest
from numpy.typing import NDArray

from attunement.kernels import perceptron, pitch, voicing


def some(n: int = 9, seed: int = 0) -> dict[str, NDArray[np.float32]]:
    rng = np.random.default_rng(seed)
    shapes = {
        "clues": (n, pitch.CANDIDATES, pitch.CLUES),
        "evidence": (n, pitch.CANDIDATES),
        "bands": (n, 3),
        "levels": (n, 2),
    }
    return {name: rng.normal(0, 10, shape).astype(np.float32) for name, shape in shapes.items()}


def describe(
    given: dict[str, NDArray[np.float32]], running: NDArray[np.float64]
) -> NDArray[np.float32]:
    out = np.empty((len(given["clues"]), voicing.FACTS), np.float32)
    voicing.describe(
        given["clues"], given["evidence"], given["bands"], given["levels"], running, out
    )
    return out


def test_the_net_is_two_matrix_products_with_rectifiers_between() -> None:
    for net in voicing.weights():
        x = np.random.default_rng(1).normal(0, 1, (5, net.inner.shape[0])).astype(np.float32)
        plain = np.maximum(x @ net.inner + net.inner_bias, 0) @ net.outer + net.outer_bias
        odds = np.empty(5, np.float32)
        perceptron.log_odds(x, net, odds)
        np.testing.assert_allclose(odds, plain, rtol=1e-3, atol=1e-3)


def test_the_weights_fit_what_is_asked_of_them() -> None:
    weigher, hearer = voicing.weights()
    assert weigher.inner.shape[0] == pitch.CLUES
    assert hearer.inner.shape[0] == voicing.INPUTS
    assert sum(part.size for net in (weigher, hearer) for part in net) < 3_000


def test_level_and_tilt_are_those_of_the_sound_around_the_centre() -> None:
    sound = np.random.default_rng(3).normal(0, 0.1, 2_000).astype(np.float32)
    found = np.empty((5, 2), np.float32)
    voicing.level_and_tilt(sound, 300, 160, found)
    for i, (level, tilt) in enumerate(found):
        around = slice(300 + 160 * i - voicing.REACH, 300 + 160 * i + voicing.REACH)
        power = np.mean(sound[around].astype(float) ** 2)
        steps = np.mean(np.diff(sound, prepend=0)[around].astype(float) ** 2)
        assert level == pytest.approx(10 * math.log10(power), abs=1e-3)
        assert tilt == pytest.approx(10 * math.log10(steps / power), abs=1e-3)


def test_the_level_is_told_against_a_running_peak_and_a_running_floor() -> None:
    given = some(200)
    given["levels"][:, 0] = -60
    given["levels"][20:40, 0] = -20
    facts = describe(given, voicing.new_levels())
    assert facts[19, 1] == 0
    assert facts[20, 1] == 0
    assert facts[20, 2] == pytest.approx(40 - voicing.FALL, abs=1e-3)
    assert facts[60, 1] == pytest.approx(-40 + 21 * voicing.FALL, abs=1e-3)
    assert facts[60, 2] == 0


def test_facts_do_not_depend_on_how_the_frames_come() -> None:
    given = some(50)
    whole = describe(given, voicing.new_levels())
    running = voicing.new_levels()
    parts = [
        describe({name: x[a:b] for name, x in given.items()}, running)
        for a, b in ((0, 1), (1, 17), (17, 17), (17, 50))
    ]
    assert np.array_equal(np.concatenate(parts), whole)


def test_a_frame_is_told_with_those_around_it_and_itself_where_there_is_none() -> None:
    facts = np.arange(20 * voicing.FACTS, dtype=np.float32).reshape(20, -1)
    asked = np.empty((20, voicing.INPUTS), np.float32)
    voicing.with_those_around(facts, 0, 20, asked)
    assert np.array_equal(asked[:, : voicing.FACTS], facts)
    near = list(voicing.NEAR)
    assert np.array_equal(asked[10, voicing.FACTS :][: len(near)], facts[7, near])
    assert np.array_equal(asked[10, -len(near) :], facts[13, near])
    assert np.array_equal(asked[0, voicing.FACTS :][: len(near)], facts[0, near])
    assert np.array_equal(asked[19, -len(near) :], facts[19, near])


def test_no_candidate_is_no_evidence() -> None:
    given = some(4)
    hz = np.zeros((4, pitch.CANDIDATES), np.float32)
    hz[1, 0] = 100
    evidence = np.empty_like(hz)
    voicing.evidence(hz, given["clues"], voicing.weights()[0], evidence)
    assert (evidence[hz == 0] == voicing.NO_EVIDENCE).all()
    assert abs(evidence[1, 0]) <= -voicing.NO_EVIDENCE
