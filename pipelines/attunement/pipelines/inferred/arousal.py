"""
How aroused the voice sounds against the person's own, by a rule and without any learned label.

Pitch, level and high-frequency energy of each second with speech, ranked among the person's
earlier seconds (`own_rank`). Quality: seconds known of the person (60 are plenty) x voiced frames
(30 are plenty) x clearness x intactness of the sound.
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
from attunement.pipelines.derived import Pitch
from attunement.pipelines.inferred import own_rank
from attunement.pipelines.inferred.evidence import Evidence
from attunement.pipelines.inferred.own_rank import OwnRank
from attunement.pipelines.voice.stretch import CHUNK, RATE, SPEECH, Heard, Stretch

NAME = "affect.voice.arousal"
LEAST_VOICED = 20  # frames of 10 ms in a second
PLENTY_VOICED = 30
LEAST_CHUNKS = 8  # of speech in a second
DIVIDE = 500 * CHUNK // RATE  # bin of 500 Hz
LOWEST = 80 * CHUNK // RATE + 1  # bin over hum
FLOOR = 1e-12

_HANN = np.hanning(CHUNK).astype(np.float32)


class Arousal(Stage[Stretch | Pitch]):
    def __init__(self) -> None:
        self._heard = Heard()
        self._evidence = Evidence(1)
        self._usual = OwnRank()
        self._clear()

    def push(self, frame: Stretch | Pitch, /) -> Sequence[Frame]:
        if isinstance(frame, Pitch):
            self._hz.append(frame.hz[frame.strength > 0])
            return ()
        self._heard.add(frame.speech, frame.muted)
        self._evidence.add(frame)
        spoken = frame.samples.reshape(-1, CHUNK)[frame.speech >= SPEECH]
        if len(spoken):
            spectrum = np.fft.rfft(spoken * _HANN)
            power = spectrum.real**2 + spectrum.imag**2
            self._power.append(np.asarray(power, np.float32))
        return ()

    def measure(self) -> Readings:
        hz = np.concatenate((np.zeros(0, np.float32), *self._hz))
        power = np.concatenate((np.zeros((0, CHUNK // 2 + 1), np.float32), *self._power))
        quality = self._evidence.close()
        why = self._heard.why_no_speech()
        self._heard.clear()
        self._clear()
        if why is None and quality == 0:
            why = Why.LOW_QUALITY
        if why is None and (hz.size < LEAST_VOICED or len(power) < LEAST_CHUNKS):
            why = Why.WARMING
        return {NAME: Missing(why) if why else self._rate(hz, power, quality)}

    def _rate(
        self, hz: NDArray[np.float32], power: NDArray[np.float32], quality: float
    ) -> Measured | Missing:
        found = features(hz, power)
        known, value = self._usual.stretches, self._usual.rate(found)
        self._usual.learn(found)
        if value is None:
            return Missing(Why.WARMING)
        quality *= min(1.0, known / own_rank.PLENTY) * min(1.0, hz.size / PLENTY_VOICED)
        return Measured(value, quality, int(hz.size))

    def _clear(self) -> None:
        self._hz: list[NDArray[np.float32]] = []
        self._power: list[NDArray[np.float32]] = []


def features(hz: NDArray[np.float32], power: NDArray[np.float32]) -> NDArray[np.float64]:
    """
    Median pitch in octaves, level in dB, and median balance of the energy over 500 Hz and from 80
    Hz up to it, as a logarithm. hz (n,), voiced; power (chunks, CHUNK / 2 + 1).
    """
    low = power[:, LOWEST:DIVIDE].sum(axis=1, dtype=np.float64) + FLOOR
    high = power[:, DIVIDE:].sum(axis=1, dtype=np.float64) + FLOOR
    level = 10 * math.log10(float((low + high).mean()))
    return np.array([math.log2(float(np.median(hz))), level, np.median(np.log(high / low))])


def _make(context: Context) -> Stage[Stretch | Pitch]:
    return Arousal()


STAGE = StageSpec(
    name="arousal",
    group=Group.INFERRED,
    takes=(Stretch, Pitch),
    make=_make,
    signals=(
        Spec(
            NAME,
            "arousal of the voice (rule)",
            "1",
            -1.0,
            1.0,
            Card(
                measures="Whether the voice is higher, louder and brighter than this person's "
                "earlier in the call: 1 is more than ever, -1 less than ever.",
                evidence="Pitch, level and high frequencies of one second of speech, ranked among "
                "at least 15 earlier ones.",
                source="Rule of Bone, Lee & Narayanan (2014); no labels are learned from.",
                caution="Loud rooms, gain control and leaning towards the microphone do the same. "
                "Being aroused is neither good nor bad, and joy and anger look alike here.",
            ),
        ),
    ),
)
