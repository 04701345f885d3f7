"""Gamma-gamma: planted parameters come back, and expected spend is what the model implies."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import approx_fprime
from scipy.special import gammaln

from querencia.learn.value.spend import GammaGammaModel, _Likelihood

CDNOW = (6.25, 3.74, 15.44)


def simulate_spend(p: float, q: float, v: float, *, customers: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return purchases and mean spend (n, 2), and the mean that each customer's spend really has."""
    random = np.random.default_rng(seed)
    purchases = random.geometric(0.4, customers)
    rate = random.gamma(q, 1 / v, customers)
    mean = random.gamma(p * purchases, 1 / rate) / purchases
    return np.column_stack([purchases, mean]), p / rate


def with_parameters(p: float, q: float, v: float) -> GammaGammaModel:
    model = GammaGammaModel().fit(simulate_spend(*CDNOW, customers=50, seed=0)[0])
    model.p_, model.q_, model.v_ = p, q, v
    return model


@pytest.mark.parametrize("planted", [CDNOW, (1.5, 2.5, 300.0)])
def test_planted_parameters_come_back(planted: tuple[float, ...]) -> None:
    X, truth = simulate_spend(*planted, customers=30_000, seed=1)
    model = GammaGammaModel().fit(X)
    assert (model.converged_, model.at_bounds_) == (True, ())
    assert (model.p_, model.q_, model.v_) == pytest.approx(planted, rel=0.1)
    # Nearer to the customers' true means than the means that were seen.
    estimate = model.expected_spend(X)
    assert np.mean(np.abs(estimate - truth)) < 0.9 * np.mean(np.abs(X[:, 1] - truth))


def test_the_likelihood_is_the_density_of_the_note_and_its_slope() -> None:
    X, _ = simulate_spend(*CDNOW, customers=40, seed=2)
    x, m = X.T
    p, q, v = 4.0, 3.0, 9.0
    density = gammaln(p * x + q) - gammaln(p * x) - gammaln(q)
    density += q * np.log(v) + (p * x - 1) * np.log(m) + p * x * np.log(x) - (p * x + q) * np.log(x * m + v)
    order = np.lexsort((m, x))
    likelihood = _Likelihood(x[order], m[order])
    where = np.array([p, q, v])
    assert likelihood(where)[0] == pytest.approx(density.sum())
    assert likelihood(where)[1] == pytest.approx(approx_fprime(where, lambda w: likelihood(w)[0], 1e-7), rel=1e-4)


def test_expected_spend_lies_between_ones_own_and_that_of_all() -> None:
    model = with_parameters(2.0, 3.0, 40.0)  # the mean of all is 2 x 40 / 2 = 40
    spend = model.expected_spend([[0, 0], [1, 100], [50, 100], [1, 10]])
    # One purchase of 100: 2 (40 + 100) / (2 + 2); fifty: 2 (40 + 5000) / (100 + 2).
    assert spend == pytest.approx([40, 70, 10_080 / 102, 25])


def test_the_currency_does_not_matter() -> None:
    X, _ = simulate_spend(*CDNOW, customers=500, seed=3)
    euros, pesos = GammaGammaModel().fit(X), GammaGammaModel().fit(X * [1, 4500])
    assert (pesos.p_, pesos.q_, pesos.v_ / 4500) == pytest.approx((euros.p_, euros.q_, euros.v_), rel=1e-4)


def test_wrong_spend_is_refused() -> None:
    with pytest.raises(ValueError, match="cannot be"):
        GammaGammaModel().fit([[1, 0], [1, 2]])
    with pytest.raises(ValueError, match="at least 2"):
        GammaGammaModel().fit([[0, 0], [1, 2]])
    with pytest.raises(ValueError, match=r"q is 0\.900"):
        with_parameters(2.0, 0.9, 40.0).expected_spend([[1, 1]])
