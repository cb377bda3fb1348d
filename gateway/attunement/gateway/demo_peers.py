"""
The demo's people, in a process of their own: drawing and encoding must not disturb the engine.

Lines of JSON. In: the plan; then, once both are connected, when to begin; end of input means stop.
Out: {"connected": true}; {"error": sentence}; at the end {"dropped": pictures, "cpu": seconds}.
"""

import asyncio
import json
import sys
import time
from contextlib import AsyncExitStack
from typing import Any

from attunement.engine.errors import AttunementError
from attunement.gateway import demo_people
from attunement.gateway.publish import Publisher


async def main() -> int:
    lines = await _stdin()
    plan = json.loads(await lines.readline())
    try:
        async with AsyncExitStack() as stack:
            peers = [
                await stack.enter_async_context(_publisher(plan, each)) for each in plan["people"]
            ]
            for peer in peers:
                await peer.connected()
            _tell(connected=True)
            line = await lines.readline()
            if line:
                await _play(peers, json.loads(line)["begin"], lines)
        _tell(dropped=sum(peer.dropped for peer in peers), cpu=time.process_time())
    except AttunementError as fault:
        _tell(error=str(fault))
        return 1
    return 0


def _publisher(plan: dict[str, Any], each: dict[str, str]) -> Publisher:
    who = each["participant"]
    sound, pictures = demo_people.media(who, plan["seed"], plan["seconds"])
    return Publisher(each["url"], each["token"], sound=sound, pictures=pictures, hold=True)


async def _play(peers: list[Publisher], begin: int, lines: asyncio.StreamReader) -> None:
    """Until everything has been sent, or we are told to stop."""
    for peer in peers:
        peer.play(begin)
    everything = asyncio.create_task(_all_done(peers))
    stop = asyncio.create_task(_end_of(lines))
    try:
        await asyncio.wait({everything, stop}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        everything.cancel()
        stop.cancel()
        await asyncio.gather(everything, stop, return_exceptions=True)


async def _all_done(peers: list[Publisher]) -> None:
    for peer in peers:
        await peer.done()


async def _end_of(lines: asyncio.StreamReader) -> None:
    await lines.read()


async def _stdin() -> asyncio.StreamReader:
    reader = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    return reader


def _tell(**what: object) -> None:
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
