"""Many people ask one model: who is answered, who is given up, and that all of it is counted."""

import contextlib
import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import numpy as np
import pytest
from numpy.typing import NDArray

from attunement.pipelines.models.batch import Batcher, NoAnswer, Shared

PATIENCE = 10.0  # s, far over what any of this takes
Floats = NDArray[np.float64]


class Model:
    """Doubles what it gets, and remembers how many it got; blocks while it is told to."""

    def __init__(self) -> None:
        self.sizes: list[int] = []
        self.asked: list[float] = []
        self.begun = threading.Semaphore(0)
        self.go = threading.Event()
        self.go.set()

    def __call__(self, items: Floats) -> Floats:
        self.sizes.append(len(items))
        self.asked += [float(item.flat[0]) for item in items]
        self.begun.release()
        assert self.go.wait(PATIENCE)
        if np.isnan(items).any():
            raise ValueError("broken")
        return items * 2


@pytest.fixture
def model() -> Iterator[Model]:
    made = Model()
    yield made
    made.go.set()


def item(number: float) -> Floats:
    return np.full(3, number)


def busy(batcher: Batcher, model: Model) -> "Future[Floats]":
    """The model is held up with an item of its own; whoever asks from now on waits in the line."""
    model.go.clear()
    held = batcher.submit("held up", item(100))
    assert model.begun.acquire(timeout=PATIENCE)
    return held


def why(answer: "Future[Floats]") -> str:
    with pytest.raises(NoAnswer) as caught:
        answer.result(PATIENCE)
    return caught.value.why


def test_everybody_gets_the_answer_to_what_they_asked(model: Model) -> None:
    with Batcher(model, size=4, wait_ms=1) as batcher, ThreadPoolExecutor(16) as pool:
        asked = [pool.submit(batcher.ask, person, item(person), PATIENCE) for person in range(200)]
        for person, answer in enumerate(asked):
            np.testing.assert_array_equal(answer.result(PATIENCE), item(2 * person))
    counts = batcher.counts
    assert (counts.items, counts.dropped, counts.failed) == (200, 0, 0)
    assert max(model.sizes) <= 4


def test_those_who_wait_are_answered_together(model: Model) -> None:
    with Batcher(model, size=8, wait_ms=0) as batcher:
        busy(batcher, model)
        waiting = [batcher.submit(person, item(person)) for person in range(20)]
        model.go.set()
        for answer in waiting:
            answer.result(PATIENCE)
    assert model.sizes == [1, 8, 8, 4]


def test_the_first_does_not_wait_for_others_that_never_come(model: Model) -> None:
    with Batcher(model, size=64, wait_ms=1) as batcher:
        assert batcher.ask("alone", item(1), PATIENCE)[0] == 2


def test_a_full_batch_waits_for_nobody(model: Model) -> None:
    with Batcher(model, size=2, wait_ms=1e6) as batcher:
        first, second = batcher.submit("one", item(1)), batcher.submit("two", item(2))
        assert (first.result(PATIENCE)[0], second.result(PATIENCE)[0]) == (2, 4)


def test_the_newest_of_a_person_takes_the_place_of_the_older(model: Model) -> None:
    with Batcher(model) as batcher:
        busy(batcher, model)
        first = batcher.submit("one", item(1))
        batcher.submit("two", item(2))
        newer = batcher.submit("one", item(3))
        model.go.set()
        assert why(first) == "replaced"
        assert newer.result(PATIENCE)[0] == 6
    assert model.asked == [100, 3, 2], "whoever asks again keeps the place in the line"
    assert batcher.counts.replaced == 1


def test_who_asks_often_is_not_answered_more_often_than_others(model: Model) -> None:
    with Batcher(model) as batcher:
        busy(batcher, model)
        for _ in range(50):
            last = batcher.submit("often", item(1))
        quiet = [batcher.submit(person, item(2)) for person in range(5)]
        model.go.set()
        for answer in (last, *quiet):
            answer.result(PATIENCE)
    assert sorted(model.asked) == [1, 2, 2, 2, 2, 2, 100]
    assert batcher.counts.replaced == 49


def test_the_line_has_an_end_and_who_finds_it_full_is_counted(model: Model) -> None:
    with Batcher(model, bound=3) as batcher:
        busy(batcher, model)
        inside = [batcher.submit(person, item(person)) for person in range(3)]
        turned_away = [batcher.submit(person, item(person)) for person in range(3, 10)]
        assert batcher.waiting == 3
        again = batcher.submit(0, item(50))
        model.go.set()
        assert {why(answer) for answer in turned_away} == {"crowded"}
        assert again.result(PATIENCE)[0] == 100, "whoever is in the line may still ask anew"
        assert [answer.result(PATIENCE)[0] for answer in inside[1:]] == [2, 4]
    assert (batcher.counts.crowded, batcher.counts.dropped) == (7, 8)


def test_who_does_not_wait_is_not_worked_for(model: Model) -> None:
    with Batcher(model) as batcher:
        held = busy(batcher, model)
        with pytest.raises(NoAnswer, match="late"):
            batcher.ask("hasty", item(7), 0.0)
        model.go.set()
        held.result(PATIENCE)
        batcher.ask("next", item(8), PATIENCE)
    assert model.asked == [100, 8]
    assert batcher.counts.late == 1


