import math

import numpy as np

from attunement.kernels import motion


def test_a_block_is_the_mean_of_its_pixels_and_colours() -> None:
    image = np.arange(4 * 6 * 3, dtype=np.uint8).reshape(4, 6, 3)
    expected = image.reshape(2, 2, 3, 2, 3).mean(axis=(1, 3, 4))
    np.testing.assert_allclose(motion.grey(image, 2), expected, rtol=1e-6)


def test_what_does_not_fill_a_block_is_left_out() -> None:
    assert motion.grey(np.zeros((9, 11, 3), np.uint8), 4).shape == (2, 2)
    assert motion.grey(np.zeros((3, 3, 3), np.uint8), 4).shape == (0, 0)


def test_a_quarter_of_the_box_that_changed_is_a_quarter() -> None:
    before, now = np.zeros((10, 10), np.float32), np.zeros((10, 10), np.float32)
    now[2:4, 2:4] = 50
    assert motion.changed(before, now, 2, 6, 2, 6, 8.0, 1.0, 0.0) == 0.25
    assert motion.changed(before, now, 6, 10, 6, 10, 8.0, 1.0, 0.0) == 0.0


def test_the_share_is_that_of_the_box_at_any_size() -> None:
    for size in (8, 16, 64):
        before, now = np.zeros((size, size), np.float32), np.zeros((size, size), np.float32)
        now[: size // 2] = 50
        assert motion.changed(before, now, 0, size, 0, size, 8.0, 1.0, 0.0) == 0.5


def test_a_camera_s_noise_is_no_movement() -> None:
    rng = np.random.default_rng(1)
    still = [
        motion.grey(np.clip(rng.normal(120, 6, (480, 640, 3)), 0, 255).astype(np.uint8), 4)
        for _ in range(2)
    ]
    assert motion.changed(still[0], still[1], 0, 120, 0, 160, 8.0, 1.0, 0.0) == 0.0


def test_only_the_part_of_a_box_that_is_in_the_picture_counts() -> None:
    before, now = np.zeros((4, 4), np.float32), np.full((4, 4), 50, np.float32)
    assert motion.changed(before, now, -10, 2, -10, 2, 8.0, 1.0, 0.0) == 1.0
    assert math.isnan(motion.changed(before, now, 6, 9, 0, 4, 8.0, 1.0, 0.0))
