"""Servers that help to find a way through a firewall: STUN (RFC 8489) and TURN (RFC 8656)."""

import base64
import hashlib
import hmac
import os
import re
from dataclasses import dataclass, field
from typing import Self

from attunement.engine.errors import AttunementError

URL = re.compile(r"(stun|turns?):[^?:@/\s]+(:\d{1,5})?(\?transport=(udp|tcp))?")
LASTS = 24 * 3600  # s, of credentials made for one call: each refresh of the relay shows them again
SECRET, USERNAME, PASSWORD = (
    "ATTUNEMENT_TURN_SECRET",
    "ATTUNEMENT_TURN_USERNAME",
    "ATTUNEMENT_TURN_PASSWORD",
)


class BadIceServer(AttunementError):
    """Says what is wrong and never what was given: it may have a password in it."""

    def __init__(self, problem: str) -> None:
        super().__init__(problem)
        self.problem = problem

    def __str__(self) -> str:
        return self.problem


@dataclass(frozen=True, slots=True)
class IceServer:
    """
    url: "stun:host:port", "turn:host:port?transport=udp" or "turns:host:port". A TURN server wants
    either a username and a password, or a secret shared with it, from which credentials that expire
    are made for each call (draft-uberti-behave-turn-rest; coturn's use-auth-secret).

    Raises BadIceServer.
    """

    url: str
    username: str = field(default="", repr=False)
    password: str = field(default="", repr=False)
    secret: str = field(default="", repr=False)

    def __post_init__(self) -> None:
        if not URL.fullmatch(self.url):
            raise BadIceServer(
                "got an ICE server of another form than stun:host:port, "
                "turn:host:port?transport=udp or turns:host:port"
            )
        known = bool(self.secret) != bool(self.username and self.password)
        if self.url.startswith("turn") and not known:
            raise BadIceServer(
                f"got a TURN server without credentials, expected {SECRET}, or "
                f"{USERNAME} and {PASSWORD}, in the environment"
            )

    @classmethod
    def from_environment(cls, url: str) -> Self:
        """A TURN server whose credentials stand where no list of processes shows them."""
        names = (USERNAME, PASSWORD, SECRET)
        return cls(url, *(os.environ.get(name, "").strip() for name in names))

    def login(self, now: float) -> tuple[str, str]:
        """Username and password of a call that begins at `now` (s since 1970)."""
        if not self.secret:
            return self.username, self.password
        username = str(int(now) + LASTS)
        digest = hmac.digest(self.secret.encode(), username.encode(), hashlib.sha1)
        return username, base64.b64encode(digest).decode()
