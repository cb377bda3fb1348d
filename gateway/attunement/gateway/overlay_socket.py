"""uvicorn's websocket, with a way to cut off an overlay that takes nothing."""

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.http11 import Request


class OverlaySocket(WebSocketsSansIOProtocol):
    """
    Closing a connection waits until what was written is taken, which a stopped overlay never
    does. So the application gets `scope["state"]["abort"]`, and a missed ping aborts.
    """

    def handle_connect(self, event: Request) -> None:
        super().handle_connect(event)
        if hasattr(self, "scope"):
            self.scope["state"]["abort"] = self.transport.abort

    def keepalive_timeout(self) -> None:
        super().keepalive_timeout()
        self.transport.abort()
