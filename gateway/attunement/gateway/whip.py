"""Media in: WebRTC-HTTP ingestion (RFC 9725), one resource per connection."""

import asyncio

from fastapi import APIRouter, Request, Response

from attunement.gateway.access import AtDesk, Bearer, Desk
from attunement.gateway.errors import Refused
from attunement.gateway.participant import Connection
from attunement.gateway.tokens import Action, require
from attunement.gateway.webrtc.offer import checked_offer, checked_trickle

SDP = "application/sdp"
FRAGMENT = "application/trickle-ice-sdpfrag"

router = APIRouter(prefix="/whip", tags=["media in"])


def _expect(request: Request, kind: str) -> None:
    got = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if got != kind:
        raise Refused(415, "unsupported_media_type", f"got another Content-Type, expected {kind}")


def _slow_down(desk: Desk, *who: str) -> None:
    """An offer costs us keys, sockets and a handshake. Raises Refused (429)."""
    wait = desk.offers.wait(who, asyncio.get_running_loop().time())
    if wait is not None:
        raise Refused(429, "too_many", "got more offers than anybody needs; try later", wait)


@router.options("/{session}/{participant}")
def options(session: str, participant: str) -> Response:
    """What may be posted here."""
    return Response(status_code=204, headers={"Allow": "OPTIONS, POST", "Accept-Post": SDP})


@router.post(
    "/{session}/{participant}",
    status_code=201,
    response_class=Response,
    responses={201: {"content": {SDP: {}}, "description": "The answer"}},
    openapi_extra={"requestBody": {"content": {SDP: {"schema": {"type": "string"}}}}},
)
async def publish(
    session: str, participant: str, request: Request, desk: AtDesk, claims: Bearer
) -> Response:
    """
    Offer to send sound and pictures. A second offer of the same participant takes the place of the
    first, and the session's time goes on.
    """
    require(claims, Action.PUBLISH, session, participant)
    live = desk.hub.get(session)
    live.participant(participant)
    _expect(request, SDP)
    _slow_down(desk, session, participant)
    offer = checked_offer(await request.body(), desk.hub.settings.any_candidate)
    connection, answer = await live.connect(participant, offer)
    location = f"/whip/{session}/{participant}/{connection.resource}"
    headers = {"Location": location, "ETag": connection.etag, "Accept-Patch": FRAGMENT}
    return Response(answer, 201, media_type=SDP, headers=headers)


def _connection(desk: Desk, session: str, participant: str, resource: str) -> Connection:
    connection = desk.hub.get(session).participant(participant).connection
    if connection is None or connection.resource != resource:
        raise Refused(404, "no_connection", "there is no such connection; it may have ended")
    return connection


@router.patch("/{session}/{participant}/{resource}", status_code=204)
async def trickle(
    session: str, participant: str, resource: str, request: Request, desk: AtDesk, claims: Bearer
) -> Response:
    """More ICE candidates (RFC 8840). An ICE restart is answered with 422: post a new offer."""
    require(claims, Action.PUBLISH, session, participant)
    connection = _connection(desk, session, participant, resource)
    _expect(request, FRAGMENT)
    match = request.headers.get("if-match")
    if match is None:
        raise Refused(428, "no_etag", "got no If-Match, expected the ETag of the answer")
    if match not in ("*", connection.etag):
        raise Refused(412, "other_etag", "got an If-Match of another connection")
    fragment = checked_trickle(await request.body(), desk.hub.settings.any_candidate)
    await connection.peer.trickle(fragment)
    return Response(status_code=204)


@router.delete("/{session}/{participant}/{resource}", status_code=200)
async def leave(
    session: str, participant: str, resource: str, desk: AtDesk, claims: Bearer
) -> Response:
    """Stop sending, and leave."""
    require(claims, Action.PUBLISH, session, participant)
    _connection(desk, session, participant, resource)
    await desk.hub.get(session).participant(participant).replace(None, left=True)
    return Response(status_code=200)
