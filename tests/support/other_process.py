"""A helper in a process of its own: lines of JSON in, lines of JSON out, until input ends."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

LONGEST = 1 << 20  # characters of a line
ANSWER_WITHIN, GONE_WITHIN = 30, 20  # s


class OtherProcess:
    """The end of the test."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    async def tell(self, message: object) -> None:
        self._writer.write(json.dumps(message).encode() + b"\n")
        await self._writer.drain()

    async def hear(self) -> Any:
        async with asyncio.timeout(ANSWER_WITHIN):
            return json.loads(await self._reader.readline())


@asynccontextmanager
async def other_process(module: str, *arguments: object) -> AsyncIterator[OtherProcess]:
    """Runs `python -m module arguments`, and ends it."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", module, *map(str, arguments)),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=LONGEST,
    )
    assert process.stdout is not None
    assert process.stdin is not None
    try:
        yield OtherProcess(process.stdout, process.stdin)
    finally:
        process.stdin.close()
        async with asyncio.timeout(GONE_WITHIN):
            await process.wait()


async def standard_input() -> asyncio.StreamReader:
    """In that process: what the test tells it, line by line."""
    reader = asyncio.StreamReader(limit=LONGEST)
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    return reader


def say(message: object) -> None:
    """In that process: what the test hears."""
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()
