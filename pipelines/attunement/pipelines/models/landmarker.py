"""
MediaPipe Face Landmarker: 478 landmarks, 52 blendshapes and the pose of one face per picture.

One face is followed; a second one costs 3 ms more per picture whether it is there or not. How many
there are the detector inside the same file tells, when asked: 2.5 ms.
"""

import contextlib
import os
import threading
import weakref
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from attunement.engine.clock import MILLISECOND
from attunement.engine.errors import ModelUnavailable

NAME = "face_landmarker.task"
WIDEST = 640  # pixels: no landmark gets better by more

_DETECTOR = "face_detector.tflite"
_PACKAGES = "install the Debian packages libegl1 and libgles2 (libEGL.so.1, libGLESv2.so.2)"
_INSTALL = "install it with: pip install 'attunement[face]'"
_PULL = f"get it with: attune models pull {NAME}"


_stderr = threading.RLock()  # held by whoever turns it away; closing may come amid opening


@dataclass(frozen=True, slots=True, eq=False)
class Landmarks:
    """One face in one picture."""

    points: NDArray[np.float32]  # (478, 3): x, y in 0..1 of the picture, z as x
    blendshapes: dict[str, float]  # 52 names of ARKit, 0 to 1
    matrix: NDArray[np.float32]  # (4, 4), canonical face to camera, cm; x right, y up, z to camera


class Landmarker:
    """Follows one person's face through the pictures. Holds about 30 MB until it is closed."""

    def __init__(self, file: Path) -> None:
        """Raises ModelUnavailable if MediaPipe, a system library or the file is not usable."""
        with _unheard():
            self._start(file)

    def __call__(self, image: NDArray[np.uint8], t: int) -> Landmarks | None:
        """image (height, width, 3), RGB; t ns, at least 1 ms after the last. None: no face."""
        result = self._faces.detect_for_video(self._wrapped(image), t // MILLISECOND)
        if not result.face_landmarks:
            return None
        points = [(point.x, point.y, point.z) for point in result.face_landmarks[0]]
        return Landmarks(
            np.array(points, np.float32),
            {shape.category_name: float(shape.score) for shape in result.face_blendshapes[0]},
            np.asarray(result.facial_transformation_matrixes[0], np.float32),
        )

    def count(self, image: NDArray[np.uint8]) -> int:
        """How many faces there are in the picture, wherever the followed one is."""
        return len(self._detector.detect(self._wrapped(image)).detections)

    def close(self) -> None:
        self._close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _start(self, file: Path) -> None:
        self._mediapipe, vision, base = _load()
        try:
            self._faces = vision.FaceLandmarker.create_from_options(
                vision.FaceLandmarkerOptions(
                    base_options=base(model_asset_path=str(file)),
                    running_mode=vision.RunningMode.VIDEO,
                    num_faces=1,
                    output_face_blendshapes=True,
                    output_facial_transformation_matrixes=True,
                )
            )
            with zipfile.ZipFile(file) as bundle:
                detector = bundle.read(_DETECTOR)
            self._detector = vision.FaceDetector.create_from_options(
                vision.FaceDetectorOptions(base_options=base(model_asset_buffer=detector))
            )
            self.count(np.zeros((64, 64, 3), np.uint8))  # chatters once, at its first picture
        except OSError as fault:
            raise _without_libraries(fault) from None
        except Exception as fault:
            problem = f"the file cannot be loaded ({type(fault).__name__})"
            raise ModelUnavailable(NAME, problem, _PULL) from None

        # A stage that is thrown away, or the end of the program, closes it as well.
        self._close = weakref.finalize(self, _close, self._faces, self._detector)

    def _wrapped(self, image: NDArray[np.uint8]) -> Any:
        return self._mediapipe.Image(
            image_format=self._mediapipe.ImageFormat.SRGB, data=np.ascontiguousarray(image)
        )


@contextlib.contextmanager
def _unheard() -> Iterator[None]:
    """The C++ below tells each start of a graph on stderr, and no setting of its own stops it."""
    with _stderr:
        kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
        try:
            os.dup2(nowhere, 2)
            yield
        finally:
            os.dup2(kept, 2)
            os.close(kept)
            os.close(nowhere)


def _close(*tasks: Any) -> None:
    with _unheard():
        for task in tasks:
            task.close()


def shrunk(image: NDArray[np.uint8], widest: int = WIDEST) -> NDArray[np.uint8]:
    """The picture with no side longer than `widest`, each pixel the mean of those it covers."""
    height, width = image.shape[:2]
    scale = widest / max(height, width)
    if scale >= 1:
        return image
    import cv2

    size = max(1, round(width * scale)), max(1, round(height * scale))
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)


def _load() -> tuple[Any, Any, Any]:
    try:
        import mediapipe
        from mediapipe.tasks.python import BaseOptions, vision
    except ImportError:
        raise ModelUnavailable("mediapipe", "the package is not installed", _INSTALL) from None
    except OSError as fault:
        raise _without_libraries(fault) from None
    return mediapipe, vision, BaseOptions


def _without_libraries(fault: OSError) -> ModelUnavailable:
    if isinstance(fault, FileNotFoundError):
        return ModelUnavailable(NAME, "the file is not here", _PULL)
    return ModelUnavailable("mediapipe", "a system library is missing", _PACKAGES)
