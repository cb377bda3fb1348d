"""
Pitch: fundamental frequency every 10 ms, its median and its range in the second.

Quality: evidence (30 voiced frames are plenty) x how periodic the
voiced frames are, which falls with noise. There is pitch only where voice activity is likely: a
hum, a tone or music alone has none, and neither has a voice that is the other person's. A frame is
decided 52 ms after its centre (22 ms of window, 30 ms of look-ahead), but for the last three of a
second, which its readings take as they look by then; what comes too late even for that is left out,
lest the next second's median lag behind.
"""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from attunement.engine.clock import SECOND
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
from attunement.kernels import contour, pitch
from attunement.kernels.gate import gated
from attunement.pipelines.derived import Pitch
from attunement.pipelines.voice.condition import UNKNOWN, Condition
from attunement.pipelines.voice.stretch import CHUNK, SAMPLE, Heard, Stretch

HOP = contour.HOP * SAMPLE  # ns, 10 ms
LIKELY = 0.3  # probability of speech from which pitch is looked for
LEAST = 10  # voiced frames of a second
PLENTY = 30
ORIGIN = 27.5  # Hz, of the semitone scale


def semitones(hz: float) -> float:
    return 12 * math.log2(hz / ORIGIN)


def percentile(ordered: Sequence[float], share: float) -> float:
    """Of numbers in order; by hand, as np.percentile takes longer than finding the pitch."""
    step = 1 / (len(ordered) - 1)
    at = next(i for i in range(int(share / step) + 1, -1, -1) if i * step <= share)
    slope = (ordered[at + 1] - ordered[at]) / ((at + 1) * step - at * step)
    return slope * (share - at * step) + ordered[at]


class Track:
    """Follows the pitch of one unbroken run of sound; the same for any size of its stretches."""

    def __init__(self) -> None:
        self._contour = contour.Contour()
        self._speech = np.zeros(1, np.float32)  # of the chunk before the next frame's, and on
        self._chunk = -1  # which chunk of the run that is
        self._frame = 0  # the next frame to be decided
        self._samples = 0  # of the run so far

    def follow(self, stretch: Stretch) -> Pitch:
        """The frames that this stretch decides. `hz` may be empty."""
        begin = stretch.t - self._samples * SAMPLE
        t = begin + (self._frame * contour.HOP + contour.CENTRE) * SAMPLE
        self._speech = np.concatenate((self._speech, stretch.speech))
        self._samples += stretch.samples.size
        parts = [
            self._contour.push([stretch.samples[at : at + contour.ROOM]])[0]
            for at in range(0, stretch.samples.size, contour.ROOM)
        ]
        hz, strength = self._as_heard(parts[0] if len(parts) == 1 else np.concatenate(parts))
        self._frame += hz.size
        self._forget()
        return Pitch(stretch.participant, t, HOP, hz, strength)

    def undecided(self) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Pitch and strength of the last frames, as they look without more of the sound."""
        return self._as_heard(self._contour.undecided())

    def _as_heard(
        self, found: NDArray[np.float32]
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Pitch and strength of the next frames, of which this was found."""
        at = self._frame * contour.HOP + contour.CENTRE - (self._chunk + 1) * CHUNK
        return gated(found, self._speech, at, contour.HOP, CHUNK, LIKELY)

    def _forget(self) -> None:
        needed = (self._frame * contour.HOP + contour.CENTRE) // CHUNK - 1
        self._speech = self._speech[needed - self._chunk :]
        self._chunk = needed


class PitchStage(Stage[Stretch | Condition]):
    def __init__(self) -> None:
        self._heard = Heard()
        self._condition = UNKNOWN
        self._track = Track()
        self._hz: list[NDArray[np.float32]] = []
        self._strength: list[NDArray[np.float32]] = []

    def push(self, frame: Stretch | Condition, /) -> Sequence[Frame]:
        if isinstance(frame, Condition):
            self._condition = frame
            return ()
        return self._hear(frame)

    def _hear(self, stretch: Stretch) -> Sequence[Frame]:
        self._heard.add(stretch.speech, stretch.muted)
        if not stretch.joined:
            self._track = Track()
        decided = self._track.follow(stretch)
        second = (stretch.t + stretch.samples.size * SAMPLE - 1) // SECOND
        late = max(0, -((decided.t - second * SECOND) // HOP))  # frames of the second before
        self._hz.append(decided.hz[late:])
        self._strength.append(decided.strength[late:])
        return (decided,) if decided.hz.size else ()

    def finish(self) -> Sequence[Frame]:
        hz, strength = self._track.undecided()
        if self._heard.chunks:
            self._hz.append(hz)
            self._strength.append(strength)
        return ()

    def measure(self) -> Readings:
        hz = np.concatenate((np.zeros(0, np.float32), *self._hz))
        strength = np.concatenate((np.zeros(0, np.float32), *self._strength))
        hz, strength = hz[strength > 0], strength[strength > 0]
        why = self._heard.why_no_speech() or (Why.WARMING if hz.size < LEAST else None)
        why = why or (Why.OVERLAP if self._condition.crosstalk else None)
        self._condition = UNKNOWN
        self._heard.clear()
        self._hz.clear()
        self._strength.clear()
        if why:
            return {spec.name: Missing(why) for spec in STAGE.signals}
        quality = min(1.0, hz.size / PLENTY) * (float(strength.sum(dtype=np.float64)) / hz.size)
        n = hz.size
        ordered = np.sort(hz).tolist()
        low, middle, high = (percentile(ordered, share) for share in (0.2, 0.5, 0.8))
        return {
            "voice.f0_hz": Measured(middle, quality, n),
            "voice.f0_semitone": Measured(semitones(middle), quality, n),
            "voice.f0_range": Measured(semitones(high) - semitones(low), quality, n),
        }


def _make(context: Context) -> Stage[Stretch | Condition]:
    return PitchStage()


_EVIDENCE = "Frames of 10 ms in which the voice sounds, in one second of speech; at least 10."
_SOURCE = (
    "Autocorrelation after Boersma (1993) and Tolonen and Karjalainen (2000), weighed by small "
    "nets learned from speech; names and scale of eGeMAPS (Eyben et al. 2016)."
)
_CAUTION = "Depends on age, sex, language and microphone: compare a person with themselves only."

STAGE = StageSpec(
    name="pitch",
    group=Group.VOICE,
    takes=(Stretch, Condition),
    make=_make,
    emits=(Pitch,),
    signals=(
        Spec(
            "voice.f0_hz",
            "pitch",
            "Hz",
            pitch.LOW,
            pitch.HIGH,
            Card(
                measures="How high the voice is: the median of its fundamental frequency.",
                evidence=_EVIDENCE,
                source=_SOURCE,
                caution=_CAUTION,
            ),
        ),
        Spec(
            "voice.f0_semitone",
            "pitch, as heard",
            "{semitone}",
            0.0,
            60.0,
            Card(
                measures="How high the voice is on the scale of the ear: semitones above 27.5 Hz.",
                evidence=_EVIDENCE,
                source=_SOURCE,
                caution=_CAUTION,
            ),
        ),
        Spec(
            "voice.f0_range",
            "pitch movement",
            "{semitone}",
            0.0,
            60.0,
            Card(
                measures="How far the pitch moves within the second: from its 20th to its 80th "
                "percentile.",
                evidence=_EVIDENCE,
                source=_SOURCE,
                caution="Questions, emphasis and excitement all move the pitch; little movement "
                "is not sadness.",
            ),
        ),
    ),
)