def test_an_answer_that_comes_too_late_holds_nobody_up(model: Model) -> None:
    model.go.clear()
    with Batcher(model) as batcher:
        with pytest.raises(NoAnswer, match="late"):
            batcher.ask("hasty", item(7), 0.05)
        model.go.set()
        assert batcher.ask("next", item(8), PATIENCE)[0] == 16
    assert batcher.counts.late == 1


def test_one_bad_item_spoils_no_other(model: Model) -> None:
    with Batcher(model, size=8, wait_ms=0) as batcher:
        busy(batcher, model)
        good = batcher.submit("good", item(1))
        bad = batcher.submit("bad", item(np.nan))
        odd = batcher.submit("of another shape", np.zeros((2, 2)))
        fine = batcher.submit("fine", item(3))
        model.go.set()
        assert why(bad) == "failed"
        assert odd.result(PATIENCE).shape == (2, 2)
        assert (good.result(PATIENCE)[0], fine.result(PATIENCE)[0]) == (2, 6)
        assert batcher.ask("later", item(4), PATIENCE)[0] == 8, "it goes on"
    assert batcher.counts.failed == 1


def test_a_model_that_gives_too_few_answers_gives_none() -> None:
    with Batcher(lambda items: items[:0]) as batcher:
        assert why(batcher.submit("one", item(1))) == "failed"


def test_closing_leaves_nobody_waiting_and_no_thread(model: Model) -> None:
    before = threading.active_count()
    with Batcher(model) as batcher:
        held = busy(batcher, model)
        waiting = batcher.submit("one", item(1))
        threading.Timer(0.01, model.go.set).start()
    assert held.result(PATIENCE)[0] == 200
    assert why(waiting) == "closed"
    assert batcher.counts.closed == 1
    assert all(thread.name != "batcher" for thread in threading.enumerate())
    assert threading.active_count() <= before + 1


def test_every_item_is_counted_once(model: Model) -> None:
    def ask(n: int) -> None:
        with contextlib.suppress(NoAnswer):
            batcher.ask(n % 7, item(n), 0.0005 * (n % 3))

    with Batcher(model, size=3, wait_ms=0.1, bound=4) as batcher, ThreadPoolExecutor(12) as pool:
        list(pool.map(ask, range(600)))
    counts = batcher.counts
    told = counts.items + counts.dropped + counts.failed
    # An answer that came too late is both: worked for, and not heard.
    assert 600 <= told <= 600 + counts.late


def test_nobody_serving_the_one_who_asks_does_the_work(model: Model) -> None:
    batcher = Batcher(model, size=64, wait_ms=1e6)
    assert batcher.ask("one", item(1))[0] == 2
    assert why(batcher.submit("one", item(np.nan))) == "failed"
    assert (batcher.counts.items, batcher.counts.failed) == (1, 1)


def test_at_a_size_of_1_an_answer_does_not_depend_on_who_else_asks() -> None:
    weights = np.random.default_rng(0).normal(size=(877, 61)).astype(np.float32)
    items = np.random.default_rng(1).normal(size=(64, 877)).astype(np.float32)
    batcher = Batcher(lambda batch: batch @ weights)
    alone = [batcher.ask(person, one) for person, one in enumerate(items)]
    with batcher, ThreadPoolExecutor(8) as pool:
        beside = list(pool.map(batcher.ask, range(len(items)), items, [PATIENCE] * len(items)))
    for one, other in zip(alone, beside, strict=True):
        np.testing.assert_array_equal(one, other)


def test_two_models_never_use_a_device_at_the_same_moment() -> None:
    inside, most = 0, 0

    def forward(items: Floats) -> Floats:
        nonlocal inside, most
        inside += 1
        most = max(most, inside)
        threading.Event().wait(0.001)
        inside -= 1
        return items

    one, other = (Batcher(forward, device="a device of this test") for _ in range(2))
    with one, other, ThreadPoolExecutor(8) as pool:
        asked = [pool.submit((one, other)[n % 2].ask, n, item(n), PATIENCE) for n in range(40)]
        for answer in asked:
            answer.result(PATIENCE)
    assert most == 1


def test_what_is_shared_is_made_once_and_serves_only_meanwhile(model: Model) -> None:
    shared = Shared()
    made = shared.get("early", lambda: Batcher(model))
    assert shared.get("early", lambda: Batcher(model)) is made
    with shared.serving():
        late = shared.get("late", lambda: Batcher(model))
        busy(late, model)
        crowd = [late.submit("one", item(n)) for n in range(2)]
        model.go.set()
        assert why(crowd[0]) == "replaced"
        assert made.ask("one", item(5), PATIENCE)[0] == 10
        with shared.serving():
            assert late.ask("one", item(5), PATIENCE)[0] == 10
        assert any(thread.name == "batcher" for thread in threading.enumerate())
    assert all(thread.name != "batcher" for thread in threading.enumerate())
    assert late.ask("one", item(6))[0] == 12, "as a replay asks, with nobody serving"
    assert shared.counts()["late"].replaced == 1


@pytest.mark.parametrize("wrong", [{"size": 0}, {"bound": 0}, {"wait_ms": -1.0}])
def test_a_line_without_room_is_refused(model: Model, wrong: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="expected at least"):
        Batcher(model, **wrong)
