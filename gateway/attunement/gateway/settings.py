"""What a gateway is told when it starts."""

import secrets
from dataclasses import dataclass, field

from attunement.engine.signal import Mode
from attunement.gateway.ice_server import IceServer

LEAST_SECRET = 32  # characters


@dataclass(frozen=True, slots=True)
class Settings:
    secret: str = field(default_factory=lambda: secrets.token_urlsafe(48), repr=False)
    host: str = "127.0.0.1"
    port: int = 0  # 0: any that is free
    mode: Mode = Mode.BEHAVIOUR  # the most that a session may ask for
    origins: tuple[str, ...] = ()  # of pages that may talk to us, besides our own
    frame_ancestors: tuple[str, ...] = ("'self'",)  # who may embed our pages (CSP)
    ice_servers: tuple[IceServer, ...] = ()  # one of each kind; none: only our own addresses
    any_candidate: bool = False  # send checks to whatever address an offer names; for tests
    offers: float = 2.0  # per second and participant; ten times as many at once
    stalled: float = 10.0  # s after which an overlay that takes nothing is cut off
    keep_ended: float = 60.0  # s for which an ended session still answers

    def __post_init__(self) -> None:
        if len(self.secret) < LEAST_SECRET:
            raise ValueError(
                f"got a secret of {len(self.secret)} characters, expected {LEAST_SECRET} or more"
            )
