from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from attunement.pipelines.face.pose import angles
from attunement.pipelines.models.landmarker import NAME, Landmarker, Landmarks
from attunement.simulator.author import LOOKS
from attunement.simulator.face import Artist, Expression, expression
from attunement.simulator.script import Look, Part, Script

STILL = Expression()
every_look = pytest.mark.parametrize("look", LOOKS.values(), ids=LOOKS)


def test_the_same_calls_draw_the_same_pictures() -> None:
    one, two = (Artist(LOOKS["patient"], (320, 240), seed=3) for _ in range(2))
    for shown in (STILL, Expression(smile=1), STILL):
        assert np.array_equal(one.draw(shown), two.draw(shown))


def test_no_two_pictures_of_a_camera_are_the_same() -> None:
    artist = Artist(LOOKS["patient"])
    first, second = artist.draw(STILL), artist.draw(STILL)
    assert first.shape == (480, 640, 3)
    assert first.dtype == np.uint8
    assert not np.array_equal(first, second)
    assert np.abs(first.astype(int) - second).mean() < 4


def test_blood_in_the_skin_takes_a_little_green_light() -> None:
    def green(pulse: float) -> float:
        artist = Artist(LOOKS["patient"])
        cheek = [artist.draw(replace(STILL, pulse=pulse))[240:280, 260:300, 1] for _ in range(20)]
        return float(np.mean(cheek))

    assert 0.2 < green(-1) - green(1) < 4


def test_a_script_is_acted_out() -> None:
    part = Script.generate(1, 20).part("patient")
    blink, smile = part.blinks[0], part.smiles[0]
    assert expression(part, blink.begin + blink.length / 2).blink > 0.9
    assert expression(part, blink.begin - 0.01).blink == 0
    assert expression(part, (smile.apex + smile.offset) / 2).smile == pytest.approx(smile.intensity)
    assert expression(Part("patient"), 3.0).jaw == 0


@pytest.fixture(scope="module")
def landmarker(models_dir: Path) -> Landmarker:
    return Landmarker(models_dir / NAME)


_clock = iter(range(10**9, 10**15, 10**8))


def seen(landmarker: Landmarker, artist: Artist, shown: Expression) -> Landmarks:
    for _ in range(4):  # the model follows a face, and takes a few pictures to settle
        found = landmarker(artist.draw(shown), next(_clock))
    assert found is not None, shown
    return found


def level(found: Landmarks, name: str) -> float:
    return (found.blendshapes[f"{name}Left"] + found.blendshapes[f"{name}Right"]) / 2


@every_look
def test_a_landmarker_sees_what_the_face_shows(look: Look, landmarker: Landmarker) -> None:
    artist = Artist(look)
    still = seen(landmarker, artist, STILL)
    shut = seen(landmarker, artist, Expression(blink=1))
    smiling = seen(landmarker, artist, Expression(smile=1))
    open_mouth = seen(landmarker, artist, Expression(jaw=1))
    raised = seen(landmarker, artist, Expression(brows=1))
    assert level(shut, "eyeBlink") - level(still, "eyeBlink") > 0.3
    assert level(smiling, "mouthSmile") > 0.5
    assert level(still, "mouthSmile") < 0.2
    assert level(open_mouth, "mouthSmile") < 0.35  # speaking is not smiling
    assert level(smiling, "eyeBlink") < 0.35  # nor smiling blinking
    assert open_mouth.blendshapes["jawOpen"] > still.blendshapes["jawOpen"] + 0.2
    assert level(raised, "browOuterUp") > level(still, "browOuterUp") + 0.1


@every_look
def test_a_face_is_found_wherever_it_turns_and_turns_the_right_way(
    look: Look, landmarker: Landmarker
) -> None:
    artist = Artist(look)
    yaws = [
        float(np.degrees(np.arcsin(-seen(landmarker, artist, Expression(yaw=yaw)).matrix[2, 0])))
        for yaw in (-24, -12, 0, 12, 24)
    ]
    steps = np.diff(yaws)
    assert (steps > 3).all() or (steps < -3).all()
    for pitch in (-14, 14):
        seen(landmarker, artist, Expression(pitch=pitch, smile=0.5, jaw=0.5))


@every_look
@pytest.mark.parametrize(
    "shown",
    [
        *(Expression(yaw=yaw) for yaw in (-30, -15, 0, 15, 30)),
        *(Expression(pitch=pitch) for pitch in (-12, -6, 6, 12)),
        *(Expression(roll=roll) for roll in (-12, 12)),
        Expression(yaw=20, pitch=8, roll=-8),
    ],
)
def test_a_head_is_seen_turned_as_far_as_it_is_drawn(
    look: Look, landmarker: Landmarker, shown: Expression
) -> None:
    yaw, pitch, roll = angles(seen(landmarker, Artist(look, seed=4), shown).matrix)
    assert yaw == pytest.approx(shown.yaw, abs=5)
    assert pitch == pytest.approx(shown.pitch, abs=5)
    assert roll == pytest.approx(-shown.roll, abs=5)


@every_look
def test_a_nod_is_seen_as_deep_as_it_is_drawn(look: Look, landmarker: Landmarker) -> None:
    artist = Artist(look, seed=4)
    up, down = (
        angles(seen(landmarker, artist, Expression(pitch=pitch)).matrix)[1] for pitch in (10, -10)
    )
    assert up - down == pytest.approx(20, rel=0.2)
