import numpy as np
import pytest

from attunement.pipelines.models.face_mesh import SIDE, Cut


def test_a_cut_is_upright_for_a_face_that_leans() -> None:
    eyes = np.array(((0.0, 0.0), (10.0, 10.0)))  # pixels: leans by 45 degrees to the right
    cut = Cut.around(eyes, 0, 1)
    assert np.degrees(cut.lean) == pytest.approx(45)
    assert (cut.x, cut.y, cut.side) == (5, 5, 15)
    warp = cut.warp()
    middle = warp @ (SIDE / 2, SIDE / 2, 1)
    np.testing.assert_allclose(middle, (5, 5))
    right = warp @ (SIDE, SIDE / 2, 1) - middle
    np.testing.assert_allclose(right, np.array((1, 1)) * 7.5 / np.sqrt(2))
