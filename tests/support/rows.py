"""What networks do to a call, row by row, and what came out of whoever received it."""

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from attunement.simulator.network import Network
from tests.support.clock_sender import FPS, SMALL, Size, remote
from tests.support.relay import Relay, is_media, junk_from_elsewhere, payload_type, relay
from tests.support.seen import Seen

SETTLE = 2.0  # s, of a clean network first
CALM = 1.0  # s before a blackout
FIRST = 15.0  # s within which a call begins
SOUND, PICTURES = 96, 97  # aiortc's payload types of Opus and VP8
PACKET = 0.02  # s of sound
# Nothing, an alert of DTLS, a hello, one byte of each protocol, STUN cut short, media of nobody.
DATAGRAMS = (
    b"",
    bytes.fromhex("15fefd00000000000000000002") + b"\x02\x28",
    bytes.fromhex("16fefd0000000000000000002a") + bytes(42),
    *(bytes([first]) for first in (0, 20, 64, 128, 255)),
    bytes.fromhex("000100082112a442") + bytes(8),
    bytes.fromhex("8060000100000001000000ff") + bytes(200),
)

Receive = Callable[[str], Awaitable[tuple[str, Seen]]]  # an offer -> its answer, what comes of it


@dataclass(frozen=True, slots=True)
class Row:
    name: str
    words: str = ""  # of a Network
    seconds: float = 8.0
    from_the_start: bool = False  # or else once the call stands
    one_sound_lost: bool = False
    junk: bool = False  # from an address that nobody knows

    @property
    def network(self) -> Network:
        return Network.parse(self.words)


def blackout(seconds: float, after: float = 6.0) -> Row:
    words = f"delay=20ms blackout={seconds:g}s@{CALM:g}s"
    return Row(f"blackout of {seconds:g} s", words, CALM + seconds + after)


# Bad from the first datagram on, which is hardest: the first key picture comes through it, too.
LOSS_5 = Row("loss 5 %", "loss=5% delay=20ms", from_the_start=True)
LOSS_15 = Row("loss 15 %", "loss=15% delay=20ms", from_the_start=True)
BURSTS = Row("loss 5 % in bursts of 4", "loss=5% burst=4 delay=20ms", from_the_start=True)
JITTER = Row("jitter 15 ms", "delay=40ms jitter=15ms", from_the_start=True)
SHUFFLED = Row("reordered and twice", "delay=20ms reorder=5% duplicate=5%", from_the_start=True)
ONE_SOUND = Row("one sound packet lost", "delay=20ms", 4.0, one_sound_lost=True)
JUNK = Row("junk from elsewhere", "delay=20ms", 6.0, junk=True)
CLEAN = Row("clean", "delay=20ms", 6.0)
FLOWING = (CLEAN, LOSS_5, LOSS_15, BURSTS, JITTER, SHUFFLED, ONE_SOUND, JUNK)


@dataclass(frozen=True, slots=True)
class Result:
    """Times are of time.monotonic(), s."""

    row: Row
    seen: Seen
    begin: float
    end: float
    carried: Counter[str] = field(repr=False)
    sounds: int  # packets that were sent, whatever came of them
    pictures: int

    @property
    def back(self) -> float:
        """When the network was there again."""
        seconds, begin = self.row.network.blackout
        return self.begin + begin + seconds

    @property
    def fps(self) -> float:
        """Of the FPS that a sender sends that is not held up by a busy machine."""
        return self.seen.seen_within(self.begin, self.end) / self.pictures * FPS

    @property
    def gap(self) -> float:
        return self.seen.gap(self.begin, self.end)

    @property
    def sound(self) -> float:
        """The share of what was sent."""
        return self.seen.heard_within(self.begin, self.end) / (self.sounds * PACKET)

    @property
    def waited(self) -> float:
        """ms by which sound came later at the end than it did at the beginning."""
        middle = (self.begin + self.end) / 2
        after = self.seen.lag(middle + 0.5, self.end)
        return after - self.seen.lag(self.begin, middle)

    @property
    def age(self) -> float:
        """ms, the median of pictures."""
        return self.seen.age(self.begin, self.end)


async def measured(row: Row, receive: Receive, seed: int = 1, size: Size = SMALL) -> Result:
    """Raises TimeoutError where no sound or no picture comes within FIRST."""
    with relay(seed) as way:
        if row.from_the_start:
            way.impair(row.network)
        async with remote(size) as sender:
            answer, seen = await receive(way.offer(await sender.offer()))
            await sender.answer(way.answer(answer))
            await flowing(seen)
            await asyncio.sleep(SETTLE)
            begin = time.monotonic()
            way.sent.clear()
            if not row.from_the_start:
                way.impair(row.network)
            await asyncio.sleep(row.seconds / 2)
            if row.one_sound_lost:
                way.lose_next = _is_sound
            if row.junk:
                junk_from_elsewhere(way, *DATAGRAMS)
            await asyncio.sleep(row.seconds / 2)
            end = time.monotonic()
            _went_through(way, seen)
            sounds, pictures = (sum(kind == n for kind, _ in way.sent) for n in (SOUND, PICTURES))
    return Result(row, seen, begin, end, way.carried, sounds, pictures)


async def flowing(seen: Seen) -> None:
    async with asyncio.timeout(FIRST):
        while not (seen.pictures and seen.sounds):  # noqa: ASYNC110
            await asyncio.sleep(0.02)


def _is_sound(data: bytes) -> bool:
    return is_media(data) and payload_type(data) == SOUND


def _went_through(way: Relay, seen: Seen) -> None:
    packets = len(seen.pictures) + len(seen.sounds) / 2
    assert way.carried["media up"] > packets / 2, "media went round the relay"
