import numpy as np

from attunement.engine.baseline import BINS, ENOUGH, MARKS, Baseline
from attunement.engine.signal import Measured, Missing, Spec, Why
from tests.support.stages import CARD

PITCH = Spec("pitch", "pitch", "Hz", 50, 600, CARD)


def test_nothing_is_usual_before_there_is_enough_of_it() -> None:
    usual = Baseline([PITCH])
    for _ in range(ENOUGH):
        assert usual.compare({"pitch": Measured(200, 1, 50)}) == {}
    assert "pitch" in usual.compare({"pitch": Measured(200, 1, 50)})


def test_the_distance_is_in_standard_deviations_of_the_person() -> None:
    usual, rng = Baseline([PITCH]), np.random.default_rng(1)
    for hz in rng.normal(200, 20, 2_000):
        usual.compare({"pitch": Measured(float(hz), 1, 50)})
    z = usual.compare({"pitch": Measured(240, 1, 50)})["pitch"]
    assert abs(z - 2) < 0.2


def test_a_few_wild_seconds_do_not_move_what_is_usual() -> None:
    usual, rng = Baseline([PITCH]), np.random.default_rng(1)
    for n, hz in enumerate(rng.normal(200, 20, 1_000)):
        usual.compare({"pitch": Measured(590 if n % 20 == 0 else float(hz), 1, 50)})
    assert abs(usual.compare({"pitch": Measured(200, 1, 50)})["pitch"]) < 0.3


def test_poor_readings_and_absent_ones_teach_nothing() -> None:
    usual = Baseline([PITCH])
    for _ in range(200):
        usual.compare({"pitch": Measured(200, 0.1, 50)})
        usual.compare({"pitch": Missing(Why.SILENCE)})
    assert usual.compare({"pitch": Measured(200, 1, 50)}) == {}


def test_what_is_forgotten_is_learned_anew() -> None:
    usual = Baseline([PITCH])
    for _ in range(ENOUGH + 1):
        usual.compare({"pitch": Measured(200, 1, 50)})
    usual.forget(["pitch", "unknown"])
    assert usual.compare({"pitch": Measured(200, 1, 50)}) == {}


def test_the_distance_is_that_of_a_histogram_counted_anew() -> None:
    rng = np.random.default_rng(2)
    specs = [Spec(f"s{i}", "some", "1", -i, 1 + 3 * i, CARD) for i in range(5)]
    usual, counts = Baseline(specs), np.zeros((5, BINS), np.int64)
    for _ in range(300):
        told = {s.name: Measured(float(rng.uniform(s.low, s.high) ** 3), 1, 9) for s in specs}
        told = {n: r for n, r in told.items() if rng.random() < 0.8}
        found = usual.compare(told)
        for i, spec in enumerate(specs):
            if spec.name not in told:
                continue
            width, value = (spec.high - spec.low) / BINS, told[spec.name].value
            if counts[i].sum() >= ENOUGH:
                below = np.cumsum(counts[i])
                marks = np.searchsorted(below, np.ceil(below[-1] * MARKS))
                spread = max((marks[2] - marks[0]) / 2, 1) * width
                plain = (value - spec.low - (marks[1] + 0.5) * width) / spread
                assert abs(found[spec.name] - np.clip(plain, -9.9, 9.9)) < 1e-9
            place = int((value - spec.low) / width)
            counts[i, min(max(place, 0), BINS - 1)] += 1
    assert len(found) > 2
