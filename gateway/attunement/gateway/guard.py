"""What every request passes through: limits, headers that protect, and no word of a fault."""

import logging
from collections.abc import Mapping

from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from attunement.gateway.errors import Refused
from attunement.gateway.metrics import Metrics
from attunement.gateway.webrtc.offer import MOST_BYTES, too_large

ALWAYS = {
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
}

log = logging.getLogger(__name__)


class TooLarge(HTTPException):
    """
    A body beyond the limit. An HTTPException, because parsers let that kind through.

    Who told the length beforehand gets the answer while the rest is thrown away as it comes; who
    did not is cut off, for the rest may have no end.
    """

    def __init__(self, *, endless: bool) -> None:
        super().__init__(413, headers={"Connection": "close"} if endless else None)


class Guard:
    """ASGI middleware, the outermost of all."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app, self._metrics = app, metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun = False

        async def protected(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = True
                headers = MutableHeaders(scope=message)
                for name, value in ALWAYS.items():
                    headers.setdefault(name, value)
                if message["status"] >= 400:
                    self._metrics.refused.labels(str(message["status"])).inc()
            await send(message)

        try:
            limited = _limited(scope, receive)
            await self._app(scope, limited, protected)
        except TooLarge as fault:
            if not begun:
                await refusal(too_large(), fault.headers)(scope, receive, protected)
        except Exception as fault:
            self._metrics.failed.inc()
            log.error("a request failed: %s", type(fault).__name__)
            if not begun:
                sentence = "something broke here; it has been counted"
                await refusal(Refused(500, "failed", sentence))(scope, receive, protected)


def _limited(scope: Scope, receive: Receive) -> Receive:
    """Refuses a body by its length before reading any of it; or once it has grown too long."""
    headers = dict(scope["headers"])
    length = headers.get(b"content-length", b"0")
    if not length.isdigit() or int(length) > MOST_BYTES:
        raise TooLarge(endless=False)
    total = 0

    async def limited() -> Message:
        nonlocal total
        message = await receive()
        total += len(message.get("body", b""))
        if total > MOST_BYTES:
            raise TooLarge(endless=True)
        return message

    return limited


def refusal(refused: Refused, headers: Mapping[str, str] | None = None) -> JSONResponse:
    more = dict(headers or {})
    if refused.status == 401:
        more["WWW-Authenticate"] = "Bearer"
    if refused.retry is not None:
        more["Retry-After"] = str(refused.retry)
    body = {"error": refused.text, "code": refused.code}
    return JSONResponse(body, refused.status, headers=more)
