"""Tokens and tickets: signed, scoped, short-lived."""

import jwt
import pytest

from attunement.gateway.errors import Refused
from attunement.gateway.tokens import (
    LONGEST,
    RENEWABLE,
    TICKET,
    Action,
    Tickets,
    Tokens,
    require,
)

SECRET = "s" * 40


class Now:
    def __init__(self) -> None:
        self.at = 1_000_000.0

    def __call__(self) -> float:
        return self.at


def test_a_token_says_what_it_was_issued_for() -> None:
    tokens = Tokens(SECRET)
    claims = tokens.read(tokens.issue([Action.PUBLISH], "S", "p"))
    assert (claims.session, claims.participant, claims.actions) == ("S", "p", (Action.PUBLISH,))
    assert require(claims, Action.PUBLISH, "S", "p") is claims


@pytest.mark.parametrize(
    ("action", "session", "participant"),
    [
        (Action.WATCH, "S", "p"),
        (Action.PUBLISH, "T", "p"),
        (Action.PUBLISH, "S", "t"),
    ],
)
def test_another_action_session_or_participant_is_403(
    action: Action, session: str, participant: str
) -> None:
    tokens = Tokens(SECRET)
    claims = tokens.read(tokens.issue([Action.PUBLISH], "S", "p"))
    with pytest.raises(Refused) as raised:
        require(claims, action, session, participant)
    assert raised.value.status == 403


def test_an_expired_token_is_401() -> None:
    now = Now()
    tokens = Tokens(SECRET, now)
    token = tokens.issue([Action.WATCH], "S", lasts=60)
    now.at += 59
    tokens.read(token)
    now.at += 1
    with pytest.raises(Refused, match="expired") as raised:
        tokens.read(token)
    assert raised.value.status == 401


@pytest.mark.parametrize(
    "header",
    [None, "", "Bearer", "Bearer ", "Basic abc", "Bearer a.b.c", "Bearer \x00", "Bearer é"],
)
def test_no_token_and_a_garbled_one_are_401(header: str | None) -> None:
    with pytest.raises(Refused) as raised:
        Tokens(SECRET).bearer(header)
    assert raised.value.status == 401


def test_another_secret_no_signature_and_odd_claims_are_401() -> None:
    good = {"aud": "attunement", "exp": 9_999_999_999, "auth_time": 1, "actions": ["watch"]}
    forged = [
        jwt.encode(good, "x" * 40, "HS256"),
        jwt.encode(good, "", "none"),
        jwt.encode(good | {"aud": "else"}, SECRET, "HS256"),
        jwt.encode(good | {"actions": ["everything"]}, SECRET, "HS256"),
        jwt.encode(good | {"actions": "watch"}, SECRET, "HS256"),
        jwt.encode(good | {"exp": "soon"}, SECRET, "HS256"),
        jwt.encode({"aud": "attunement"}, SECRET, "HS256"),
    ]
    for token in forged:
        with pytest.raises(Refused) as raised:
            Tokens(SECRET).read(token)
        assert raised.value.status == 401
    Tokens(SECRET).read(jwt.encode(good, SECRET, "HS256"))


def test_no_token_lasts_longer_than_ten_minutes() -> None:
    with pytest.raises(ValueError, match="got a token of 601 s"):
        Tokens(SECRET).issue([Action.WATCH], "S", lasts=LONGEST + 1)


def test_renewal_slides_until_four_hours_after_the_first() -> None:
    now = Now()
    tokens = Tokens(SECRET, now)
    first = tokens.read(tokens.issue([Action.WATCH], "S", "t"))
    claims = first
    for _ in range(RENEWABLE // 500 + 1):
        token, lasts = tokens.renew(claims)
        assert 0 < lasts <= LONGEST
        claims = tokens.read(token)
        assert (claims.auth_time, claims.actions) == (first.auth_time, first.actions)
        if claims.exp - now.at < LONGEST:
            break
        now.at += 500
    assert claims.exp == first.auth_time + RENEWABLE
    now.at = claims.exp
    with pytest.raises(Refused):
        tokens.read(token)


def test_a_ticket_is_good_once_and_for_half_a_minute() -> None:
    now = Now()
    tokens, tickets = Tokens(SECRET, now), Tickets(now)
    claims = tokens.read(tokens.issue([Action.WATCH], "S"))
    ticket = tickets.sell(claims)
    assert tickets.use(ticket) == claims
    for spoilt in (ticket, "", "guess"):
        with pytest.raises(Refused) as raised:
            tickets.use(spoilt)
        assert raised.value.status == 401
    late = tickets.sell(claims)
    now.at += TICKET
    with pytest.raises(Refused):
        tickets.use(late)
