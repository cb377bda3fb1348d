"""
Which acted emotion the voice sounds like, every second, over the last three: inference mode only.

It is said as seven probabilities that sum to 1, never as one name. Nothing is said of less than
1.5 s of speech, of sound that is clipped or drowned, of two voices at once in one microphone (of
one room, or the other participant's), and of sound like nothing the model learned from. Quality:
amount of speech (2.5 s are plenty) x clearness x intactness x how far from strange the sound is.
The person's own usual is made of speech that lies at least three seconds back, and is theirs
alone: it dies with the stage.
"""

from collections import deque
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from attunement.engine.clock import SECOND
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
from attunement.pipelines.inferred import spectrum
from attunement.pipelines.inferred.circumplex import derived
from attunement.pipelines.inferred.description import describe
from attunement.pipelines.inferred.evidence import Evidence
from attunement.pipelines.inferred.usual import Others, Usual
from attunement.pipelines.models.batch import NoAnswer
from attunement.pipelines.models.speech_emotion import CLASSES, SpeechEmotion
from attunement.pipelines.voice.condition import Condition
from attunement.pipelines.voice.stretch import CHUNK, SAMPLE, SPEECH, Heard, Stretch

WINDOW = 3  # s
LEAST = 1.5  # s of speech in the window
PLENTY = 2.5
PATIENCE = 0.15  # s that an answer is waited for in a live session
ROWS = SECOND // (spectrum.HOP * SAMPLE)  # per second


