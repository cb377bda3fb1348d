"""All sessions of this gateway, and who keeps them running."""

import asyncio
import logging
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from types import TracebackType
from typing import Self

from attunement.engine.session import Event, State
from attunement.engine.signal import Group, Mode, Models, Person, StageSpec
from attunement.gateway import wire
from attunement.gateway.errors import Refused, no_session
from attunement.gateway.live import LiveSession, new_session
from attunement.gateway.metrics import Metrics
from attunement.gateway.settings import Settings
from attunement.gateway.ulid import ulid

SESSIONS = 256  # at once
CLOSE_WITHIN = 10.0  # s

log = logging.getLogger(__name__)


class Hub:
    """Sessions run for as long as the hub is entered."""

    def __init__(
        self,
        settings: Settings,
        *,
        catalog: Sequence[StageSpec],
        models: Models,
        described: Mapping[str, wire.Model] | None = None,
    ) -> None:
        self.settings, self.catalog = settings, tuple(catalog)
        self._models, self._described = models, dict(described or {})
        self._sessions: dict[str, LiveSession] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._group = asyncio.TaskGroup()
        self.metrics = Metrics(
            lambda: len(self._sessions),
            lambda: sum(live.overlays for live in self._sessions.values()),
        )

    async def __aenter__(self) -> Self:
        await self._group.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        closing = (self.close(session) for session in list(self._sessions))
        await asyncio.gather(*closing, return_exceptions=True)
        await self._group.__aexit__(None, None, None)
        self._sessions.clear()

    def open(
        self,
        people: Iterable[Person],
        mode: Mode = Mode.BEHAVIOUR,
        consent: Mapping[str, Iterable[Group]] | None = None,
    ) -> LiveSession:
        """A new session, `invited`. Raises Refused (403, 503), UnknownParticipant, ValueError."""
        if len(self._sessions) >= SESSIONS:
            raise Refused(503, "busy", f"{SESSIONS} sessions are open, and no more can be")
        live = LiveSession(
            ulid(),
            new_session(people, mode, self.settings.mode, consent or {}),
            catalog=self.catalog,
            models=self._models,
            described=self._described,
            metrics=self.metrics,
            ice_servers=self.settings.ice_servers,
        )
        self._sessions[live.id] = live
        self._tasks[live.id] = self._group.create_task(self._host(live))
        return live

    def get(self, session: str) -> LiveSession:
        """Raises Refused (404)."""
        try:
            return self._sessions[session]
        except KeyError:
            raise no_session() from None

    async def close(self, session: str) -> None:
        """End a session and forget it."""
        live, task = self.get(session), self._tasks[session]
        if live.session.state is not State.ENDED:
            live.handle(Event.END)
        with suppress(TimeoutError):
            async with asyncio.timeout(CLOSE_WITHIN):
                await live.finished.wait()
        task.cancel()
        await asyncio.wait([task])

    async def _host(self, live: LiveSession) -> None:
        """A session that breaks takes no other with it."""
        try:
            await live.run()
            await asyncio.sleep(self.settings.keep_ended)
        except Exception as fault:
            self.metrics.failed.inc()
            log.error("a session failed: %s", type(fault).__name__)
        finally:
            self._sessions.pop(live.id, None)
            self._tasks.pop(live.id, None)
            self.metrics.forget(live.id)
