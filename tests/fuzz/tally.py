"""Runs one target over a range of inputs, and says what came of them."""

import time
from collections import Counter
from dataclasses import dataclass, field

from tests.fuzz.targets import Target, Try

DOUBTFUL = 20.0  # ms
REMEMBERED = 20  # findings of one target, each with the number that makes it again


@dataclass(slots=True)
class Tally:
    inputs: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    findings: list[tuple[int, str]] = field(default_factory=list)  # number of the input, fault
    slowest: float = 0.0  # ms of this thread's own time, whatever else the machine does
    slowest_input: int = -1
    seconds: float = 0.0

    def add(self, other: "Tally") -> None:
        self.inputs += other.inputs
        self.outcomes += other.outcomes
        self.findings = (self.findings + other.findings)[:REMEMBERED]
        self.seconds += other.seconds
        if other.slowest > self.slowest:
            self.slowest, self.slowest_input = other.slowest, other.slowest_input


def run(target: Target, seed: int, numbers: range) -> Tally:
    tally = Tally()
    begun = time.monotonic()
    with target.opened() as attempt:
        for n in numbers:
            data = target.input(seed, n)
            took = _try(attempt, data, n, tally)
            if took > DOUBTFUL:  # slow twice is the input; slow once is the collector of garbage
                took = min(took, _try(attempt, data, n, Tally()))
            tally.inputs += 1
            if took > tally.slowest:
                tally.slowest, tally.slowest_input = took, n
    tally.seconds = time.monotonic() - begun
    return tally


def _try(attempt: Try, data: bytes, n: int, tally: Tally) -> float:
    """ms that it took."""
    before = time.thread_time()
    try:
        outcome = attempt(data)
    except Exception as fault:  # what nobody expects is what is looked for
        outcome = f"FOUND {type(fault).__name__}"
        if len(tally.findings) < REMEMBERED:
            tally.findings.append((n, f"{type(fault).__name__}: {fault}"[:200]))
    took = (time.thread_time() - before) * 1000
    tally.outcomes[outcome] += 1
    return took
