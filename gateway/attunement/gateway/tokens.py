"""
Who may do what in which session: signed, scoped, short-lived (RFC 7519, HS256).

A token goes by its Bearer header only. Where a browser cannot set one, at the websocket, it buys a
ticket first: good for one use within half a minute, so that no lasting secret stands in an URL.
"""

import secrets
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum

import jwt
import msgspec

from attunement.gateway.errors import Refused, forbidden, unauthorized

ALGORITHM = "HS256"
AUDIENCE = "attunement"
LONGEST = 600  # s, of a token
RENEWABLE = 4 * 3600  # s after the first authentication
TICKET = 30  # s
TICKETS = 10_000  # that may be open at once


class Action(StrEnum):
    PUBLISH = "publish"  # send one's own sound and pictures
    WATCH = "watch"  # receive signals
    CONSENT = "consent"  # change one's own agreement
    ADMIN = "admin"  # open sessions, and anything in them


class Claims(msgspec.Struct, frozen=True):
    """What a token says. No session: every session; no participant: none in particular."""

    aud: str
    exp: int  # s since 1970
    auth_time: int  # when the bearer was first let in; renewal does not move it
    actions: tuple[Action, ...]
    session: str | None = None
    participant: str | None = None

    def may(self, action: Action, session: str, participant: str | None = None) -> bool:
        return (
            action in self.actions
            and self.session in (None, session)
            and participant in (None, self.participant)
        )

    @property
    def admin(self) -> bool:
        return Action.ADMIN in self.actions


class Tokens:
    def __init__(self, secret: str, now: Callable[[], float] = time.time) -> None:
        self._secret, self._now = secret, now

    def issue(
        self,
        actions: Iterable[Action],
        session: str | None = None,
        participant: str | None = None,
        *,
        lasts: int = LONGEST,
        auth_time: int | None = None,
    ) -> str:
        if not 0 < lasts <= LONGEST:
            raise ValueError(f"got a token of {lasts} s, expected 1 to {LONGEST} s")
        now = int(self._now())
        first = now if auth_time is None else auth_time
        expires = min(now + lasts, first + RENEWABLE)
        claims = Claims(AUDIENCE, expires, first, tuple(actions), session, participant)
        return jwt.encode(msgspec.to_builtins(claims), self._secret, ALGORITHM)

    def renew(self, claims: Claims) -> tuple[str, int]:
        """The same scope, for longer; and how many seconds it lasts."""
        token = self.issue(
            claims.actions, claims.session, claims.participant, auth_time=claims.auth_time
        )
        return token, int(min(LONGEST, claims.auth_time + RENEWABLE - self._now()))

    def read(self, token: str) -> Claims:
        """Raises Refused (401)."""
        try:
            # The clock is ours, so that a test can turn it; PyJWT checks signature and audience.
            fields = jwt.decode(
                token,
                self._secret,
                [ALGORITHM],
                audience=AUDIENCE,
                options={"verify_exp": False, "verify_iat": False},
            )
            claims = msgspec.convert(fields, Claims)
        except (jwt.InvalidTokenError, msgspec.ValidationError, ValueError):
            raise unauthorized("the token is not one of ours, or was damaged") from None
        if claims.exp <= self._now():
            raise unauthorized("the token has expired; ask for a new one")
        return claims

    def bearer(self, header: str | None) -> Claims:
        """Of an Authorization header. Raises Refused (401)."""
        scheme, _, token = (header or "").partition(" ")
        if scheme.lower() != "bearer" or not token.strip():
            raise unauthorized("got no token, expected 'Authorization: Bearer …'")
        return self.read(token.strip())


@dataclass(frozen=True, slots=True)
class Ticket:
    claims: Claims
    until: float


class Tickets:
    """Tickets that were sold and not yet used."""

    def __init__(self, now: Callable[[], float] = time.time) -> None:
        self._now = now
        self._open: dict[str, Ticket] = {}  # oldest first

    def sell(self, claims: Claims) -> str:
        now = self._now()
        while self._open and next(iter(self._open.values())).until <= now:
            del self._open[next(iter(self._open))]
        if len(self._open) >= TICKETS:
            raise Refused(503, "busy", "too many tickets are open; try again in half a minute")
        name = secrets.token_urlsafe(24)
        self._open[name] = Ticket(claims, min(now + TICKET, claims.exp))
        return name

    def use(self, name: str) -> Claims:
        """Raises Refused (401)."""
        ticket = self._open.pop(name, None)
        if ticket is None or ticket.until <= self._now():
            raise unauthorized("the ticket is unknown, was used, or is older than half a minute")
        return ticket.claims


def require(claims: Claims, action: Action, session: str, participant: str | None = None) -> Claims:
    """Raises Refused (403)."""
    if not claims.may(action, session, participant):
        raise forbidden(f"the token does not allow to {action} here")
    return claims
