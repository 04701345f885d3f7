"""Risk groups: 1 loyal, 2 signs of risk, 3 needs attention now."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

# Chosen so that at the seed's base rate, 3.43 %, the groups begin at 5 % and 10 %, where the seed cut them.
ODDS_OF_SIGNS, ODDS_OF_ALARM = 1.5, 3.0
PROBABILITY_DECIMALS = 4


def derive_thresholds(base_rate: float) -> tuple[float, float]:
    """Return the probabilities at 1.5 and 3 times the odds of `base_rate` (between 0 and 1), to 4 decimals.

    Odds and not probabilities, so that the second threshold stays below 1 at any base rate. ValueError for a rate that
    is not inside 0 and 1.
    """
    if not 0 < base_rate < 1:
        raise ValueError(f"The base rate is {base_rate!r}: expected a share of customers between 0 and 1.")
    odds = base_rate / (1 - base_rate)
    first, second = (times * odds / (1 + times * odds) for times in (ODDS_OF_SIGNS, ODDS_OF_ALARM))
    return round(first, PROBABILITY_DECIMALS), round(second, PROBABILITY_DECIMALS)


def risk_groups(probability: ArrayLike, thresholds: tuple[float, float]) -> NDArray[np.int64]:
    """Return 1, 2 or 3 per customer: 1 below the first threshold, 3 from the second on.

    `probability` (n,) is compared as the files show it, to 4 decimals, so that nobody stands on the wrong side of a
    printed threshold. ValueError unless 0 <= first < second <= 1.
    """
    first, second = thresholds
    if not 0 <= first < second <= 1:
        raise ValueError(f"The risk thresholds are {thresholds!r}: expected two probabilities, the smaller first.")
    shown = np.round(np.asarray(probability, dtype=np.float64), PROBABILITY_DECIMALS)
    return np.searchsorted(np.array([first, second]), shown, side="right").astype(np.int64) + 1
