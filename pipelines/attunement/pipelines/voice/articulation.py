"""
How fast syllables follow one another while this person speaks.

Quality: evidence (10 s of speech are plenty) x share of the speech that is voiced, over 0.3 x how
far speech stands out from the background, whose noise fills the dips. Speech counts from voice
activity: pauses do not slow the rate. A nucleus is complete when the intensity has fallen by 2 dB
after it. A second in which the voice is the other person's does not count, and neither does what
was found in it.
"""

from collections import deque
from collections.abc import Sequence

import numpy as np

from attunement.engine.clock import MILLISECOND, SECOND
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
from attunement.kernels import gate, level, syllables
from attunement.pipelines.derived import Pitch
from attunement.pipelines.voice.condition import UNKNOWN, Condition
from attunement.pipelines.voice.stretch import CHUNK, RATE, SAMPLE, SPEECH, Heard, Stretch

STEP = RATE // 100  # samples, 10 ms
HOP = 10 * MILLISECOND
SMOOTH = np.hanning(9)[1:-1] / np.hanning(9)[1:-1].sum()  # 70 ms: one hump per syllable
WINDOW = 1_000  # steps of speech
LEAST = 200  # steps of speech
VOICED = 0.3  # share of speech that is voiced at the least in anybody's talk
ROOM = 2_000  # steps of intensity that may wait for their pitch
SETTLED = 40  # steps after a hole, until the next nucleus is seen from its begin on


class Articulation(Stage[Stretch | Pitch | Condition]):
    """
    The pitch of a stretch comes before the stretch itself, as the catalog has it, and reaches less
    far: steps wait until intensity and voicing are both known.
    """

    def __init__(self) -> None:
        self._heard = Heard()
        self._spoken = 0  # steps of speech so far
        self._nuclei: deque[int] = deque()  # how many steps of speech there were before each
        self._voiced: deque[int] = deque()
        self._pitch: list[Pitch] = []
        self._closed = 0  # steps of speech up to the last second
        self._condition = UNKNOWN
        self._restart()

    def _restart(self) -> None:
        self._unsettled = SETTLED
        self._t = -1  # ns of the first step that waits; -1: nothing came yet
        self._rest = np.zeros(0, np.float32)
        self._square = np.zeros(SMOOTH.size // 2)  # of steps, from half a window before the first
        self._speech = np.zeros(0, np.bool_)  # of samples' steps, from the first that waits on
        self._contour = syllables.new_contour()

    def push(self, frame: Stretch | Pitch | Condition, /) -> Sequence[Frame]:
        if isinstance(frame, Stretch):
            self._hear(frame)
            for pitch in self._pitch:
                self._count(pitch)
            self._pitch.clear()
        elif isinstance(frame, Condition):
            self._condition = frame
        else:
            self._pitch.append(frame)
        return ()

    def _hear(self, stretch: Stretch) -> None:
        self._heard.add(stretch.speech, stretch.muted)
        if not stretch.joined:
            self._restart()
        if self._t < 0:
            self._t = stretch.t
        samples = np.concatenate((self._rest, stretch.samples))
        steps = samples.size // STEP
        self._rest = samples[steps * STEP :]
        square, _ = level.levels(samples[: steps * STEP].reshape(steps, STEP))
        at = STEP // 2 - (samples.size - stretch.samples.size)
        spoken = gate.spoken(stretch.speech, at, STEP, CHUNK, steps, SPEECH)
        self._square = np.concatenate((self._square, square))[-ROOM:]
        self._speech = np.concatenate((self._speech, spoken))[-ROOM:]

    def _count(self, pitch: Pitch) -> None:
        """Count the nuclei of every step that the pitch has come to."""
        first = round((pitch.t - self._t - STEP // 2 * SAMPLE) / HOP)  # step of its first frame
        ready = min(first + pitch.hz.size, self._square.size - SMOOTH.size + 1)
        if ready <= 0:
            return
        level = syllables.intensity(self._square[: ready + SMOOTH.size - 1], SMOOTH)
        speech, strength = self._speech[:ready], pitch.strength
        self._spoken, nuclei, voiced = syllables.count(
            level, speech, strength, first, self._unsettled, self._spoken, self._contour
        )
        self._nuclei.extend(nuclei.tolist())
        self._voiced.extend(voiced.tolist())
        self._unsettled = max(0, self._unsettled - ready)
        self._square, self._speech = self._square[ready:], self._speech[ready:]
        self._t += ready * HOP

    def _close(self) -> None:
        """Take this second into the window, or out of it."""
        if self._condition.crosstalk:
            self._spoken = self._closed
        self._closed = self._spoken
        for events in (self._nuclei, self._voiced):
            while events and events[-1] > self._spoken:
                events.pop()
            while events and events[0] <= self._spoken - WINDOW:
                events.popleft()

    def measure(self) -> Readings:
        condition = self._condition
        why = self._heard.why_no_speech() or condition.why_not()
        self._close()
        why = why or (Why.WARMING if self._spoken < LEAST else None)
        self._heard.clear()
        self._condition = UNKNOWN
        if why:
            return {"voice.articulation_rate": Missing(why)}
        steps = min(self._spoken, WINDOW)
        voiced = len(self._voiced) / steps
        quality = steps / WINDOW * min(1.0, voiced / VOICED) * condition.clear()
        n = len(self._nuclei)
        return {"voice.articulation_rate": Measured(n / (steps * HOP / SECOND), quality, n)}


def _make(context: Context) -> Stage[Stretch | Pitch | Condition]:
    return Articulation()


STAGE = StageSpec(
    name="articulation",
    group=Group.VOICE,
    takes=(Stretch, Pitch, Condition),
    make=_make,
    signals=(
        Spec(
            "voice.articulation_rate",
            "speed of speech",
            "/s",
            0.0,
            15.0,
            Card(
                measures="How many syllables this person speaks per second of speech; pauses do "
                "not count.",
                evidence="The last 10 seconds of speech, at least 2: peaks of the intensity with "
                "a dip on both sides, where the voice sounds.",
                source="Syllable nuclei after de Jong & Wempe (2009).",
                caution="Syllables are counted by ear, not by words: mumbled ones are missed. "
                "Languages differ.",
            ),
        ),
    ),
)
