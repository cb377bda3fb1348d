"""What of a second came, and what is said of it."""

import random

import numpy as np
import pytest

from attunement.engine.clock import MILLISECOND, SECOND
from attunement.engine.coverage import Coverage, weighed
from attunement.engine.frame import AudioFrame, VideoFrame
from attunement.engine.pipeline import Pipeline
from attunement.engine.runner import replay
from attunement.engine.session import Roster
from attunement.engine.signal import Group, Measured, Missing, Reading, Scope, Why
from tests.support.stages import (
    PATIENT,
    THERAPIST,
    Count,
    Echo,
    NoModels,
    counting,
    picture,
    sound,
)

SOUND, PICTURE = frozenset({AudioFrame}), frozenset({VideoFrame})


def sounds(*ms: tuple[int, int], who: str = "p") -> list[AudioFrame]:
    """Sound of 20 ms packets from begin to end, each span in ms."""
    return [sound(t / 1000, who) for begin, end in ms for t in range(begin, end, 20)]


def share(frames: list[AudioFrame] | list[VideoFrame], window: int = 1, seconds: int = 1) -> float:
    coverage, at = Coverage(0), 0
    for second in range(seconds):
        while at < len(frames) and frames[at].t // SECOND == second:
            coverage.note(frames[at])
            at += 1
        coverage.close()
    return coverage.share(("p",), SOUND if isinstance(frames[0], AudioFrame) else PICTURE, window)


def test_all_of_the_sound_is_a_whole_second() -> None:
    assert share(sounds((0, 1000))) == 1


def test_packets_whose_times_wander_by_less_than_a_seam_have_no_hole_between_them() -> None:
    chance = random.Random(1)
    frames = [
        AudioFrame("p", f.t + chance.randrange(2 * MILLISECOND), f.samples, f.rate)
        for f in sounds((0, 1000))
    ]
    assert share(frames) == 1


def test_what_was_lost_is_missing_and_what_came_twice_counts_once() -> None:
    assert share(sounds((0, 300), (400, 1000))) == pytest.approx(0.9)
    assert share(sounds((0, 600), (500, 1000))) == 1


def test_a_packet_over_the_border_belongs_to_both_seconds() -> None:
    frames = [AudioFrame("p", 900 * MILLISECOND, np.zeros(4_800, np.float32), 16_000)]
    assert share(frames) == pytest.approx(0.1)
    assert share(frames, seconds=2) == pytest.approx(0.2)


@pytest.mark.parametrize(("fps", "least"), [(30, 1.0), (10, 1.0), (5, 1.0), (4, 1.0), (2, 0.5)])
def test_the_pictures_of_a_steady_camera_cover_a_second(fps: int, least: float) -> None:
    frames = [picture(i / fps + 0.01) for i in range(3 * fps)]
    assert share(frames, seconds=3) == pytest.approx(least, abs=0.001)


def test_a_frozen_picture_stands_for_a_quarter_of_a_second() -> None:
    assert share([picture(0.5)]) == pytest.approx(0.25)
    assert share([picture(t / 10) for t in range(5)]) == pytest.approx(0.65)


def test_a_window_counts_the_seconds_since_the_media_began() -> None:
    assert share(sounds((4000, 5000)), window=60, seconds=5) == 1
    assert share(sounds((4000, 5000)), window=60, seconds=6) == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("reading", "now", "then"),
    [
        (Measured(3, 0.8, 9), 0.5, Measured(3, 0.4, 9)),
        (Measured(3, 0.8, 9), 0.49, Missing(Why.LOW_QUALITY)),
        (Measured(3, 0.8, 9), 0.0, Missing(Why.NO_MEDIA)),
        (Missing(Why.SILENCE), 0.4, Missing(Why.LOW_QUALITY)),
        (Missing(Why.SILENCE), 0.6, Missing(Why.SILENCE)),
        (Missing(Why.MUTED), 0.4, Missing(Why.MUTED)),
        (Missing(Why.NO_MODEL), 0.0, Missing(Why.NO_MODEL)),
        (Missing(Why.FAILED), 0.0, Missing(Why.FAILED)),
    ],
)
def test_what_is_said_of_a_second_follows_from_what_came(
    reading: Reading, now: float, then: Reading
) -> None:
    found = weighed(reading, now, now)
    if isinstance(then, Measured):
        assert isinstance(found, Measured)
        assert (found.value, found.n) == (then.value, then.n)
        assert found.quality == pytest.approx(then.quality)
    else:
        assert found == then


class Both(Count):
    """One reading of what was derived from sound."""


DERIVES = counting("derives", stage=Both, emits=(Echo,))
CATALOG = (
    counting("sound"),
    counting("picture", VideoFrame, group=Group.FACE),
    counting("face_and_voice", VideoFrame, AudioFrame, group=Group.FACE),
    DERIVES,
    counting("derived", Echo),
    counting("between", AudioFrame, group=Group.TOGETHER, scope=Scope.SESSION),
)


def qualities(frames: list[AudioFrame | VideoFrame]) -> dict[str, float]:
    pipeline = Pipeline(CATALOG, Roster((THERAPIST, PATIENT)), NoModels())
    second = next(replay(sorted(frames, key=lambda f: f.t), pipeline))
    found = {**second.people["p"], **second.together}
    return {name: r.quality if isinstance(r, Measured) else -1 for name, r in found.items()}


def test_each_reading_pays_for_the_medium_it_rests_on() -> None:
    frames: list[AudioFrame | VideoFrame] = [
        *sounds((0, 800)),
        *sounds((0, 600), who="t"),
        *[picture(i / 10) for i in range(10)],
    ]
    found = qualities(frames)
    assert found["sound"] == pytest.approx(0.8)
    assert found["picture"] == 1
    assert found["face_and_voice"] == pytest.approx(0.8)
    assert found["between"] == pytest.approx(0.6)


def test_what_was_derived_rests_on_what_its_source_took() -> None:
    frames = sounds((0, 400))
    pipeline = Pipeline(CATALOG, Roster((PATIENT,)), NoModels())
    second = next(replay(frames, pipeline))
    assert second.people["p"]["derived"] == Missing(Why.LOW_QUALITY)


def test_what_is_asked_every_second_is_what_is_asked_once() -> None:
    frames, coverage = sounds((0, 3000), (3400, 7000)), Coverage(0)
    for second in range(7):
        for frame in frames:
            if frame.t // SECOND == second:
                coverage.note(frame)
        coverage.close()
        often = coverage.share(("p",), SOUND, 3)
        assert coverage.share(("p",), SOUND, 3) == often == share(frames, 3, second + 1)
    assert coverage.share(("p",), SOUND, 5) == pytest.approx(1 - 0.4 / 5)
