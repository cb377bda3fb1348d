"""
What the gateway refuses, as the client reads it.

A refusal has a status (RFC 9110), a code for programs and a sentence for people. None holds media,
names, tokens or addresses, so each may be logged and sent.
"""

from attunement.engine.errors import AttunementError


class Refused(AttunementError):
    """A request that is not granted."""

    def __init__(self, status: int, code: str, text: str, retry: int | None = None) -> None:
        """retry: after how many seconds it may be granted."""
        super().__init__(status, code, text)
        self.status, self.code, self.text, self.retry = status, code, text, retry

    def __str__(self) -> str:
        return self.text


class PortInUse(AttunementError):
    def __init__(self, host: str, port: int) -> None:
        super().__init__(host, port)
        self.host, self.port = host, port

    def __str__(self) -> str:
        return (
            f"port {self.port} of {self.host} is in use by another program; "
            "stop that one, or choose another with --port"
        )


def unauthorized(text: str) -> Refused:
    return Refused(401, "unauthorized", text)


def forbidden(text: str) -> Refused:
    return Refused(403, "forbidden", text)


def no_session() -> Refused:
    return Refused(404, "no_session", "there is no session of that id; it may have ended")


def no_participant() -> Refused:
    return Refused(404, "no_participant", "nobody of that name takes part in this session")
