"""The Face Landmarker as MediaPipe runs it: the peer beside which ours is measured."""

from pathlib import Path
from typing import Self

import mediapipe
import numpy as np
from mediapipe.tasks.python import BaseOptions, vision
from numpy.typing import NDArray

from attunement.engine.clock import MILLISECOND
from attunement.pipelines.models.landmarker import Landmarks


class Task:
    """In video, for one face, with blendshapes and pose. To be closed by its thread."""

    def __init__(self, file: Path) -> None:
        self._faces = vision.FaceLandmarker.create_from_options(
            vision.FaceLandmarkerOptions(
                base_options=BaseOptions(model_asset_path=str(file)),
                running_mode=vision.RunningMode.VIDEO,
                output_face_blendshapes=True,
                output_facial_transformation_matrixes=True,
            )
        )

    def __call__(self, image: NDArray[np.uint8], t: int) -> Landmarks | None:
        wrapped = mediapipe.Image(mediapipe.ImageFormat.SRGB, np.ascontiguousarray(image))
        seen = self._faces.detect_for_video(wrapped, t // MILLISECOND)
        if not seen.face_landmarks:
            return None
        points = np.array([(p.x, p.y, p.z) for p in seen.face_landmarks[0]], np.float32)
        shapes = {shape.category_name: float(shape.score) for shape in seen.face_blendshapes[0]}
        matrix = np.asarray(seen.facial_transformation_matrixes[0], np.float32)
        return Landmarks(points, shapes, matrix)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._faces.close()
