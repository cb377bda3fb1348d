"""What routes ask for: the hub, and who is asking."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from starlette.requests import HTTPConnection

from attunement.gateway.errors import unauthorized
from attunement.gateway.hub import Hub
from attunement.gateway.rate import Rates
from attunement.gateway.tokens import Claims, Tickets, Tokens

_bearer = HTTPBearer(auto_error=False, description="A token of `attune token`, or of the gateway.")


@dataclass(frozen=True, slots=True)
class Desk:
    """What all requests share."""

    hub: Hub
    tokens: Tokens
    tickets: Tickets
    origins: frozenset[str]  # of pages that may talk to us
    offers: Rates  # by session and participant


def desk(connection: HTTPConnection) -> Desk:
    found: Desk = connection.app.state.desk
    return found


def claims(
    desk: Annotated[Desk, Depends(desk)],
    credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)],
) -> Claims:
    """Raises Refused (401)."""
    if credentials is None:
        raise unauthorized("got no token, expected 'Authorization: Bearer …'")
    return desk.tokens.read(credentials.credentials)


AtDesk = Annotated[Desk, Depends(desk)]
Bearer = Annotated[Claims, Depends(claims)]
