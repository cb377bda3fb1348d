"""
8 to 15 pictures a second of a face: the stage that every signal of the face stands on.

The face that was there first stays the person's, whoever walks in (`lock.py`).

Fifteen pictures a second are glanced at. One in which the eyes have changed is looked at; others
stand for the one looked at last, for half a second, and only eight of them a second are told.

Where the landmarker's file is not here, the face net stands in for it, without landmarks.

The model works in a thread of its own while the second goes on, so that two people take two cores;
what it saw is handed on when the second is over, in the order of the pictures.
"""

from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from attunement.engine.clock import SECOND
from attunement.engine.errors import BadFrame, ModelUnavailable
from attunement.engine.frame import Frame, VideoFrame
from attunement.engine.shedding import Level
from attunement.engine.signal import Context, Group, Readings, Stage, StageSpec, Why
from attunement.pipelines.derived import Face
from attunement.pipelines.face import view
from attunement.pipelines.face.glance import Glance
from attunement.pipelines.face.lock import Lock
from attunement.pipelines.face.rate import MOST, Rate, is_due
from attunement.pipelines.face.seen import CLEAR
from attunement.pipelines.models.face_cover import Cover
from attunement.pipelines.models.face_finder import FaceFinder, Found
from attunement.pipelines.models.face_net import around, cut
from attunement.pipelines.models.landmarker import NAME, Landmarker, Landmarks, shrunk

FROZEN = SECOND  # a picture that stays the same bit by bit for longer tells of the past
COUNT = 2 * SECOND  # how often faces are counted
SMALLEST = 16  # pixels: the shortest side in which anything is looked for
BOUND = 2 * MOST  # pictures that may wait for the model


class FaceLandmarks(Stage[VideoFrame]):
    def __init__(self, landmarker: Landmarker | FaceFinder) -> None:
        self._landmarker, self._cover = landmarker, Cover()
        self._rate = Rate()
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="face")
        self._seeing: list[Future[Face | None]] = []
        # What follows belongs to the worker's thread alone.
        self._before: NDArray[np.uint8] | None = None  # the last picture that differed
        self._since = 0  # ns at which it came
        self._face: Face | None = None  # what was seen last
        self._glance = Glance()
        self._lock = Lock()
        self._count = 1
        self._counted = -COUNT  # ns

    def push(self, frame: VideoFrame, /) -> Sequence[Frame]:
        if frame.image.ndim != 3 or frame.image.shape[2] != 3:
            raise BadFrame("a picture of shape", f"{frame.image.shape}", "(height, width, 3)")
        if self._rate.picks(frame.t) and len(self._seeing) < BOUND:
            self._seeing.append(self._worker.submit(self._see, frame))
        return ()

    def finish(self) -> Sequence[Frame]:
        seeing, self._seeing = self._seeing, []
        faces = [future.result() for future in seeing]
        return [face for face in faces if face is not None]

    def ease(self, level: Level, /) -> None:
        self._rate.ease(level)

    def measure(self) -> Readings:
        return {}

    def _see(self, frame: VideoFrame) -> Face | None:
        """None: nothing has changed, and a picture just before this one said so."""
        if self._before is not None and np.array_equal(self._before, frame.image):
            return self._again(frame)
        self._before, self._since = frame.image, frame.t
        if self._glance.is_worth_a_look(frame.image, frame.t) or self._face is None:
            self._face = self._look(frame)
            self._glance.looked(frame.image, self._face.landmarks, frame.t)
            return self._face
        if not is_due(frame.t, self._face.t):
            return None
        self._face = replace(self._face, t=frame.t)
        return self._face

    def _again(self, frame: VideoFrame) -> Face:
        """The same picture, bit by bit, which no camera sends twice: the same face, for a while."""
        assert self._face is not None
        face = self._face
        if face.black or frame.t - self._since < FROZEN:
            return replace(face, t=frame.t)
        return Face(face.participant, frame.t, 0, 0.0, fault=Why.FROZEN)

    def _look(self, frame: VideoFrame) -> Face:
        who, t = frame.participant, frame.t
        light = view.brightness(frame.image)
        if light == 0 and not frame.image.any():
            return Face(who, t, 0, 0.0, black=True)
        if min(frame.image.shape[:2]) < SMALLEST or light < view.BLIND:
            small = min(frame.image.shape[:2]) < SMALLEST
            fault = Why.TOO_SMALL if small else Why.TOO_DARK
            return Face(who, t, 0, 0.0, fault=fault)
        image = shrunk(frame.image)
        seen = self._landmarker(self._lock.shown(image, t), t)
        if seen is None:
            self._lock.lose()
            return Face(who, t, 0, 0.0)
        if t - self._counted >= COUNT:
            self._count, self._counted = max(1, self._landmarker.count(image)), t
        if not self._lock.admits(view.box(_points(seen)), image, t):
            return Face(who, t, self._count, 0.0)  # a face, but not this person's
        face = face_in(frame, image, self._count, seen, self._cover)
        return replace(face, sitting=self._lock.sitting)


def _points(seen: Landmarks | Found) -> NDArray[np.float32]:
    """What the face spans."""
    return seen.corners if isinstance(seen, Found) else seen.points


def face_in(
    frame: VideoFrame,
    image: NDArray[np.uint8],
    count: int,
    seen: Landmarks | Found,
    cover: Cover,
) -> Face:
    """Of what was seen in `image`, which is the frame's or smaller."""
    found = isinstance(seen, Found)
    points = _points(seen)
    size = image.shape[1], image.shape[0]
    crop = seen.crop if isinstance(seen, Found) else cut(image, around(points[:, :2] * size))
    quality, fault = view.quality(image, points, seen.matrix)
    if quality >= CLEAR:  # nothing is told of what lies before a face that cannot be seen anyway
        openness = view.openness(cover(crop))
        quality, fault = min((quality, fault), openness, key=lambda one: one[0])
    return Face(
        frame.participant,
        frame.t,
        count,
        quality,
        fault=fault,
        landmarks=None if found else points,
        blendshapes=seen.blendshapes,
        matrix=seen.matrix,
        span=points if found else None,
        crop=crop,
    )


def _make(context: Context) -> Stage[VideoFrame]:
    try:
        return FaceLandmarks(Landmarker(context.models.path(NAME)))
    except ModelUnavailable as missing:
        try:
            return FaceLandmarks(FaceFinder())
        except ModelUnavailable:
            raise missing from None  # this is what should be got


STAGE = StageSpec(
    name="landmarks",
    group=Group.FACE,
    takes=(VideoFrame,),
    make=_make,
    emits=(Face,),
    needs=(NAME,),
)
