"""What every stage in the catalog owes the overlay. A new signal is tested by being listed."""

import math
import re
from collections.abc import Iterator

import numpy as np
import pytest

from attunement.engine.clock import MILLISECOND, SECOND
from attunement.engine.errors import UnknownExperiment
from attunement.engine.frame import AudioFrame, Frame, VideoFrame
from attunement.engine.pipeline import Pipeline
from attunement.engine.runner import replay
from attunement.engine.session import Roster
from attunement.engine.signal import Group, Measured, Missing, Second, Spec, StageSpec, Why
from attunement.pipelines import catalog
from attunement.pipelines.catalog import EXPERIMENTS, with_experiments
from attunement.pipelines.models.files import Shelf
from tests.support.stages import PATIENT, THERAPIST

CATALOG = with_experiments(EXPERIMENTS)  # everything that can be asked for
PAIR = Roster((THERAPIST, PATIENT))
every_stage = pytest.mark.parametrize("stage", CATALOG, ids=lambda s: s.name)
every_signal = pytest.mark.parametrize(
    "spec", catalog.specs(CATALOG).values(), ids=lambda s: s.name
)


def call(
    seconds: float, sound: np.ndarray | float, image: np.ndarray, step: int = 100
) -> Iterator[Frame]:
    """Both people send the same sound, and a picture each `step` ms."""
    for ms in range(0, round(seconds * 1_000), 20):
        block = np.full(320, sound, np.float32) if isinstance(sound, float) else sound[:320]
        if not isinstance(sound, float):
            sound = np.roll(sound, -320)
        for person in PAIR.people:
            yield AudioFrame(person.id, ms * MILLISECOND, block.astype(np.float32), 16_000)
            if ms % step == 0:
                yield VideoFrame(person.id, ms * MILLISECOND, image)


def measured(frames: Iterator[Frame]) -> list[Second]:
    return list(replay(frames, Pipeline(CATALOG, PAIR, Shelf())))


def readings(seconds: list[Second]) -> Iterator[tuple[str, Measured | Missing]]:
    for second in seconds:
        for of in (*second.people.values(), second.together):
            yield from of.items()


def test_names_are_unique() -> None:
    assert len(catalog.specs(CATALOG)) == sum(len(stage.signals) for stage in CATALOG)


def test_an_experiment_is_off_unless_it_is_asked_for() -> None:
    assert not set(EXPERIMENTS.values()) & set(catalog.CATALOG)
    assert with_experiments(["pulse", "pulse"]) == (*catalog.CATALOG, EXPERIMENTS["pulse"])
    with pytest.raises(UnknownExperiment, match="got experiment puls, expected one of pulse"):
        with_experiments(["puls"])


@every_signal
def test_a_signal_can_be_shown_and_explained(spec: Spec) -> None:
    assert re.fullmatch(r"[a-z_]+\.[a-z0-9_.]+", spec.name)
    assert spec.low < spec.high
    assert 0 < len(spec.label) <= 40
    assert spec.unit
    for text in (spec.card.measures, spec.card.evidence, spec.card.source, spec.card.caution):
        assert len(text) > 3


@every_stage
def test_what_a_stage_takes_is_derived_before_it(stage: StageSpec) -> None:
    before = CATALOG[: CATALOG.index(stage)]
    derived = {kind for spec in CATALOG for kind in spec.emits}
    for kind in set(stage.takes) & derived:
        assert any(kind in spec.emits for spec in before)


@every_stage
def test_no_emotion_is_measured_outside_the_inferred_group(stage: StageSpec) -> None:
    for spec in stage.signals:
        inferred = spec.name.split(".")[0] in {"expression", "affect", "speech_emotion"}
        assert inferred == (stage.group is Group.INFERRED)


def test_no_input_is_missing_not_zero() -> None:
    pipeline = Pipeline(CATALOG, PAIR, Shelf())
    pipeline.advance(3 * SECOND)
    assert [(name, r) for name, r in readings(pipeline.signals()) if isinstance(r, Measured)] == []


def test_digital_silence_and_black_are_missing_because_somebody_switched_off() -> None:
    seconds = measured(call(3, 0.0, np.zeros((120, 160, 3), np.uint8)))
    for name, reading in readings(seconds[:3]):
        if name.startswith(("voice.", "face.", "body.")):
            assert isinstance(reading, Missing), name
            assert reading.why in {Why.MUTED, Why.NO_MODEL, Why.WARMING}, (name, reading.why)


def test_a_quiet_room_with_nobody_in_it_gives_no_number_of_a_person() -> None:
    rng = np.random.default_rng(3)
    hiss = rng.normal(0, 10 ** (-65 / 20), 16_000).astype(np.float32)
    wall = rng.integers(118, 128, (120, 160, 3), np.uint8)
    allowed = {"voice.speech", "voice.silence_ratio", "face.presence", "face.count"}
    for name, reading in readings(measured(call(5, hiss, wall))):
        if name.startswith(("voice.", "face.", "body.")) and name not in allowed:
            assert isinstance(reading, Missing), (name, reading)


def test_noise_is_finite_in_range_and_has_a_quality() -> None:
    rng = np.random.default_rng(0)
    noise = rng.normal(0, 0.1, 16_000).astype(np.float32)
    picture = rng.integers(0, 255, (48, 64, 3), np.uint8)
    known = catalog.specs(CATALOG)
    for name, reading in readings(measured(call(4, noise, picture))):
        if isinstance(reading, Measured):
            assert math.isfinite(reading.value)
            assert known[name].low <= reading.value <= known[name].high
            assert 0 <= reading.quality <= 1
            assert reading.n >= 0
        else:
            assert reading.why is not Why.FAILED, name


def test_the_same_frames_give_the_same_signals() -> None:
    rng = np.random.default_rng(5)
    noise = rng.normal(0, 0.1, 16_000).astype(np.float32)
    picture = rng.integers(0, 255, (48, 64, 3), np.uint8)
    assert measured(call(3, noise, picture)) == measured(call(3, noise, picture))
