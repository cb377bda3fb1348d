"""
Lengths in a face, told in the face's own measure: what no camera, distance or tilt changes.

Every landmark gets two coordinates: across, in distances of the eyes' outer corners, and down, in
lengths of the nose (from between the eyes to under its tip). As a change of both axes together is
affine, neither the picture's format nor the face's size, place or tilt changes them; a turned head
changes them as little as those points lie in one plane. Left and right are the person's own.
"""

import numpy as np
from numpy.typing import NDArray

EYES = 33, 263  # outer corners of the right and left eye
NOSE = 168, 2  # between the eyes, and under the tip
FLAT = 1e-9  # area below which these four points span nothing

# Down, from one landmark to another; (right, left), or the same twice in the middle of the face.
DOWN: dict[str, tuple[tuple[int, int], tuple[int, int]]] = {
    "brow_inner": ((55, 133), (285, 362)),  # inner end of the brow to the eye's inner corner
    "brow_outer": ((46, 33), (276, 263)),  # outer end to outer corner
    "lids": ((159, 145), (386, 374)),  # the gap between the lids
    "wing": ((48, 2), (278, 2)),  # wing of the nose to under its tip
    "lips": ((13, 14), (13, 14)),  # the gap between the lips
    "upper_lip": ((0, 13), (0, 13)),  # its red
    "lower_lip": ((14, 17), (14, 17)),
}
# How high the middle of the lower lid lies over the line of the eye's corners.
LOWER_LID = (145, 33, 133), (374, 263, 362)
MEASURES = (*DOWN, "lower_lid")
# What stands as high on both sides of an even face: the upper and lower edge of each brow, inner
# and outer part, and the corners of the mouth; right, left.
BROWS = (63, 66, 105, 107), (293, 296, 334, 336)
CORNERS = 61, 291

_FROM = np.array([[ends[0] for ends in pair] for pair in DOWN.values()])
_TO = np.array([[ends[1] for ends in pair] for pair in DOWN.values()])
_LID, _ONE, _OTHER = np.array(LOWER_LID).T


def own(points: NDArray[np.float32]) -> NDArray[np.float64] | None:
    """points (478, 3). Returns (478, 2), across and down; None where the face is seen edge on."""
    flat = points[:, :2].astype(np.float64)
    (a, b), (c, d) = (
        (flat[EYES[1]] - flat[EYES[0]]).tolist(),
        (flat[NOSE[1]] - flat[NOSE[0]]).tolist(),
    )
    area = a * d - b * c
    if abs(area) < FLAT:
        return None
    inverse = np.array(((d, -b), (-c, a))) / area
    placed: NDArray[np.float64] = (flat - flat[NOSE[0]]) @ inverse
    return placed


def measures(placed: NDArray[np.float64]) -> NDArray[np.float64]:
    """placed (478, 2), as `own` gives it. Returns (2, len(MEASURES)): right, left."""
    down = placed[:, 1]
    lengths = down[_TO] - down[_FROM]
    lids = (down[_ONE] + down[_OTHER]) / 2 - down[_LID]
    return np.concatenate((lengths, lids[None])).T


def higher(placed: NDArray[np.float64]) -> NDArray[np.float64]:
    """
    placed (478, 2), as `own` gives it. Returns (2,): lengths of the nose by which the left brow
    stands higher than the right, and the left corner of the mouth.

    The way from one to the other is parallel to that between the eyes' corners, however an even
    head is turned: seen from some distance, no pose looks like asymmetry.
    """
    down = placed[:, 1]
    right, left = (down[list(side)].mean() for side in BROWS)
    return np.array((right - left, down[CORNERS[0]] - down[CORNERS[1]]))
