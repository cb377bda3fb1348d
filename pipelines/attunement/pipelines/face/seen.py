"""What a second had in pictures of one person's face, and why nothing can be measured in it."""

from collections import Counter
from statistics import fmean, median

from attunement.engine.signal import Measured, Missing, Reading, Why
from attunement.pipelines.derived import Face

LEAST = 4  # pictures of a second that have to come: half of what a slow camera sends
CLEAR = 0.2  # quality from which a face can be measured


class Seen:
    """The faces of one second."""

    def __init__(self) -> None:
        self.clear()

    def add(self, face: Face) -> None:
        self.pictures += 1
        self.black += face.black
        if face.black:
            return
        if face.fault is not None and face.quality < CLEAR:
            self._faults[face.fault] += 1
        if face.poor:
            return
        self.counts.append(face.count)
        if face.points is not None:
            self.faces.append(face)

    def clear(self) -> None:
        self.pictures = 0
        self.black = 0
        self._faults: Counter[Why] = Counter()  # of pictures that are of no use
        self.counts: list[int] = []  # faces in each picture in which one could be seen
        self.faces: list[Face] = []

    @property
    def coverage(self) -> float:
        """Share of the pictures that came in which something could be seen, 0 to 1."""
        return len(self.counts) / max(1, self.pictures)

    @property
    def good(self) -> list[Face]:
        """Faces that can be measured."""
        return [face for face in self.faces if face.quality >= CLEAR]

    def why_not(self) -> Why | None:
        """Why it cannot be told whether there is a face; None if it can."""
        if self.pictures == 0:
            return Why.NO_MEDIA
        if self.black == self.pictures:
            return Why.MUTED
        if len(self.counts) < LEAST:
            return self._fault()
        return None

    def why_no_face(self) -> Why | None:
        """Why nothing can be measured of a face."""
        why = self.why_not()
        if why:
            return why
        if 2 * len(self.faces) < len(self.counts):
            return Why.NO_FACE
        return self._fault() if len(self.good) < LEAST / 2 else None

    def _fault(self) -> Why:
        """What spoiled most pictures."""
        return max(self._faults, key=self._faults.__getitem__, default=Why.LOW_QUALITY)

    def middle(self, values: list[float]) -> Reading:
        """Median over the good faces, one value each, in their order; or why there is none."""
        why = self.why_no_face()
        if why:
            return Missing(why)
        clearness = fmean(face.quality for face in self.good)
        return Measured(median(values), self.coverage * clearness, len(values))
