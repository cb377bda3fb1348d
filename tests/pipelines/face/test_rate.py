from attunement.engine.clock import MILLISECOND, SECOND
from attunement.engine.frame import VideoFrame
from attunement.engine.shedding import Level
from attunement.engine.signal import Measured
from attunement.pipelines.body.motion import Motion
from attunement.pipelines.face.rate import Rate
from tests.pipelines.body.test_motion import WALL
from tests.pipelines.face.seeing import seen


def picked(rate: Rate, second: int) -> int:
    return sum(rate.picks(second * SECOND + i * SECOND // 30) for i in range(30))


def test_ten_pictures_a_second_are_looked_at_and_five_when_the_machine_is_short() -> None:
    rate = Rate()
    assert picked(rate, 0) == 10
    rate.ease(Level.SPEECH_EMOTION)
    assert picked(rate, 1) == 10
    rate.ease(Level.PICTURES)
    assert picked(rate, 2) == 5
    rate.ease(Level.NOTHING)
    assert picked(rate, 3) == 10


def test_movement_is_measured_of_half_the_pictures_too() -> None:
    stage = Motion()
    stage.ease(Level.PICTURES)
    for i in range(10):
        stage.push(VideoFrame("p", i * 100 * MILLISECOND, WALL))
    for i in range(0, 10, 2):
        stage.push(seen(i))
    head = stage.measure()["body.motion_head"]
    assert isinstance(head, Measured)
    assert head.n == 4
