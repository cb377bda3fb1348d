"""
Who speaks, every 32 ms, and how much of the second: the stage all others of the voice stand on.

Quality of voice.speech: 1, of what came. Where no sample has reached -52 dBFS for a quarter of a
second nobody speaks and the net is not asked, which halves the cost of listening to a listener. A
chunk with a sample that is no number counts as a hole. Through a short hole the net goes on with a
guess, as who speaks before and after it has not paused; nothing else is measured in it.
"""

import math
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
ECHO = 8  # faint chunks in a row that the net still hears, so that ends look the same in any room
FAINT = 2.5e-3  # of full scale, -52 dBFS: a voice has higher peaks

BROKEN, MUTED, SKIPPED, MUTED_HEARD, HEARD = range(5)  # what is done with a chunk


class Speech(Stage[AudioFrame]):
    def __init__(self) -> None:
        self._net = Silero()
        self._sound = Sound()
        self._heard = Heard()
        self._border = 0  # ns: end of the second
        self._joined = False
        self._quiet = 0  # faint chunks in a row

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
        reading = Missing(why) if why else Measured(heard.spoken / heard.chunks, 1.0, heard.chunks)
        heard.clear()
        self._border += SECOND
        return {"voice.speech": reading}

    def _ready(self) -> int:
        return self._sound.chunks_until(self._border)

    def _break(self) -> None:
        self._net.reset()
        self._joined = False

    def _work(self, count: int, participant: str) -> list[Frame]:
        if not count:
            return []
        t = self._sound.t
        chunks, guessed = self._sound.take(count)
        plan = self._plan(chunks)
        derived: list[Frame] = []
        for first, last in uniform(2 * plan + guessed):
            what, guess = plan[first], bool(guessed[first])
            if what == BROKEN:
                self._break()
                continue
            part, muted = chunks[first:last], bool(what in (MUTED, MUTED_HEARD))
            heard = what in (HEARD, MUTED_HEARD)
            speech = self._net(part) if heard else np.zeros(last - first, np.float32)
            begin, joined = t + first * HOP, self._joined
            if not guess:
                self._heard.add(speech, muted)
                derived.append(Stretch(participant, begin, part.reshape(-1), speech, joined, muted))
            derived.append(Activity(participant, begin, HOP, speech, muted, guess))
            self._joined = not guess
        return derived

    def _plan(self, chunks: NDArray[np.float32]) -> NDArray[np.int64]:
        peaks = np.abs(chunks).max(axis=1)  # NaN and infinity show in it, and so does silence
        plan = np.empty(len(chunks), np.int64)
        for i, peak in enumerate(peaks.tolist()):
            self._quiet = 0 if not peak < FAINT else self._quiet + 1
            if not math.isfinite(peak):
                plan[i] = BROKEN
            elif self._quiet <= ECHO:
                plan[i] = HEARD if peak > 0 else MUTED_HEARD
            else:
                plan[i] = SKIPPED if peak > 0 else MUTED
        return plan


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
