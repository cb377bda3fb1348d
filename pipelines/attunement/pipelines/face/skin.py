"""
The mean colour of forehead and cheeks in every picture, for as long as the face stays in its place.

Where the skin is, is known only when the second is over; so the boxes are those of the last face
that was seen, and stay as they are while the face stays within STILL of where it was: boxes that
follow every picture's landmarks bring their jitter into the colour. When they have to move, the
colour goes on from where it was: both places are looked at in the same picture. What was sampled
while the face was elsewhere does not count.
"""

from collections import deque
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from attunement.kernels import pulse
from attunement.pipelines.derived import Face
from attunement.pipelines.face import view
from attunement.pipelines.face.seen import CLEAR

STILL = 0.05  # of the distance of the eyes' outer corners, that they and the nose may be off
EYES, WINGS = (33, 263), (129, 358)  # landmarks that speech does not move
PIXELS = 60  # the least of skin
# Landmark in the middle of a patch; its half width and half height, in shares of the face's.
PATCHES = ((151, 0.18, 0.06), (50, 0.09, 0.08), (280, 0.09, 0.08))

Floats = NDArray[np.float64]
Box = tuple[int, int, int, int]  # top, bottom, left, right


@dataclass(frozen=True, slots=True, eq=False)
class Place:
    """Where a face is, by what speech does not move; in shares of the picture."""

    points: NDArray[np.float32]  # (4, 2): the eyes' outer corners, the wings of the nose
    across: float  # between the eyes' corners
    down: float  # from the eyes to the nose, twice: about as long as across

    @staticmethod
    def of(landmarks: NDArray[np.float32]) -> "Place":
        points = landmarks[[*EYES, *WINGS], :2]
        across = abs(float(points[1, 0] - points[0, 0]))
        down = 2 * abs(float(points[2:, 1].mean() - points[:2, 1].mean()))
        return Place(points, across, down)

    def near(self, other: "Place") -> bool:
        off = np.abs(self.points - other.points).max(axis=0)
        return bool(off[0] <= STILL * self.across and off[1] <= STILL * self.down)


@dataclass(frozen=True, slots=True, eq=False)
class Patches:
    """Where skin is in pictures of one size."""

    place: Place
    boxes: tuple[Box, ...]
    size: tuple[int, ...]  # height and width of the picture

    @staticmethod
    def of(landmarks: NDArray[np.float32], size: tuple[int, ...]) -> "Patches":
        height, width = size
        left, top, right, bottom = view.box(landmarks)
        wide, tall = (right - left) * width, (bottom - top) * height
        boxes = []
        for middle, across, down in PATCHES:
            x, y = float(landmarks[middle, 0]) * width, float(landmarks[middle, 1]) * height
            rows = round(y - down * tall), round(y + down * tall)
            boxes.append((*rows, round(x - across * wide), round(x + across * wide)))
        return Patches(Place.of(landmarks), tuple(boxes), size)

    def colour(self, image: NDArray[np.uint8]) -> Floats | None:
        """Mean of red, green and blue (3,); None where there is too little skin."""
        total = np.zeros(3)
        pixels = sum(pulse.colour(image, *box, total) for box in self.boxes)
        return total / pixels if pixels >= PIXELS else None


@dataclass(slots=True, eq=False)
class Sample:
    t: int  # ns
    colour: Floats  # (3,)
    place: Place  # where the face was thought to be
    sound: bool = True  # the face was there


class Skin:
    """Samples of one person's skin, bounded in number."""

    def __init__(self, most: int) -> None:
        self.samples: deque[Sample] = deque(maxlen=most)
        self._patches: Patches | None = None
        self._next: NDArray[np.float32] | None = None  # landmarks that the boxes should move to
        self._gain = np.ones(3)

    def push(self, t: int, image: NDArray[np.uint8]) -> None:
        size = image.shape[:2]
        if self._patches is not None and self._patches.size != size:
            self.forget()
        if self._next is not None:
            self._move(image)
        if self._patches is None:
            return
        colour = self._patches.colour(image)
        if colour is not None:
            self.samples.append(Sample(t, colour * self._gain, self._patches.place))

    def seen(self, faces: list[Face]) -> None:
        """What the pictures of the second that is over have shown: judge its samples by it."""
        known = [f for f in faces if f.landmarks is not None and f.quality >= CLEAR]
        places = [(f.t, Place.of(f.landmarks)) for f in known if f.landmarks is not None]
        for sample in self.samples:
            if faces and sample.t >= faces[0].t:
                sample.sound = _was_there(sample, places)
        if known and known[-1].landmarks is not None:
            place = places[-1][1]
            if self._patches is None or not self._patches.place.near(place):
                self._next = known[-1].landmarks
        elif faces:
            self.forget()

    def forget(self) -> None:
        """Another picture, or nobody in it: what comes is not to be compared with what was."""
        self.samples.clear()
        self._patches, self._next = None, None
        self._gain = np.ones(3)

    def _move(self, image: NDArray[np.uint8]) -> None:
        assert self._next is not None
        fresh = Patches.of(self._next, image.shape[:2])
        self._next = None
        if self._patches is not None:
            before, now = self._patches.colour(image), fresh.colour(image)
            if before is not None and now is not None:
                self._gain = self._gain * before / now
        self._patches = fresh


def _was_there(sample: Sample, places: list[tuple[int, Place]]) -> bool:
    """Was the face, in the pictures looked at before and after it, where it was thought to be?"""
    around = [(a, b) for a, b in pairwise(places) if a[0] <= sample.t <= b[0]]
    near = around[0] if around else places[-1:]
    return bool(near) and all(place.near(sample.place) for _, place in near)
