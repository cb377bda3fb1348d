import numpy as np
import pytest

from attunement.engine.clock import SECOND
from attunement.pipelines.face.neutral import Neutral

STEP = SECOND // 10
LOW_AND_MIDDLE = np.array((0.3, 0.5))


def learned(seconds: float, busy: float = 0.0, step: int = STEP) -> Neutral:
    """A face at 0.1, 0.3 that shows something in `busy` of the time."""
    rng = np.random.default_rng(4)
    neutral = Neutral(LOW_AND_MIDDLE)
    for t in range(0, round(seconds * SECOND), step):
        shown = rng.random() < busy
        neutral.add(t, np.array((0.9, 0.3) if shown else (0.1, 0.3)), 0.0)
    neutral.settle()
    return neutral


def test_too_little_is_no_rest() -> None:
    assert learned(19).rest is None


@pytest.mark.parametrize("step", [SECOND // 15, SECOND // 10, SECOND // 8])
def test_a_third_of_a_minute_is_enough_at_any_rate(step: int) -> None:
    neutral = learned(21, step=step)
    assert neutral.rest == pytest.approx([0.1, 0.3])
    assert neutral.share == pytest.approx(1 / 3, abs=0.03)


def test_somebody_who_smiles_for_half_of_the_minute_has_the_same_rest() -> None:
    assert learned(61, busy=0.5).rest == pytest.approx([0.1, 0.3])


def test_after_a_minute_it_stays() -> None:
    neutral = learned(61)
    for i in range(2_000):
        neutral.add(62 * SECOND + i * STEP, np.array((0.9, 0.9)), 0.0)
    neutral.settle()
    assert neutral.share == 1.0
    assert neutral.rest == pytest.approx([0.1, 0.3])


def test_a_head_turned_aside_teaches_nothing() -> None:
    neutral = Neutral(LOW_AND_MIDDLE)
    for i in range(700):
        neutral.add(i * STEP, np.zeros(2), 25.0)
    assert not neutral.known


def test_time_without_pictures_is_not_time_seen() -> None:
    neutral = Neutral(LOW_AND_MIDDLE)
    for i in range(30):
        neutral.add(i * 3 * SECOND, np.zeros(2), 0.0)
    assert not neutral.known


def test_another_person_s_rest_is_learned_anew() -> None:
    neutral = learned(61)
    for i in range(21 * 10):
        neutral.add(70 * SECOND + i * STEP, np.array((0.4, 0.6)), 0.0, sitting=1)
        if i == 0:
            assert neutral.rest is None
    neutral.settle()
    assert neutral.rest == pytest.approx([0.4, 0.6])
    assert neutral.share < 0.4
