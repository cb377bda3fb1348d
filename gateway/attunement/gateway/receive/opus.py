"""
Opus (RFC 6716) straight to what the analysis takes: 16 kHz, mono, float.

libopus is asked directly, in the calling thread: a packet costs less than handing it to another.
It comes inside PyAV's wheel; without it PyAV decodes to 48 kHz, and we filter. Nothing that the
decoder makes up for a lost packet is ever returned.
"""

import ctypes
import ctypes.util
from functools import cache
from importlib.metadata import PackageNotFoundError, files
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from attunement.engine.clock import SECOND
from attunement.engine.errors import AttunementError

RATE = 16_000  # Hz
CLOCK = 48_000  # Hz, of RTP stamps
TICKS = CLOCK // RATE  # of a sample
LONGEST = 5_760  # ticks of a packet: 120 ms (RFC 6716, 3.2.5)
SILK = (480, 960, 1_920, 2_880)  # ticks of a frame, RFC 6716, table 2
CELT = (120, 240, 480, 960)
RESET = 4028  # OPUS_RESET_STATE

Samples = NDArray[np.float32]


class Undecodable(AttunementError):
    """A packet that is no Opus; the decoder goes on with the next."""

    def __str__(self) -> str:
        return "got a packet that is not Opus, expected one as RFC 6716 has it"


def frame_ticks(payload: bytes) -> int:
    """Of each frame in the packet; 0 of an empty one."""
    if not payload:
        return 0
    config = payload[0] >> 3
    if config < 12:
        return SILK[config & 3]
    return SILK[config & 1] if config < 16 else CELT[config & 3]


def ticks(payload: bytes) -> int:
    """Of the whole packet, from its first bytes; 0 where they are none of Opus."""
    if not payload:
        return 0
    frames = (1, 2, 2, payload[1] & 63 if len(payload) > 1 else 0)[payload[0] & 3]
    length = frames * frame_ticks(payload)
    return length if length <= LONGEST else 0


def carries_previous(payload: bytes) -> bool:
    """
    Whether the packet holds its predecessor once more (LBRR; RFC 6716, 4.2.3 and 4.2.4).

    The range coder's first symbols have even odds, so they stand in the first bits as they are:
    one for voice activity, one for LBRR. Packets of frames longer than 20 ms are not trusted: of
    those a part may be repeated only, and the decoder would make up the rest.
    """
    if not 0 < frame_ticks(payload) <= 960 or is_celt(payload):
        return False
    first = _first_frame(payload)
    if first is None:
        return False
    middle, side = first & 0x40, first & 0x10  # of stereo, the side's flags follow the middle's
    return bool(middle or (payload[0] & 4 and side))


def is_celt(payload: bytes) -> bool:
    return payload[0] >> 3 >= 16


def _first_frame(payload: bytes) -> int | None:
    """The first byte of the first frame (RFC 6716, 3.2); None where there is none."""
    code, at = payload[0] & 3, 1
    size: int | None = None
    if code == 3:
        if len(payload) < 2:
            return None
        head, at = payload[1], 2
        while head & 64:  # lengths of padding, 255 stands for 254 and another
            if at >= len(payload):
                return None
            at += 1
            if payload[at - 1] != 255:
                break
        lengths = (head & 63) - 1 if head & 128 else 0
    else:
        lengths = 1 if code == 2 else 0
    for n in range(lengths):
        if at >= len(payload):
            return None
        one = payload[at]
        size = one if n == 0 else size
        at += 2 if one >= 252 else 1
    return payload[at] if size != 0 and at < len(payload) else None


class Decoder(Protocol):
    delay: int  # ns

    def decode(self, payload: bytes) -> Samples: ...

    def recover(self, payload: bytes, lost: int) -> Samples | None: ...

    def close(self) -> None: ...


class Opus:
    """One stream's decoder. A context manager; close() may be called twice."""

    def __init__(self) -> None:
        library = find()
        self._decoder: Decoder = Filtered() if library is None else Direct(library)

    def __enter__(self) -> "Opus":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def decode(self, payload: bytes) -> Samples:
        """The samples of one packet, (n,). Raises Undecodable; the next packet decodes again."""
        if not payload:
            raise Undecodable
        return self._decoder.decode(payload)

    def recover(self, payload: bytes, ticks: int) -> Samples | None:
        """
        The end of a hole of `ticks`, out of the packet after it, before that one is decoded.

        None: the packet does not carry it. Must be called after every loss: the decoder's memory
        is carried over the hole.
        """
        if not payload:
            raise Undecodable
        return self._decoder.recover(payload, ticks)

    @property
    def delay(self) -> int:
        """ns by which samples are of an earlier time than their packet, for our low-pass."""
        return self._decoder.delay

    def close(self) -> None:
        self._decoder.close()


