"""
How far signals are moved, and how often they are not told, when what they are measured from is
worse: a table and a map. Error: |worsened - clean| of seconds told both times, in the signal's SD.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

LEAST = 20  # seconds told both times, under which there is no figure

Found = Mapping[str, Mapping[str, "Tally"]]  # condition -> signal -> tally


@dataclass
class Tally:
    """Of one signal in one condition."""

    errors: list[float] = field(default_factory=list)  # in SDs
    told: int = 0  # seconds, clean
    missing: int = 0  # of those, worsened

    @property
    def middle(self) -> float:
        return float(np.median(self.errors)) if len(self.errors) >= LEAST else math.nan

    def cell(self) -> str:
        error = "–" if math.isnan(self.middle) else f"{self.middle:.2f}"
        return f"{error} · {100 * self.missing / max(1, self.told):.0f}"


def tallies(conditions: Iterable[str], names: Iterable[str]) -> dict[str, dict[str, Tally]]:
    signals = tuple(names)
    return {condition: {name: Tally() for name in signals} for condition in conditions}


def compare(
    clean: NDArray[np.float64],
    worse: NDArray[np.float64],
    spread: NDArray[np.float64],
    rows: Mapping[str, Tally],
) -> None:
    """clean, worse (seconds, signals), NaN where not told; spread (signals,); rows likewise."""
    n = min(len(clean), len(worse))
    for place, tally in enumerate(rows.values()):
        told = ~np.isnan(clean[:n, place])
        error = np.abs(worse[:n, place] - clean[:n, place])[told] / spread[place]
        tally.told += int(told.sum()) + int((~np.isnan(clean[n:, place])).sum())
        tally.missing += int(np.isnan(error).sum()) + len(clean) - n
        tally.errors.extend(error[~np.isnan(error)].tolist())


def tell(found: Found) -> None:
    """A row per signal: median error · % of seconds told clean that are not told."""
    conditions = tuple(found)
    print("| signal | seconds |", " | ".join(conditions), "|")
    print("|" + "---|" * (len(conditions) + 2))
    for name, tally in found[conditions[0]].items():
        cells = " | ".join(found[condition][name].cell() for condition in conditions)
        print(f"| {short(name)} | {tally.told} | {cells} |")


def draw(found: Found, file: Path) -> None:
    """The same as a map."""
    import matplotlib

    matplotlib.use("svg")
    matplotlib.rcParams["svg.hashsalt"] = file.stem
    from matplotlib import pyplot

    names = list(next(iter(found.values())))
    errors = np.array([[found[condition][name].middle for condition in found] for name in names])
    size = 8, 1 + 0.25 * len(names)
    figure, axes = pyplot.subplots(figsize=size, layout="constrained")
    image = axes.imshow(errors, cmap="Blues", vmin=0, vmax=2, aspect="auto")
    axes.set_xticks(range(len(found)), list(found), rotation=40, ha="right")
    axes.set_yticks(range(len(names)), [short(name) for name in names])
    for (row, column), error in np.ndenumerate(errors):
        axes.text(
            column,
            row,
            "–" if math.isnan(error) else f"{error:.1f}",
            ha="center",
            va="center",
            fontsize=7.5,
            color="white" if error > 1.2 else "black",
        )
    axes.set_title("Median error in the signal's own SD; – where it is hardly ever told")
    figure.colorbar(image, shrink=0.5)
    figure.savefig(file, metadata={"Date": None})


def short(name: str) -> str:
    return name.removeprefix("voice.").removeprefix("face.")
