from collections.abc import Sequence

import numpy as np
import pytest

from attunement.engine.clock import MILLISECOND, SECOND
from attunement.pipelines.derived import Activity
from attunement.pipelines.voice.speech import Speech
from attunement.pipelines.voice.utterances import (
    OFFSET_BIAS,
    ONSET_BIAS,
    Edge,
    Event,
    Utterances,
)
from tests.pipelines.voice.listening import frames
from tests.pipelines.voice.synthetic import RATE, silence, speak

HOP = 32 * MILLISECOND
PAUSE = 200 * MILLISECOND


def steps(pattern: str) -> np.ndarray:
    return np.array([{"#": 0.95, ".": 0.02, "~": 0.42}[c] for c in pattern], np.float32)


def events(pattern: str, sizes: Sequence[int] = (1_000,)) -> list[Event]:
    utterances, speech, at, out = Utterances(PAUSE), steps(pattern), 0, []
    while at < speech.size:
        part = speech[at : at + sizes[at % len(sizes)]]
        utterances.push(Activity("a", at * HOP, HOP, part))
        out += utterances.take()
        at += part.size
    return out


def edges(pattern: str) -> str:
    return " ".join(event.edge.name for event in events(pattern))


def test_an_utterance_begins_and_ends() -> None:
    assert edges("." * 10 + "#" * 20 + "." * 20) == "HEARD BEGINS ENDS"


def test_a_click_is_no_utterance_and_a_short_pause_no_end() -> None:
    assert edges("." * 10 + "##" + "." * 20) == "HEARD"
    assert edges("." * 5 + "#" * 10 + "." * 4 + "#" * 10 + "." * 10) == "HEARD BEGINS ENDS"
    assert edges("#" * 10 + "." * 9 + "#" * 10) == "HEARD BEGINS ENDS BEGINS"


def test_doubt_keeps_what_is_going_on() -> None:
    assert edges("." * 5 + "~" * 30) == "HEARD"
    assert edges("." * 5 + "#" * 5 + "~" * 30) == "HEARD BEGINS"


def test_edges_lie_between_the_steps_and_lose_the_bias_of_the_net() -> None:
    _, begins, ends = events("." * 10 + "#" * 20 + "." * 20)
    assert begins.t == pytest.approx(10 * HOP - ONSET_BIAS, abs=HOP // 2)
    assert ends.t == pytest.approx(30 * HOP - OFFSET_BIAS, abs=HOP // 2)


def test_events_do_not_depend_on_how_the_steps_come() -> None:
    rng = np.random.default_rng(0)
    pattern = "".join(rng.choice(["#" * 7, "." * 5, "~", "##", "." * 20], 60))
    whole = events(pattern)
    assert len(whole) > 8
    assert events(pattern, (1,)) == events(pattern, (3, 1, 8)) == whole


def test_no_event_comes_before_what_was_said_to_be_known() -> None:
    rng = np.random.default_rng(1)
    speech = rng.uniform(0, 1, 3_000).repeat(rng.integers(1, 12, 3_000))[:6_000]
    utterances, known = Utterances(PAUSE), 0
    for i, p in enumerate(speech):
        utterances.push(Activity("a", i * HOP, HOP, np.array([p], np.float32)))
        for event in utterances.take():
            assert event.t >= known
        assert utterances.known >= known
        known = utterances.known
    assert known > 5_900 * HOP


def test_a_hole_ends_what_was_going_on_where_the_sound_stopped() -> None:
    utterances = Utterances(PAUSE)
    utterances.push(Activity("a", 0, HOP, steps("." * 10 + "#" * 20)))
    utterances.push(Activity("a", 5 * SECOND, HOP, steps("." * 10)))
    assert [event.edge for event in utterances.take()] == [
        Edge.HEARD,
        Edge.BEGINS,
        Edge.ENDS,
        Edge.LOST,
        Edge.HEARD,
    ]


def test_the_edges_of_a_voice_are_found_within_40_ms() -> None:
    errors = []
    for seed in range(6):
        lead = 1.0 + seed * 0.037
        voice = speak(2, 110 + 20 * seed, seed=seed).samples
        sound = (
            np.concatenate([silence(lead), voice, silence(1)])
            + silence(lead + 3)[: round(lead * RATE) + voice.size + RATE]
        )
        stage, utterances = Speech(), Utterances(PAUSE)
        for frame in frames(sound):
            for derived in stage.push(frame):
                if isinstance(derived, Activity):
                    utterances.push(derived)
            if (frame.t + 20 * MILLISECOND) % SECOND == 0:
                for derived in stage.finish():
                    if isinstance(derived, Activity):
                        utterances.push(derived)
                stage.measure()
        found = [e for e in utterances.take() if e.edge in (Edge.BEGINS, Edge.ENDS)]
        errors.append(found[0].t / SECOND - lead)
        errors.append(found[-1].t / SECOND - lead - 2)
    assert np.median(np.abs(errors)) < 0.04