class Direct:
    """libopus: at 16 kHz its output lies within a sample of its output at 48 kHz."""

    delay = 0

    def __init__(self, library: Any) -> None:
        self._library = library
        error = ctypes.c_int()
        self._state: int | None = library.opus_decoder_create(RATE, 1, ctypes.byref(error))
        if not self._state:
            raise MemoryError
        self._samples = np.empty(LONGEST // TICKS, np.float32)
        self._at = self._samples.ctypes.data
        self._celt = False  # whether the last packet was: it can then recover nothing

    def decode(self, payload: bytes) -> Samples:
        n = self._run(payload, self._samples.size, 0)
        self._celt = is_celt(payload)
        return self._samples[:n].copy()

    def recover(self, payload: bytes, lost: int) -> Samples | None:
        frame = frame_ticks(payload)
        if self._celt or lost < frame or not carries_previous(payload):
            self._skip(lost)
            return None
        if lost > frame:
            self._skip(lost - frame)
        n = self._run(payload, frame // TICKS, 1)
        return self._samples[:n].copy()

    def close(self) -> None:
        state, self._state = self._state, None
        if state:
            self._library.opus_decoder_destroy(state)

    def _skip(self, lost: int) -> None:
        """Carry the decoder's memory over a loss; what it makes up is thrown away."""
        length = min(lost, LONGEST) // CELT[0] * CELT[0]  # it conceals whole 2.5 ms
        if length:
            self._run(None, length // TICKS, 0)

    def _run(self, payload: bytes | None, room: int, repeat: int) -> int:
        if self._state is None:
            raise ValueError("a decoder that was closed")
        size = 0 if payload is None else len(payload)
        n = self._library.opus_decode_float(self._state, payload, size, self._at, room, repeat)
        if n < 0:
            self._library.opus_decoder_ctl(self._state, RESET)
            self._celt = False
            raise Undecodable
        return int(n)


class Filtered:
    """PyAV's decoder at 48 kHz, and our low-pass; recovers nothing."""

    _past: Samples

    def __init__(self) -> None:
        from attunement.kernels import decimate

        self._third, self._lag = decimate.third, decimate.THIRD_LAG
        self.delay = decimate.THIRD_DELAY * SECOND // CLOCK
        self._open()

    def decode(self, payload: bytes) -> Samples:
        import av

        if not ticks(payload):
            raise Undecodable
        try:
            frames = self._codec.decode(av.Packet(payload))
            frames = [made for frame in frames for made in self._to_mono.resample(frame)]
        except av.FFmpegError:
            self._open()
            raise Undecodable from None
        if not frames:
            raise Undecodable
        pcm = np.concatenate([frame.to_ndarray()[0] for frame in frames])
        samples, self._past = self._third(self._past, pcm, 1)
        return samples

    def recover(self, payload: bytes, lost: int) -> Samples | None:
        self._open()
        return None

    def close(self) -> None:
        """PyAV frees what it holds when nobody refers to it."""

    def _open(self) -> None:
        import av

        self._codec: av.AudioCodecContext = av.AudioCodecContext.create("opus", "r")
        self._to_mono = av.AudioResampler("s16", "mono", CLOCK)
        self._past = np.zeros(self._lag, np.float32)


@cache
def find() -> Any | None:
    """libopus: the one inside PyAV's wheel, then the system's; None: neither is here."""
    for name in (_bundled(), ctypes.util.find_library("opus")):
        if name is not None:
            try:
                return _declared(ctypes.PyDLL(name))  # quicker than to give the GIL away
            except (OSError, AttributeError):
                continue
    return None


def _bundled() -> str | None:
    try:
        parts = files("av") or []
    except PackageNotFoundError:
        return None
    return next((str(p.locate()) for p in parts if p.name.startswith("libopus-")), None)


def _declared(library: Any) -> Any:
    library.opus_decoder_create.restype = ctypes.c_void_p
    library.opus_decoder_create.argtypes = [ctypes.c_int32, ctypes.c_int, ctypes.c_void_p]
    library.opus_decode_float.argtypes = [
        *(ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int32),
        *(ctypes.c_void_p, ctypes.c_int, ctypes.c_int),
    ]
    library.opus_decoder_ctl.argtypes = [ctypes.c_void_p, ctypes.c_int]
    library.opus_decoder_destroy.argtypes = [ctypes.c_void_p]
    library.opus_decoder_destroy.restype = None
    return library
