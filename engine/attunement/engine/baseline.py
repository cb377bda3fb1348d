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
FARTHEST = 9.9  # SDs that are told of
MARKS = np.array([0.16, 0.50, 0.84])  # of a normal distribution: mean - sd, mean, mean + sd

Values = NDArray[np.float64]
Places = NDArray[np.int64]


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
        low = [spec.low for spec in chosen]
        width = [(spec.high - spec.low) / BINS for spec in chosen]
        self._scale = np.array((low, width))  # (2, rows)
        # How many readings up to each bin. Each row begins far above the one before, so that all
        # are one ascending row, which is searched and never summed up.
        self._below: Places = np.repeat(_FAR * np.arange(len(chosen))[:, None], BINS, axis=1)

    def compare(self, readings: Readings) -> Mapping[str, float]:
        """How far each reading is from the person's usual so far, in SDs; then learn from it."""
        names, values, good = self._measured(readings)
        if not names:
            return {}
        rows = np.array([self._row[name] for name in names])
        low, width = self._scale[:, rows]
        places = (np.array(values) - low) / width  # in bins
        begin = rows * _FAR
        total = self._below[rows, -1] - begin
        z = self._distance(rows, places, begin, total).tolist()
        self._learn(rows, places, np.array(good))
        return {n: d for n, d, k in zip(names, z, total.tolist(), strict=True) if k >= ENOUGH}

    def forget(self, names: Iterable[str]) -> None:
        for name in names:
            if name in self._row:
                self._below[self._row[name]] = _FAR * self._row[name]

    def _measured(self, readings: Readings) -> tuple[list[str], list[float], list[bool]]:
        names, values, good = [], [], []
        for name, reading in readings.items():
            if isinstance(reading, Measured) and name in self._row:
                names.append(name)
                values.append(reading.value)
                good.append(reading.quality >= GOOD)
        return names, values, good

    def _distance(self, rows: Places, places: Values, begin: Places, total: Places) -> Values:
        """In SDs (rows,); begin: of each row; total: how many readings it has."""
        wanted = np.ceil(total[:, None] * MARKS).astype(np.int64) + begin[:, None]  # (rows, 3)
        low, middle, high = self._below.ravel().searchsorted(wanted).T
        spread = np.maximum((high - low) / 2, 1)
        away: Values = (places - (middle - BINS * rows) - 0.5) / spread
        return np.minimum(np.maximum(away, -FARTHEST), FARTHEST)

    def _learn(self, rows: Places, places: Values, good: NDArray[np.bool_]) -> None:
        learned = np.full((len(self._row), 1), BINS, np.int16)  # BINS: nothing
        learned[rows[good], 0] = np.minimum(np.maximum(places[good], 0), BINS - 1)
        np.add(self._below, learned <= _BINS, out=self._below)
