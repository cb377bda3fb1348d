"""A person's own usual: what a reading is held against. Never another person's, never a norm."""

from collections.abc import Iterable, Mapping

import numpy as np
from numpy.typing import NDArray

from attunement.engine.signal import Measured, Readings, Spec

BINS = 512
ENOUGH = 60  # measured seconds before anything is called usual
GOOD = 0.3  # quality from which a reading may shape the baseline
_FAR = 1 << 40  # seconds; more than will ever be counted
MARKS = np.array([0.16, 0.50, 0.84])  # of a normal distribution: mean - sd, mean, mean + sd


class Baseline:
    """
    Running median and spread of each signal of one person, in constant memory and time.

    A histogram over the signal's own range gives the 16th, 50th and 84th percentile; half the
    distance between the outer two stands for the standard deviation, which a few wild seconds
    do not move. The spread is never taken for less than a bin.
    """

    def __init__(self, specs: Iterable[Spec]) -> None:
        chosen = list(specs)
        self._row = {spec.name: i for i, spec in enumerate(chosen)}
        self._low = np.array([spec.low for spec in chosen])
        self._width = np.array([(spec.high - spec.low) / BINS for spec in chosen])
        self._counts: NDArray[np.int64] = np.zeros((len(chosen), BINS), np.int64)

    def compare(self, readings: Readings) -> Mapping[str, float]:
        """How far each reading is from the person's usual so far, in SDs; then learn from it."""
        names, values, good = self._measured(readings)
        if not names:
            return {}
        rows = np.array([self._row[name] for name in names])
        z = self._distance(rows, np.array(values))
        known = self._counts[rows].sum(axis=1) >= ENOUGH
        self._learn(rows, np.array(values), np.array(good))
        return {n: float(d) for n, d, k in zip(names, z, known, strict=True) if k}

    def forget(self, names: Iterable[str]) -> None:
        for name in names:
            if name in self._row:
                self._counts[self._row[name]] = 0

    def _measured(self, readings: Readings) -> tuple[list[str], list[float], list[bool]]:
        names, values, good = [], [], []
        for name, reading in readings.items():
            if isinstance(reading, Measured) and name in self._row:
                names.append(name)
                values.append(reading.value)
                good.append(reading.quality >= GOOD)
        return names, values, good

    def _distance(
        self, rows: NDArray[np.int64], values: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        below = np.cumsum(self._counts[rows], axis=1)
        wanted = np.ceil(below[:, -1:] * MARKS).astype(np.int64)  # (rows, 3)
        first = BINS * np.arange(len(rows))[:, None]
        above = _FAR * np.arange(len(rows))[:, None]  # so that all rows are one ascending row
        bins = np.searchsorted((below + above).ravel(), wanted + above) - first
        marks = self._low[rows, None] + (bins + 0.5) * self._width[rows, None]
        spread = np.maximum((marks[:, 2] - marks[:, 0]) / 2, self._width[rows])
        distance: NDArray[np.float64] = (values - marks[:, 1]) / spread
        return np.clip(distance, -9.9, 9.9)

    def _learn(
        self, rows: NDArray[np.int64], values: NDArray[np.float64], good: NDArray[np.bool_]
    ) -> None:
        bins = ((values - self._low[rows]) / self._width[rows]).astype(np.int64).clip(0, BINS - 1)
        np.add.at(self._counts, (rows[good], bins[good]), 1)
