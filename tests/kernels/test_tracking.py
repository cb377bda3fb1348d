import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from attunement.kernels import tracking
from attunement.kernels.pitch import CANDIDATES, CLUES, DEEP, MIDDLE


def frames(n: int, seed: int = 7) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    rng = np.random.default_rng(seed)
    hz = rng.uniform(60, 500, (n, CANDIDATES)).astype(np.float32)
    hz[rng.random(hz.shape) < 0.3] = 0
    hz[:, 0] = np.maximum(hz[:, 0], 60)  # one at least
    return hz, rng.normal(0, 4, hz.shape).astype(np.float32)


def follow(
    hz: NDArray[np.float32], evidence: NDArray[np.float32], path: tracking.Path
) -> NDArray[np.int64]:
    out, clues = np.empty(len(hz), np.int64), np.zeros((*hz.shape, CLUES), np.float32)
    clues[..., DEEP] = -np.log2(np.where(hz > 0, hz, MIDDLE) / MIDDLE)
    return out[: tracking.follow(hz, clues, evidence, *path, out)]


def undecided(path: tracking.Path) -> NDArray[np.int64]:
    out = np.empty(tracking.LOOKAHEAD, np.int64)
    return out[: tracking.undecided(path[0], path[2], out)]


def plain_path(hz: NDArray[np.float32], evidence: NDArray[np.float32]) -> list[float]:
    """Every frame decided by the best path through all frames up to LOOKAHEAD after it."""

    def cost(f: float, g: float) -> float:
        return min(tracking.FARTHEST, tracking.LEAP * abs(float(np.log2(f / g))))

    states = [
        [(float(f), float(e)) for f, e in zip(fs, es, strict=True) if f > 0]
        for fs, es in zip(hz, evidence, strict=True)
    ]
    paths = [(e, [f]) for f, e in states[0]]
    decided = []
    for t in range(1, len(states)):
        paths = [
            max(
                ((w + e - cost(f, way[-1]), [*way, f]) for w, way in paths),
                key=lambda path: path[0],
            )
            for f, e in states[t]
        ]
        if t >= tracking.LOOKAHEAD:
            decided.append(max(paths, key=lambda path: path[0])[1][t - tracking.LOOKAHEAD])
    return decided


def test_the_path_is_the_best_one_with_the_look_ahead_it_has() -> None:
    hz, evidence = frames(40)
    chosen = follow(hz, evidence, tracking.new_path())
    mine = hz[np.arange(chosen.size), chosen]
    np.testing.assert_allclose(mine, plain_path(hz, evidence), rtol=1e-6)


def test_a_frame_without_candidates_leaves_the_paths_as_they_are() -> None:
    hz, evidence = frames(30)
    hz[10] = 0
    chosen = follow(hz, evidence, tracking.new_path())
    before = tracking.new_path()
    first = follow(hz[:10], evidence[:10], before)
    ahead = undecided(before)
    assert np.array_equal(chosen[: first.size], first)
    alone = tracking.new_path()
    follow(hz[:11], evidence[:11], alone)
    assert np.array_equal(undecided(alone)[:-1], ahead[1:])


def test_what_is_undecided_is_the_end_of_the_best_path_so_far() -> None:
    hz, evidence = frames(20)
    for n in (1, 2, 3, 4, 20):
        path = tracking.new_path()
        decided = follow(hz[:n], evidence[:n], path)
        ahead = undecided(path)
        assert decided.size + ahead.size == n
        assert ahead[-1] == np.argmax(path[0])


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(1, 30), min_size=1, max_size=12))
def test_the_path_does_not_depend_on_how_the_frames_come(sizes: list[int]) -> None:
    hz, evidence = frames(sum(sizes), sum(sizes))
    whole = follow(hz, evidence, tracking.new_path())
    path, parts, at = tracking.new_path(), [], 0
    for size in sizes:
        cut = slice(at, at + size)
        parts.append(follow(hz[cut], evidence[cut], path))
        at += size
    assert np.array_equal(np.concatenate(parts), whole)
