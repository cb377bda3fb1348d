"""A million damaged inputs over all parsers, on all cores: `python -m tests.fuzz.run`."""

import argparse
import multiprocessing
import os
import sys
import time
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from math import ceil

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from tests.fuzz import tally
from tests.fuzz.tally import Tally
from tests.fuzz.targets import TARGETS

CHUNK = 2_000
SLOWEST = 50.0  # ms

Job = tuple[int, int, int, int]  # target, seed, first and last number


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--inputs", type=int, default=1_000_000, help="over all parsers")
    parser.add_argument("--seed", type=int, default=int(time.time()))
    asked = parser.parse_args()
    begun = time.monotonic()
    tallies = _all(list(_jobs(asked.inputs, asked.seed)))
    _report(tallies, asked.seed, time.monotonic() - begun)
    return int(any(t.findings or t.slowest > SLOWEST for t in tallies))


def _jobs(inputs: int, seed: int) -> Iterator[Job]:
    total = sum(target.share for target in TARGETS)
    for index, target in enumerate(TARGETS):
        mine = ceil(inputs * target.share / total)
        for first in range(0, mine, CHUNK):
            yield index, seed, first, min(first + CHUNK, mine)


def _one(job: Job) -> tuple[int, Tally]:
    index, seed, first, last = job
    return index, tally.run(TARGETS[index], seed, range(first, last))


def _all(jobs: list[Job]) -> list[Tally]:
    tallies = [Tally() for _ in TARGETS]
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    spawn = multiprocessing.get_context("spawn")
    with (
        Progress(*columns, TimeRemainingColumn()) as progress,
        ProcessPoolExecutor(os.cpu_count(), mp_context=spawn) as pool,
    ):
        bar = progress.add_task("damaged inputs", total=sum(j[3] - j[2] for j in jobs))
        running: list[Future[tuple[int, Tally]]] = [pool.submit(_one, job) for job in jobs]
        for done in as_completed(running):
            index, part = done.result()
            tallies[index].add(part)
            progress.advance(bar, part.inputs)
    return tallies


def _report(tallies: list[Tally], seed: int, seconds: float) -> None:
    table = Table("parser", "inputs", "what came of them", "slowest ms", "found")
    for target, t in zip(TARGETS, tallies, strict=True):
        ends = ", ".join(f"{name} {n:,}" for name, n in t.outcomes.most_common(6))
        slow = f"{t.slowest:.1f} (#{t.slowest_input})"
        table.add_row(target.name, f"{t.inputs:,}", ends, slow, str(len(t.findings)))
    console = Console(width=None if sys.stdout.isatty() else 150)
    console.print(table)
    for target, t in zip(TARGETS, tallies, strict=True):
        for n, fault in t.findings:
            console.print(f"[red]found[/red] {target.name} #{n}: {fault}", markup=True)
    total = sum(t.inputs for t in tallies)
    found = sum(len(t.findings) for t in tallies)
    console.print(f"{total:,} inputs, seed {seed}, {seconds:.0f} s, {found} findings")


if __name__ == "__main__":
    sys.exit(main())
