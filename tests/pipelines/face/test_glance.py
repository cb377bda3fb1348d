import numpy as np
from numpy.typing import NDArray

from attunement.engine.clock import MILLISECOND
from attunement.pipelines.face.glance import CORNERS, LIDS, LONGEST, Glance

SOON = 100 * MILLISECOND


def picture(shut: float = 0.0, shift: int = 0, seed: int = 0) -> NDArray[np.uint8]:
    """Two dark eyes in bright skin, with a camera's noise; `shut` of each is covered by the lid."""
    image = np.full((240, 320, 3), 170, np.uint8)
    for x in (120, 180):
        image[112:124, x + shift : x + shift + 24] = 225
        image[112:124, x + shift + 8 : x + shift + 16] = 40
        image[112 : 112 + round(12 * shut), x + shift : x + shift + 24] = 150
    noise = np.random.default_rng(seed).normal(0, 2, image.shape)
    return np.clip(image + noise, 0, 255).astype(np.uint8)


def landmarks(gap: float = 0.5) -> NDArray[np.float32]:
    """gap: between the lids, in widths of an eye."""
    points = np.zeros((478, 3), np.float32)
    for (outer, inner), x in zip(CORNERS, (120, 180), strict=True):
        points[outer, :2] = x / 320, 118 / 240
        points[inner, :2] = (x + 24) / 320, 118 / 240
    for upper, lower in LIDS:
        points[upper, 1], points[lower, 1] = (118 - 12 * gap) / 240, (118 + 12 * gap) / 240
    return points


def at_rest() -> Glance:
    """Has seen two pictures of which the model said the same."""
    glance = Glance()
    for seed in (100, 101):
        glance.is_worth_a_look(picture(seed=seed), 0)
        glance.looked(picture(seed=seed), landmarks(), 0)
    return glance


def test_a_face_at_rest_needs_no_second_look() -> None:
    glance = at_rest()
    for seed in range(1, 20):
        assert not glance.is_worth_a_look(picture(seed=seed), SOON)


def test_lids_that_fall_are_looked_at() -> None:
    assert at_rest().is_worth_a_look(picture(shut=1.0, seed=1), SOON)
    assert at_rest().is_worth_a_look(picture(shut=0.7, seed=1), SOON)


def test_it_is_looked_again_until_the_model_has_followed() -> None:
    glance = at_rest()
    for gap in (0.1, 0.3, 0.42):  # lids that have opened, and what the model says of them
        glance.is_worth_a_look(picture(seed=1), SOON)
        glance.looked(picture(seed=1), landmarks(gap), SOON)
        assert glance.is_worth_a_look(picture(seed=2), SOON)
    glance.looked(picture(seed=2), landmarks(0.44), SOON)
    assert not glance.is_worth_a_look(picture(seed=3), SOON)


def test_a_head_that_moves_a_little_needs_no_look_and_one_that_moves_far_does() -> None:
    assert not at_rest().is_worth_a_look(picture(shift=2, seed=1), SOON)
    assert at_rest().is_worth_a_look(picture(shift=8, seed=1), SOON)


def test_light_that_changes_as_a_whole_is_no_reason_to_look() -> None:
    brighter = np.clip(picture(seed=1).astype(int) + 20, 0, 255).astype(np.uint8)
    assert not at_rest().is_worth_a_look(brighter, SOON)


def test_no_face_stands_for_others_for_longer_than_half_a_second() -> None:
    assert at_rest().is_worth_a_look(picture(seed=1), LONGEST + 1)


def test_a_picture_of_another_size_and_one_without_a_face_before_it_are_looked_at() -> None:
    glance = at_rest()
    assert glance.is_worth_a_look(picture(seed=1)[:-2], SOON)
    glance.looked(picture(seed=1), None, SOON)
    assert glance.is_worth_a_look(picture(seed=2), SOON)


def test_a_face_at_the_border_or_far_away_breaks_nothing() -> None:
    points, glance = landmarks(), Glance()
    for x in (0.0, 1.0, 1.5, -0.5):
        points[[*CORNERS[0], *CORNERS[1]], 0] = x
        glance.looked(picture(), points, 0)
        glance.is_worth_a_look(picture(seed=1), SOON)
