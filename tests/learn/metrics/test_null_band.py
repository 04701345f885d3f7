"""The null band of the Qini curve is where curves of shuffled lists lie."""

from __future__ import annotations

import numpy as np
import pytest

from querencia.learn.metrics.null_band import qini_null_band
from querencia.learn.metrics.qini import qini_curve


def test_the_band_is_that_of_shuffled_lists() -> None:
    random = np.random.default_rng(1)
    contact = (random.random(600) < 0.7).astype(int)
    left = (random.random(600) < 0.3 - 0.1 * contact).astype(int)
    at = np.arange(11) / 10
    low, high = qini_null_band(left, contact, at, outcome="churn", seed=1, rankings=4000)
    curves = []
    for _ in range(1500):
        shares, kept = qini_curve(left, random.permutation(600), contact, outcome="churn")
        curves.append(np.interp(at, shares, kept))
    shuffled = np.quantile(curves, [0.025, 0.975], axis=0)
    width = shuffled[1].max() - shuffled[0].min()
    assert low == pytest.approx(shuffled[0], abs=0.06 * width)
    assert high == pytest.approx(shuffled[1], abs=0.06 * width)
    # Every ranking starts at nothing and ends at the average effect.
    end = left[contact == 0].mean() - left[contact == 1].mean()
    assert (low[0], high[0]) == (0, 0)
    assert (low[-1], high[-1]) == (pytest.approx(end), pytest.approx(end))
