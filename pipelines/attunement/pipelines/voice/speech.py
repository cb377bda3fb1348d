"""
Who speaks, every 32 ms, and how much of the second: the stage all others of the voice stand on.

Quality of voice.speech: share of the second that came. A chunk that nowhere reaches -60 dBFS is
speech of nobody and is not shown to the net, which halves the cost of listening to a listener. A
chunk with a sample that is no number counts as a hole.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from attunement.engine.clock import SECOND
from attunement.engine.frame import AudioFrame, Frame
from attunement.engine.signal import (
    Card,
    Context,
    Group,
    Measured,
    Missing,
    Readings,
    Spec,
    Stage,
    StageSpec,
)
from attunement.pipelines.derived import Activity
from attunement.pipelines.models.silero import Silero
from attunement.pipelines.voice.stretch import HOP, Heard, Sound, Stretch, uniform

BATCH = 16  # chunks per call of the net: 0.06 ms each, where one by one takes 0.12
FORGET = SECOND // HOP  # chunks without sound after which the net starts afresh
TINY = np.finfo(np.float32).tiny
FAINT = 1e-3  # of full scale, -60 dBFS: a voice has higher peaks

BROKEN, MUTED, QUIET, SOUND = range(4)  # kinds of chunks


class Speech(Stage[AudioFrame]):
    def __init__(self) -> None:
        self._net = Silero()
        self._sound = Sound()
        self._heard = Heard()
        self._border = 0  # ns: end of the second
        self._joined = False
        self._quiet = 0  # chunks without sound in a row

    def push(self, frame: AudioFrame, /) -> Sequence[Frame]:
        derived: list[Frame] = []
        if self._sound.breaks(frame):
            derived += self._work(self._ready(), frame.participant)
            self._sound.restart()
            self._break()
        self._border = (frame.t // SECOND + 1) * SECOND
        self._sound.put(frame)
        self._participant = frame.participant
        while self._ready() >= BATCH:
            derived += self._work(BATCH, frame.participant)
        return derived

    def finish(self) -> Sequence[Frame]:
        ready = self._ready()
        return self._work(ready, self._participant) if ready else ()

    def measure(self) -> Readings:
        heard = self._heard
        why = heard.why_not()
        reading = (
            Missing(why)
            if why
            else Measured(heard.spoken / heard.chunks, heard.coverage, heard.chunks)
        )
        heard.clear()
        self._border += SECOND
        return {"voice.speech": reading}

    def _ready(self) -> int:
        return self._sound.chunks_until(self._border)

    def _break(self) -> None:
        self._net.reset()
        self._joined = False
        self._quiet = 0

    def _work(self, count: int, participant: str) -> list[Frame]:
        if not count:
            return []
        t = self._sound.t
        chunks = self._sound.take(count)
        peaks = np.abs(chunks).max(axis=1)  # NaN and infinity show in it, and so does silence
        kind = np.digitize(np.nan_to_num(peaks, nan=-1.0, posinf=-1.0), (0.0, TINY, FAINT))
        derived: list[Frame] = []
        for first, last in uniform(kind):
            if kind[first] == BROKEN:
                self._break()
                continue
            part, muted = chunks[first:last], bool(kind[first] == MUTED)
            sound = kind[first] == SOUND
            speech = self._listen(part) if sound else self._silence(last - first)
            self._heard.add(speech, muted)
            begin = t + first * HOP
            derived.append(
                Stretch(participant, begin, part.reshape(-1), speech, self._joined, muted)
            )
            derived.append(Activity(participant, begin, HOP, speech, muted))
            self._joined = True
        return derived

    def _listen(self, chunks: NDArray[np.float32]) -> NDArray[np.float32]:
        self._quiet = 0
        return self._net(chunks)

    def _silence(self, count: int) -> NDArray[np.float32]:
        self._quiet += count
        if self._quiet >= FORGET:
            self._net.reset()
        return np.zeros(count, np.float32)


def _make(context: Context) -> Stage[AudioFrame]:
    return Speech()


STAGE = StageSpec(
    name="activity",
    group=Group.VOICE,
    takes=(AudioFrame,),
    make=_make,
    emits=(Stretch, Activity),
    signals=(
        Spec(
            "voice.speech",
            "speaking",
            "1",
            0.0,
            1.0,
            Card(
                measures="The share of the second in which this person spoke.",
                evidence="Sound of one second, in steps of 32 ms; at least half of it has to come.",
                source="Silero VAD v6, a small neural net for voice activity.",
                caution="Laughter, sighs or a voice from the radio may count as speech, and a "
                "whisper may not. It says nothing of what is said.",
            ),
        ),
    ),
)
