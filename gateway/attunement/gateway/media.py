"""
Recordings as frames of the engine, in event time.

A recording is opened as a suspect: by a list of plain formats (a play list or script under another
name would open further files) and from the file system only.
"""

import heapq
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

from attunement.engine.clock import MILLISECOND, SECOND
from attunement.engine.errors import AttunementError
from attunement.engine.frame import AudioFrame, Frame, VideoFrame
from attunement.gateway.webrtc.media import RATE, analysis_size, is_black
from attunement.pipelines.face.rate import Rate

BLOCK = 20 * MILLISECOND
HOLE = 40 * MILLISECOND  # time stamps of containers wander by less; more is missing sound
MAX_PIXELS = 8192 * 4320
MAX_DAMAGE = 1_000  # packets that cannot be decoded, before a lane is given up
FORMATS = (
    "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,asf,flv,mpeg,mpegts,mxf,yuv4mpegpipe,"
    "wav,w64,rf64,flac,ogg,mp3,aac,aiff,caf,au,amr"
)
GUARD = {"format_whitelist": FORMATS, "protocol_whitelist": "file"}


class BadRecording(AttunementError):
    """A file that cannot be measured. The sentence is for whoever named the file, not for a log."""

    def __init__(self, path: Path, got: str, expected: str) -> None:
        super().__init__(path, got, expected)
        self.path, self.got, self.expected = path, got, expected

    def __str__(self) -> str:
        return f"{self.path.name}: got {self.got}, expected {self.expected}"


@dataclass(frozen=True, slots=True)
class Track:
    """Whose recording a file is; or a channel of it, where each person has one."""

    participant: str
    path: Path
    channel: int | None = None


class Recording:
    """
    One session, recorded: the tracks begin together.

    Sound comes as 16 kHz mono blocks of 20 ms, pictures as RGB of the size and at most the rate at
    which a live call is measured. Whatever is not asked for is not decoded.
    """

    def __init__(
        self, tracks: Iterable[Track], *, sound: bool = True, pictures: bool = True
    ) -> None:
        """Looks into every file. Raises BadRecording, which says what is wrong with which."""
        self._tracks = tuple(tracks)
        self._notes: list[str] = []
        self._lanes: list[tuple[Track, str]] = []
        self.duration = 0.0  # s, as far as the containers know
        for track in self._tracks:
            self._look(track, sound, pictures)

    @property
    def notes(self) -> tuple[str, ...]:
        """What is missing or damaged, in sentences. Complete once the frames have been read."""
        return tuple(self._notes)

    def frames(self) -> Iterator[Frame]:
        """All lanes, merged in time order, holding one frame of each."""
        return heapq.merge(
            *(self._lane(track, kind) for track, kind in self._lanes), key=lambda frame: frame.t
        )

    def _look(self, track: Track, sound: bool, pictures: bool) -> None:
        with _opened(track.path) as container:
            streams = container.streams
            has = {"audio": bool(streams.audio), "video": any(map(_moves, streams.video))}
            if has["audio"] and track.channel is not None:
                _check_channel(track, streams.audio[0].codec_context.channels)
            if has["video"]:
                _check_size(track.path, streams.video[0])
            wanted = {"audio": sound, "video": pictures and track.channel is None}
            lanes = [kind for kind, want in wanted.items() if want and has[kind]]
            if not lanes:
                raise BadRecording(track.path, _inventory(has), _wish(wanted))
            for kind, word in (("audio", "sound"), ("video", "pictures")):
                if wanted[kind] and not has[kind]:
                    self._notes.append(f"{track.path.name} has no {word}")
            self._lanes += [(track, kind) for kind in lanes]
            if container.duration:
                self.duration = max(self.duration, container.duration / av.time_base)

    def _lane(self, track: Track, kind: str) -> Iterator[Frame]:
        reached = 0
        with _opened(track.path) as container:
            stream = container.streams.get({kind: 0})[0]
            decoded = self._decoded(container, stream, track.path.name)
            frames = _sound(decoded, track) if kind == "audio" else _pictures(decoded, track)
            for frame in frames:
                reached = frame.t
                yield frame
            self._tell_the_end(track, stream, reached)

    def _decoded(self, container: Any, stream: Any, name: str) -> Iterator[tuple[int, Any]]:
        """Frames with their moment in ns of session time. What cannot be decoded is left out."""
        damage = 0
        origin = (container.start_time or 0) * 1000  # microseconds of the container
        following = 0  # when the next frame is due, for those without a time stamp
        packets = container.demux(stream)
        while damage < MAX_DAMAGE:
            try:
                packet = next(packets)
                frames = packet.decode()
            except (StopIteration, EOFError):
                break
            except av.error.FFmpegError:
                damage += 1
                continue
            for frame in frames:
                t = following
                if frame.pts is not None and frame.time_base is not None:
                    t = int(frame.pts * frame.time_base * SECOND) - origin
                following = t + _length(frame, stream)
                yield max(0, t), frame
        if damage:
            self._notes.append(f"{name} is damaged: {damage} packets could not be decoded")

    def _tell_the_end(self, track: Track, stream: Any, reached: int) -> None:
        if stream.duration is None or stream.time_base is None:
            return
        promised = float(stream.duration * stream.time_base)
        if reached / SECOND < promised - 1.0:
            self._notes.append(
                f"{track.path.name} is cut short: its {_WORDS[stream.type]} ends at "
                f"{reached / SECOND:.1f} s of {promised:.1f} s"
            )


