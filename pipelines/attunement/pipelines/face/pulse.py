"""
Pulse and breath in the colour of the skin. Off unless asked for: an experiment.

Every second, of the last WINDOW: colours laid on even times, projected by POS and by CHROM
(`kernels/pulse.py`); the strongest rhythm between 0.7 and 3 Hz. It is told only where both
projections and the last seconds agree and it is clear enough; not while the person moves, speaks
for most of the window, or the light changes. Breath is the slow rhythm of the same projection over
SLOW. Quality: how clear the rhythm is x share of the samples that count x how clear the face is.
"""

import math
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from attunement.engine.clock import SECOND
from attunement.engine.frame import Frame, VideoFrame
from attunement.engine.shedding import Level
from attunement.engine.signal import (
    Card,
    Context,
    Group,
    Measured,
    Missing,
    Reading,
    Readings,
    Spec,
    Stage,
    StageSpec,
    Why,
)
from attunement.kernels import pulse
from attunement.pipelines.derived import Activity, Face
from attunement.pipelines.face.seen import Seen
from attunement.pipelines.face.skin import Sample, Skin

WINDOW, SLOW = 10, 30  # s
PER_SECOND = 60  # pictures, at the most
RATE = 20.0  # Hz, of the even times
HOLE = 1.0  # s: longer without a sample that counts, and nothing can be told
SHORT = 0.5  # s that a window may lack
FEWEST = 8.0  # samples per second; slower cameras cannot carry 3 Hz
BEAT, BREATH = (0.7, 3.0), (0.1, 0.5)  # Hz
UNCLEAR, CLEAR = 0.0, 8.0  # dB at which quality is 0 and 1
ALIKE = 5.0  # per minute, that POS and CHROM may be apart
STEADY, SECONDS = 10.0, 4  # per minute, that the last so many seconds may be apart
SHARE = 0.8  # of the samples that must have been taken while the face was in its place
TALK = 0.6  # of the window; speech moves the cheeks, and breath with it
SPOKEN = 0.5  # probability of speech
FLICKER = 0.06  # of the light, that one second may differ from the next

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Found:
    per_minute: float
    clear: float  # dB


class Pulse(Stage[VideoFrame | Face | Activity]):
    def __init__(self) -> None:
        self._skin = Skin(SLOW * PER_SECOND)
        self._seen = Seen()
        self._faces: list[Face] = []
        self._talk: deque[tuple[int, int, int]] = deque(maxlen=4 * WINDOW)  # t, steps, of speech
        self._last: deque[float] = deque(maxlen=SECONDS)  # per minute, second by second

    def push(self, frame: VideoFrame | Face | Activity, /) -> Sequence[Frame]:
        if isinstance(frame, VideoFrame):
            self._skin.push(frame.t, frame.image)
        elif isinstance(frame, Face):
            self._seen.add(frame)
            self._faces.append(frame)
        else:
            spoken = int(np.count_nonzero(frame.speech >= SPOKEN))
            self._talk.append((frame.t, frame.speech.size, spoken))
        return ()

    def measure(self) -> Readings:
        self._skin.seen(self._faces)
        why = self._why_no_skin()
        if why:
            self._last.clear()
        bpm = Missing(why) if why else self._beat()
        breath = Missing(why) if why else self._breath()
        self._seen.clear()
        self._faces = []
        return {"pulse.bpm": bpm, "pulse.rr_bpm": breath}

    def _why_no_skin(self) -> Why | None:
        why = self._seen.why_no_face()
        if why is None and all(face.landmarks is None for face in self._seen.good):
            why = Why.NO_MODEL
        return why

    def _beat(self) -> Reading:
        samples = self._of(WINDOW)
        why = self._why_not(samples, WINDOW)
        if why:
            self._last.clear()
            return Missing(why)
        found = [_rhythm(samples, WINDOW, pulse.SHORT, chrom, BEAT) for chrom in (False, True)]
        pos, chrom = found
        self._last.append(pos.per_minute)
        clear = min(pos.clear, chrom.clear)
        apart = abs(pos.per_minute - chrom.per_minute)
        if len(self._last) < SECONDS:
            return Missing(Why.WARMING)
        if clear < UNCLEAR or apart > ALIKE or max(self._last) - min(self._last) > STEADY:
            return Missing(Why.LOW_QUALITY)
        return self._measured((pos.per_minute + chrom.per_minute) / 2, clear, samples)

    def _breath(self) -> Reading:
        samples = self._of(SLOW)
        why = self._why_not(samples, SLOW)
        if why:
            return Missing(why)
        found = _rhythm(samples, SLOW, WINDOW, False, BREATH)
        if found.clear < UNCLEAR:
            return Missing(Why.LOW_QUALITY)
        return self._measured(found.per_minute, found.clear, samples)

    def _measured(self, per_minute: float, clear: float, samples: list[Sample]) -> Measured:
        face = float(np.mean([face.quality for face in self._seen.good]))
        whole = sum(sample.sound for sample in samples) / len(samples)
        share = min(1.0, max(0.0, (clear - UNCLEAR) / (CLEAR - UNCLEAR)))
        return Measured(per_minute, share * whole * face, len(samples))

    def _of(self, seconds: int) -> list[Sample]:
        """Those of the last seconds."""
        samples = self._skin.samples
        begin = samples[-1].t - seconds * SECOND if samples else 0
        return [sample for sample in samples if sample.t > begin]

    def _why_not(self, samples: list[Sample], seconds: int) -> Why | None:
        good = [sample for sample in samples if sample.sound]
        if len(samples) < 2 or samples[-1].t - samples[0].t < (seconds - SHORT) * SECOND:
            return Why.WARMING
        if len(good) < SHARE * len(samples):
            return Why.MOVING
        t = np.array([sample.t for sample in good]) / SECOND
        if len(good) < FEWEST * seconds or np.diff(t).max() > HOLE:
            return Why.LOW_QUALITY
        if self._spoken(samples[-1].t - seconds * SECOND) > TALK:
            return Why.SPEAKING
        light = np.array([sample.colour.sum() for sample in good])
        whole = (t - t[0]).astype(np.int64)
        means = np.array([light[whole == s].mean() for s in np.unique(whole)])
        if np.abs(np.diff(np.log(means))).max(initial=0.0) > FLICKER:
            return Why.LOW_QUALITY
        return None

    def _spoken(self, begin: int) -> float:
        """Share of what was heard since."""
        heard = [(steps, spoken) for t, steps, spoken in self._talk if t >= begin]
        steps = sum(steps for steps, _ in heard)
        return sum(spoken for _, spoken in heard) / steps if steps else 0.0


