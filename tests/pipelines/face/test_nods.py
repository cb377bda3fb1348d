import math

from attunement.engine.signal import Measured, Missing, Reading, Why
from attunement.pipelines.derived import Face
from attunement.pipelines.face import nods
from tests.pipelines.face.resting import NOSE, fresh, plain, shown
from tests.pipelines.face.test_gaze import turned


def nod(i: int, begin: int, degrees: float = 6.0) -> Face:
    """Two dips in 0.9 s from the picture `begin` on."""
    share = (i - begin) / 9
    deep = math.sin(2 * math.pi * share) ** 2 if 0 <= share < 1 else 0.0
    return plain(i, dip=math.radians(degrees) * nods.JOINT * NOSE * deep)


def shake(i: int, begin: int) -> Face:
    share = (i - begin) / 14
    yaw = 8 * math.sin(4 * math.pi * share) if 0 <= share < 1 else 0.0
    return plain(i, matrix=turned(yaw))


def counted(reading: Reading) -> int:
    assert isinstance(reading, Measured), reading
    return reading.n


def test_nods_are_counted_and_are_no_shakes() -> None:
    faces = [nod(i, i - i % 50 + 20) for i in range(200)]
    readings = shown([fresh(nods)], faces)
    assert counted(readings["face.nod_rate"]) == 4
    assert counted(readings["face.shake_rate"]) == 0


def test_shakes_are_counted_and_are_no_nods() -> None:
    faces = [shake(i, i - i % 50 + 20) for i in range(200)]
    readings = shown([fresh(nods)], faces)
    assert counted(readings["face.shake_rate"]) == 4
    assert counted(readings["face.nod_rate"]) == 0


def test_without_landmarks_nobody_can_tell() -> None:
    bare = [
        Face("p", i * 10**8, 1, 1.0, matrix=plain(i).matrix, span=plain(i).landmarks)
        for i in range(10)
    ]
    readings = shown([fresh(nods)], bare)
    assert set(readings.values()) == {Missing(Why.NO_MODEL)}