class Window:
    """Rows of the last seconds of one person's sound, and in which of them the person speaks."""

    def __init__(self) -> None:
        self._rows = np.zeros((0, spectrum.COLUMNS), np.float32)
        self._speech = np.zeros(0, np.bool_)
        self._t = np.zeros(0, np.int64)  # ns, of the middle of each
        self._past = np.zeros(0, np.float32)  # samples that the next row shares with the last
        self._likely = np.zeros(0, np.float32)  # probability of speech of the last chunk

    def add(self, stretch: Stretch) -> None:
        if not stretch.joined:
            self._past = self._likely = np.zeros(0, np.float32)
        held = np.concatenate((self._past, stretch.samples))
        rows = spectrum.rows(held)
        place = np.arange(len(rows)) * spectrum.HOP + spectrum.WINDOW // 2 - self._past.size
        likely = np.concatenate((self._likely, stretch.speech))
        spoken = likely[place // CHUNK + self._likely.size] >= SPEECH
        self._past = held[len(rows) * spectrum.HOP :]
        self._likely = stretch.speech[-1:]
        t = stretch.t + place * SAMPLE
        fresh = np.concatenate((self._t, t)) >= stretch.t - WINDOW * SECOND
        self._t = np.concatenate((self._t, t))[fresh]
        self._rows = np.concatenate((self._rows, rows))[fresh]
        self._speech = np.concatenate((self._speech, spoken))[fresh]

    def last(self, t: int) -> tuple[NDArray[np.float32], NDArray[np.bool_], int]:
        """Rows and speech of the WINDOW seconds before `t`, and rows of speech of the last one."""
        inside = self._t >= t - WINDOW * SECOND
        new = self._speech & (self._t >= t - SECOND)
        return self._rows[inside], self._speech[inside], int(np.count_nonzero(new))


class SpeechEmotionStage(Stage[Stretch | Condition]):
    def __init__(self) -> None:
        self._model = SpeechEmotion()
        weights = self._model.weights
        self._usual = Usual(Others(weights.mean, weights.spread))
        self._later: deque[tuple[NDArray[np.float32], float]] = deque()  # to be learned
        self._window = Window()
        self._heard = Heard()
        self._evidence = Evidence(WINDOW)
        self._another = -WINDOW * SECOND  # up to which the other person was heard in here
        self._end = 0  # ns up to which sound came

    def push(self, frame: Stretch | Condition, /) -> Sequence[Frame]:
        if isinstance(frame, Condition):
            if frame.crosstalk:
                self._another = frame.t
            return ()
        self._heard.add(frame.speech, frame.muted)
        self._evidence.add(frame)
        self._window.add(frame)
        self._end = frame.t + frame.samples.size * SAMPLE
        return ()

    def measure(self) -> Readings:
        why = self._heard.why_no_speech()
        self._heard.clear()
        quality = self._evidence.close()
        rows, speech, new = self._window.last(self._end)
        said = int(np.count_nonzero(speech)) / ROWS
        if why is None and said < LEAST:
            why = Why.WARMING
        if why is None and self._end - self._another < WINDOW * SECOND:
            why = Why.OVERLAP
        if why is None and quality == 0:
            why = Why.LOW_QUALITY
        if why is not None:
            return dict.fromkeys(NAMES, Missing(why))
        return self._judge(rows, speech, new / ROWS, quality * min(1.0, said / PLENTY))

    def _judge(
        self,
        rows: NDArray[np.float32],
        speech: NDArray[np.bool_],
        new: float,
        quality: float,
    ) -> Readings:
        described = describe(rows, speech)
        if described is None:
            return dict.fromkeys(NAMES, Missing(Why.LOW_QUALITY))
        compared = self._usual.compare(described)
        if self._model.several(compared):
            return dict.fromkeys(NAMES, Missing(Why.OVERLAP))
        try:
            *likely, strangeness = self._model.shared.ask(self, compared, PATIENCE)
        except NoAnswer:
            return dict.fromkeys(NAMES, Missing(Why.SHED))
        if not strangeness <= 1:
            return dict.fromkeys(NAMES, Missing(Why.LOW_QUALITY))
        self._learn(described, new)
        quality *= min(1.0, 2 * (1 - float(strangeness)))
        values = (*(float(p) for p in likely), *derived(np.array(likely)))
        n = int(np.count_nonzero(speech))
        return {name: Measured(v, quality, n) for name, v in zip(NAMES, values, strict=True)}

    def _learn(self, described: NDArray[np.float32], new: float) -> None:
        """Into the usual goes what no longer overlaps with what is compared with it."""
        self._later.append((described, new))
        if len(self._later) > WINDOW:
            self._usual.learn(*self._later.popleft())


def _make(context: Context) -> Stage[Stretch | Condition]:
    return SpeechEmotionStage()


_EVIDENCE = (
    "The last 3 seconds of sound, with at least 1.5 seconds of this person's speech in them."
)
_SOURCE = "Own model, learned from acted German speech (EmoDB); see docs/models/speech_emotion.md."
_CAUTION = (
    "It learned from ten actors, not from patients. It tells what a voice sounds like, not what "
    "somebody feels, and it is often wrong: never decide anything by it."
)
_PLAIN = ("angry", "bored", "disgusted", "afraid", "happy", "sad", "neutral")


def _probability(emotion: str, plain: str) -> Spec:
    return Spec(
        f"speech_emotion.{emotion}",
        f"sounds {plain}",
        "1",
        0.0,
        1.0,
        Card(
            measures=f"How likely this voice would be taken for acted {emotion}, among seven "
            "acted emotions.",
            evidence=_EVIDENCE,
            source=_SOURCE,
            caution=_CAUTION,
        ),
        window=WINDOW,
    )


def _derived(axis: str, ends: str) -> Spec:
    return Spec(
        f"speech_emotion.{axis}_derived",
        f"{axis} of the voice (derived)",
        "1",
        -1.0,
        1.0,
        Card(
            measures=f"From {ends}: the mean place of the seven probabilities on the circumplex. "
            "It is derived from them, not heard.",
            evidence=_EVIDENCE,
            source=f"{_SOURCE} Circumplex of affect (Russell 1980).",
            caution=_CAUTION,
        ),
        window=WINDOW,
    )


STAGE = StageSpec(
    name="speech_emotion",
    group=Group.INFERRED,
    takes=(Stretch, Condition),
    make=_make,
    given_up=Level.SPEECH_EMOTION,
    signals=(
        *(_probability(*names) for names in zip(CLASSES, _PLAIN, strict=True)),
        _derived("valence", "unpleasant to pleasant"),
        _derived("arousal", "calm to aroused"),
    ),
)
NAMES = tuple(spec.name for spec in STAGE.signals)
