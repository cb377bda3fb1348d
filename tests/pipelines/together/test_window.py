from itertools import pairwise

import numpy as np

from attunement.engine.clock import SECOND
from attunement.engine.signal import Measured
from attunement.pipelines.together.interruptions import WINDOW, Interruptions
from attunement.pipelines.together.turns import Span
from attunement.pipelines.together.window import Window


def spans(n: int = 600, seed: int = 0) -> list[Span]:
    """One after another, 1.5 s long on the average; whoever is not heard does not speak."""
    rng = np.random.default_rng(seed)
    out, t = [], 0
    for length in rng.integers(1, 3 * SECOND, n).tolist():
        heard = tuple((rng.random(2) < 0.95).tolist())
        speaking = tuple(
            h and s for h, s in zip(heard, (rng.random(2) < 0.3).tolist(), strict=True)
        )
        out.append(Span(t, t + length, speaking, heard, bool(rng.random() < 0.7)))
        t += length
    return out


def inside(all_of_them: list[Span], length: int) -> list[tuple[Span, int]]:
    begin = all_of_them[-1].end - length
    return [(s, s.end - max(s.t, begin)) for s in all_of_them if s.end > begin]


def test_the_times_that_a_window_keeps_are_those_that_counting_again_finds() -> None:
    window, come = Window(60 * SECOND), list[Span]()
    for span in spans():
        window.add(span)
        come.append(span)
        held = inside(come, 60 * SECOND)
        for (speaking, sure), ns in window.heard().items():
            alike = [
                n for s, n in held if s.speaking == speaking and s.sure == sure and all(s.heard)
            ]
            assert ns == sum(alike)
        heard = [all(s.heard) for s, _ in held]
        assert window.breaks == sum(a and not b for a, b in pairwise(heard))
        assert window.close()[1] == sum(n for s, n in held if all(s.heard))


def test_the_longest_silence_is_the_longest_run_of_silent_spans_in_the_window() -> None:
    stage, come = Interruptions(), list[Span]()
    for span in spans():
        stage.push(span)
        come.append(span)
        longest = running = 0
        for s, ns in inside(come, WINDOW):
            running = running + ns if all(s.heard) and not any(s.speaking) else 0
            longest = max(longest, running)
        told = stage.measure()["dyad.longest_silence_s"]
        assert not isinstance(told, Measured) or told.value == longest / SECOND
    assert isinstance(told, Measured)
