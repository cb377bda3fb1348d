import math
from collections.abc import Callable

from attunement.engine.clock import SECOND
from attunement.pipelines.face.swings import Swings

STEP = SECOND // 10


def rows(angle: Callable[[float], float], least: int, wide: float, seconds: float = 8) -> int:
    """How many rows of swings are told of that angle over time."""
    swings, before, count = Swings(least, wide), False, 0
    for i in range(round(seconds * 10)):
        now = swings.add(i * STEP, angle(i / 10), 0.0)
        count += before and not now
        before = now
    return count


def dips(*begins: float, deep: float = 6.0, count: int = 2) -> Callable[[float], float]:
    def angle(t: float) -> float:
        for begin in begins:
            share = (t - begin) / (0.45 * count)
            if 0 <= share < 1:
                return -deep * math.sin(math.pi * count * share) ** 2
        return 0.0

    return angle


def test_two_nods_with_two_dips_each_are_two() -> None:
    assert rows(dips(1.0, 4.0), 2, 2.5) == 2


def test_a_nod_of_one_dip_is_one() -> None:
    assert rows(dips(2.03, count=1), 2, 2.5) == 1


def test_a_tremble_is_no_nod() -> None:
    assert rows(dips(1.0, 4.0, deep=1.0, count=3), 2, 2.5) == 0


def test_a_head_that_sinks_slowly_and_rises_again_does_not_nod() -> None:
    assert rows(lambda t: -10 * math.sin(math.pi * t / 8), 2, 2.5) == 0


def test_a_look_aside_and_back_is_no_shake() -> None:
    assert rows(dips(2.0, deep=15, count=1), 3, 3.0) == 0


def test_to_and_fro_and_to_is_a_shake() -> None:
    def angle(t: float) -> float:
        return 8 * math.sin(2 * math.pi * (t - 2) / 0.7) if 2 <= t < 3.4 else 0.0

    assert rows(angle, 3, 3.0) == 1


def test_a_swing_across_both_axes_is_neither() -> None:
    swings = Swings(2, 2.5)
    angle = dips(1.0)
    assert not any(swings.add(i * STEP, angle(i / 10), angle(i / 10)) for i in range(40))
