"""
The Face Landmarker: 478 landmarks, 52 blendshapes and the pose of one face per picture.

What MediaPipe's task of that name does in video, with the nets inside its file and without its
graph: it costs a fifth less, starts no threads, and needs no graphics libraries. One face is
followed; it is searched for only where it was not in the last picture.
"""

import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from attunement.engine.clock import SECOND
from attunement.engine.errors import ModelUnavailable
from attunement.pipelines.models.arkit import SHAPES
from attunement.pipelines.models.canonical_face import CanonicalFace
from attunement.pipelines.models.face_detector import FaceDetector
from attunement.pipelines.models.face_mesh import Cut, FaceMesh
from attunement.pipelines.models.one_euro import OneEuro
from attunement.pipelines.models.tflite import Net

NAME = "face_landmarker.task"
WIDEST = 640  # pixels: no landmark gets better by more

_DETECTOR = "face_detector.tflite"
_MESH = "face_landmarks_detector.tflite"
_SHAPES = "face_blendshapes.tflite"
_CANONICAL = "geometry_pipeline_metadata_landmarks.binarypb"
_PULL = f"get it with: attune models pull {NAME}"

# The landmarks from which blendshapes are told: lips, lids, brows, irises, the face's outline.
_TELLING = np.array(
    (
        *(0, 1, 4, 5, 6, 7, 8, 10, 13, 14, 17, 21, 33, 37, 39, 40, 46, 52, 53, 54, 55, 58, 61),
        *(63, 65, 66, 67, 70, 78, 80, 81, 82, 84, 87, 88, 91, 93, 95, 103, 105, 107, 109, 127),
        *(132, 133, 136, 144, 145, 146, 148, 149, 150, 152, 153, 154, 155, 157, 158, 159, 160),
        *(161, 162, 163, 168, 172, 173, 176, 178, 181, 185, 191, 195, 197, 234, 246, 249, 251),
        *(263, 267, 269, 270, 276, 282, 283, 284, 285, 288, 291, 293, 295, 296, 297, 300, 308),
        *(310, 311, 312, 314, 317, 318, 321, 323, 324, 332, 334, 336, 338, 356, 361, 362, 365),
        *(373, 374, 375, 377, 378, 379, 380, 381, 382, 384, 385, 386, 387, 388, 389, 390, 397),
        *(398, 400, 402, 405, 409, 415, 454, 466, *range(468, 478)),
    )
)


@dataclass(frozen=True, slots=True, eq=False)
class Landmarks:
    """One face in one picture."""

    points: NDArray[np.float32]  # (478, 3): x, y in 0..1 of the picture, z as x
    blendshapes: dict[str, float]  # 52 names of ARKit, 0 to 1
    matrix: NDArray[np.float32]  # (4, 4), canonical face to camera, cm; x right, y up, z to camera


class Landmarker:
    """Follows one person's face through the pictures, which come from one thread at a time."""

    def __init__(self, file: Path) -> None:
        """Raises ModelUnavailable if LiteRT or the file is not usable."""
        try:
            with zipfile.ZipFile(file) as bundle:
                self._detector = FaceDetector(bundle.read(_DETECTOR))
                self._mesh = FaceMesh(bundle.read(_MESH))
                self._shapes = Net(bundle.read(_SHAPES))
                self._canonical = CanonicalFace(bundle.read(_CANONICAL))
        except FileNotFoundError:
            raise ModelUnavailable(NAME, "the file is not here", _PULL) from None
        except ModelUnavailable:
            raise
        except Exception as fault:
            problem = f"the file cannot be loaded ({type(fault).__name__})"
            raise ModelUnavailable(NAME, problem, _PULL) from None
        self._steady = OneEuro()
        self._cut: Cut | None = None  # where the face must be by now

    def __call__(self, image: NDArray[np.uint8], t: int) -> Landmarks | None:
        """image (height, width, 3), RGB; t ns, later than the last. None: no face."""
        raw = self._found(image)
        if raw is None:
            self.forget()
            return None
        self._cut = Cut.around(raw[:, :2])
        points = self._steady(raw, t / SECOND)
        (shapes,) = self._shapes(points[None, _TELLING, :2].astype(np.float32))
        height, width = image.shape[:2]
        shown = (points / (width, height, width)).astype(np.float32)
        matrix = self._canonical(shown, width, height).astype(np.float32)
        return Landmarks(shown, dict(zip(SHAPES, shapes.tolist(), strict=True)), matrix)

    def count(self, image: NDArray[np.uint8]) -> int:
        """How many faces there are in the picture, wherever the followed one is."""
        return len(self._detector(image))

    def forget(self) -> None:
        """The next picture is not the one after the last: the face is searched for."""
        self._cut = None
        self._steady.forget()

    def _found(self, image: NDArray[np.uint8]) -> NDArray[np.float64] | None:
        """Landmarks (478, 3), pixels, as the net gives them: where they were, or wherever."""
        if self._cut is not None:
            points = self._mesh(image, self._cut)
            if points is not None:
                return points
            self._steady.forget()
        faces = self._detector(image)
        if not faces:
            return None
        everything = np.concatenate((faces[0].marks[:2], faces[0].corners))
        return self._mesh(image, Cut.around(everything, 0, 1))


def shrunk(image: NDArray[np.uint8], widest: int = WIDEST) -> NDArray[np.uint8]:
    """The picture with no side longer than `widest`, each pixel the mean of those it covers."""
    height, width = image.shape[:2]
    scale = widest / max(height, width)
    if scale >= 1:
        return image
    import cv2

    size = max(1, round(width * scale)), max(1, round(height * scale))
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)
