"""One second of levels of action units, and why there are none."""

from statistics import fmean, median

from attunement.engine.signal import Measured, Missing, Reading, Why
from attunement.pipelines.derived import Face
from attunement.pipelines.face.levels import Levels
from attunement.pipelines.face.seen import Seen


class Second:
    def __init__(self) -> None:
        self.seen = Seen()
        self.of: list[Levels] = []

    def add(self, frame: Face | Levels) -> None:
        if isinstance(frame, Face):
            self.seen.add(frame)
        else:
            self.of.append(frame)

    def clear(self) -> None:
        self.seen.clear()
        self.of = []

    def why_not(self) -> Why | None:
        why = self.seen.why_no_face()
        if why:
            return why
        if all(face.landmarks is None for face in self.seen.good):
            return Why.NO_MODEL  # the face net knows no landmarks
        return None if self.of else Why.WARMING

    @property
    def learned(self) -> float:
        """Share of the face at rest that is learned, 0 to 1."""
        return fmean(each.learned for each in self.of)

    def middle(self, values: list[float]) -> Reading:
        """Median; one value for each of `of`."""
        why = self.why_not()
        if why:
            return Missing(why)
        clear = fmean(each.quality for each in self.of)
        return Measured(median(values), self.seen.coverage * clear * self.learned, len(values))