def _rhythm(
    samples: list[Sample], seconds: int, window: float, chrom: bool, band: tuple[float, float]
) -> Found:
    good = [sample for sample in samples if sample.sound]
    t = np.array([sample.t for sample in good]) / SECOND
    even = np.empty((round(seconds * RATE), 3))
    colours = np.stack([sample.colour for sample in good])
    pulse.evenly(t - t[-1], colours, 1 / RATE - seconds, 1 / RATE, even)
    wave = pulse.project(even, round(window * RATE), chrom)
    hz, clear = pulse.rhythm(wave, RATE, *band)
    return Found(60 * hz, clear if math.isfinite(clear) else UNCLEAR - 1)


def _make(context: Context) -> Stage[VideoFrame | Face | Activity]:
    return Pulse()


_SOURCE = (
    "POS (Wang et al. 2017) and CHROM (de Haan and Jeanne 2013) of forehead and cheeks, resampled "
    "on capture time."
)
_CAUTION = (
    "An experiment, tried on drawn faces alone: not a medical device. Compression, make-up, dark "
    "or tinted light and movement hide it, and it may work less well on dark skin."
)

STAGE = StageSpec(
    name="pulse",
    group=Group.FACE,
    takes=(VideoFrame, Face, Activity),
    make=_make,
    given_up=Level.PULSE,
    signals=(
        Spec(
            "pulse.bpm",
            "pulse",
            "/min",
            40.0,
            180.0,
            Card(
                "How often the colour of the face's skin changes with the heart's beat.",
                f"The last {WINDOW} seconds: the face still, not speaking for most of them, in "
                "steady light; two ways of finding it and the last seconds have to agree.",
                _SOURCE,
                _CAUTION + " A quick pulse is not a feeling: stairs and coffee make one, too.",
            ),
            window=WINDOW,
            expert=True,
        ),
        Spec(
            "pulse.rr_bpm",
            "breath",
            "/min",
            6.0,
            40.0,
            Card(
                "How often the colour of the face's skin changes slowly, as it does with breath.",
                f"The last {SLOW} seconds, under the same conditions as the pulse.",
                _SOURCE,
                _CAUTION,
            ),
            window=SLOW,
            expert=True,
        ),
    ),
)
