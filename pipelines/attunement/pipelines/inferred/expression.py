"""
What people would call the expression of a face, every second: inference mode only.

It is said as eight probabilities that sum to 1, the mean over up to five pictures of the second,
never as one name. Nothing is said of a face that is small, dark, blurred or turned far away, of
fewer than two looks, and of what people would mostly call none of the eight. Quality: share of the
pictures that came x how clear the face is x how likely it is one of the eight.

Valence and arousal are derived from the eight, and so is how uncertain they are.
"""

from collections.abc import Sequence
from statistics import fmean

import numpy as np
from numpy.typing import NDArray

from attunement.engine.clock import MILLISECOND
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
from attunement.pipelines.derived import Face
from attunement.pipelines.face.seen import Seen
from attunement.pipelines.models.batch import NoAnswer
from attunement.pipelines.models.face_net import CLASSES, Expressed, Expressions

STEP = 200 * MILLISECOND  # between two looks
EASED = 400 * MILLISECOND  # when the machine is short
CLEAR = 0.4  # quality from which a face is looked at: 43 pixels high, turned by 49 degrees
LEAST = 2  # looks
STRANGE = 0.5  # share of people who would call it none of the eight, from which nothing is said
PATIENCE = 0.5  # s that a look is waited for

# Valence, arousal, in the order of CLASSES: J. A. Russell, "A circumplex model of affect", J.
# Personality and Social Psychology 39 (1980), rounded; set before anything was measured.
PLACES = np.array(
    (
        (0.0, 0.0),  # neutral
        (0.8, 0.6),  # happiness
        (0.2, 0.8),  # surprise
        (-0.7, -0.6),  # sadness
        (-0.6, 0.8),  # anger
        (-0.6, 0.2),  # disgust
        (-0.6, 0.7),  # fear
        (-0.5, 0.1),  # contempt
    )
)


class ExpressionStage(Stage[Face]):
    def __init__(self, model: Expressions) -> None:
        self._model = model
        self._seen = Seen()
        self._looks: list[Face] = []  # of this second, to be looked at
        self._apart = STEP
        self._step = -1

    def push(self, face: Face, /) -> Sequence[Frame]:
        self._seen.add(face)
        step = face.t // self._apart
        if step != self._step and face.crop is not None and face.quality >= CLEAR:
            self._step = step
            self._looks.append(face)
        return ()

    def ease(self, level: Level, /) -> None:
        self._apart = EASED if level >= Level.EXPRESSION else STEP
        self._step = -1

    def measure(self) -> Readings:
        seen, looks = self._seen, self._looks
        self._seen, self._looks = Seen(), []
        why = seen.why_no_face()
        if why is None and len(looks) < LEAST:
            why = Why.LOW_QUALITY
        if why is not None:
            return dict.fromkeys(NAMES, Missing(why))
        try:
            answers = self._answers(looks)
        except NoAnswer:
            return dict.fromkeys(NAMES, Missing(Why.SHED))
        unknown = fmean(answer.unknown for answer in answers)
        if not unknown <= STRANGE:
            return dict.fromkeys(NAMES, Missing(Why.LOW_QUALITY))
        each = np.stack([answer.probability for answer in answers])
        likely: NDArray[np.float64] = each.mean(axis=0, dtype=np.float64)
        quality = seen.coverage * fmean(face.quality for face in looks) * (1 - unknown)
        values = (*likely.tolist(), *derived(likely))
        return {
            name: Measured(value, quality, len(looks))
            for name, value in zip(NAMES, values, strict=True)
        }

    def _answers(self, looks: Sequence[Face]) -> list[Expressed]:
        """
        Every other look is at the mirror image: on pictures held out in training, the mean of both
        is right more often. A face at rest is the same in several pictures, and asked about once.
        """
        keys = [(id(face.crop), at % 2) for at, face in enumerate(looks)]
        crops = dict(zip(keys, (face.crop for face in looks), strict=True))
        asked = {
            key: self._model.batcher.submit(
                (self, key), np.ascontiguousarray(crop[:, :: -1 if key[1] else 1, None])
            )
            for key, crop in crops.items()
            if crop is not None
        }
        try:
            found = {key: self._model.read(row.result(PATIENCE)) for key, row in asked.items()}
        except TimeoutError:
            raise NoAnswer("late") from None
        finally:
            for row in asked.values():
                row.cancel()
        return [found[key] for key in keys]


def derived(likely: NDArray[np.float64]) -> tuple[float, float, float, float]:
    """
    Valence and arousal, -1 to 1, expected under likely (8,), and how far they spread under it: the
    standard deviations.
    """
    mean = likely @ PLACES
    spread = np.sqrt(np.maximum(likely @ (PLACES - mean) ** 2, 0.0))
    valence, arousal = mean.tolist()
    return valence, arousal, *spread.tolist()


def _make(context: Context) -> Stage[Face]:
    return ExpressionStage(Expressions())


_EVIDENCE = (
    "Up to five pictures of one second, two at least, in which the face is clear, large enough "
    "and not turned far away."
)
_SOURCE = "Own model, learned from what ten people called web pictures (FER+); docs/models/face.md."
_CAUTION = (
    "It learned from web pictures, many of them posed, not from patients. It tells what strangers "
    "would call a face, not what somebody feels, and it is often wrong: never decide anything by "
    "it."
)
_PLAIN = ("neutral", "happy", "surprised", "sad", "angry", "disgusted", "afraid", "contemptuous")


def _probability(expression: str, plain: str) -> Spec:
    card = Card(
        f"How likely people would call this face's expression {expression}, among eight.",
        _EVIDENCE,
        _SOURCE,
        _CAUTION,
    )
    return Spec(f"expression.{expression}", f"looks {plain}", "1", 0.0, 1.0, card)


def _derived(axis: str, ends: str) -> Spec:
    card = Card(
        f"From {ends}: the mean place of the eight probabilities on the circumplex. It is derived "
        "from them, not seen.",
        _EVIDENCE,
        f"{_SOURCE} Circumplex of affect (Russell 1980).",
        _CAUTION,
    )
    return Spec(f"affect.face.{axis}", f"{axis} of the face (derived)", "1", -1.0, 1.0, card)


def _uncertain(axis: str) -> Spec:
    card = Card(
        f"How far the eight probabilities spread in {axis}: a standard deviation. 0.3 is much.",
        _EVIDENCE,
        f"{_SOURCE} Circumplex of affect (Russell 1980).",
        "It is the uncertainty that the model knows of; where the model is wrong it is too small.",
    )
    label = f"uncertainty of the face's {axis}"
    return Spec(f"affect.face.{axis}_sd", label, "1", 0.0, 1.0, card, expert=True)


STAGE = StageSpec(
    name="expression",
    group=Group.INFERRED,
    takes=(Face,),
    make=_make,
    signals=(
        *(_probability(*names) for names in zip(CLASSES, _PLAIN, strict=True)),
        _derived("valence", "unpleasant to pleasant"),
        _derived("arousal", "calm to aroused"),
        _uncertain("valence"),
        _uncertain("arousal"),
    ),
)
NAMES = tuple(spec.name for spec in STAGE.signals)
