"""A person's own usual: what a reading is held against. Never another person's, never a norm."""

from collections.abc import Iterable, Mapping

import numpy as np
from numpy.typing import NDArray

from attunement.engine.signal import Measured, Readings, Spec

BINS = 512
ENOUGH = 60  # measured seconds before anything is called usual
GOOD = 0.3  # quality from which a reading may shape the baseline
_BINS = np.arange(BINS, dtype=np.int16)
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
        # How many readings up to each bin. Each row begins far above the one before, so that all
        # are one ascending row, which is searched and never summed up.
        self._begin: NDArray[np.int64] = _FAR * np.arange(len(chosen))
        self._below: NDArray[np.int64] = np.repeat(self._begin[:, None], BINS, axis=1)

    def compare(self, readings: Readings) -> Mapping[str, float]:
        """How far each reading is from the person's usual so far, in SDs; then learn from it."""
        names, values, good = self._measured(readings)
        if not names:
            return {}
        rows, found = np.array([self._row[name] for name in names]), np.array(values)
        total = self._below[rows, -1] - self._begin[rows]
        z = self._distance(rows, found, total)
        self._learn(rows, found, np.array(good))
        known = (total >= ENOUGH).tolist()
        return {n: d for n, d, k in zip(names, z.tolist(), known, strict=True) if k}

    def forget(self, names: Iterable[str]) -> None:
        for name in names:
            if name in self._row:
                self._below[self._row[name]] = self._begin[self._row[name]]

    def _measured(self, readings: Readings) -> tuple[list[str], list[float], list[bool]]:
        names, values, good = [], [], []
        for name, reading in readings.items():
            if isinstance(reading, Measured) and name in self._row:
                names.append(name)
                values.append(reading.value)
                good.append(reading.quality >= GOOD)
        return names, values, good

    def _distance(
        self, rows: NDArray[np.int64], values: NDArray[np.float64], total: NDArray[np.int64]
    ) -> NDArray[np.float64]:
        wanted = np.ceil(total[:, None] * MARKS).astype(np.int64)  # (rows, 3)
        found = np.searchsorted(self._below.ravel(), wanted + self._begin[rows, None])
        bins = found - BINS * rows[:, None]
        marks = self._low[rows, None] + (bins + 0.5) * self._width[rows, None]
        spread = np.maximum((marks[:, 2] - marks[:, 0]) / 2, self._width[rows])
        distance: NDArray[np.float64] = (values - marks[:, 1]) / spread
        return distance.clip(-9.9, 9.9)

    def _learn(
        self, rows: NDArray[np.int64], values: NDArray[np.float64], good: NDArray[np.bool_]
    ) -> None:
        bins = ((values - self._low[rows]) / self._width[rows]).astype(np.int64).clip(0, BINS - 1)
        learned = np.full((len(self._row), 1), BINS, np.int16)  # BINS: nothing
        learned[rows[good], 0] = bins[good]
        np.add(self._below, learned <= _BINS, out=self._below)
