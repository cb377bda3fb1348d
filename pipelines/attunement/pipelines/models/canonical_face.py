"""
Where a head is and how it is turned: a canonical face of 468 points laid over the landmarks.

Weighted orthogonal Procrustes with scale (D. Akca, "Generalized Procrustes analysis and its
applications in photogrammetry", 2003), twice over to find how far away the face is, for a camera
that sees 63 degrees from top to bottom. The points and their weights, 33 that no expression
moves much, lie in the landmarker's file (protocol buffers).
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

POINTS = 468  # of the 478 landmarks: all but the irises
VIEW = np.radians(63.0)  # from the bottom to the top of the picture

Points = NDArray[np.float64]


class CanonicalFace:
    def __init__(self, content: bytes) -> None:
        """content: geometry_pipeline_metadata_landmarks.binarypb. Raises ValueError otherwise."""
        described = _description().FromString(content)
        vertices = np.array(described.mesh.vertices, np.float64)
        if vertices.size != 5 * POINTS:
            problem = f"got {vertices.size} numbers of a canonical face, expected {5 * POINTS}"
            raise ValueError(problem)
        weights = np.array([one.weight for one in described.basis])
        self._basis = np.array([one.landmark for one in described.basis])
        self._weights = weights / weights.sum()
        points = vertices.reshape(-1, 5)[self._basis, :3]  # the rest places a texture
        self._middle = self._weights @ points
        self._points = points - self._middle
        self._spread = float(self._weights @ np.square(self._points).sum(1))

    def __call__(self, landmarks: NDArray[np.float32], width: int, height: int) -> Points:
        """
        landmarks (478, 3), x and y from 0 to 1, z as x, of a picture of that size.

        Canonical face to camera (4, 4), cm: x right, y up, z to the camera.
        """
        tall = 2 * np.tan(VIEW / 2)  # of what is seen at 1 cm
        wide = tall * width / height
        shown = landmarks[:POINTS].astype(np.float64)
        shown = (shown - (0.5, 0.5, shown[:, 2].mean())) * (wide, -tall, wide)
        shown = shown[self._basis]
        flat = shown * (1, 1, -1)
        scale = self._laid(flat)[1]
        scale *= self._laid(_away(shown, scale))[1]
        matrix, _ = self._laid(_away(shown, scale))
        return matrix

    def _laid(self, seen: Points) -> tuple[Points, float]:
        """Rotation, scale and place (4, 4) that bring the canonical face nearest; the scale."""
        middle = self._weights @ seen
        turned, _, back = np.linalg.svd((self._weights[:, None] * (seen - middle)).T @ self._points)
        if np.linalg.det(turned) * np.linalg.det(back) < 0:
            turned[:, 2] *= -1  # a rotation, never a mirror
        rotation = turned @ back
        agreement = ((self._points @ rotation.T) * seen).sum(1) @ self._weights
        scale = agreement / self._spread
        matrix = np.eye(4)
        matrix[:3, :3] = scale * rotation
        matrix[:3, 3] = middle - matrix[:3, :3] @ self._middle
        return matrix, float(scale)


def _away(shown: Points, scale: float) -> Points:
    """From what is seen at 1 cm to where it is, in cm, if a cm of the face shows as `scale`."""
    depth = (shown[:, 2:] + 1) / scale
    return np.concatenate((shown[:, :2] * depth, -depth), axis=1)


def _description() -> Any:
    """The class of the message: what of it is used."""
    from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

    field = descriptor_pb2.FieldDescriptorProto
    one, many = field.LABEL_OPTIONAL, field.LABEL_REPEATED
    file = descriptor_pb2.FileDescriptorProto(name="face.proto", package="face", syntax="proto2")
    messages: dict[str, list[tuple[str, int, int, int, str | None]]] = {
        "Mesh": [("vertices", 3, field.TYPE_FLOAT, many, None)],
        "Weight": [
            ("landmark", 1, field.TYPE_UINT32, one, None),
            ("weight", 2, field.TYPE_FLOAT, one, None),
        ],
        "Face": [
            ("mesh", 1, field.TYPE_MESSAGE, one, ".face.Mesh"),
            ("basis", 2, field.TYPE_MESSAGE, many, ".face.Weight"),
        ],
    }
    for message, fields in messages.items():
        made = file.message_type.add(name=message)
        for name, number, kind, label, of in fields:
            made.field.add(name=name, number=number, type=kind, label=label, type_name=of)
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("face.Face"))
