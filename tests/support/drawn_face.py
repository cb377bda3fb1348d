"""A face of ellipses and polygons that the landmarker takes for one, and that moves as told."""

import numpy as np
from numpy.typing import NDArray

SKIN, HAIR, WHITE, LIPS = (224, 180, 150), (60, 40, 30), (245, 245, 245), (190, 95, 95)
DARK, WALL, THROAT, NOSE = (15, 15, 15), (70, 80, 90), (60, 20, 30), (205, 160, 130)


def face(
    *,
    smile: float = 0.0,
    shut: float = 0.0,
    jaw: float = 0.0,
    brow: float = 0.0,
    roll: float = 0.0,
    shift: float = 0.0,
    size: tuple[int, int] = (640, 480),
) -> NDArray[np.uint8]:
    """
    (height, width, 3), RGB. smile, shut, jaw, brow in 0..1; roll in degrees, anti-clockwise;
    shift in pixels of a picture 640 wide, to the right; size is width, height.
    """
    import cv2

    image = np.full((480, 640, 3), WALL, np.uint8)
    x, y = 320 + round(shift), 240
    _head(image, x, y)
    for side in (-1, 1):
        _eye(image, x + side * 42, y - 25, shut, brow)
    nose = np.array([[x - 4, y - 15], [x - 14, y + 35], [x + 14, y + 35], [x + 4, y - 15]])
    cv2.fillPoly(image, [nose], NOSE, cv2.LINE_AA)
    _mouth(image, x, y + 72, smile, jaw)
    turn = cv2.getRotationMatrix2D((float(x), float(y)), roll, 1.0)
    image = cv2.warpAffine(image, turn, (640, 480), borderMode=cv2.BORDER_REPLICATE)
    image = cv2.GaussianBlur(image, (3, 3), 0)
    return _fitted(np.asarray(image, np.uint8), size)


def _head(image: NDArray[np.uint8], x: int, y: int) -> None:
    import cv2

    cv2.ellipse(image, (x, y - 30), (118, 150), 0, 0, 360, HAIR, -1, cv2.LINE_AA)
    cv2.ellipse(image, (x, y), (105, 140), 0, 0, 360, SKIN, -1, cv2.LINE_AA)
    rows, columns = np.mgrid[0:480, 0:640]
    away = ((columns - x) / 105.0) ** 2 + ((rows - y) / 140.0) ** 2
    inside = away < 1
    image[inside] = (image[inside] * (1 - 0.35 * away[inside])[:, None]).astype(np.uint8)
    cv2.ellipse(image, (x, y - 75), (100, 70), 0, 180, 360, HAIR, -1, cv2.LINE_AA)


def _eye(image: NDArray[np.uint8], x: int, y: int, shut: float, brow: float) -> None:
    import cv2

    lid = max(1, round(10 * (1 - shut)))
    cv2.ellipse(image, (x, y), (20, lid), 0, 0, 360, WHITE, -1, cv2.LINE_AA)
    if shut < 0.8:
        cv2.circle(image, (x, y), min(8, lid), (90, 70, 60), -1, cv2.LINE_AA)
        cv2.circle(image, (x, y), min(4, lid), DARK, -1, cv2.LINE_AA)
    cv2.ellipse(image, (x, y), (20, lid), 0, 180, 360, (60, 40, 40), 2, cv2.LINE_AA)
    up = y - 18 - round(12 * brow)
    cv2.ellipse(image, (x, up), (26, 9), 0, 190, 350, HAIR, 5, cv2.LINE_AA)


def _mouth(image: NDArray[np.uint8], x: int, y: int, smile: float, jaw: float) -> None:
    import cv2

    half = 34 + round(14 * smile)
    across = np.linspace(-half, half, 40)
    rise = 14 * smile * (across / half) ** 2
    upper = y - 4 - rise - 3 * np.cos(across / half * np.pi)
    lower = y + 9 + 22 * jaw * (1 - (across / half) ** 2) - rise
    cv2.fillPoly(image, [_outline(x + across, upper, lower)], LIPS, cv2.LINE_AA)
    if jaw > 0.05:
        inner = across * 0.8
        floor = y + 18 * jaw * (1 - (inner / half) ** 2)
        hole = _outline(x + inner, np.full(40, float(y)), floor)
        cv2.fillPoly(image, [hole], THROAT, cv2.LINE_AA)


def _outline(
    x: NDArray[np.float64], upper: NDArray[np.float64], lower: NDArray[np.float64]
) -> NDArray[np.int32]:
    there, back = np.stack([x, upper], 1), np.stack([x[::-1], lower[::-1]], 1)
    return np.concatenate([there, back]).astype(np.int32)


def _fitted(image: NDArray[np.uint8], size: tuple[int, int]) -> NDArray[np.uint8]:
    """The whole face in a picture of any size, with wall around it."""
    import cv2

    width, height = size
    scale = min(width / 400, height / 480)
    fitted = np.full((height, width, 3), WALL, np.uint8)
    shape = max(1, round(640 * scale)), max(1, round(480 * scale))
    drawn = cv2.resize(image, shape, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC)
    from_x, to_x = max(0, (shape[0] - width) // 2), max(0, (width - shape[0]) // 2)
    to_y = (height - shape[1]) // 2
    columns = min(width, shape[0])
    fitted[to_y : to_y + shape[1], to_x : to_x + columns] = drawn[:, from_x : from_x + columns]
    return fitted
