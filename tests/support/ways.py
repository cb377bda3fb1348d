"""Which ways an offer or an answer tells of, and how to tell of some only."""

import ipaddress
from collections.abc import Callable

from aioice.ice import get_host_addresses

CANDIDATE = "a=candidate:"
Fields = list[str]  # of a candidate: 4 is the address, 5 the port, 7 the kind


def only(text: str, keep: Callable[[Fields], bool]) -> str:
    """The same SDP with those candidates alone, and no word that there are no more."""
    lines = [line for line in text.splitlines() if not line.startswith("a=end-of-candidates")]
    kept = [each for each in lines if not each.startswith(CANDIDATE) or keep(each.split())]
    return "\r\n".join(kept) + "\r\n"


def candidates(text: str) -> list[Fields]:
    return [line.split() for line in text.splitlines() if line.startswith(CANDIDATE)]


def own_address(version: int) -> str | None:
    """Of this machine, neither loopback nor link-local."""
    for host in get_host_addresses(use_ipv4=version == 4, use_ipv6=version == 6):
        if not ipaddress.ip_address(host).is_link_local:
            return host
    return None
