from itertools import chain, pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from attunement.engine.clock import MILLISECOND, SECOND
from attunement.engine.frame import Frame
from attunement.pipelines.derived import Activity
from attunement.pipelines.together.turns import Span, Transfer
from attunement.pipelines.together.turns import Turns as Stage
from tests.pipelines.together.conversations import PEOPLE, score, turns
from tests.pipelines.voice.listening import TOGETHER, VOICE, frames, measure
from tests.pipelines.voice.synthetic import RATE, silence, speak

scores = st.lists(
    st.tuples(st.sampled_from(["a", "b", "ab", ""]), st.floats(0.05, 2.0)), min_size=1, max_size=25
)


def spans(lines: tuple[str, str], seed: int | None = None) -> list[Span]:
    return [f for f in chain(*turns(lines, seed=seed)) if isinstance(f, Span)]


def transfers(*parts: tuple[str, float]) -> list[tuple[int, int]]:
    """(to whom, offset in ms)"""
    found = chain(*turns(score(("", 0.5), *parts, ("", 2.0))))
    return [(f.to, round(f.offset / MILLISECOND)) for f in found if isinstance(f, Transfer)]


def test_a_gap_is_positive() -> None:
    ((to, offset),) = transfers(("a", 2), ("", 0.64), ("b", 2))
    assert to == 1
    assert offset == pytest.approx(640, abs=60)


def test_an_overlap_is_negative() -> None:
    ((to, offset),) = transfers(("a", 2), ("ab", 0.64), ("b", 2))
    assert to == 1
    assert offset == pytest.approx(-640, abs=60)


def test_speech_inside_the_other_s_changes_nothing() -> None:
    assert transfers(("a", 2), ("ab", 0.3), ("a", 2)) == []


def test_a_pause_of_the_same_person_changes_nothing() -> None:
    assert transfers(("a", 2), ("", 0.8), ("a", 2)) == []


def test_a_silence_of_more_than_ten_seconds_is_nobody_s_answer() -> None:
    assert transfers(("a", 2), ("", 11), ("b", 2), ("", 0.5), ("a", 1))[0][0] == 0


def test_every_answer_counts() -> None:
    found = transfers(*[("a", 1), ("", 0.4), ("b", 1), ("", 0.4)] * 5)
    assert [to for to, _ in found] == [1, 0] * 4 + [1]


def test_a_hole_hides_the_transfer() -> None:
    a, b = score(("", 0.5), ("a", 2), ("", 0.6), ("b", 2), ("", 2))
    middle = round(2.6 * SECOND / (32 * MILLISECOND))
    holed = a[:middle] + " " * 10 + a[middle + 10 :]
    assert not [f for f in chain(*turns((holed, b))) if isinstance(f, Transfer)]
    assert any(not all(span.heard) for span in spans((holed, b)))


def test_one_person_alone_has_spans_in_which_not_both_are_heard() -> None:
    a, b = score(("", 0.5), ("a", 3), ("", 2))
    found = spans((a, " " * len(b)))
    assert found
    assert {span.heard for span in found} <= {(True, False), (False, False)}


@settings(max_examples=40, deadline=None)
@given(scores, st.integers(0, 1_000))
def test_how_the_two_interleave_changes_nothing(parts: list[tuple[str, float]], seed: int) -> None:
    lines = score(*parts, ("", 1.0))
    assert turns(lines, seed=seed) == turns(lines)


@settings(max_examples=40, deadline=None)
@given(scores)
def test_spans_follow_one_another_without_a_gap(parts: list[tuple[str, float]]) -> None:
    found = spans(score(*parts, ("", 2.0)))
    assert found[0].t == 0
    assert all(one.end == other.t for one, other in pairwise(found))
    assert all(span.ns > 0 for span in found)


