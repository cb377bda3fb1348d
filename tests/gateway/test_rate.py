"""Who speaks too often waits, and is told how long; nobody waits for another."""

import httpx
import pytest

from attunement.gateway.rate import KEPT, Rate, Rates
from attunement.gateway.tokens import Action
from tests.support.calls import SDP, bearer, call, gateway


def test_a_bucket_empties_and_refills_steadily() -> None:
    rate = Rate(per_second=2, burst=3)
    assert [rate.allows(0.0) for _ in range(4)] == [True, True, True, False]
    assert rate.wait == pytest.approx(0.5)
    assert [rate.allows(t) for t in (0.4, 0.5, 0.6)] == [False, True, False]


def test_each_has_a_rate_of_their_own_and_is_told_when_to_come_back() -> None:
    rates = Rates(0.1)
    assert rates.wait("a", 0.0) is None
    assert rates.wait("a", 1.0) == 9
    assert rates.wait("b", 1.0) is None
    assert rates.wait("a", 11.0) is None


def test_those_who_spoke_longest_ago_are_forgotten() -> None:
    rates = Rates(0.1)
    for who in range(KEPT + 1):
        rates.wait(who, 0.0)
    assert rates.wait(0, 0.0) is None  # was forgotten, and may speak again
    assert rates.wait(KEPT, 0.0) is not None


async def test_too_many_offers_are_429_and_keep_nobody_else_out() -> None:
    async with gateway(offers=0.1) as server, httpx.AsyncClient() as http:
        live = call(server)

        async def offer(who: str) -> httpx.Response:
            headers = bearer(server.token(live.id, who, Action.PUBLISH)) | SDP
            return await http.post(server.whip_url(live.id, who), content="v=0", headers=headers)

        first, second, other = await offer("p"), await offer("p"), await offer("t")
    assert [first.status_code, second.status_code, other.status_code] == [400, 429, 400]
    assert 1 <= int(second.headers["Retry-After"]) <= 10
    assert second.json()["code"] == "too_many"
