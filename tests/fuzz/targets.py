"""What is fuzzed: each parser that reads what strangers send, and how it may say no."""

import asyncio
import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

from aioice import Connection
from aioice.ice import StunProtocol
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.exceptions import OperationError

from attunement.gateway import signals
from attunement.gateway.errors import Refused
from attunement.gateway.receive import h264, opus, rtcp, rtp, vp8
from attunement.gateway.receive.guard import Guard, Kind
from attunement.gateway.webrtc.answer import Wanted, shaped
from attunement.gateway.webrtc.offer import checked_offer, checked_trickle
from tests.fuzz import corpus
from tests.fuzz.mutate import BYTES, TEXT, Mutator, mutated
from tests.fuzz.rest import Rest

DATAGRAM = 2000  # bytes at most
PEER = ("192.0.2.1", 5_000)

Try = Callable[[bytes], str]  # returns what came of it; raises what nobody expects


@dataclass(frozen=True, slots=True)
class Target:
    name: str
    corpus: Sequence[bytes]
    mutators: Sequence[Mutator]
    opened: Callable[[], Any]  # a context manager of a Try
    share: float = 1.0  # of the inputs that others get: some are slow
    most: int = 70_000

    def input(self, seed: int, n: int) -> bytes:
        rng = random.Random(f"{seed} {self.name} {n}")
        return mutated(rng, self.corpus, self.mutators, self.most)


def _refusing(read: Callable[[bytes], object]) -> Try:
    """May say no with a status of 400 to 499."""

    def attempt(data: bytes) -> str:
        try:
            read(data)
        except Refused as refused:
            if not 400 <= refused.status < 500:
                raise
            return str(refused.status)
        return "taken"

    return attempt


def _raising(read: Callable[[bytes], object], *known: type[Exception]) -> Try:
    def attempt(data: bytes) -> str:
        try:
            read(data)
        except known as fault:
            return type(fault).__name__
        return "taken"

    return attempt


@contextmanager
def _plain(attempt: Try) -> Iterator[Try]:
    yield attempt


@contextmanager
def _socket() -> Iterator[Try]:
    """As a media socket sees it: the guard, then aioice, which may choke on its inside."""

    async def opened() -> tuple[Guard, StunProtocol]:
        ice = Connection(False, local_username="abcd", local_password=corpus.PASSWORD)
        protocol = StunProtocol(ice)
        protocol.transport = _Nowhere()
        return Guard(lambda source: source == PEER), protocol

    with asyncio.Runner() as runner:
        guard, protocol = runner.run(opened())
        protocol.local_candidate = _HERE

        def attempt(data: bytes) -> str:
            kind = guard.sort(data, PEER)
            if kind is not Kind.STUN:
                return kind.name if kind else "refused"
            try:
                protocol.datagram_received(data, PEER)
            except Exception as fault:  # is counted by the socket, whatever it is
                return f"counted {type(fault).__name__}"
            return "STUN"

        yield attempt


@contextmanager
def _answering() -> Iterator[Try]:
    """What passes the checks is answered by aiortc, or has no codec that aiortc has, too."""

    async def answer(offer: str) -> None:
        connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        try:
            await connection.setRemoteDescription(RTCSessionDescription(offer, "offer"))
            shaped((await connection.createAnswer()).sdp, Wanted())
        finally:
            await connection.close()

    with asyncio.Runner() as runner:

        def attempt(data: bytes) -> str:
            try:
                runner.run(answer(checked_offer(data)))
            except Refused:
                return "refused"
            except OperationError:
                return "415"
            return "answered"

        yield attempt


class _Nowhere(asyncio.DatagramTransport):
    """Takes what is answered."""

    def sendto(self, data: Any, addr: Any = None) -> None:
        pass


class _Here:
    component, host, port, type = 1, "192.0.2.2", 6_000, "host"


_HERE: Any = _Here()


def _read_rtp(data: bytes) -> None:
    packet = rtp.parse(data, 0, mid_id=4)
    rtp.unwrap(packet, 96, 1)


@contextmanager
def _opus() -> Iterator[Try]:
    decoder = opus.Opus()

    def decode(data: bytes) -> None:
        decoder.recover(data, 960)
        decoder.decode(data)

    try:
        yield _raising(decode, opus.Undecodable)
    finally:
        decoder.close()


def _from_overlay(data: bytes) -> None:
    signals._from_json(data)


def _from_program(data: bytes) -> None:
    signals._from_msgpack(data)


def _target(name: str, good: Sequence[bytes], mutators: Sequence[Mutator], attempt: Try) -> Target:
    most = 70_000 if mutators is TEXT else DATAGRAM
    return Target(name, good, mutators, partial(_plain, attempt), most=most)


TARGETS = (
    _target("SDP offers", corpus.OFFERS, TEXT, _refusing(checked_offer)),
    Target("answers", corpus.OFFERS, TEXT, _answering, share=0.3),
    _target("trickle fragments", corpus.FRAGMENTS, TEXT, _refusing(checked_trickle)),
    Target("datagrams, STUN", corpus.DATAGRAMS, BYTES, _socket, most=DATAGRAM),
    _target("RTP", corpus.RTP, BYTES, _raising(_read_rtp, rtp.Malformed)),
    _target("RTCP", corpus.RTCP, BYTES, _raising(rtcp.parse, rtcp.Malformed)),
    _target("VP8 payloads", corpus.VP8_PAYLOADS, BYTES, _raising(vp8.part, rtp.Malformed)),
    _target("H.264 payloads", corpus.H264_PAYLOADS, BYTES, _raising(h264.part, rtp.Malformed)),
    Target("Opus payloads", corpus.OPUS, BYTES, _opus, most=DATAGRAM),
    _target("overlay JSON", corpus.JSON, TEXT, _refusing(_from_overlay)),
    _target("overlay MessagePack", corpus.PACKED, BYTES, _refusing(_from_program)),
    Target("REST", corpus.JSON, TEXT, Rest.opened),
)
