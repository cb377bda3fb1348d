"""The ASGI application: every route of the gateway, on one port."""

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import JSONResponse, PlainTextResponse, Response

from attunement.engine.errors import BadTransition, UnknownParticipant
from attunement.gateway import pages, rest, signals, whip
from attunement.gateway.access import Desk
from attunement.gateway.errors import Refused, no_participant
from attunement.gateway.guard import Guard, refusal
from attunement.gateway.hub import Hub
from attunement.gateway.origin import allowed
from attunement.gateway.rate import Rates
from attunement.gateway.settings import Settings
from attunement.gateway.tokens import Tickets, Tokens
from attunement.gateway.webrtc.offer import too_large

EXPOSED = ["Location", "ETag", "Accept-Patch", "Link"]


def create_app(hub: Hub, settings: Settings, port: int | None = None) -> FastAPI:
    """`port`: the one really bound, which our own pages' origin has."""
    app = FastAPI(
        title="attunement gateway",
        version="1",
        summary="Media of a live session in, signals out.",
        docs_url=None,
        redoc_url=None,
    )
    origins = allowed(settings, settings.port if port is None else port)
    app.state.desk = Desk(hub, Tokens(settings.secret), Tickets(), origins, Rates(settings.offers))
    for routes in (whip.router, rest.router, signals.router):
        app.include_router(routes)
    _operate(app, hub)
    app.include_router(pages.router(settings.frame_ancestors))
    app.mount("/static", pages.Assets(directory=pages.STATIC, check_dir=False))
    _explain(app)
    app.add_middleware(
        CORSMiddleware,
        allow_origins=sorted(origins),
        allow_methods=["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"],
        allow_headers=["Authorization", "Content-Type", "If-Match"],
        expose_headers=EXPOSED,
    )
    app.add_middleware(Guard, metrics=hub.metrics)
    return app


def _operate(app: FastAPI, hub: Hub) -> None:
    @app.get("/healthz", tags=["operation"])
    async def healthz() -> dict[str, str]:
        """Answers while the event loop turns."""
        return {"status": "ok"}

    @app.get("/metrics", tags=["operation"], response_class=PlainTextResponse)
    async def metrics() -> Response:
        """Prometheus' text format; nothing in it says anything of a person."""
        return PlainTextResponse(hub.metrics.text(), media_type="text/plain; version=0.0.4")


def _explain(app: FastAPI) -> None:
    """Every refusal in one form, and none repeats what was sent."""

    @app.exception_handler(Refused)
    async def refused(request: Request, fault: Refused) -> JSONResponse:
        return refusal(fault)

    @app.exception_handler(BadTransition)
    async def bad_transition(request: Request, fault: BadTransition) -> JSONResponse:
        return refusal(Refused(409, "bad_transition", str(fault)))

    @app.exception_handler(UnknownParticipant)
    async def unknown(request: Request, fault: UnknownParticipant) -> JSONResponse:
        return refusal(no_participant())

    @app.exception_handler(RequestValidationError)
    async def invalid(request: Request, fault: RequestValidationError) -> JSONResponse:
        first = fault.errors()[0]
        where = ".".join(str(part) for part in first["loc"] if isinstance(part, str | int))
        return refusal(Refused(422, "invalid", f"{where}: {first['msg']}"))

    @app.exception_handler(HTTPException)
    async def other(request: Request, fault: HTTPException) -> JSONResponse:
        if fault.status_code == 413:
            return refusal(too_large(), fault.headers)
        text = {404: "there is nothing at this address", 405: "this address takes other methods"}
        sentence = text.get(fault.status_code, "the request was refused")
        return refusal(Refused(fault.status_code, "refused", sentence), fault.headers)
