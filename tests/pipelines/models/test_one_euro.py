"""The filter against its definition, number by number."""

import math

import numpy as np
import pytest

from attunement.pipelines.models.one_euro import CHANGE, EAGER, SLOWEST, OneEuro


def plain(values: list[float], times: list[float], sizes: list[float]) -> list[float]:
    """Casiez et al. 2012, as the paper writes it, of one number."""

    def alpha(cutoff: float, past: float) -> float:
        return 1 / (1 + 1 / (2 * math.pi * cutoff) / past)

    smooth, speed, out = values[0], 0.0, [values[0]]
    for i in range(1, len(values)):
        past = times[i] - times[i - 1]
        now = (values[i] - values[i - 1]) / sizes[i] / past
        a = alpha(CHANGE, past)
        speed = a * now + (1 - a) * speed
        a = alpha(SLOWEST + EAGER * abs(speed), past)
        smooth = a * values[i] + (1 - a) * smooth
        out.append(smooth)
    return out


def test_each_number_is_filtered_as_the_paper_says() -> None:
    rng = np.random.default_rng(0)
    points = rng.normal(0, 3, (40, 5, 3)).cumsum(0)
    times = rng.uniform(0.03, 0.5, 40).cumsum()
    steady = OneEuro()
    sizes = [(np.ptp(one[:, 0]) + np.ptp(one[:, 1])) / 2 for one in points]
    got = np.array([steady(p, float(t)) for p, t in zip(points, times, strict=True)])
    for place in np.ndindex(5, 3):
        values = [float(p[place]) for p in points]
        want = plain(values, times.tolist(), sizes)
        np.testing.assert_allclose(got[(slice(None), *place)], want, rtol=1e-9)


def test_what_trembles_stands_still_and_what_goes_is_followed() -> None:
    steady, rng = OneEuro(), np.random.default_rng(1)
    face = np.array(((0.0, 0, 0), (200, 200, 0)))
    still = np.array([steady(face + rng.normal(0, 0.1, (2, 3)), i / 15) for i in range(60)])
    assert (still[20:].std(axis=0) < 0.03).all()
    for i in range(1, 10):
        gone = steady(face + 30.0 * i, 4 + i / 15)
    assert gone == pytest.approx(face + 270.0, abs=15)


def test_whoever_forgets_begins_anew() -> None:
    steady = OneEuro()
    steady(np.zeros((2, 3)), 0.0)
    steady.forget()
    np.testing.assert_array_equal(steady(np.eye(2, 3), 0.1), np.eye(2, 3))
