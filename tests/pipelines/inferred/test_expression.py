"""What is said of a face's expression, and above all when nothing is said."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from attunement.engine.clock import MILLISECOND
from attunement.engine.shedding import Level
from attunement.engine.signal import Context, Measured, Missing, Person, Readings, Role, Why
from attunement.pipelines.derived import Face
from attunement.pipelines.inferred import expression
from attunement.pipelines.inferred.expression import NAMES, STAGE, ExpressionStage, derived
from attunement.pipelines.models.batch import Batcher, NoAnswer
from attunement.pipelines.models.face_net import CLASSES, Expressed, Square, cut
from attunement.simulator.face import Artist, Expression
from attunement.simulator.script import Look
from tests.support.stages import NoModels

FACE = Square(320.0, 247.0, 218.0)
PROBABILITIES = NAMES[: len(CLASSES)]
SPAN = np.array(((0.4, 0.3, 0), (0.6, 0.7, 0)), np.float32)


def face(i: int, crop: NDArray[np.uint8] | None, quality: float = 0.9) -> Face:
    span = None if crop is None else SPAN
    return Face("p", i * 100 * MILLISECOND, 1, quality, span=span, crop=crop)


def crop(**shown: float) -> NDArray[np.uint8]:
    return cut(Artist(Look()).draw(Expression(**shown)), FACE)


def stage() -> ExpressionStage:
    made = STAGE.make(Context((Person("p", Role.PATIENT),), NoModels()))
    assert isinstance(made, ExpressionStage)
    return made


def second(of: ExpressionStage, faces: Sequence[Face]) -> Readings:
    for one in faces:
        of.push(one)
    of.finish()
    return of.measure()


def values(readings: Readings) -> dict[str, float]:
    return {name: r.value for name, r in readings.items() if isinstance(r, Measured)}


class Told:
    """Says of each picture, by its first pixel, what it was told to."""

    def __init__(self, said: dict[int, Expressed]) -> None:
        self._said = said
        self.asked: list[int] = []
        self.batcher = Batcher(self._forward)

    def _forward(self, items: NDArray[np.uint8]) -> NDArray[np.float32]:
        self.asked += [int(item[0, 0, 0]) for item in items]
        return items[:, 0, 0].astype(np.float32)

    def read(self, answer: NDArray[np.float32]) -> Expressed:
        return self._said[int(answer[0])]


def certain(name: str, unknown: float = 0.0) -> Expressed:
    return Expressed(np.eye(8, dtype=np.float32)[CLASSES.index(name)], unknown)


def plain(value: int) -> NDArray[np.uint8]:
    return np.full((48, 48), value, np.uint8)


def told(**said: Expressed) -> tuple[ExpressionStage, Told]:
    model = Told({int(name[1:]): one for name, one in said.items()})
    return ExpressionStage(model), model  # type: ignore[arg-type]


def test_a_drawn_face_gets_a_distribution_that_sums_to_1() -> None:
    got = values(second(stage(), [face(i, crop(smile=0.2 * i)) for i in range(5)]))
    assert set(got) == set(NAMES)
    assert sum(got[name] for name in PROBABILITIES) == pytest.approx(1)
    assert all(0 <= got[name] <= 1 for name in PROBABILITIES)


def test_a_smile_raises_happiness_and_valence() -> None:
    smiling = values(second(stage(), [face(i, crop(smile=1.0)) for i in range(10)]))
    resting = values(second(stage(), [face(i, crop()) for i in range(10)]))
    assert smiling["expression.happiness"] > resting["expression.happiness"] + 0.3
    assert smiling["affect.face.valence"] > resting["affect.face.valence"] + 0.2


def test_the_second_is_the_mean_of_its_looks_and_no_winner() -> None:
    of, _ = told(_1=certain("happiness"), _2=certain("sadness"))
    got = values(second(of, [face(2 * i, plain(1 + i % 2)) for i in range(4)]))
    assert got["expression.happiness"] == got["expression.sadness"] == 0.5


def test_five_pictures_of_ten_are_looked_at_and_half_of_that_when_the_machine_is_short() -> None:
    of, model = told(**{f"_{i}": certain("neutral") for i in range(30)})
    second(of, [face(i, plain(i)) for i in range(10)])
    assert model.asked == [0, 2, 4, 6, 8]
    of.ease(Level.EXPRESSION)
    second(of, [face(i, plain(i)) for i in range(12, 22)])
    assert len(model.asked) == 5 + 3
    of.ease(Level.NOTHING)
    second(of, [face(i, plain(i)) for i in range(20, 30)])
    assert len(model.asked) == 5 + 3 + 5


def test_a_face_at_rest_that_stands_for_several_pictures_is_looked_at_twice() -> None:
    of, model = told(_7=certain("neutral"))
    still = face(0, plain(7))
    got = second(of, [replace(still, t=i * 100 * MILLISECOND) for i in range(10)])
    assert model.asked == [7, 7]  # and in the mirror
    assert values(got)["expression.neutral"] == 1


def test_every_other_look_is_at_the_mirror_image() -> None:
    of, model = told(_1=certain("happiness"), _2=certain("sadness"))
    sided = np.full((48, 48), 1, np.uint8)
    sided[:, 24:] = 2  # its first pixel is 1, that of its mirror image 2
    got = values(second(of, [face(2 * i, sided.copy()) for i in range(4)]))
    assert model.asked == [1, 2, 1, 2]
    assert got["expression.happiness"] == got["expression.sadness"] == 0.5


def test_what_is_small_dark_or_turned_away_is_not_judged() -> None:
    of, model = told(_1=certain("anger"))
    got = second(of, [face(i, plain(1), quality=expression.CLEAR - 0.01) for i in range(10)])
    assert set(got.values()) == {Missing(Why.LOW_QUALITY)}
    assert model.asked == []


def test_what_people_would_call_none_of_the_eight_is_not_judged() -> None:
    of, _ = told(_1=certain("fear", unknown=0.6))
    got = second(of, [face(i, plain(1)) for i in range(10)])
    assert set(got.values()) == {Missing(Why.LOW_QUALITY)}


def test_doubt_whether_it_is_one_of_the_eight_lowers_quality() -> None:
    def quality(unknown: float) -> float:
        of, _ = told(_1=certain("fear", unknown=unknown))
        reading = second(of, [face(i, plain(1)) for i in range(10)])["expression.fear"]
        assert isinstance(reading, Measured)
        return reading.quality

    assert quality(0.0) == pytest.approx(0.9)
    assert quality(0.4) == pytest.approx(0.54)


def test_no_face_no_picture_and_one_look_are_told_apart() -> None:
    of, _ = told(_1=certain("neutral"))
    assert set(second(of, []).values()) == {Missing(Why.NO_MEDIA)}
    nobody = [Face("p", i * 100 * MILLISECOND, 0, 0.0) for i in range(10)]
    assert set(second(of, nobody).values()) == {Missing(Why.NO_FACE)}
    black = [Face("p", i * 100 * MILLISECOND, 0, 0.0, black=True) for i in range(10)]
    assert set(second(of, black).values()) == {Missing(Why.MUTED)}
    one = [face(0, plain(1)), *(face(i, plain(1), 0.3) for i in range(1, 10))]
    assert set(second(of, one).values()) == {Missing(Why.LOW_QUALITY)}


def test_a_line_that_gives_a_look_up_says_that_it_was_shed() -> None:
    of, model = told(_1=certain("neutral"))

    def refuse(*_: object) -> None:
        raise NoAnswer("crowded")

    model.batcher.submit = refuse  # type: ignore[assignment, method-assign]
    got = second(of, [face(i, plain(1)) for i in range(10)])
    assert set(got.values()) == {Missing(Why.SHED)}


def test_valence_and_arousal_follow_the_eight_and_so_does_their_uncertainty() -> None:
    happy, sad = (np.eye(8)[CLASSES.index(name)] for name in ("happiness", "sadness"))
    assert derived(happy) == pytest.approx((0.8, 0.6, 0, 0))
    assert derived(sad) == pytest.approx((-0.7, -0.6, 0, 0))
    assert derived((happy + sad) / 2) == pytest.approx((0.05, 0.0, 0.75, 0.6))


def test_every_place_on_the_circumplex_lies_within_the_signals_range() -> None:
    for likely in np.random.default_rng(0).dirichlet(np.full(8, 0.3), 200):
        for value, spec in zip(derived(likely), STAGE.signals[8:], strict=True):
            assert spec.low <= value <= spec.high