@settings(max_examples=40, deadline=None)
@given(scores)
def test_swapping_the_two_swaps_everything(parts: list[tuple[str, float]]) -> None:
    a, b = score(*parts, ("", 2.0))
    one = [(s.t, s.end, s.speaking) for s in spans((a, b))]
    other = [(s.t, s.end, s.speaking[::-1]) for s in spans((b, a))]
    assert one == other


def conversation(noise: float) -> tuple[list[NDArray[np.float32]], list[tuple[float, float]]]:
    """24 turns of two voices; the moment and the offset (s) of each change."""
    rng = np.random.default_rng(3)
    sound = [silence(90, noise=noise, seed=seed) for seed in (1, 2)]
    end, truth = RATE, []
    for turn in range(24):
        voice = speak(1.5 + turn % 5 * 0.4, (110, 200)[turn % 2], seed=turn).samples
        offset = rng.uniform(-0.6, 1.2) if turn else 0.0
        begin = end + round(offset * RATE)
        if turn:
            truth.append((begin / RATE, offset))
        sound[turn % 2][begin : begin + voice.size] += voice
        end = begin + voice.size
    return [s[: end + 2 * RATE] for s in sound], truth


@pytest.mark.parametrize("noise", [1e-5, 1e-3], ids=["quiet", "audible room"])
def test_transfers_of_two_voices_are_right_within_40_ms(
    monkeypatch: pytest.MonkeyPatch, noise: float
) -> None:
    sound, truth = conversation(noise)
    found: list[Transfer] = []
    finish = Stage.finish

    def spy(stage: Stage) -> list[Frame]:
        derived = list(finish(stage))
        found.extend(frame for frame in derived if isinstance(frame, Transfer))
        return derived

    monkeypatch.setattr(Stage, "finish", spy)
    both = [*frames(sound[0]), *frames(sound[1], "b")]
    measure(both, PEOPLE, VOICE[:1] + TOGETHER)
    errors = []
    for t, offset in truth:
        near = [f for f in found if abs(f.t / SECOND - t) < 0.3]
        assert near
        errors.append(abs(near[0].offset / SECOND - offset))
    assert len(found) == len(truth)
    assert np.median(errors) < 0.04


@pytest.mark.parametrize("begin", [3 * SECOND - 1, 3 * SECOND, 3 * SECOND + 1])
def test_a_call_that_begins_on_the_border_of_a_second_is_heard_ever_after(begin: int) -> None:
    hop = 32 * MILLISECOND
    stage = Stage(PEOPLE)
    for who in PEOPLE:  # the first chunk of all is still reckoned to the second before
        stage.push(Activity(who.id, begin, hop, np.zeros(1, np.float32)))
    stage.finish()
    for second in range(3):
        for who in PEOPLE:
            t = begin + hop + second * 31 * hop
            stage.push(Activity(who.id, t, hop, np.zeros(31, np.float32)))
        found = [frame for frame in stage.finish() if isinstance(frame, Span)]
        assert found
        assert all(all(span.heard) for span in found if span.t > begin + hop)


@pytest.mark.parametrize("jump", [-400, -60, -19, -5, 5, 19, 60, 400])
@pytest.mark.parametrize("speech", [0.0, 1.0])
def test_whose_time_jumps_is_heard_ever_after(jump: int, speech: float) -> None:
    """As a sender's first report makes it, by which sound is placed anew."""
    hop, stage = 32 * MILLISECOND, Stage(PEOPLE)
    at = [0, 0]
    heard: list[bool] = []
    for second in range(6):
        if second == 2:
            at[0] += jump * MILLISECOND
        for place, who in enumerate(PEOPLE):
            n = ((second + 1) * SECOND - at[place]) // hop
            stage.push(Activity(who.id, at[place], hop, np.full(n, speech, np.float32)))
            at[place] += n * hop
        found = [frame for frame in stage.finish() if isinstance(frame, Span)]
        heard.append(bool(found) and all(found[-1].heard))
    assert heard[3:] == [True] * 3
