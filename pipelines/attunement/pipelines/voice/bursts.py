"""
Laughter, crying and sighs: sounds of the voice that are no words, as YAMNet hears them.

The reading is the net's own score, the highest of the related events in the second; it is no
probability, and what to take for an event is the reader's choice. Quality: 1, of sound that came.
The net is asked once a second, and not where nothing is loud enough to be a voice, or where nobody
speaks and nothing stands out of what the room sounds like all the time: there it would cost most
and hear nothing.
"""

from collections import deque
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from attunement.engine.frame import Frame
from attunement.engine.shedding import Level
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
from attunement.pipelines.models import audio_events
from attunement.pipelines.models.audio_events import AudioEvents
from attunement.pipelines.voice.condition import NOBODY
from attunement.pipelines.voice.stretch import CHUNK, Heard, Stretch

FAINT = 2.5e-3  # of full scale, -52 dBFS: under it nothing is a voice
LEAST = audio_events.WINDOW // 2  # samples of a second that the net is asked about
EVENTS = {
    "voice.laughter": audio_events.LAUGHTER,
    "voice.crying": audio_events.CRYING,
    "voice.sigh": audio_events.SIGH,
}


STANDS_OUT = 2.0  # times the power of the room (3 dB), in the loudest 32 ms
ROOM = 30  # s, over which the room is what is there most of the time in the quietest second
KNOWN = 3  # s, before which nothing is known of the room


class Room:
    """What is there all the time, as power of the sound's changes: rumble is no matter."""

    def __init__(self) -> None:
        self._seconds: deque[float] = deque(maxlen=ROOM)

    def stands_out(self, sound: NDArray[np.float32]) -> bool:
        """Of one second, (n * CHUNK,): whether anything in it may be more than the room."""
        power = np.square(np.diff(sound, prepend=sound[:1])).reshape(-1, CHUNK).mean(axis=1)
        self._seconds.append(float(np.median(power)))
        known = len(self._seconds) >= KNOWN
        return not known or float(power.max()) > STANDS_OUT * min(self._seconds)


class Bursts(Stage[Stretch]):
    def __init__(self, net: AudioEvents) -> None:
        self._net = net
        self._room = Room()
        self._speech = 0.0  # highest probability in this second
        self._heard = Heard()
        self._sound: list[NDArray[np.float32]] = []

    def push(self, stretch: Stretch, /) -> Sequence[Frame]:
        self._heard.add(stretch.speech, stretch.muted)
        self._sound.append(stretch.samples)
        self._speech = max(self._speech, float(stretch.speech.max(initial=0.0)))
        return ()

    def measure(self) -> Readings:
        why = self._heard.why_not()
        whole = np.concatenate((np.zeros(0, np.float32), *self._sound))
        sound, spoken = whole[-audio_events.WINDOW :], self._speech >= NOBODY
        self._heard.clear()
        self._sound.clear()
        self._speech = 0.0
        if why is None and sound.size < LEAST:
            why = Why.LOW_QUALITY
        if why is None and float(np.abs(sound - sound.mean()).max()) < FAINT:
            why = Why.SILENCE
        if why is None and not self._room.stands_out(whole) and not spoken:
            why = Why.SILENCE
        if why is not None:
            return dict.fromkeys(EVENTS, Missing(why))
        scores = self._net(np.pad(sound, (audio_events.WINDOW - sound.size, 0)))
        n = sound.size // CHUNK
        quality = min(1.0, sound.size / audio_events.WINDOW)
        return {
            name: Measured(float(scores[list(places)].max()), quality, n)
            for name, places in EVENTS.items()
        }


def _make(context: Context) -> Stage[Stretch]:
    return Bursts(AudioEvents(context.models.path(audio_events.NAME)))


def _spec(name: str, label: str, measures: str, caution: str) -> Spec:
    return Spec(
        name,
        label,
        "1",
        0.0,
        1.0,
        Card(
            measures=f"{measures}: the score of a net that knows 521 sounds. It is no probability.",
            evidence="Up to 0.975 s of sound in each second; at least half of it.",
            source="YAMNet, learned from AudioSet (Gemmeke et al. 2017; Hershey et al. 2017).",
            caution=caution,
        ),
    )


STAGE = StageSpec(
    name="bursts",
    group=Group.VOICE,
    takes=(Stretch,),
    make=_make,
    needs=(audio_events.NAME,),
    given_up=Level.SPEECH_EMOTION,
    signals=(
        _spec(
            "voice.laughter",
            "laughter",
            "How much this second sounds of laughter",
            "People laugh of embarrassment and pain as well. A laugh in a noisy room is missed.",
        ),
        _spec(
            "voice.crying",
            "crying",
            "How much this second sounds of crying or sobbing",
            "Silent crying is not heard, and a cold or a cough may sound like it.",
        ),
        _spec(
            "voice.sigh",
            "sigh",
            "How much this second sounds of a sigh",
            "Most sighs are too faint for the call, or are cut by noise suppression. A breath "
            "into the microphone may count.",
        ),
    ),
)
