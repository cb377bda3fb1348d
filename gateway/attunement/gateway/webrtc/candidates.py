"""
Candidates of the other side (RFC 8839, 5.1): which of them datagrams may be sent to.

Whoever posts an offer chooses where our checks go (server-side request forgery by UDP), so an
address is left out where no peer can be and something of ours may. Nobody is lost by it: a peer
that can reach us is learned from its own checks (peer-reflexive, RFC 8445, 7.3.1.3).

Private networks (RFC 1918, fc00::/7) stay in: a practice whose gateway stands in the same building
as its cameras has nothing else. What is sent there is a check of some 100 bytes, few times, and an
answer to it is believed only with the call's password.
"""

import ipaddress
from collections.abc import Iterator

from aiortc import RTCIceCandidate, sdp

KINDS = ("host", "srflx", "relay")  # prflx is learned, never told
COMPONENT = 1  # RTP and RTCP share one (rtcp-mux)
WELL_KNOWN = 1024  # ports below belong to services, not to browsers, which refuse them, too
# Metadata and other services of clouds, where they are not link-local.
SERVICES = tuple(
    ipaddress.ip_network(network)
    for network in (
        "100.100.100.200/32",
        "168.63.129.16/32",
        "192.0.0.0/24",  # RFC 6890, 2.2.2
        "fd00:ec2::/32",
        "fd00:42::42/128",
        "fd20:ce::254/128",
    )
)

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def parsed(value: str) -> RTCIceCandidate:
    """Raises ValueError, whatever the text."""
    try:
        candidate = sdp.candidate_from_sdp(value)
    except Exception:
        raise ValueError("not of the form of RFC 8839, 5.1") from None
    if not 0 <= candidate.port < 1 << 16 or not 0 <= candidate.priority < 1 << 32:
        raise ValueError("a port or a priority out of range")
    return candidate


class Sieve:
    """Of one offer or fragment. `anywhere`: candidates may name any address."""

    def __init__(self, anywhere: bool = False) -> None:
        self._anywhere = anywhere
        self._seen: set[tuple[str, str, int]] = set()
        self.left_out = False  # a peer may be where one led: its own checks will tell

    def takes(self, line: str, candidate: RTCIceCandidate) -> bool:
        """May checks be sent to it, and were none so far? `line`: any name of its m-line."""
        if candidate.protocol.lower() != "udp" or candidate.component != COMPONENT:
            return False  # aiortc has no other
        way = (line, candidate.ip, candidate.port)
        if way in self._seen:  # RFC 8445, 5.1.3
            return False
        self._seen.add(way)
        good = candidate.type in KINDS and candidate.port >= WELL_KNOWN
        if not (good and reachable(candidate.ip, self._anywhere)):
            self.left_out = True
            return False
        return True


def reachable(host: str, anywhere: bool = False) -> bool:
    """Can a peer be there? Not at names, at ourselves, on one wire only, or at everybody."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False  # a name: mDNS of a browser, or somebody else's host
    if address.is_multicast or address.is_unspecified or "%" in host:
        return False
    return anywhere or all(map(_foreign, _embedded(address)))


def _foreign(address: Address) -> bool:
    return not (
        address.is_loopback
        or address.is_link_local  # metadata services of most clouds, too
        or address.is_multicast
        or address.is_unspecified
        or address.is_reserved
        or (isinstance(address, ipaddress.IPv6Address) and address.is_site_local)
        or any(address in network for network in SERVICES)
    )


def _embedded(address: Address) -> Iterator[Address]:
    """The address, and those that a router would find in it. A mapped one is nothing else."""
    if isinstance(address, ipaddress.IPv4Address):
        yield address
    elif address.ipv4_mapped is not None:
        yield address.ipv4_mapped
    else:
        yield address
        if address.sixtofour is not None:
            yield address.sixtofour
        if address.teredo is not None:
            yield from address.teredo
