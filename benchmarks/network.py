"""
What is left of a call over a bad network: stock aiortc beside attunement's receive path.

`make bench-network`, or with words of the rows' names as arguments for some rows only. Both get the
same faults of the same seed, in turns, from senders of the same kind in a process of their own,
which encode live, repeat what is asked for and make a key picture when one is.
"""

import asyncio
import logging
import sys
from dataclasses import dataclass

from rich.console import Console
from rich.table import Table

from tests.support import rows
from tests.support.receiving import ours, stock
from tests.support.rows import Result, Row, measured

RECEIVERS = {"stock aiortc": stock, "attunement": ours}
ROWS = (*rows.FLOWING, *(rows.blackout(seconds) for seconds in (1, 3, 8, 20)))
SIZE = (640, 480)
HEADINGS = ("network", "receiver", "pictures/s", "longest gap", "age", "sound", "back after")


@dataclass(frozen=True, slots=True)
class Failed:
    """There was no call to measure."""

    why: str


async def both(row: Row, seed: int) -> dict[str, Result | Failed]:
    found: dict[str, Result | Failed] = {}
    for name, receiver in RECEIVERS.items():
        try:
            async with receiver() as receive:
                found[name] = await measured(row, receive, seed, SIZE)
        except (TimeoutError, AssertionError) as fault:
            found[name] = Failed(type(fault).__name__)
    return found


def cells(result: Result | Failed) -> tuple[str, ...]:
    if isinstance(result, Failed):
        return (f"no call: {result.why}",)
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


def main(words: list[str]) -> None:
    logging.disable()  # aiortc tells of every packet it cannot read
    table = Table(*HEADINGS, title="640x480 at 30 pictures a second, Opus; 20 ms each way, or more")
    chosen = [row for row in ROWS if not words or any(word in row.name for word in words)]
    for seed, row in enumerate(chosen, 1):
        for name, result in asyncio.run(both(row, seed)).items():
            table.add_row(row.name, name, *cells(result), end_section=name == "attunement")
    Console(width=110).print(table)


if __name__ == "__main__":
    main(sys.argv[1:])
