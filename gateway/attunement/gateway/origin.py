"""Which web pages may talk to us."""

from collections.abc import Iterable

from attunement.gateway.errors import forbidden
from attunement.gateway.settings import Settings


def allowed(settings: Settings, port: int) -> frozenset[str]:
    """
    Our own pages by the names of this machine, and those that were named.

    Never by what the Host header says: a page elsewhere can point its own name at us.
    """
    hosts = {"localhost", "127.0.0.1", "[::1]"}
    if settings.host not in ("0.0.0.0", "::"):
        hosts.add(f"[{settings.host}]" if ":" in settings.host else settings.host)
    own = {f"{scheme}://{host}:{port}" for host in hosts for scheme in ("http", "https")}
    return frozenset(own | {origin.rstrip("/") for origin in settings.origins})


def check(origin: str | None, origins: Iterable[str], *, has_header: bool) -> None:
    """
    A browser always sends the Origin of a websocket; a program that sends none must send an
    Authorization header, which no page can. Raises Refused (403).
    """
    if origin is None and not has_header:
        raise forbidden("got neither an Origin nor an Authorization header, expected one of them")
    if origin is not None and origin not in origins:
        raise forbidden("pages of this origin may not watch; the gateway's --origin names more")
