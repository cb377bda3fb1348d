"""Reading offers and trickled candidates before anything acts on them. Opens no socket."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from aiortc import RTCIceCandidate, sdp

from attunement.gateway.errors import Refused
from attunement.gateway.webrtc import candidates
from attunement.gateway.webrtc.candidates import Sieve

MOST_BYTES = 64 * 1024
MOST_LINES = 2000  # a browser's offer of sound and a picture has 190
MOST_CANDIDATES = 64
MOST_MEDIA = 4
# Lines of one kind in an m-line; browsers have 55. aiortc compares some of them with all others:
# with 64 kB of them it was busy for seconds.
MOST_ALIKE = 100
EXPECTED = {"audio": ("opus",), "video": ("vp8", "h264")}  # as rtpmap names them, in lower case
NAMED = {"opus": "Opus", "vp8": "VP8", "h264": "H.264"}
CANDIDATE, NO_MORE = "a=candidate:", "a=end-of-candidates"
KIND = re.compile(r"^(a=[a-z0-9-]{1,32}|[a-z]=)")
LINE = re.compile(r"^[a-z]=[^\0]*$")
# RFC 8839, 5.4 has letters, digits, + and /; some clients use more. What counts is the length: both
# go into every check that is sent.
USERNAME = re.compile(r"^[!-~]{4,256}$")
PASSWORD = re.compile(r"^[!-~]{22,256}$")


def malformed(text: str) -> Refused:
    return Refused(400, "malformed", text)


def too_large() -> Refused:
    return Refused(413, "too_large", f"got more than {MOST_BYTES} bytes, expected fewer")


def checked_offer(body: bytes, anywhere: bool = False) -> str:
    """
    The offer, fit to be answered. `anywhere`: candidates may name any address.

    Raises Refused: 400, 413 or 415.
    """
    if len(body) > MOST_BYTES:
        raise too_large()
    try:
        text = body.decode()
    except UnicodeDecodeError as fault:
        line = body[: fault.start].count(b"\n") + 1
        raise malformed(f"line {line} of the offer is not UTF-8") from None
    lines = _lines(text, "offer")
    _check_lines(lines)
    _check_amounts(lines)
    description = _parsed(lines)
    _check_media(description, [n for n, line in enumerate(lines, 1) if line.startswith("m=")])
    return "\r\n".join(_safe(lines, anywhere)) + "\r\n"


def _lines(text: str, kind: str) -> list[str]:
    lines = text.splitlines()
    if len(lines) > MOST_LINES:
        raise malformed(f"got {len(lines)} lines in the {kind}, expected {MOST_LINES} at most")
    return lines


def _check_lines(lines: list[str]) -> None:
    if not lines or lines[0].strip() != "v=0":
        raise malformed("line 1 of the offer is not 'v=0'")
    for number, line in enumerate(lines, 1):
        if line and not LINE.match(line):
            raise malformed(f"line {number} of the offer is not of the form 'x=…'")


def _check_amounts(lines: list[str]) -> None:
    media = sum(line.startswith("m=") for line in lines)
    amount = sum(line.startswith(CANDIDATE) for line in lines)
    if not 1 <= media <= MOST_MEDIA:
        raise malformed(f"got {media} m-lines, expected 1 to {MOST_MEDIA}")
    if amount > MOST_CANDIDATES:
        raise malformed(f"got {amount} candidates, expected {MOST_CANDIDATES} at most")
    alike: Counter[str] = Counter()
    for number, line in enumerate(lines, 1):
        if line.startswith("m="):
            alike.clear()
        alike[_kind(line)] += 1
        if alike[_kind(line)] > MOST_ALIKE:
            text = f"line {number} of the offer ({_kind(line)}) is one of too many"
            raise malformed(f"{text}, expected {MOST_ALIKE} per m-line at most")


def _parsed(lines: list[str]) -> sdp.SessionDescription:
    for number, line in enumerate(lines, 1):
        if line.startswith(CANDIDATE):
            _checked_candidate(line.removeprefix(CANDIDATE), f"line {number} of the offer")
    try:
        return sdp.SessionDescription.parse("\r\n".join(lines))
    except Exception:
        raise malformed(_where(lines)) from None


def _where(lines: list[str]) -> str:
    """Name the first line with which the offer can no longer be read."""
    starts = [n for n, line in enumerate(lines) if line.startswith("m=")]
    session = lines[: starts[0]]
    for start, end in zip([0, *starts], [*starts, len(lines)], strict=True):
        before = session if start else []
        if not _reads(before + lines[start:end]):
            break
    good, bad = start, end
    while bad - good > 1:
        middle = (good + bad) // 2
        if _reads(before + lines[start:middle]):
            good = middle
        else:
            bad = middle
    return f"line {bad} of the offer ({_kind(lines[bad - 1])}) cannot be read"


def _reads(lines: list[str]) -> bool:
    try:
        sdp.SessionDescription.parse("\r\n".join(lines))
    except Exception:
        return False
    return True


def _kind(line: str) -> str:
    """What may be told of a line: an address may stand in the rest of it."""
    kind = KIND.match(line)
    return kind[0] if kind else "?"


def _check_media(description: sdp.SessionDescription, numbers: list[int]) -> None:
    mids = [media.rtp.muxId for media in description.media]
    if "" in mids or len(set(mids)) != len(mids):
        raise malformed("got m-lines without an a=mid of their own, expected one each")
    for number, media in zip(numbers, description.media, strict=True):
        where = f"line {number} of the offer (m=)"
        if media.kind not in EXPECTED:
            text = f"{where} is of another kind, expected audio or video only"
            raise Refused(415, "unsupported_media", text)
        if media.direction is None:  # aiortc knows no default
            raise malformed(f"{where} has no direction, expected a=sendonly")
        _check_transport(media, where)
        _check_codecs(media, where)
    if not any(media.direction in ("sendonly", "sendrecv") for media in description.media):
        raise malformed("got an offer that sends nothing, expected a=sendonly or a=sendrecv")
    bundled = {mid for g in description.group if g.semantic == "BUNDLE" for mid in g.items}
    if not bundled <= set(mids):
        raise malformed("got an a=group:BUNDLE that names no m-line, expected their a=mid")


def _check_transport(media: sdp.MediaDescription, where: str) -> None:
    ice, dtls = media.ice, media.dtls
    username, password = (ice.usernameFragment, ice.password) if ice else (None, None)
    if not (USERNAME.match(username or "") and PASSWORD.match(password or "")):
        text = "expected 4 to 256 characters of the one and 22 to 256 of the other"
        raise malformed(f"{where} has no good a=ice-ufrag and a=ice-pwd, {text}")
    if dtls is None or not dtls.fingerprints:
        raise malformed(f"{where} has no a=fingerprint and a=setup, expected both")
    if not media.rtcp_mux:
        raise malformed(f"{where} has no a=rtcp-mux, expected it")


def _check_codecs(media: sdp.MediaDescription, where: str) -> None:
    for codec in media.rtp.codecs:
        if not str(codec.parameters.get("packetization-mode", "0")).isdecimal():
            raise malformed(f"{where} has a packetization-mode that is no number")
    got = sorted({codec.name.lower() for codec in media.rtp.codecs} - {"rtx", "red", "ulpfec"})
    if not set(got) & set(EXPECTED[media.kind]):
        raise unsupported(media.kind, got)


def unsupported(kind: str, got: Iterable[str]) -> Refused:
    # Codec names come from outside: only what looks like one is repeated.
    names = [name.upper() for name in got if re.fullmatch(r"[a-z0-9-]{1,20}", name)]
    expected = " or ".join(NAMED[codec] for codec in EXPECTED[kind])
    text = f"got {kind} as {', '.join(names) or 'no codec'}, expected {expected}"
    return Refused(415, "unsupported_codec", text)


def _safe(lines: Iterable[str], anywhere: bool) -> Iterator[str]:
    """
    Without candidates that no check may be sent to, and then without the word that there are no
    more: the peer may still be learned from its own checks.
    """
    sieve, media = Sieve(anywhere), 0
    kept = []
    for line in lines:
        media += line.startswith("m=")
        if line.startswith(CANDIDATE):
            if sieve.takes(str(media), candidates.parsed(line.removeprefix(CANDIDATE))):
                kept.append(line)
        elif line:
            kept.append(line)
    return (line for line in kept if not (sieve.left_out and line.startswith(NO_MORE)))


@dataclass(frozen=True, slots=True)
class Trickle:
    """A body of application/trickle-ice-sdpfrag (RFC 8840)."""

    username: str | None  # another than the offer's: an ICE restart
    candidates: tuple[tuple[str, str], ...]  # (mid, candidate without 'a=candidate:')
    complete: bool


def checked_trickle(body: bytes, anywhere: bool = False) -> Trickle:
    """`anywhere`: candidates may name any address. Raises Refused: 400 or 413."""
    if len(body) > MOST_BYTES:
        raise too_large()
    lines = _lines(body.decode(errors="replace"), "fragment")
    amount = sum(line.startswith(CANDIDATE) for line in lines)
    if amount > MOST_CANDIDATES:
        raise malformed(f"got {amount} candidates, expected {MOST_CANDIDATES} at most")
    mid, username, complete, sieve = "", None, False, Sieve(anywhere)
    kept: list[tuple[str, str]] = []
    for number, line in enumerate(lines, 1):
        where = f"line {number} of the fragment"
        if line and not LINE.match(line):
            raise malformed(f"{where} is not of the form 'x=…'")
        if line.startswith("a=mid:"):
            mid = line.removeprefix("a=mid:").strip()
        elif line.startswith("a=ice-ufrag:"):
            if username not in (None, line.removeprefix("a=ice-ufrag:")):
                raise malformed(f"{where} (a=ice-ufrag) differs from the one before it")
            username = line.removeprefix("a=ice-ufrag:")
        elif line.startswith(NO_MORE):
            complete = True
        elif line.startswith(CANDIDATE):
            value = line.removeprefix(CANDIDATE)
            if not mid:
                raise malformed(f"{where} (a=candidate) stands before any a=mid")
            if sieve.takes(mid, _checked_candidate(value, where)):
                kept.append((mid, value))
    return Trickle(username, tuple(kept), complete and not sieve.left_out)


def _checked_candidate(value: str, where: str) -> RTCIceCandidate:
    try:
        return candidates.parsed(value)
    except ValueError:
        raise malformed(f"{where} (a=candidate) cannot be read") from None
