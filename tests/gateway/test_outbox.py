"""What an overlay is told, in which order, and what it costs when it does not listen."""

import asyncio

import msgspec

from attunement.gateway import wire
from attunement.gateway.news import News
from attunement.gateway.outbox import Message, Outbox


def note(text: str, audience: str = "all") -> Message:
    return Message(wire.ErrorMessage("test", text), audience)


async def told(outbox: Outbox, n: int) -> list[str]:
    texts = []
    async with asyncio.timeout(1):
        for _ in range(n):
            message = await outbox.take()
            assert message is not None
            assert isinstance(message.payload, wire.ErrorMessage)
            texts.append(message.payload.text)
    return texts


async def test_a_slow_overlay_gets_the_newest_second() -> None:
    outbox = Outbox(therapist=True)
    for n in range(10):
        outbox.offer_frame(note(str(n)))
    assert await told(outbox, 1) == ["9"]
    assert outbox.skipped == 9


async def test_what_was_asked_for_on_resuming_comes_in_full_and_in_order() -> None:
    outbox = Outbox(therapist=True, backlog=[note("1"), note("2"), note("3")])
    outbox.offer_frame(note("4"))
    outbox.offer_frame(note("5"))
    assert await told(outbox, 4) == ["1", "2", "3", "5"]
    assert outbox.skipped == 1


async def test_reliable_messages_are_kept_in_order_and_go_first() -> None:
    outbox = Outbox(therapist=True, backlog=[note("frame")], missed=[note("a")])
    outbox.offer(note("b"))
    assert await told(outbox, 3) == ["a", "b", "frame"]


async def test_too_many_reliable_messages_end_it_so_that_the_overlay_resumes() -> None:
    outbox = Outbox(therapist=True, reliable=2)
    for n in range(3):
        outbox.offer(note(str(n)))
    assert outbox.overflowed
    assert await outbox.take() is None


async def test_only_therapists_hear_what_is_meant_for_them() -> None:
    outbox = Outbox(therapist=False, missed=[note("a mark", "therapist")])
    outbox.offer(note("another", "therapist"))
    outbox.offer(note("for all"))
    assert await told(outbox, 1) == ["for all"]


async def test_closing_delivers_what_is_left() -> None:
    outbox = Outbox(therapist=True)
    outbox.offer(note("last"))
    outbox.close()
    assert await told(outbox, 1) == ["last"]
    assert await outbox.take() is None


async def test_waiting_for_a_message_may_be_given_up() -> None:
    outbox = Outbox(therapist=True)
    waiting = asyncio.create_task(outbox.take())
    await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.wait([waiting])
    outbox.offer(note("still here"))
    assert await told(outbox, 1) == ["still here"]


def test_a_message_is_encoded_once_for_all_overlays() -> None:
    message = note("x")
    assert message.encoded(wire.MSGPACK) is message.encoded(wire.MSGPACK)
    assert message.encoded(wire.JSON) is message.encoded(wire.JSON)
    assert msgspec.msgpack.decode(message.encoded(wire.MSGPACK))["text"] == "x"  # type: ignore[arg-type]
    assert msgspec.json.decode(message.encoded(wire.JSON))["text"] == "x"


def test_news_are_numbered_and_the_oldest_go_first() -> None:
    news = News(kept=2)
    for n in range(3):
        news.add(lambda id, n=n: wire.MarkAdded(id, n))  # type: ignore[misc]
    assert news.newest == 3
    assert [m.payload.id for m in news.since(0)] == [2, 3]  # type: ignore[union-attr]
    assert [m.payload.id for m in news.since(2)] == [3]  # type: ignore[union-attr]
