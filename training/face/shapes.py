"""
Make `pipelines/attunement/pipelines/models/weights/face_shapes.safetensors`.

    ATTUNEMENT_DATA=... python -m training.face.shapes

Learns what the teacher said (`prepare`): blendshapes, where the head is turned, where the face
lies in the crop, and whether there is one. Goes on where it was interrupted.
"""

import argparse
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from attunement.pipelines.models import face_net
from attunement.pipelines.models.arkit import SHAPES
from attunement.pipelines.models.face_net import DEGREES, OUTPUTS, SIDE
from training.face.expression import CACHE
from training.face.keep import keep
from training.face.learn import Batch, Loss, Plan, averaged, learn
from training.face.net import FaceNet, standardised
from training.face.prepare import Labelled
from training.face.worsen import Moves, moved, moves, worsened

BOX = 48 / 72  # of a stored picture is the face's square
EMPTY = 0.08  # of a batch shows no face: half of it pieces of one, much enlarged or far aside
WATCHED = ("mouthSmileLeft", "mouthSmileRight", "jawOpen", "eyeBlinkLeft", "eyeBlinkRight")
WATCHED_MORE = 4.0
MIRRORED = [
    SHAPES.index(name.replace("Left", "*").replace("Right", "Left").replace("*", "Right"))
    for name in SHAPES
]
ACROSS = np.diag((-1.0, 1.0, 1.0))


def angles(turn: NDArray[np.floating]) -> NDArray[np.float32]:
    """Rotations (n, 3, 3) as yaw, pitch, roll in degrees, (n, 3): as face/pose.py has them."""
    yaw = np.arctan2(turn[:, 0, 2], turn[:, 2, 2])
    pitch = np.arcsin(np.clip(turn[:, 1, 2], -1, 1))
    roll = np.arctan2(turn[:, 1, 0], turn[:, 1, 1])
    return np.asarray(np.degrees(np.stack((yaw, pitch, roll), axis=1)), np.float32)


def turned(turn: NDArray[np.float32], at: Moves) -> NDArray[np.float64]:
    """The rotations, after the pictures were moved so."""
    cos, sin, zero = np.cos(at.angle), np.sin(at.angle), 0 * at.angle
    rows = ((cos, sin, zero), (-sin, cos, zero), (zero, zero, zero + 1))
    clockwise = np.stack([np.stack(row, axis=1) for row in rows], axis=1)
    after = clockwise @ turn
    return np.where(at.flip[:, None, None], ACROSS @ after @ ACROSS, after)


def place(at: Moves) -> NDArray[np.float32]:
    """Where the face's square lies in the crop: middle in half sides, log of its side, (n, 3)."""
    cos, sin = np.cos(at.angle), np.sin(at.angle)
    x = (-cos * at.x + sin * at.y) / at.scale
    y = (-sin * at.x - cos * at.y) / at.scale
    return np.stack((np.where(at.flip, -x, x), y, -np.log(at.scale)), axis=1).astype(np.float32)


def wanted(faces: Labelled, which: NDArray[np.int64], at: Moves) -> NDArray[np.float32]:
    """What is to be said of the moved pictures, (n, OUTPUTS)."""
    shapes = faces.shapes[which]
    shapes = np.where(at.flip[:, None], shapes[:, MIRRORED], shapes)
    pose = angles(turned(faces.turn[which], at)) / DEGREES
    there = np.ones((len(which), 1), np.float32)
    return np.concatenate((shapes, pose, place(at), there), axis=1).astype(np.float32)


def batches(faces: Labelled, empty: NDArray[np.uint8]) -> Batch:
    image, nothing = torch.from_numpy(faces.image)[:, None], torch.from_numpy(empty)[:, None]

    def batch(rng: np.random.Generator, which: np.ndarray) -> tuple[Tensor, Tensor]:
        n = len(which)
        at, pictures = moves(rng, n, angle=9, scale=0.25, shift=0.2), image[which].float()
        said = wanted(faces, which, at)
        without = np.flatnonzero(rng.random(n) < EMPTY)
        said[without] = 0
        pieces, others = without[::2], without[1::2]
        at.scale[pieces] = rng.uniform(0.12, 0.3, pieces.size)
        at.x[pieces], at.y[pieces] = rng.uniform(-0.9, 0.9, (2, pieces.size))
        pictures[others] = nothing[rng.integers(len(nothing), size=others.size)].float()
        images = worsened(moved(pictures, at, BOX, SIDE), rng)
        return standardised(images), torch.from_numpy(said)

    return batch


