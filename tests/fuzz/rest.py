"""Requests to the application itself, with no socket in between."""

import asyncio
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from attunement.gateway.app import create_app
from attunement.gateway.hub import Hub
from attunement.gateway.settings import Settings
from attunement.gateway.tokens import Action, Tokens
from tests.support.calls import ALL, CATALOG
from tests.support.stages import PATIENT, THERAPIST, NoModels

Ask = tuple[str, str, bytes]  # method, path, content type


class Rest:
    """Bodies, and now and then a path or a token, that are not what they should be."""

    def __init__(self, hub: Hub, settings: Settings) -> None:
        self._app = create_app(hub, settings)
        self._live = hub.open([THERAPIST, PATIENT], consent=ALL)
        tokens = Tokens(settings.secret)
        self._tokens = [
            tokens.issue(list(Action)).encode(),
            tokens.issue([Action.PUBLISH, Action.CONSENT], self._live.id, "p").encode(),
        ]
        at = f"/sessions/{self._live.id}"
        self._asks: list[Ask] = [
            ("POST", "/sessions", b"application/json"),
            ("PUT", f"{at}/consent/p", b"application/json"),
            ("POST", f"{at}/tickets", b"application/json"),
            ("POST", f"/whip/{self._live.id}/p", b"application/sdp"),
            ("PATCH", f"/whip/{self._live.id}/p/x", b"application/trickle-ice-sdpfrag"),
        ]

    @classmethod
    @contextmanager
    def opened(cls) -> Iterator[Callable[[bytes], str]]:
        settings = Settings(keep_ended=0.0, offers=1e9)
        hub = Hub(settings, catalog=CATALOG, models=NoModels())
        with asyncio.Runner() as runner:
            runner.run(hub.__aenter__())

            async def made() -> Rest:
                return cls(hub, settings)

            rest = runner.run(made())
            runner.run(rest.ask(b"{}"))  # the first request makes the table of routes
            try:
                yield lambda data: runner.run(rest.ask(data))
            finally:
                runner.run(hub.__aexit__(None, None, None))

    async def ask(self, data: bytes) -> str:
        """The status of the answer, which is below 500."""
        rng = random.Random(data)
        method, path, kind = rng.choice(self._asks)
        token = rng.choice(self._tokens)
        if rng.random() < 0.1:  # damage beside the body
            at = rng.randrange(len(path))
            path = path[:at] + data[:20].decode(errors="replace") + path[at + 1 :]
        elif rng.random() < 0.1:
            token = token[: rng.randrange(len(token))] + data[:30]
        status = await self._request(method, path, kind, token, data)
        assert status < 500, (status, method)
        return str(status)

    async def _request(self, method: str, path: str, kind: bytes, token: bytes, body: bytes) -> int:
        headers = [(b"content-type", kind), (b"authorization", b"Bearer " + token)]
        headers += [(b"content-length", str(len(body)).encode()), (b"if-match", body[:20])]
        scope = {"type": "http", "method": method, "path": path, "raw_path": path.encode()}
        scope |= {"query_string": body[:40], "headers": headers, "http_version": "1.1"}
        scope |= {"scheme": "http", "server": ("x", 80), "client": ("x", 1), "root_path": ""}
        status = 0

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: Any) -> None:
            nonlocal status
            status = message.get("status", status)

        await self._app(scope, receive, send)
        return status