_WORDS = {"audio": "sound", "video": "picture"}


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    expected = "a recording (mp4, mov, webm, mkv, wav, flac, ogg, mp3, mpg, ...)"
    if not path.exists():
        raise BadRecording(path, "no such file", expected)
    if not path.is_file():
        raise BadRecording(path, "something that is not a plain file", expected)
    if path.stat().st_size == 0:
        raise BadRecording(path, "an empty file", expected)
    try:
        container = av.open(str(path.absolute()), container_options=GUARD, metadata_errors="ignore")
    except PermissionError:
        raise BadRecording(path, "a file that may not be read", "one that may") from None
    except (av.error.FFmpegError, OSError, ValueError):
        got = "something that is no media file, or one cut off before it says what it holds"
        raise BadRecording(path, got, expected) from None
    with container:
        for stream in container.streams.video:
            stream.thread_type = "AUTO"
            stream.codec_context.options = {"max_pixels": str(MAX_PIXELS)}
        yield container


def _moves(stream: Any) -> bool:
    """A cover picture of a song is no video."""
    return not stream.disposition & av.stream.Disposition.attached_pic


def _check_channel(track: Track, channels: int) -> None:
    if track.channel is not None and track.channel >= channels:
        raise BadRecording(
            track.path, f"{channels} channel(s) of sound", "one channel for each person"
        )


def _check_size(path: Path, stream: Any) -> None:
    width, height = stream.codec_context.width, stream.codec_context.height
    if width * height > MAX_PIXELS:
        raise BadRecording(
            path, f"pictures of {width} x {height}", f"at most {MAX_PIXELS // 1_000_000} megapixels"
        )


def _inventory(has: dict[str, bool]) -> str:
    here = [_WORDS[kind] for kind, present in has.items() if present]
    return f"{' and '.join(here)} only" if here else "neither sound nor picture"


def _wish(wanted: dict[str, bool]) -> str:
    return " or ".join(_WORDS[kind] for kind, want in wanted.items() if want)


def _length(frame: Any, stream: Any) -> int:
    """ns that a frame lasts."""
    if isinstance(frame, av.AudioFrame):
        return frame.samples * SECOND // frame.sample_rate
    rate = stream.average_rate or Fraction(25)
    return int(SECOND / rate)


def _pictures(decoded: Iterator[tuple[int, Any]], track: Track) -> Iterator[VideoFrame]:
    rate = Rate()
    for t, frame in decoded:
        if not rate.picks(t):  # decided before converting, which costs as much as decoding
            continue
        width, height = analysis_size(frame.width, frame.height)
        if is_black(frame):  # what a codec made of it may be one step off
            image = np.zeros((height, width, 3), np.uint8)
        else:
            image = frame.to_ndarray(format="rgb24", width=width, height=height)
        yield VideoFrame(track.participant, t, image)


def _sound(decoded: Iterator[tuple[int, Any]], track: Track) -> Iterator[AudioFrame]:
    """Blocks on a grid of their own, so that the container's packets do not show in the result."""
    blocks = _Blocks(track.participant)
    resampler: av.AudioResampler | None = None
    anchor = taken = 0  # ns of the first sample since the last hole, and input samples since
    for t, frame in decoded:
        due = anchor + taken * SECOND // frame.sample_rate
        if resampler is None or t - due > HOLE:
            if resampler is not None:
                yield from blocks.put(_resampled(resampler, None, track.channel))
            yield from blocks.cut()
            layout = "mono" if track.channel is None else frame.layout.name
            resampler = av.AudioResampler(format="fltp", layout=layout, rate=RATE)
            anchor, taken = t, 0
            blocks.begin(t)
        taken += frame.samples
        frame.pts = None
        yield from blocks.put(_resampled(resampler, frame, track.channel))
    if resampler is not None:
        yield from blocks.put(_resampled(resampler, None, track.channel))
        yield from blocks.cut()


def _resampled(
    resampler: av.AudioResampler, frame: Any | None, channel: int | None
) -> NDArray[np.float32]:
    given: Sequence[Any] = resampler.resample(frame)
    if not given:
        return np.empty(0, np.float32)
    sound = np.concatenate([each.to_ndarray()[channel or 0] for each in given])
    return sound.astype(np.float32, copy=False)


class _Blocks:
    """Cuts sound into blocks of one length; only the last before a hole is shorter."""

    SIZE = BLOCK * RATE // SECOND

    def __init__(self, participant: str) -> None:
        self._participant = participant
        self._rest = np.empty(0, np.float32)
        self._anchor = self._given = 0

    def begin(self, t: int) -> None:
        self._anchor, self._given = t, 0

    def put(self, samples: NDArray[np.float32]) -> Iterator[AudioFrame]:
        sound = np.concatenate([self._rest, samples])
        whole = sound.size - sound.size % self.SIZE
        self._rest = sound[whole:]
        for i in range(0, whole, self.SIZE):
            yield self._frame(sound[i : i + self.SIZE])

    def cut(self) -> Iterator[AudioFrame]:
        rest, self._rest = self._rest, np.empty(0, np.float32)
        if rest.size:
            yield self._frame(rest)

    def _frame(self, samples: NDArray[np.float32]) -> AudioFrame:
        t = self._anchor + self._given * SECOND // RATE
        self._given += samples.size
        return AudioFrame(self._participant, t, samples, RATE)
