"""
Whose face it is when there are several: the one that was there stays the person's.

A partner or a child who walks in is another face, somewhere else. While the person's own cannot be
seen (behind hands, turned away), it is looked for around where it was, and nowhere else; only after
PATIENCE may another face take its place. A picture that changes altogether is another camera, in
which the person may be anywhere.

Nobody is recognised. Who is back in the same place within RETURN is taken for the same person;
otherwise, or before another camera, what was learned of their face at rest is learned anew.
"""

import math

import numpy as np
from numpy.typing import NDArray

from attunement.engine.clock import SECOND
from attunement.pipelines.face.view import Box

PATIENCE, RETURN = 5 * SECOND, 30 * SECOND
REACH = 1.0  # heights of a face that its middle may be off from one look to the next
SPEED = 0.5  # and per second that it was not seen
SIZES = 1.7  # by which it may grow or shrink
AROUND = 0.6  # heights beyond the face, to each side, in which it is looked for
CUT = 30.0  # grey levels: mean change of all of a picture, that no person makes
COARSE = 16  # pixels

Image = NDArray[np.uint8]


class Lock:
    def __init__(self) -> None:
        self._box: Box | None = None  # where the face was seen last
        self._t = 0  # ns, when
        self._lost = False
        self._begun = False  # has a face been seen?
        self.sitting = 0  # how often another one may have begun
        self._coarse: NDArray[np.int16] | None = None

    def shown(self, image: Image, t: int) -> Image:
        """The picture as the model may see it: once the face is lost, only where it can be."""
        if self._is_cut(image):
            self._box = None
        if self._box is None or not self._lost or t - self._t > PATIENCE:
            return image
        height, width = image.shape[:2]
        left, top, right, bottom = self._box
        beyond = (bottom - top) * (AROUND + SPEED * (t - self._t) / SECOND) * height
        rows = slice(max(0, int(top * height - beyond)), math.ceil(bottom * height + beyond))
        columns = slice(max(0, int(left * width - beyond)), math.ceil(right * width + beyond))
        masked = np.zeros_like(image)
        masked[rows, columns] = image[rows, columns]
        return masked

    def admits(self, box: Box, image: Image, t: int) -> bool:
        """Is the face that was found in this box of the picture the person's?"""
        away = t - self._t
        known = self._box is not None and away <= PATIENCE
        if known and not self._is_near(box, image, REACH + SPEED * away / SECOND):
            self._lost = True
            return False
        back = self._box is not None and away <= RETURN and self._is_near(box, image, REACH)
        self.sitting += self._begun and not known and not back
        self._box, self._t, self._lost, self._begun = box, t, False, True
        return True

    def lose(self) -> None:
        """No face was found."""
        self._lost = True

    def _is_near(self, box: Box, image: Image, reach: float) -> bool:
        """Within so many heights of where the face was, and about as large?"""
        assert self._box is not None
        height, width = image.shape[:2]
        across = (box[0] + box[2] - self._box[0] - self._box[2]) / 2 * width
        down = (box[1] + box[3] - self._box[1] - self._box[3]) / 2 * height
        was, size = self._box[3] - self._box[1], box[3] - box[1]
        return math.hypot(across, down) <= reach * was * height and 1 / SIZES <= size / was <= SIZES

    def _is_cut(self, image: Image) -> bool:
        before = self._coarse
        self._coarse = now = image[::COARSE, ::COARSE, 1].astype(np.int16)
        if before is None:
            return False
        return before.shape != now.shape or float(np.abs(now - before).mean()) > CUT
