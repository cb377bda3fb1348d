"""
Make `pipelines/attunement/pipelines/models/weights/face_expression.safetensors`.

    ATTUNEMENT_DATA=... python -m training.face.expression

Learns from the pictures of FER+ `train` but those held out, which the temperature comes from, and
from some drawn faces. Goes on where it was interrupted.
"""

import argparse
import os
from pathlib import Path

import numpy as np
import platformdirs
import torch
from torch import Tensor
from torch.nn import functional

from attunement.pipelines.models import face_net
from training.face.drawn import cropped, drawn, said
from training.face.keep import keep, sharpest
from training.face.learn import Batch, Plan, averaged, learn
from training.face.net import FaceNet, standardised
from training.face.votes import SIDE, Pictures, parted, pictures
from training.face.worsen import moved, moves, worsened

CACHE = Path(platformdirs.user_cache_dir("attunement", appauthor=False)) / "face"
DRAWN = 800
NOTHING = 0.03  # of the pictures show no face: pieces of one, much enlarged or far aside
MIXED = 0.4  # of the batches are mixed with themselves


def lessons(data: Path) -> tuple[Tensor, Tensor]:
    """Pictures (n, 1, 48, 48), 0 to 255, and what was said of each, (n, 9)."""
    whole = pictures(data, "train")
    mine = whole.of(parted(len(whole.image))[0])
    faces = drawn(DRAWN, seed=11)
    image = np.concatenate((mine.image, np.stack([cropped(one, SIDE) for one in faces])))
    share = np.concatenate((mine.share, np.stack([said(one.shown) for one in faces])))
    return torch.from_numpy(image)[:, None], torch.from_numpy(share)


def batches(image: Tensor, share: Tensor) -> Batch:
    def batch(rng: np.random.Generator, which: np.ndarray) -> tuple[Tensor, Tensor]:
        chosen = torch.from_numpy(which)
        at, wanted = moves(rng, len(which), angle=9, scale=0.14, shift=0.12), share[chosen]
        nothing = np.flatnonzero(rng.random(len(which)) < NOTHING)
        at.scale[nothing] *= rng.uniform(0.15, 0.35, nothing.size).astype(np.float32)
        at.x[nothing] = rng.uniform(-0.8, 0.8, nothing.size)
        wanted[nothing] = torch.eye(9)[8]
        images = standardised(worsened(moved(image[chosen].float(), at, 1.0, SIDE), rng))
        if rng.random() < MIXED:
            part, other = float(rng.beta(0.4, 0.4)), torch.from_numpy(rng.permutation(len(which)))
            images = part * images + (1 - part) * images[other]
            wanted = part * wanted + (1 - part) * wanted[other]
        return images, wanted

    return batch


def surprise(found: Tensor, wanted: Tensor) -> Tensor:
    return -(wanted * functional.log_softmax(found, dim=1)).sum(dim=1).mean()


def odds(net: FaceNet, image: np.ndarray) -> Tensor:
    """What the net says of pictures (n, 48, 48), and of their mirror images not: (n, 9)."""
    net.eval()
    with torch.no_grad():
        parts = torch.split(torch.from_numpy(image)[:, None].float(), 256)
        return torch.cat([net(standardised(part)) for part in parts])


def accuracy(net: FaceNet, of: Pictures) -> float:
    clear = of.majority >= 0
    best = odds(net, of.image[clear])[:, :8].argmax(dim=1).numpy()
    return float((best == of.majority[clear]).mean())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cache", type=Path, default=CACHE)
    parser.add_argument("--epochs", type=int, default=30)
    parser.add_argument("--threads", type=int, default=1)
    asked = parser.parse_args()
    torch.set_num_threads(asked.threads)
    torch.manual_seed(0)
    asked.cache.mkdir(parents=True, exist_ok=True)
    data = Path(os.environ["ATTUNEMENT_DATA"])
    image, share = lessons(data)
    whole = pictures(data, "train")
    held_out = whole.of(parted(len(whole.image))[1])
    net = FaceNet(9).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    plan = Plan(asked.epochs, rate=0.1)
    kept = asked.cache / "expression.pt"
    for average in learn(net, len(image), batches(image, share), surprise, plan, kept):
        print(f"held out: {accuracy(average, held_out):.4f}", flush=True)
    average = averaged(FaceNet(9), kept)
    clear = held_out.majority >= 0
    said = odds(average, held_out.image[clear])[:, :8].numpy()
    sharpness = np.array([sharpest(said, held_out.majority[clear])], np.float32)
    about = {"classes": " ".join(face_net.CLASSES), "data": "FER+ train; drawn faces"}
    keep(average, face_net.EXPRESSION, about, sharpness=sharpness)


if __name__ == "__main__":
    main()
