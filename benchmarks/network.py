"""
What is left of a call over a bad network: stock aiortc beside attunement's receive path.

`make bench-network`, or with words of the rows' names as arguments for some rows only. Both get the
same faults of the same seed, in turns, from senders of the same kind in a process of their own,
which encode live, repeat what is asked for and make a key picture when one is. The word `cycles`
has people come and go instead, and tells what they leave behind.
"""

import asyncio
import gc
import logging
import sys
from typing import Any

import psutil
from rich.console import Console
from rich.table import Table

from tests.support import rows
from tests.support.clock_sender import remote
from tests.support.receiving import ours, stock
from tests.support.rows import Result, Row, measured

RECEIVERS = {"stock aiortc": stock, "attunement": ours}
ROWS = (*rows.FLOWING, *(rows.blackout(seconds) for seconds in (1, 3, 8, 20)))
SIZE = (640, 480)
CYCLES, WARM = 200, 20
HEADINGS = ("network", "receiver", "pictures/s", "longest gap", "age", "sound", "back after")


async def both(row: Row, seed: int) -> dict[str, Result | None]:
    """None: no sound or no picture within the time that a call may take to begin."""
    found: dict[str, Result | None] = {}
    for name, receiver in RECEIVERS.items():
        try:
            async with receiver() as receive:
                found[name] = await measured(row, receive, seed, SIZE)
        except TimeoutError:
            found[name] = None
    return found


def cells(result: Result | None) -> tuple[str, ...]:
    if result is None:
        return ("none", f"{rows.FIRST:.0f} s, then given up")
    back = ""
    if result.row.network.blackout[0]:
        back = f"{result.seen.first_after(result.back):.1f} s"
        back = "never" if back == "inf s" else back
    return (
        f"{result.fps:.1f}",
        f"{result.gap:,.0f} ms",
        f"{result.age:,.0f} ms",
        f"{result.sound:.1%}",
        back,
    )


async def come_and_go(receiver: Any) -> tuple[str, ...]:
    """What people leave in the process, after the first, who fill its caches."""
    first: dict[str, float] = {}
    async with remote() as sender:
        offer = await sender.offer()
        for cycle in range(CYCLES):
            if cycle == WARM:
                first = held()
            async with receiver() as receive:
                answer, seen = await receive(offer)
                await sender.answer(answer)
                await rows.flowing(seen)
                offer = await sender.again()
        last = held()
    return tuple(f"{last[name] - first[name]:+,.1f}" for name in first)


def held() -> dict[str, float]:
    gc.collect()
    process = psutil.Process()
    return {
        "memory, MB": process.memory_info().rss / 1e6,
        "descriptors": process.num_fds(),
        "threads": process.num_threads(),
        "tasks": len(asyncio.all_tasks()),
    }


def leftovers() -> Table:
    table = Table("receiver", "memory, MB", "descriptors", "threads", "tasks")
    table.title = f"left behind by {CYCLES - WARM} connections that came and went"
    for name, receiver in RECEIVERS.items():
        table.add_row(name, *asyncio.run(come_and_go(receiver)))
    return table


def main(words: list[str]) -> None:
    logging.disable()  # aiortc tells of every packet it cannot read
    if words == ["cycles"]:
        Console(width=110).print(leftovers())
        return
    table = Table(*HEADINGS, title="640x480 at 30 pictures a second, Opus; 20 ms each way, or more")
    chosen = [row for row in ROWS if not words or any(word in row.name for word in words)]
    for seed, row in enumerate(chosen, 1):
        for name, result in asyncio.run(both(row, seed)).items():
            table.add_row(row.name, name, *cells(result), end_section=name == "attunement")
    Console(width=110).print(table)
    if not words:
        Console(width=110).print(leftovers())


if __name__ == "__main__":
    main(sys.argv[1:])
