"""Ten thousand damaged inputs for each parser: refused or taken, quickly, and never an accident."""

from contextlib import nullcontext
from dataclasses import replace

import pytest

from tests.fuzz.tally import run
from tests.fuzz.targets import TARGETS, Target

SEED, INPUTS = 1, 10_000
SLOWEST = 50.0  # ms


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)
def test_damage_is_refused_quickly_and_nothing_breaks(target: Target) -> None:
    tally = run(target, SEED, range(round(INPUTS * target.share)))
    assert tally.findings == []
    assert len(tally.outcomes) > 1, "all of the damage had the same end: it reaches nothing"
    assert tally.slowest < SLOWEST, f"input {tally.slowest_input}"


def test_an_accident_would_be_found() -> None:
    target = next(target for target in TARGETS if target.name == "RTP")

    def broken(data: bytes) -> str:
        return str(data[40])

    found = run(replace(target, opened=lambda: nullcontext(broken)), SEED, range(200))
    assert any("IndexError" in fault for _, fault in found.findings)


def test_the_same_seed_makes_the_same_damage() -> None:
    target = TARGETS[0]
    assert [target.input(1, n) for n in range(50)] == [target.input(1, n) for n in range(50)]
    assert target.input(1, 0) != target.input(2, 0)