def error(spread: NDArray[np.float32]) -> Loss:
    """Squares of blendshapes over their spread; the rest robustly, where there is a face."""
    weight = 1 / (np.square(spread) + 0.01)
    weight[[SHAPES.index(name) for name in WATCHED]] *= WATCHED_MORE
    weights, shapes = torch.from_numpy(weight / weight.mean()), len(SHAPES)

    def loss(found: Tensor, said: Tensor) -> Tensor:
        there = said[:, -1:]
        apart = torch.sigmoid(found[:, :shapes]) - said[:, :shapes]
        near = functional.smooth_l1_loss(
            found[:, shapes:-1], said[:, shapes:-1], reduction="none", beta=0.1
        )
        presence = functional.binary_cross_entropy_with_logits(found[:, -1:], there)
        face = (there * apart.square() * weights).mean() * 40 + (there * near).mean() * 4
        return face + 0.3 * presence

    return loss


def judged(net: FaceNet, faces: Labelled) -> str:
    """How close it comes to the teacher."""
    found = answers(net, faces.image)
    shapes = 1 / (1 + np.exp(-found[:, : len(SHAPES)]))
    told = []
    for name, both in (("smile", WATCHED[:2]), ("jaw", WATCHED[2:3]), ("blink", WATCHED[3:])):
        at = [SHAPES.index(each) for each in both]
        r = np.corrcoef(shapes[:, at].mean(axis=1), faces.shapes[:, at].mean(axis=1))[0, 1]
        told.append(f"{name} r {r:.3f}")
    off = np.abs(found[:, len(SHAPES) : len(SHAPES) + 3] * DEGREES - angles(faces.turn))
    yaw, pitch, roll = np.median(off, axis=0)
    return f"{', '.join(told)}, off by {yaw:.1f} {pitch:.1f} {roll:.1f} degrees"


def answers(net: FaceNet, image: NDArray[np.uint8]) -> NDArray[np.float32]:
    """What the net says of the middle of stored pictures, (n, OUTPUTS)."""
    net.eval()
    rim = (image.shape[1] - SIDE) // 2
    middle = np.ascontiguousarray(image[:, rim : rim + SIDE, rim : rim + SIDE])
    with torch.no_grad():
        parts = torch.split(torch.from_numpy(middle)[:, None].float(), 256)
        found = torch.cat([net(standardised(part)) for part in parts])
    return np.asarray(found.numpy(), np.float32)


def joined(*parts: Labelled) -> Labelled:
    return Labelled(
        np.concatenate([part.image for part in parts]),
        np.concatenate([part.shapes for part in parts]),
        np.concatenate([part.turn for part in parts]),
    )


def lessons(cache: Path) -> tuple[Labelled, Labelled]:
    """What is learned from, and some held out of it to choose by."""
    named = ("ferplus_train", "drawn_train", "clips_train", "clips_train")  # clips are few
    ferplus, *rest = (Labelled.load(cache / f"{name}.npz") for name in named)
    keep = len(ferplus.image) - 600
    held_out = Labelled(ferplus.image[keep:], ferplus.shapes[keep:], ferplus.turn[keep:])
    first = Labelled(ferplus.image[:keep], ferplus.shapes[:keep], ferplus.turn[:keep])
    return joined(first, *rest), held_out


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cache", type=Path, default=CACHE)
    parser.add_argument("--epochs", type=int, default=13)
    asked = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(0)
    faces, held_out = lessons(asked.cache)
    batch = batches(faces, np.load(asked.cache / "empty.npy"))
    loss = error(faces.shapes.std(axis=0))
    net = FaceNet(OUTPUTS, dropout=0.1).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    plan, kept = Plan(asked.epochs, rate=0.05), asked.cache / "shapes.pt"
    for average in learn(net, len(faces.image), batch, loss, plan, kept):
        print(f"held out: {judged(average, held_out)}", flush=True)
    about = {"data": "what MediaPipe's Face Landmarker says of FER+ train, drawn faces and clips"}
    keep(averaged(FaceNet(OUTPUTS), kept), face_net.SHAPE, about)


if __name__ == "__main__":
    main()
