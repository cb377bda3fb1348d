from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from attunement.engine.clock import SECOND
from attunement.engine.frame import VideoFrame
from attunement.engine.signal import Measured, Missing, Reading, Why
from attunement.pipelines.derived import Activity, Face
from attunement.pipelines.face.pulse import SECONDS, SLOW, WINDOW, Pulse
from tests.pipelines.face.seeing import STEP, absent, seen

SKIN, BLOOD = np.array((190.0, 140.0, 110.0)), np.array((0.33, 0.77, 0.53))
PER_SECOND = 20
FIRST = WINDOW + SECONDS  # s from which there is a value

Look = Callable[[int], NDArray[np.uint8]]


def skin(bpm: float, depth: float = 0.01, light: Callable[[float], float] = lambda t: 1.0) -> Look:
    """Picture i of somebody with a pulse, and a little breath of 15 per minute."""
    chance = np.random.default_rng(1)

    def picture(i: int) -> NDArray[np.uint8]:
        t = i / PER_SECOND
        beat = np.sin(2 * np.pi * bpm / 60 * t) + 0.5 * np.sin(2 * np.pi * 15 / 60 * t)
        colour = SKIN * light(t) * (1 - depth * beat * BLOOD)
        noise = chance.normal(0, 2, (60, 80, 3))
        return np.clip(colour + noise, 0, 255).round().astype(np.uint8)

    return picture


def still(i: int) -> Face:
    return seen(i)


def watched(
    seconds: int, look: Look, face: Callable[[int], Face] = still, speech: float = 0.0
) -> Iterator[dict[str, Reading]]:
    """Pictures as they come; what was seen in every second one when the second is over."""
    stage = Pulse()
    for s in range(seconds):
        for i in range(s * PER_SECOND, (s + 1) * PER_SECOND):
            stage.push(VideoFrame("p", i * SECOND // PER_SECOND, look(i)))
        stage.push(Activity("p", s * SECOND, SECOND // 20, np.full(20, speech, np.float32)))
        for i in range(s * SECOND // STEP, (s + 1) * SECOND // STEP):
            stage.push(face(i))
        yield dict(stage.measure())


def reasons(told: list[dict[str, Reading]], name: str = "pulse.bpm") -> set[Why | None]:
    return {r.why if isinstance(r := one[name], Missing) else None for one in told}


@pytest.mark.parametrize("bpm", [52, 71, 118, 160])
def test_the_pulse_of_a_still_face_is_told_when_there_is_enough_of_it(bpm: float) -> None:
    told = list(watched(FIRST + 4, skin(bpm)))
    assert reasons(told[:WINDOW]) == {Why.WARMING}
    for reading in (one["pulse.bpm"] for one in told[FIRST:]):
        assert isinstance(reading, Measured)
        assert reading.value == pytest.approx(bpm, abs=2)
        assert reading.quality > 0.3


def test_breath_is_told_after_half_a_minute() -> None:
    told = list(watched(SLOW + 3, skin(70)))
    assert reasons(told[: SLOW - 1], "pulse.rr_bpm") == {Why.WARMING}
    last = told[-1]["pulse.rr_bpm"]
    assert isinstance(last, Measured)
    assert last.value == pytest.approx(15, abs=1)


def test_skin_without_a_pulse_has_none() -> None:
    told = list(watched(FIRST + 20, skin(70, depth=0)))
    assert reasons(told[FIRST:]) == {Why.LOW_QUALITY}


def test_a_head_that_moves_says_so() -> None:
    def swaying(i: int) -> Face:
        face = seen(i)
        assert face.landmarks is not None
        shift = np.array((0.05 * np.sin(i), 0, 0), np.float32)
        return replace(face, landmarks=face.landmarks + shift)

    assert reasons(list(watched(FIRST + 2, skin(70), swaying))[FIRST:]) == {Why.MOVING}


def test_a_head_that_has_moved_once_is_measured_again() -> None:
    def moved(i: int) -> Face:
        face = seen(i)
        assert face.landmarks is not None
        shift = np.array((0.05 * (i >= 155), 0, 0), np.float32)
        return replace(face, landmarks=face.landmarks + shift)

    told = list(watched(FIRST + 14, skin(70), moved))
    last = told[-1]["pulse.bpm"]
    assert isinstance(last, Measured)
    assert last.value == pytest.approx(70, abs=2)


def test_who_speaks_most_of_the_time_has_no_pulse() -> None:
    assert reasons(list(watched(FIRST + 2, skin(70), speech=1.0))[FIRST:]) == {Why.SPEAKING}


def test_light_that_changes_hides_it() -> None:
    told = list(watched(FIRST + 2, skin(70, light=lambda t: 1 - 0.2 * (t % 4 < 2))))
    assert reasons(told[FIRST:]) == {Why.LOW_QUALITY}


def test_nothing_is_left_of_somebody_who_went_away() -> None:
    def gone(i: int) -> Face:
        return absent(i) if 160 <= i < 180 else seen(i)

    told = list(watched(FIRST + 10, skin(70), gone))
    assert reasons(told[16:18]) == {Why.NO_FACE}
    assert reasons(told[18:26]) == {Why.WARMING}


def test_a_face_without_landmarks_has_no_skin_to_look_at() -> None:
    def span(i: int) -> Face:
        corners = np.array(((0.3, 0.2, 0), (0.7, 0.8, 0)), np.float32)
        return replace(seen(i), landmarks=None, span=corners)

    assert reasons(list(watched(3, skin(70), span))[1:]) == {Why.NO_MODEL}
