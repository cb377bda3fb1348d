"""
Every signal this program can measure, in the order in which the overlay shows them.

A stage that derives frames stands before those that take them.
"""

from collections.abc import Iterable, Mapping

from attunement.engine.errors import UnknownExperiment
from attunement.engine.signal import Spec, StageSpec
from attunement.pipelines.body import motion, posture
from attunement.pipelines.face import (
    action_units,
    asymmetry,
    blink,
    gaze,
    landmarks,
    nods,
    pose,
    presence,
    pulse,
    smile,
    smile_kinds,
)
from attunement.pipelines.inferred import arousal, expression, speech_emotion
from attunement.pipelines.link import link
from attunement.pipelines.together import floor, interruptions, talk_share, turns
from attunement.pipelines.voice import (
    articulation,
    bursts,
    condition,
    crosstalk,
    loudness,
    pauses,
    pitch,
    speech,
    timbre,
)

CATALOG: tuple[StageSpec, ...] = (
    speech.STAGE,
    crosstalk.STAGE,
    condition.STAGE,
    pitch.STAGE,
    loudness.STAGE,
    pauses.STAGE,
    articulation.STAGE,
    timbre.STAGE,
    bursts.STAGE,
    landmarks.STAGE,
    presence.STAGE,
    pose.STAGE,
    gaze.STAGE,
    nods.STAGE,
    blink.STAGE,
    smile.STAGE,
    action_units.STAGE,
    smile_kinds.STAGE,
    asymmetry.STAGE,
    motion.STAGE,
    posture.STAGE,
    turns.STAGE,
    talk_share.STAGE,
    floor.STAGE,
    interruptions.STAGE,
    speech_emotion.STAGE,
    arousal.STAGE,
    expression.STAGE,
    link.STAGE,
)

# Off unless asked for by name. Each stands last, and takes what those above derive.
EXPERIMENTS: Mapping[str, StageSpec] = {"pulse": pulse.STAGE}


def with_experiments(names: Iterable[str]) -> tuple[StageSpec, ...]:
    """CATALOG and what was asked for besides. Raises UnknownExperiment."""
    asked = tuple(dict.fromkeys(names))
    for name in asked:
        if name not in EXPERIMENTS:
            raise UnknownExperiment(name, tuple(EXPERIMENTS))
    return (*CATALOG, *(EXPERIMENTS[name] for name in asked))


def specs(catalog: tuple[StageSpec, ...] = CATALOG) -> dict[str, Spec]:
    """Every signal by its name."""
    return {spec.name: spec for stage in catalog for spec in stage.signals}
