"""
Loudness as heard, and level of the voice where it speaks.

Quality: evidence (10 chunks of speech are plenty) x how far the speech stands out from what else is
heard (0 at 0 dB, 1 from 20 dB on, of loudness from 40; unknown floor counts as a half) x 1 minus
ten times the share of clipped samples x how steady the floor is (see `condition.py`). Gain control
in browsers makes both relative; the card says so. Nothing is said where the voice is the other
person's.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from attunement.engine.frame import Frame
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
    Why,
)
from attunement.kernels import gate, level, loudness
from attunement.pipelines.voice.condition import UNKNOWN, VERY_CLEAR, Condition, decibels
from attunement.pipelines.voice.stretch import CHUNK, SPEECH, Heard, Stretch

LEAST = 4  # chunks of speech: fewer may be no more than the echo of its end
PLENTY = 10


class Loudness(Stage[Stretch | Condition]):
    def __init__(self) -> None:
        self._heard = Heard()
        self._bench = loudness.bench()
        self._past = np.zeros(0, np.float32)
        self._speech = np.zeros(0, np.float32)  # of the chunk that the samples which wait are of
        self._clear()

    def push(self, frame: Stretch | Condition, /) -> Sequence[Frame]:
        if isinstance(frame, Condition):
            self._condition = frame
        else:
            self._hear(frame)
        return ()

    def _hear(self, stretch: Stretch) -> None:
        self._heard.add(stretch.speech, stretch.muted)
        if not stretch.joined:
            self._past = self._speech = np.zeros(0, np.float32)
        spoken = stretch.speech >= SPEECH
        if spoken.any():
            squares, _ = level.levels(stretch.samples.reshape(-1, CHUNK))
            self._squares.append(squares[spoken])
        self._listen(stretch)

    def _listen(self, stretch: Stretch) -> None:
        held = np.concatenate((self._past, stretch.samples))
        count = max(0, (held.size - loudness.WINDOW) // loudness.HOP + 1)
        speech = np.concatenate((self._speech, stretch.speech))
        at = loudness.WINDOW // 2 - self._past.size + self._speech.size * CHUNK
        spoken = gate.spoken(speech, at, loudness.HOP, CHUNK, count, SPEECH).nonzero()[0]
        if spoken.size:
            heard = loudness.loudness(held, spoken * loudness.HOP, self._bench)
            self._loudness.append(heard)
        self._past = held[count * loudness.HOP :]
        self._speech = stretch.speech[-1:]

    def measure(self) -> Readings:
        squares = np.concatenate((np.zeros(0), *self._squares))
        heard_as = np.concatenate((np.zeros(0), *self._loudness))
        why = self._heard.why_no_speech() or (Why.WARMING if squares.size < LEAST else None)
        why = why or (Why.OVERLAP if self._condition.crosstalk else None)
        evidence = min(1.0, squares.size / PLENTY)
        quality = evidence * self._condition.of_level()
        as_heard = evidence * self._condition.of_level(VERY_CLEAR)
        self._heard.clear()
        self._clear()
        if why:
            return {spec.name: Missing(why) for spec in STAGE.signals}
        level_db = min(0.0, decibels(float(squares.sum()) / squares.size))
        return {
            "voice.loudness": Measured(
                float(heard_as.sum()) / heard_as.size, as_heard, heard_as.size
            ),
            "voice.level_dbfs": Measured(level_db, quality, int(squares.size)),
        }

    def _clear(self) -> None:
        self._squares: list[NDArray[np.float64]] = []
        self._loudness: list[NDArray[np.float32]] = []
        self._condition = UNKNOWN


def _make(context: Context) -> Stage[Stretch | Condition]:
    return Loudness()


_CAUTION = (
    "Microphones, distance and automatic gain control change it: only changes within one call mean "
    "anything, and gain control flattens those too."
)

STAGE = StageSpec(
    name="loudness",
    group=Group.VOICE,
    takes=(Stretch, Condition),
    make=_make,
    signals=(
        Spec(
            "voice.loudness",
            "loudness",
            "1",
            0.0,
            100.0,
            Card(
                measures="How loud the voice sounds to an ear, on an auditory scale without unit.",
                evidence="Frames of 20 ms, every 10 ms, in which this person speaks, in one "
                "second.",
                source="Sum of the compressed auditory spectrum of eGeMAPS (Eyben et al. 2016).",
                caution=_CAUTION,
            ),
        ),
        Spec(
            "voice.level_dbfs",
            "level",
            "dB",
            -120.0,
            0.0,
            Card(
                measures="The level of the voice where it speaks, in dB below the loudest that "
                "the recording can hold.",
                evidence="Steps of 32 ms in which this person speaks, in one second.",
                source="Mean square of the samples without their mean; 0 dB is a square wave of "
                "full scale.",
                caution=_CAUTION,
            ),
        ),
    ),
)
