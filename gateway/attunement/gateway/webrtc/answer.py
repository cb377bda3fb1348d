"""
What an answer asks the other side for. Pure: text in, text out (SDP, RFC 8866).

aiortc answers with all it could decode and no limit. The analysis takes 16 kHz mono sound and
pictures 640 wide, and decodes Opus, VP8 and H.264. What is beyond that costs both sides' networks,
and for a phone its battery, and changes no signal.

What is honoured was measured with Chromium 156, a 720p30 camera and nothing else in the way:

    b=TIAS, pictures     yes: 800 kbit/s are kept, at 960x540 and 29 pictures/s
    b=TIAS, sound        yes: the encoder's target
    maxplaybackrate      yes: speech as SILK, 8 kHz wide; without it hybrid, 12 to 20 kHz wide
    maxaveragebitrate    yes; without it 20 kbit/s, which FEC under loss narrows to 6 kHz
    useinbandfec         yes: at 10 % loss 75 % of packets of speech have it, without it none
    max-fs, max-fr       no; RFC 7741, 6.1 obliges senders of VP8, so they stay
    imageattr, framerate no, and nobody else known to: left out

Of a simulcast (RFC 8853) an answer without a=simulcast takes the first layer alone. The SDP does
not tell which layer is the lowest; the bit rate bounds whichever it is.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from attunement.gateway.webrtc.offer import EXPECTED

RTPMAP = re.compile(r"a=rtpmap:(\d+) ([^/]+)/")
APT = re.compile(r"a=fmtp:(\d+) (?:.*;)?\s*apt=(\d+)")
OF_FORMAT = re.compile(r"a=(?:rtpmap|fmtp|rtcp-fb):(\d+) ")
MACROBLOCK = 256  # pixels, of max-fs


@dataclass(frozen=True, slots=True)
class Wanted:
    sound_bit_rate: int = 40_000  # bit/s
    sound_rate: int = 16_000  # Hz
    picture_bit_rate: int = 800_000  # bit/s
    picture_size: tuple[int, int] = (640, 480)  # pixels; another shape of as many will do
    picture_rate: int = 30  # per second

    @property
    def opus(self) -> Mapping[str, int]:
        """RFC 7587, 6.1."""
        return {
            "minptime": 10,
            "useinbandfec": 1,
            "stereo": 0,
            "maxplaybackrate": self.sound_rate,
            "maxaveragebitrate": self.sound_bit_rate,
        }

    @property
    def vp8(self) -> Mapping[str, int]:
        """RFC 7741, 6.1."""
        width, height = self.picture_size
        return {"max-fr": self.picture_rate, "max-fs": -(-width * height // MACROBLOCK)}


def shaped(answer: str, wanted: Wanted) -> str:
    """The answer as the other side is to read it. Sections of other codecs stay as they are."""
    session, *sections = re.split(r"^(?=m=)", answer, flags=re.MULTILINE)
    return "".join((session, *(_shaped(section, wanted) for section in sections)))


def _shaped(section: str, wanted: Wanted) -> str:
    first, *rest = section.splitlines()
    kind = first.removeprefix("m=").partition(" ")[0]
    if kind not in EXPECTED:
        return section
    names = {m[1]: m[2].lower() for line in rest if (m := RTPMAP.match(line))}
    kept = {number for number, name in names.items() if name in EXPECTED[kind]}
    kept |= {m[1] for line in rest if (m := APT.match(line)) and m[2] in kept}
    if not kept:
        return section
    words = first.split(" ")
    head = " ".join(words[:3] + [number for number in words[3:] if number in kept])
    asked = wanted.sound_bit_rate if kind == "audio" else wanted.picture_bit_rate
    named = {n: params for n, name in names.items() if (params := _hints(name, wanted))}
    body = _limited(_hinted((each for each in rest if _told(each, kept)), named), asked)
    return "\r\n".join((head, *body)) + "\r\n"


def _hints(codec: str, wanted: Wanted) -> str:
    hints = {"opus": wanted.opus, "vp8": wanted.vp8}.get(codec, {})
    return ";".join(f"{name}={value}" for name, value in hints.items())


def _told(line: str, kept: set[str]) -> bool:
    """Not of a format that is left out, nor a limit that we set ourselves."""
    match = OF_FORMAT.match(line)
    return (match is None or match[1] in kept) and not line.startswith("b=")


def _hinted(lines: Iterator[str], hints: Mapping[str, str]) -> Iterator[str]:
    """With format parameters of ours in place of those that were there."""
    for line in lines:
        number = match[1] if (match := OF_FORMAT.match(line)) else ""
        if number in hints and line.startswith("a=fmtp:"):
            continue
        yield line
        if number in hints and line.startswith("a=rtpmap:"):
            yield f"a=fmtp:{number} {hints[number]}"


def _limited(lines: Iterator[str], bit_rate: int) -> Iterator[str]:
    """With b=TIAS (RFC 3890) where RFC 8866, 5 has it: behind c=, before any a=."""
    told = False
    for line in lines:
        if not told and line.startswith(("a=", "k=")):
            yield f"b=TIAS:{bit_rate}"
            told = True
        yield line
