"""A gateway that says what a test tells it to say, with the pages and everything they ask for."""

import asyncio
import json
import socket
import threading
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
import uvicorn
from fastapi import FastAPI, Request, Response, WebSocket, WebSocketDisconnect
from fastapi.responses import FileResponse
from fastapi.staticfiles import StaticFiles

from attunement.gateway import wire

STATIC = Path(__file__).parents[2] / "gateway" / "attunement" / "gateway" / "static"
SESSION = "01JD0SESSION"
SEEN = 280  # seconds that the session has run when a test begins
POLICY = (  # as strict as the real one: pages that need more must fail here
    "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self'; "
    "connect-src 'self'; media-src 'self' blob:"
)


@dataclass
class OverlayServer:
    """What was asked of it, and the switches that make it misbehave."""

    frames: list[wire.SignalFrame]
    hello: wire.SessionHello
    port: int = 0
    ticket_status: int = 200
    whip_status: int = 201
    consent: list[str] = field(default_factory=lambda: ["voice", "face", "body", "together"])
    asked: list[dict[str, str]] = field(default_factory=list)  # query of each websocket
    heard: list[dict[str, object]] = field(default_factory=list)  # messages from overlays
    whip: list[tuple[str, str, str]] = field(default_factory=list)  # method, path, body
    answer: Callable[[str], Awaitable[str]] | None = None  # SDP offer -> answer
    _sockets: dict[WebSocket, str] = field(default_factory=dict)
    _changed: threading.Condition = field(default_factory=threading.Condition)
    _loop: asyncio.AbstractEventLoop | None = None

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def page(self, name: str, **fragment: str) -> str:
        given = {"session": SESSION, "token": "first", **fragment}
        return f"{self.origin}/{name}#" + "&".join(f"{k}={v}" for k, v in given.items())

    def send(self, *messages: wire.Down) -> None:
        """Tell every overlay that is connected; frames are kept for those that come later."""
        self.frames += [each for each in messages if isinstance(each, wire.SignalFrame)]
        self._run(self._send(messages))

    def cut(self) -> None:
        """Close every websocket without a word."""
        self._run(self._cut())

    @property
    def loop(self) -> asyncio.AbstractEventLoop:
        assert self._loop is not None
        return self._loop

    def until_connected(self, overlays: int) -> None:
        """Wait until so many overlays are connected; one that leaves takes its time."""
        with self._changed:
            assert self._changed.wait_for(lambda: len(self._sockets) == overlays, 10)

    def _run(self, work: Coroutine[object, object, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self.loop).result(10)

    async def _send(self, messages: tuple[wire.Down, ...]) -> None:
        for websocket, protocol in list(self._sockets.items()):
            try:
                for message in messages:
                    await _tell(websocket, protocol, message)
            except (WebSocketDisconnect, RuntimeError):
                self._left(websocket)  # while we spoke, as overlays do

    async def _cut(self) -> None:
        for websocket in list(self._sockets):
            self._left(websocket)
            await websocket.close(1011)

    def _left(self, websocket: WebSocket) -> None:
        with self._changed:
            self._sockets.pop(websocket, None)
            self._changed.notify_all()

    def app(self) -> FastAPI:
        app = FastAPI()
        app.add_api_route("/overlay", self._page("overlay.html"))
        app.add_api_route("/capture", self._page("capture.html"))
        app.mount("/static", StaticFiles(directory=STATIC))
        app.add_api_route("/sessions/{session}/tickets", self._ticket, methods=["POST"])
        consent = "/sessions/{session}/consent/{participant}"
        app.add_api_route(consent, self._consent, methods=["GET", "PUT"])
        whip = "/whip/{rest:path}"
        app.add_api_route(whip, self._whip, methods=["POST", "PATCH", "DELETE"])
        app.add_api_websocket_route("/signals/{session}", self._signals)
        return app

    def _page(self, name: str) -> Callable[[], FileResponse]:
        def page() -> FileResponse:
            return FileResponse(STATIC / name, headers={"Content-Security-Policy": POLICY})

        return page

    def _ticket(self) -> Response:
        body = {"ticket": "t", "token": "renewed", "expires_in": 600}
        return Response(json.dumps(body), self.ticket_status, media_type="application/json")

    async def _consent(self, request: Request) -> Response:
        if request.method == "PUT":
            self.consent = (await request.json())["groups"]
        body = {"groups": self.consent, "stored": False}
        return Response(json.dumps(body), media_type="application/json")

    async def _whip(self, request: Request, rest: str) -> Response:
        body = (await request.body()).decode()
        self.whip.append((request.method, f"/whip/{rest}", body))
        if request.method != "POST" or self.whip_status != 201 or self.answer is None:
            return Response(status_code=self.whip_status if request.method == "POST" else 204)
        headers = {"Location": f"/whip/{rest}/publication", "ETag": '"1"'}
        answer = await self.answer(body)
        return Response(answer, 201, headers, media_type="application/sdp")

    async def _signals(self, websocket: WebSocket) -> None:
        protocol = websocket.scope["subprotocols"][0]
        await websocket.accept(protocol)
        self.asked.append(dict(websocket.query_params))
        newest = self.frames[-1].seq if self.frames else 0
        await _tell(websocket, protocol, msgspec.structs.replace(self.hello, seq=newest))
        after = int(websocket.query_params.get("seq", newest))
        for frame in self.frames:
            if frame.seq > after:
                await _tell(websocket, protocol, frame)
        with self._changed:
            self._sockets[websocket] = protocol
            self._changed.notify_all()
        try:
            while True:
                message = await websocket.receive()
                if message["type"] == "websocket.disconnect":
                    break
                data = message.get("bytes") or message["text"].encode()
                read = msgspec.msgpack if protocol == wire.MSGPACK else msgspec.json
                self.heard.append(read.decode(data))
        except WebSocketDisconnect:
            pass
        finally:
            self._left(websocket)


async def _tell(websocket: WebSocket, protocol: str, message: wire.Down) -> None:
    if protocol == wire.MSGPACK:
        await websocket.send_bytes(msgspec.msgpack.encode(message))
    else:
        await websocket.send_text(msgspec.json.encode(message).decode())


@contextmanager
def serve(server: OverlayServer) -> Iterator[OverlayServer]:
    """Run it in a thread of its own, on a free port, until the block is left."""
    listener = socket.create_server(("127.0.0.1", 0))
    server.port = listener.getsockname()[1]
    config = uvicorn.Config(
        server.app(), log_level="error", ws="websockets-sansio", timeout_graceful_shutdown=1
    )
    running = uvicorn.Server(config)
    ready = threading.Event()

    async def run() -> None:
        server._loop = asyncio.get_running_loop()
        ready.set()
        await running.serve(sockets=[listener])

    thread = threading.Thread(target=lambda: asyncio.run(run()), daemon=True)
    thread.start()
    assert ready.wait(10)
    try:
        yield server
    finally:
        running.should_exit = True
        thread.join(10)
        listener.close()
