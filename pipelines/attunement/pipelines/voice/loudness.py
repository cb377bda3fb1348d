"""
Loudness as heard, and level of the voice where it speaks.

Quality: evidence (10 chunks of speech are plenty) x how far the speech stands out from what else is
heard (0 at 0 dB, 1 from 20 dB on; unknown floor counts as a half) x 1 minus ten times the share of
clipped samples. Gain control in browsers makes both relative; the card says so.
"""

import math
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
from attunement.kernels import frames, level, loudness
from attunement.pipelines.voice.stretch import CHUNK, SPEECH, Heard, Stretch

LEAST = 4  # chunks of speech: fewer may be no more than the echo of its end
PLENTY = 10
CLEAR = 20.0  # dB of speech over the rest, from which noise costs no quality
NOBODY = 0.1  # probability of speech under which a chunk tells of the background
SILENT = 1e-12  # mean square; -120 dBFS, below which there is no level
PAST = loudness.WINDOW - loudness.HOP  # samples that a frame shares with the one before


class Background:
    """Mean square of what is heard while nobody speaks: sinks fast, rises slowly."""

    UP, DOWN = 0.02, 0.2  # of the way per chunk

    def __init__(self) -> None:
        self._square = -1.0

    def add(self, squares: NDArray[np.float64]) -> None:
        for square in squares.tolist():
            before = self._square if self._square >= 0 else square
            rate = self.UP if square > before else self.DOWN
            self._square = before + rate * (square - before)

    def clearness(self, square: float) -> float:
        """How far speech of this mean square stands out, 0 to 1."""
        if self._square < 0:
            return 0.5
        over = 10 * math.log10(max(square, SILENT) / max(self._square, SILENT))
        return min(1.0, max(0.0, over / CLEAR))


class Loudness(Stage[Stretch]):
    def __init__(self) -> None:
        self._heard = Heard()
        self._background = Background()
        self._past = np.zeros(0, np.float32)
        self._speech = np.zeros(0, np.float32)  # per sample that waits: of its chunk
        self._clear()

    def push(self, stretch: Stretch, /) -> Sequence[Frame]:
        self._heard.add(stretch.speech, stretch.muted)
        if not stretch.joined:
            self._past = self._speech = np.zeros(0, np.float32)
        spoken = stretch.speech >= SPEECH
        squares, clipped = level.levels(stretch.samples.reshape(-1, CHUNK))
        self._squares.append(squares[spoken])
        self._clipped += int(clipped[spoken].sum())
        if not stretch.muted:
            self._background.add(squares[stretch.speech < NOBODY])
        self._listen(stretch)
        return ()

    def _listen(self, stretch: Stretch) -> None:
        held = np.concatenate((self._past, stretch.samples))
        count = max(0, (held.size - loudness.WINDOW) // loudness.HOP + 1)
        past = self._past.size
        centre = np.arange(count) * loudness.HOP + loudness.WINDOW // 2 - past
        speech = np.concatenate((self._speech[-1:], stretch.speech))
        chunk = centre // CHUNK + self._speech[-1:].size
        spoken = speech[chunk] >= SPEECH
        if spoken.any():
            heard, _ = frames.tapered(held, loudness.HANN, loudness.HOP, spoken, loudness.FFT)
            self._loudness.append(loudness.loudness(heard))
        self._past = held[count * loudness.HOP :]
        self._speech = stretch.speech[-1:]

    def measure(self) -> Readings:
        squares = np.concatenate((np.zeros(0), *self._squares))
        heard_as = np.concatenate((np.zeros(0), *self._loudness))
        why = self._heard.why_no_speech() or (Why.WARMING if squares.size < LEAST else None)
        quality = self._quality(squares)
        self._heard.clear()
        self._clear()
        if why:
            return {spec.name: Missing(why) for spec in STAGE.signals}
        level_db = min(0.0, 10 * math.log10(max(float(squares.mean()), SILENT)))
        return {
            "voice.loudness": Measured(float(heard_as.mean()), quality, int(heard_as.size)),
            "voice.level_dbfs": Measured(level_db, quality, int(squares.size)),
        }

    def _quality(self, squares: NDArray[np.float64]) -> float:
        if not squares.size:
            return 0.0
        intact = 1 - min(1.0, 10 * self._clipped / (squares.size * CHUNK))
        clear = self._background.clearness(float(squares.mean()))
        return min(1.0, squares.size / PLENTY) * clear * intact

    def _clear(self) -> None:
        self._squares: list[NDArray[np.float64]] = []
        self._loudness: list[NDArray[np.float64]] = []
        self._clipped = 0


def _make(context: Context) -> Stage[Stretch]:
    return Loudness()


_CAUTION = (
    "Microphones, distance and automatic gain control change it: only changes within one call mean "
    "anything, and gain control flattens those too."
)

STAGE = StageSpec(
    name="loudness",
    group=Group.VOICE,
    takes=(Stretch,),
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
