"""Calibration: do probabilities come true as often as they say?"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from querencia.learn.figures.churn import CalibrationBin


def calibration_bins(outcome: ArrayLike, probability: ArrayLike, *, bins: int = 10) -> tuple[CalibrationBin, ...]:
    """Return the reliability diagram: customers in `bins` equal parts by probability, lowest first.

    Equal counts, not equal widths, since at a base rate of 3 % nearly everybody stands in the lowest tenth of the
    scale. Customers with the same probability stay together, so there may be fewer parts. After A. Murphy and
    R. Winkler, "Reliability of subjective probability forecasts of precipitation and temperature", 1977.
    """
    chance = np.asarray(probability, dtype=np.float64)
    target = np.asarray(outcome, dtype=np.float64)
    last = np.array([-(-len(chance) * part // bins) - 1 for part in range(1, bins)])
    edges = np.unique(np.sort(chance)[last])
    part = np.searchsorted(edges, chance, side="left")
    found = []
    for number in np.unique(part):
        rows = part == number
        count = int(rows.sum())
        found.append(
            CalibrationBin(
                predicted=float(np.mean(np.sort(chance[rows]))),
                observed=int(target[rows].sum()) / count,
                customers=count,
            )
        )
    return tuple(found)
