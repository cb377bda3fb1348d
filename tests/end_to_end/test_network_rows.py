"""
What is left of a call over a network that loses, shuffles, repeats and goes dark.

A sender in a process of its own, with sound and pictures encoded live, a relay with a seeded
network in it, and the gateway. Counted is what reaches the participant; how old a picture is stands
in it, as a wall clock.
"""

import asyncio
from collections.abc import Sequence

import pytest

from tests.support import rows
from tests.support.calls import gateway
from tests.support.receiving import sessions_of
from tests.support.rows import Result, Row, measured

pytestmark = [pytest.mark.live, pytest.mark.timeout(180)]

BLACKOUTS = {seconds: rows.blackout(seconds) for seconds in (1, 3, 8, 20)}
# Side by side, as many as two cores carry with their senders; the longest blackout waits beside.
BESIDE = BLACKOUTS[20]
TOGETHER: tuple[Sequence[Row], ...] = (
    (rows.LOSS_5, rows.LOSS_15, rows.JITTER),
    (rows.BURSTS, rows.SHUFFLED, rows.ONE_SOUND),
    (BLACKOUTS[1], BLACKOUTS[3], BLACKOUTS[8], rows.JUNK),
)


async def _measure() -> dict[Row, Result]:
    found: list[Result] = []
    async with gateway() as server, asyncio.TaskGroup() as group:
        receive = sessions_of(server)
        longest = group.create_task(measured(BESIDE, receive))
        for side_by_side in TOGETHER:
            found += await asyncio.gather(*(measured(row, receive) for row in side_by_side))
        found.append(await longest)
    return {result.row: result for result in found}


@pytest.fixture(scope="module")
def results() -> dict[Row, Result]:
    return asyncio.run(_measure())


def test_a_twentieth_lost_is_mended(results: dict[Row, Result]) -> None:
    result = results[rows.LOSS_5]
    assert result.carried["lost"] > 20
    assert result.fps >= 25
    assert result.gap <= 250
    assert result.sound >= 0.93


def test_a_seventh_lost_leaves_a_call_that_can_be_followed(results: dict[Row, Result]) -> None:
    result = results[rows.LOSS_15]
    assert result.carried["lost"] > 60
    assert result.fps >= 20
    assert result.gap <= 500
    assert result.sound >= 0.80


def test_four_packets_lost_in_a_row_are_asked_for_again(results: dict[Row, Result]) -> None:
    result = results[rows.BURSTS]
    assert result.carried["lost"] > 20
    assert result.fps >= 25
    assert result.gap <= 500
    assert result.sound >= 0.90


def test_packets_that_overtake_one_another_lose_nothing(results: dict[Row, Result]) -> None:
    result = results[rows.JITTER]
    assert result.fps >= 27
    assert result.sound >= 0.95
    assert result.age <= rows.JITTER.network.delay + 100


def test_what_comes_late_or_twice_comes_once(results: dict[Row, Result]) -> None:
    result = results[rows.SHUFFLED]
    assert 27 <= result.fps <= 31
    assert 0.97 <= result.sound <= 1.02


def test_one_lost_packet_of_sound_is_not_waited_for_ever_after(results: dict[Row, Result]) -> None:
    result = results[rows.ONE_SOUND]
    assert result.carried["lost"] == 1
    assert result.sound >= 0.97
    assert result.seen.sound_gap(result.begin, result.end) <= 250
    assert result.waited <= 25


def test_junk_from_elsewhere_changes_nothing(results: dict[Row, Result]) -> None:
    result = results[rows.JUNK]
    assert result.fps >= 27
    assert result.sound >= 0.97
    assert result.gap <= 250


@pytest.mark.parametrize("seconds", BLACKOUTS)
def test_pictures_are_back_when_the_network_is(results: dict[Row, Result], seconds: int) -> None:
    result = results[BLACKOUTS[seconds]]
    seen, back = result.seen, result.back
    assert seen.seen_within(back - seconds + 0.5, back) == 0, "it was not dark"
    assert seen.first_after(back) <= 1.0
    assert seen.age(back + 4, result.end) < 150
    assert seen.seen_within(back + 1, back + 5) >= 4 * 20
    assert seen.heard_within(back + 1, back + 5) >= 4 * 0.9
