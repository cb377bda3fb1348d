"""
How often the person blinks.

Both lids have to close by CLOSED more than they have been of late: looking down, glasses or narrow
eyes move the resting level, not the count. Quality: seconds seen of the thirty x how clear the
face is.
"""

from collections import deque
from collections.abc import Mapping, Sequence
from statistics import median

from attunement.engine.clock import MILLISECOND, SECOND
from attunement.engine.frame import Frame
from attunement.engine.signal import (
    Card,
    Context,
    Group,
    Readings,
    Spec,
    Stage,
    StageSpec,
)
from attunement.pipelines.derived import Face
from attunement.pipelines.face.episodes import Episodes
from attunement.pipelines.face.seen import CLEAR, Seen

WINDOW = 30 * SECOND
LONGEST = 700 * MILLISECOND  # eyes shut for longer are no blink
CLOSED, OPEN = 0.2, 0.1  # above the resting level, at which a blink begins and ends
MEMORY = 100  # pictures, of about ten seconds, the resting level is taken from
FASTEST = 120.0  # per minute


class Blink(Stage[Face]):
    def __init__(self) -> None:
        self._seen = Seen()
        self._lids: deque[float] = deque(maxlen=MEMORY)
        self._blinks = Episodes(WINDOW, CLOSED, OPEN, 1, LONGEST)

    def push(self, face: Face, /) -> Sequence[Frame]:
        self._seen.add(face)
        if face.blendshapes is not None and face.quality >= CLEAR:
            lids = closure(face.blendshapes)
            self._lids.append(lids)
            self._blinks.add(face.t, lids - median(self._lids))
        return ()

    def measure(self) -> Readings:
        reading = self._blinks.rate(self._seen, FASTEST)
        self._seen.clear()
        return {"face.blink_rate": reading}


def closure(blendshapes: Mapping[str, float]) -> float:
    """0 open, 1 shut. The lesser of the two lids: a wink is no blink."""
    return min(blendshapes["eyeBlinkLeft"], blendshapes["eyeBlinkRight"])


def _make(context: Context) -> Stage[Face]:
    return Blink()


STAGE = StageSpec(
    name="blink",
    group=Group.FACE,
    takes=(Face,),
    make=_make,
    signals=(
        Spec(
            "face.blink_rate",
            "blinks",
            "/min",
            0.0,
            FASTEST,
            Card(
                "How many times per minute both eyes shut for less than 0.7 s.",
                "Up to fifteen pictures per second over the last 30 s in which the face is clear; "
                "3.5 s at least.",
                "MediaPipe Face Landmarker, blendshapes eyeBlinkLeft and eyeBlinkRight.",
                "Blinks shorter than a tenth of a second may be missed. Light, screens, lenses and "
                "speaking change the rate as much as a state of mind does.",
            ),
            window=0,
        ),
    ),
)
