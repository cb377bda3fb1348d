"""
FER+: pictures of faces, 48 x 48, and what ten people said of each.

E. Barsoum et al., "Training deep networks for facial expression recognition with crowd-sourced
label distribution", ICMI 2016; prepared as their published program does it. The pictures are never
handed on.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

SIDE = 48  # pixels
HELD_OUT = 2400  # pictures of `train` that choices and temperature come from
EXPRESSIONS = 8  # the first labels; then "unknown" and "no face"


@dataclass(frozen=True, slots=True, eq=False)
class Pictures:
    image: NDArray[np.uint8]  # (n, SIDE, SIDE)
    votes: NDArray[np.float32]  # (n, 10), single votes taken for slips and dropped

    def of(self, which: NDArray[np.int64]) -> "Pictures":
        return Pictures(self.image[which], self.votes[which])

    @property
    def share(self) -> NDArray[np.float32]:
        """Of the votes: the expressions, and last what is none of them. (n, 9), sums to 1."""
        nine = np.concatenate((self.votes[:, :8], self.votes[:, 8:].sum(1, keepdims=True)), axis=1)
        nine[nine.sum(axis=1) == 0, 8] = 1
        return np.asarray(nine / nine.sum(axis=1, keepdims=True), np.float32)

    @property
    def majority(self) -> NDArray[np.int64]:
        """(n,): what more than half of the votes say, if that is an expression; else -1."""
        winner = self.votes.argmax(axis=1)
        clear = self.votes.max(axis=1) > 0.5 * self.votes.sum(axis=1)
        return np.where(clear & (winner < EXPRESSIONS), winner, -1)


def pictures(data: Path, split: str) -> Pictures:
    """`split`: "train" or "valid"."""
    with np.load(data / "ferplus" / f"{split}.npz") as file:
        votes = file["votes"].astype(np.float32)
        return Pictures(file["images"], np.where(votes <= 1, 0, votes))


def parted(count: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Which of `count` training pictures are learned from, and which are held out."""
    order = np.random.default_rng(0).permutation(count)
    return np.sort(order[HELD_OUT:]), np.sort(order[:HELD_OUT])
