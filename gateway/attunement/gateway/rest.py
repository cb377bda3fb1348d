"""Sessions, agreements and tickets, over HTTP."""

from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field

from attunement.engine.session import Event, State
from attunement.engine.signal import Group, Mode, Person, Role
from attunement.gateway import compose
from attunement.gateway.access import AtDesk, Bearer
from attunement.gateway.errors import Refused, forbidden
from attunement.gateway.live import LiveSession
from attunement.gateway.tokens import Action, Claims, require

Id = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")]

router = APIRouter(tags=["sessions"])


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class NewPerson(Strict):
    id: Id
    role: Role
    consent: list[Group] = []


class NewSession(Strict):
    people: Annotated[list[NewPerson], Field(min_length=1, max_length=8)]
    mode: Mode = Mode.BEHAVIOUR


class PersonHere(BaseModel):
    role: Role
    consent: list[Group]
    state: dict[str, str]


class SessionHere(BaseModel):
    id: str
    state: str
    mode: Mode
    people: dict[str, PersonHere]


class Agreement(Strict):
    groups: list[Group]


class Agreed(Agreement):
    stored: bool = Field(default=False, description="Is anything of this session being kept?")


class Pass(BaseModel):
    ticket: str | None = Field(
        description="For one websocket, within 30 s: ?ticket=…; null without `watch`."
    )
    token: str = Field(description="The same scope as yours, for longer.")
    expires_in: int = Field(description="Seconds the token lasts.")


@router.post("/sessions", status_code=201)
async def open_session(
    new: NewSession, desk: AtDesk, claims: Bearer, response: Response
) -> SessionHere:
    """Needs an admin token. The session is `invited`: nothing is measured before it starts."""
    if not claims.admin or claims.session is not None:
        raise forbidden("the token does not allow to open sessions")
    people = [Person(person.id, person.role) for person in new.people]
    if len({person.id for person in people}) != len(people):
        raise Refused(422, "same_name", "got two participants of one id, expected different ones")
    consent = {person.id: person.consent for person in new.people}
    live = desk.hub.open(people, new.mode, consent)
    response.headers["Location"] = f"/sessions/{live.id}"
    return _here(live)


@router.get("/sessions/{session}")
async def read_session(session: str, desk: AtDesk, claims: Bearer) -> SessionHere:
    """Needs any token of the session."""
    _of_session(claims, session)
    return _here(desk.hub.get(session))


@router.post("/sessions/{session}/tickets")
async def buy_ticket(session: str, desk: AtDesk, claims: Bearer) -> Pass:
    """
    Renews any token of the session, until four hours after it was first given; one with `watch`
    buys a ticket as well.
    """
    _of_session(claims, session)
    if desk.hub.get(session).session.state is State.ENDED:
        raise Refused(409, "ended", "the session has ended")
    scoped = msgspec.structs.replace(claims, session=session)
    token, lasts = desk.tokens.renew(scoped)
    ticket = desk.tickets.sell(scoped) if Action.WATCH in claims.actions else None
    return Pass(ticket=ticket, token=token, expires_in=lasts)


@router.post("/sessions/{session}/{event}")
async def change_session(session: str, event: Event, desk: AtDesk, claims: Bearer) -> SessionHere:
    """
    Needs an admin token, or a therapist's with `consent`. Everybody may pause with their own token
    with `consent`: who no longer wants to be measured need not ask.
    """
    _of_session(claims, session)
    live = desk.hub.get(session)
    decides = claims.participant in live.participants and Action.CONSENT in claims.actions
    if not (claims.admin or (decides and _may(live, claims, event))):
        raise forbidden(f"the token does not allow to {event.value} this session")
    live.handle(event)
    return _here(live)


def _may(live: LiveSession, claims: Claims, event: Event) -> bool:
    return event is Event.PAUSE or live.is_therapist(claims.participant)


@router.get("/sessions/{session}/consent/{participant}")
async def read_consent(session: str, participant: str, desk: AtDesk, claims: Bearer) -> Agreed:
    """Needs any token of the session: everybody may know what is measured of whom."""
    _of_session(claims, session)
    live = desk.hub.get(session)
    live.participant(participant)
    return Agreed(groups=sorted(live.session.consent[participant]))


@router.put("/sessions/{session}/consent/{participant}")
async def change_consent(
    session: str, participant: str, agreement: Agreement, desk: AtDesk, claims: Bearer
) -> Agreed:
    """
    Needs the participant's own token with `consent`, or an admin's, who passes on what the person
    decided elsewhere. Nobody decides for another. Takes effect within a second.
    """
    if not (claims.admin and claims.session in (None, session)):
        require(claims, Action.CONSENT, session, participant)
    live = desk.hub.get(session)
    live.participant(participant)
    return Agreed(groups=sorted(live.agree(participant, agreement.groups)))


@router.get("/catalog")
async def catalog(desk: AtDesk) -> list[dict[str, Any]]:
    """Every signal that this gateway can measure, with its card."""
    found: list[dict[str, Any]] = msgspec.to_builtins(compose.specs(desk.hub.catalog))
    return found


def _of_session(claims: Claims, session: str) -> None:
    if claims.session not in (None, session):
        raise forbidden("the token is for another session")


def _here(live: LiveSession) -> SessionHere:
    consent = live.session.consent
    people = {
        who: PersonHere(
            role=p.person.role,
            consent=sorted(consent[who]),
            state=msgspec.to_builtins(p.state),
        )
        for who, p in live.participants.items()
    }
    return SessionHere(
        id=live.id, state=live.session.state.value, mode=live.session.mode, people=people
    )
