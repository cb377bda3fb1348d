"""Reading offers and trickled candidates before anything acts on them. Opens no socket."""

import ipaddress
import re
from collections.abc import Iterable
from dataclasses import dataclass

from aiortc import sdp

from attunement.gateway.errors import Refused

MOST_BYTES = 64 * 1024
MOST_CANDIDATES = 64
MOST_MEDIA = 4
EXPECTED = {"audio": ("opus",), "video": ("vp8", "h264")}  # as rtpmap names them, in lower case
LINE = re.compile(r"^[a-z]=.*$")


def malformed(text: str) -> Refused:
    return Refused(400, "malformed", text)


def checked_offer(body: bytes) -> str:
    """The offer, fit to be answered. Raises Refused: 400, 413 or 415."""
    if len(body) > MOST_BYTES:
        raise too_large()
    try:
        text = body.decode()
    except UnicodeDecodeError as fault:
        line = body[: fault.start].count(b"\n") + 1
        raise malformed(f"line {line} of the offer is not UTF-8") from None
    lines = text.splitlines()
    _check_lines(lines)
    _check_amounts(lines)
    description = _parsed(lines)
    _check_media(description)
    return "\r\n".join(_safe(lines)) + "\r\n"


def too_large() -> Refused:
    return Refused(413, "too_large", f"got more than {MOST_BYTES} bytes, expected fewer")


def _check_lines(lines: list[str]) -> None:
    if not lines or lines[0].strip() != "v=0":
        raise malformed("line 1 of the offer is not 'v=0'")
    for number, line in enumerate(lines, 1):
        if line and not LINE.match(line):
            raise malformed(f"line {number} of the offer is not of the form 'x=…'")


def _check_amounts(lines: list[str]) -> None:
    media = sum(line.startswith("m=") for line in lines)
    candidates = sum(line.startswith("a=candidate") for line in lines)
    if not 1 <= media <= MOST_MEDIA:
        raise malformed(f"got {media} m-lines, expected 1 to {MOST_MEDIA}")
    if candidates > MOST_CANDIDATES:
        raise malformed(f"got {candidates} candidates, expected {MOST_CANDIDATES} at most")


def _parsed(lines: list[str]) -> sdp.SessionDescription:
    try:
        return sdp.SessionDescription.parse("\r\n".join(lines))
    except Exception:
        raise malformed(_where(lines)) from None


def _where(lines: list[str]) -> str:
    """Name the first line with which the offer can no longer be read."""
    good, bad = 0, len(lines)
    while bad - good > 1:
        middle = (good + bad) // 2
        try:
            sdp.SessionDescription.parse("\r\n".join(lines[:middle]))
            good = middle
        except Exception:
            bad = middle
    # What stands in it may be an address, so only its kind is told.
    kind = re.match(r"^(a=[a-z0-9-]+|[a-z]=)", lines[bad - 1])
    return f"line {bad} of the offer ({kind[0] if kind else '?'}) cannot be read"


def _check_media(description: sdp.SessionDescription) -> None:
    mids = [media.rtp.muxId for media in description.media]
    if "" in mids or len(set(mids)) != len(mids):
        raise malformed("got m-lines without an a=mid of their own, expected one each")
    for media in description.media:
        if media.kind not in EXPECTED:
            raise malformed("got an m-line of another kind, expected audio or video only")
        if media.ice is None or not (media.ice.usernameFragment and media.ice.password):
            raise malformed("got an m-line without a=ice-ufrag and a=ice-pwd, expected both")
        if media.dtls is None or not media.dtls.fingerprints:
            raise malformed("got an m-line without a=fingerprint and a=setup, expected both")
        if not media.rtcp_mux:
            raise malformed("got an m-line without a=rtcp-mux, expected it")
        _check_codecs(media)
    if not any(media.direction in (None, "sendonly", "sendrecv") for media in description.media):
        raise malformed("got an offer that sends nothing, expected a=sendonly or a=sendrecv")
    bundled = {mid for g in description.group if g.semantic == "BUNDLE" for mid in g.items}
    if not bundled <= set(mids):
        raise malformed("got an a=group:BUNDLE that names no m-line, expected their a=mid")


def _check_codecs(media: sdp.MediaDescription) -> None:
    got = sorted({codec.name.lower() for codec in media.rtp.codecs} - {"rtx", "red", "ulpfec"})
    if not set(got) & set(EXPECTED[media.kind]):
        raise unsupported(media.kind, got)


def unsupported(kind: str, got: Iterable[str]) -> Refused:
    # Codec names come from outside: only what looks like one is repeated.
    names = [name.upper() for name in got if re.fullmatch(r"[a-z0-9-]{1,20}", name)]
    expected = " or ".join(
        {"opus": "Opus", "vp8": "VP8", "h264": "H.264"}[c] for c in EXPECTED[kind]
    )
    text = f"got {kind} as {', '.join(names) or 'no codec'}, expected {expected}"
    return Refused(415, "unsupported_codec", text)


def _safe(lines: Iterable[str]) -> Iterable[str]:
    """
    Without candidates that would make us send datagrams where no peer can be (server-side request
    forgery). The peer still reaches us: its own checks tell us its address.
    """
    kept = [line for line in lines if line and not _leads_astray(line)]
    if len(kept) < sum(bool(line) for line in lines):
        kept = [line for line in kept if line != "a=end-of-candidates"]
    return kept


def _leads_astray(line: str) -> bool:
    if not line.startswith("a=candidate:"):
        return False
    fields = line.split()
    return len(fields) < 8 or not reachable(fields[4])


def reachable(host: str) -> bool:
    """Can a peer be there? Not at names, at ourselves, on one wire only, or at everybody."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False  # a name: mDNS of a browser, or somebody else's host
    mapped = getattr(address, "ipv4_mapped", None)
    address = mapped or address
    return not (
        address.is_loopback
        or address.is_link_local  # the cloud's metadata services too
        or address.is_multicast
        or address.is_unspecified
        or address.is_reserved
    )


@dataclass(frozen=True, slots=True)
class Trickle:
    """A body of application/trickle-ice-sdpfrag (RFC 8840)."""

    username: str | None
    candidates: tuple[tuple[str, str], ...]  # (mid, candidate without 'a=candidate:')
    complete: bool


def checked_trickle(body: bytes) -> Trickle:
    """Raises Refused: 400 or 413."""
    if len(body) > MOST_BYTES:
        raise too_large()
    lines = body.decode(errors="replace").splitlines()
    mid, username, complete = "", None, False
    candidates: list[tuple[str, str]] = []
    for number, line in enumerate(lines, 1):
        name, _, value = line.removeprefix("a=").partition(":")
        if line.startswith("a=mid:"):
            mid = value
        elif line.startswith("a=ice-ufrag:"):
            username = value
        elif line.startswith("a=end-of-candidates"):
            complete = True
        elif line.startswith("a=candidate:"):
            candidates.append((mid, _checked_candidate(value, number)))
        elif line and not LINE.match(line):
            raise malformed(f"line {number} of the fragment is not of the form 'x=…'")
    if len(candidates) > MOST_CANDIDATES:
        raise malformed(f"got {len(candidates)} candidates, expected {MOST_CANDIDATES} at most")
    safe = tuple((mid, value) for mid, value in candidates if reachable(value.split()[4]))
    return Trickle(username, safe, complete and len(safe) == len(candidates))


def _checked_candidate(value: str, number: int) -> str:
    try:
        sdp.candidate_from_sdp(value)
    except Exception:
        raise malformed(f"line {number} of the fragment (a=candidate) cannot be read") from None
    return value
