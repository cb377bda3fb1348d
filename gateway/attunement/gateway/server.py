"""The whole gateway in one process, as a context manager: for `attune serve`, demo and tests."""

import asyncio
import errno
import socket
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, contextmanager, suppress
from types import TracebackType
from typing import Self

import uvicorn

from attunement.engine.signal import Models, StageSpec
from attunement.gateway import wire
from attunement.gateway.app import create_app
from attunement.gateway.errors import PortInUse
from attunement.gateway.hub import Hub
from attunement.gateway.logs import hush
from attunement.gateway.overlay_socket import OverlaySocket
from attunement.gateway.settings import Settings
from attunement.gateway.tokens import LONGEST, Action, Tokens
from attunement.gateway.warm import warm_up
from attunement.gateway.webrtc.offer import MOST_BYTES
from attunement.pipelines.models.batch import SHARED

SEND_BUFFER = 64 * 1024  # bytes that the system may hold for an overlay that takes nothing
STOP_WITHIN = 5.0  # s


class Server:
    def __init__(
        self,
        settings: Settings,
        *,
        catalog: Sequence[StageSpec],
        models: Models,
        described: Mapping[str, wire.Model] | None = None,
    ) -> None:
        self.settings = settings
        self.hub = Hub(settings, catalog=catalog, models=models, described=described)
        self._models = models
        self._tokens = Tokens(settings.secret)
        self._stack = AsyncExitStack()
        self.port = 0

    async def __aenter__(self) -> Self:
        """Seconds the first time, to load models and compile kernels. Raises PortInUse."""
        hush()
        listener = bind(self.settings.host, self.settings.port)
        self.port = listener.getsockname()[1]
        async with AsyncExitStack() as stack:
            stack.callback(listener.close)
            await asyncio.to_thread(self._warm_up)
            stack.enter_context(SHARED.serving())
            web = _Web(self._config())
            stack.push_async_callback(_stop, web, asyncio.create_task(web.serve([listener])))
            await stack.enter_async_context(self.hub)  # ends before the web server does
            await web.ready.wait()
            self._stack = stack.pop_all()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._stack.aclose()

    def _warm_up(self) -> None:
        warm_up(self.hub.catalog, self._models, self.settings.mode)

    def _config(self) -> uvicorn.Config:
        return uvicorn.Config(
            create_app(self.hub, self.settings, self.port),
            ws=OverlaySocket,
            ws_max_size=MOST_BYTES,
            ws_ping_interval=self.settings.stalled / 2,
            ws_ping_timeout=self.settings.stalled / 2,
            ws_per_message_deflate=False,  # costs four times what it saves at these sizes
            lifespan="off",
            log_config=None,
            log_level="warning",  # uvicorn's own lines would have tickets in them
            access_log=False,
            proxy_headers=False,
            server_header=False,
            timeout_graceful_shutdown=2,
        )

    # Where everything is.

    @property
    def url(self) -> str:
        host = self.settings.host
        if host in ("0.0.0.0", "::"):
            host = "localhost"
        return f"http://[{host}]:{self.port}" if ":" in host else f"http://{host}:{self.port}"

    def whip_url(self, session: str, participant: str) -> str:
        return f"{self.url}/whip/{session}/{participant}"

    def signals_url(self, session: str) -> str:
        return f"{self.url.replace('http', 'ws', 1)}/signals/{session}"

    def overlay_url(self, session: str, token: str) -> str:
        """The token is in the fragment, which browsers do not send and servers do not log."""
        return f"{self.url}/overlay#session={session}&token={token}"

    def capture_url(self, session: str, participant: str, token: str) -> str:
        return f"{self.url}/capture#session={session}&participant={participant}&token={token}"

    def token(
        self,
        session: str | None,
        participant: str | None,
        *actions: Action,
        lasts: int = LONGEST,
    ) -> str:
        return self._tokens.issue(actions, session, participant, lasts=lasts)


def bind(host: str, port: int) -> socket.socket:
    """A socket to listen at. Raises PortInUse."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
        listener.bind((host, port))
        listener.setblocking(False)
    except OSError as fault:
        listener.close()
        if fault.errno == errno.EADDRINUSE:
            raise PortInUse(host, port) from None
        raise
    return listener


class _Web(uvicorn.Server):
    """Leaves signals to whoever runs us, and tells when it is ready."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = asyncio.Event()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.ready.set()


async def _stop(web: _Web, task: asyncio.Task[None]) -> None:
    web.should_exit = True
    with suppress(TimeoutError):
        async with asyncio.timeout(STOP_WITHIN):
            await asyncio.shield(task)
    task.cancel()
    await asyncio.wait([task])
