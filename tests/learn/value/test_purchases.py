"""BG/NBD: planted parameters come back, and forecasts are what the model implies."""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.optimize import approx_fprime
from scipy.special import hyp2f1
from sklearn.base import clone
from sklearn.utils.estimator_checks import check_get_params_invariance, check_no_attributes_set_in_init

from querencia.learn.value.purchases import BetaGeometricModel, _count_rows, _Likelihood
from querencia.learn.value.residual import residual_purchases

CDNOW = (0.2426, 4.4135, 0.7929, 2.4258)


def with_parameters(r: float, alpha: float, a: float, b: float) -> BetaGeometricModel:
    """A model that has learned these parameters."""
    model = BetaGeometricModel().fit(np.array([[1.0, 1.0, 2.0], [0.0, 0.0, 2.0]]))
    model.r_, model.alpha_, model.a_, model.b_ = r, alpha, a, b
    return model


@pytest.mark.parametrize("planted", [CDNOW, (1.5, 12.0, 1.0, 4.0), (3.0, 20.0, 0.4, 1.2)])
def test_planted_parameters_come_back(planted: tuple[float, ...], simulate: Callable[..., np.ndarray]) -> None:
    model = BetaGeometricModel().fit(simulate(*planted, customers=40_000, seed=1))
    assert (model.converged_, model.at_bounds_) == (True, ())
    found = (model.r_, model.alpha_, model.a_, model.b_)
    assert found == pytest.approx(planted, rel=0.12)
    assert model.r_ / model.alpha_ == pytest.approx(planted[0] / planted[1], rel=0.04)
    assert model.a_ / (model.a_ + model.b_) == pytest.approx(planted[2] / (planted[2] + planted[3]), rel=0.04)


def test_the_top_of_the_likelihood_is_higher_than_the_truth_and_flat(simulate: Callable[..., np.ndarray]) -> None:
    X = simulate(*CDNOW, customers=3000, seed=2)
    model = BetaGeometricModel().fit(X)
    likelihood = _Likelihood(*_count_rows(*X.T))
    top = np.array([model.r_, model.alpha_, model.a_, model.b_])
    value, slope = likelihood(top)
    assert value == pytest.approx(model.log_likelihood_)
    assert model.score(X) == pytest.approx(value / 3000)
    assert value > likelihood(np.array(CDNOW))[0]
    assert slope * top == pytest.approx(np.zeros(4), abs=3e-3)
    elsewhere = top * [1.3, 0.8, 0.7, 1.4]
    numeric = approx_fprime(elsewhere, lambda where: likelihood(where)[0], 1e-6)
    assert likelihood(elsewhere)[1] == pytest.approx(numeric, rel=1e-3)


def test_the_likelihood_of_one_customer_by_hand() -> None:
    # r = alpha = a = b = 1, one repeat purchase at 1 of 2: rate and chance integrated out by hand.
    # Stayed: E[l^1 e^(-2 l)] E[1 - p] = 1 / 9 x 1 / 2. Left at 1: E[l e^(-l)] E[p] = 1 / 4 x 1 / 2.
    likelihood = _Likelihood(*_count_rows(np.array([1.0]), np.array([1.0]), np.array([2.0])))
    assert likelihood(np.ones(4))[0] == pytest.approx(np.log(1 / 18 + 1 / 8))
    assert with_parameters(1, 1, 1, 1).probability_alive([[1, 1, 2]]) == pytest.approx([(1 / 18) / (1 / 18 + 1 / 8)])


def test_neither_the_order_of_customers_nor_the_unit_of_time_matters(simulate: Callable[..., np.ndarray]) -> None:
    X = np.round(simulate(*CDNOW, customers=3000, seed=3))
    X = X[(X[:, 0] == 0) == (X[:, 1] == 0)]
    weeks = BetaGeometricModel().fit(X)
    shuffled = BetaGeometricModel().fit(X[np.random.default_rng(0).permutation(len(X))])
    days = BetaGeometricModel().fit(X * [1, 7, 7])
    assert (shuffled.r_, shuffled.alpha_, shuffled.b_) == (weeks.r_, weeks.alpha_, weeks.b_)
    assert (days.r_, days.alpha_ / 7, days.a_, days.b_) == pytest.approx(
        (weeks.r_, weeks.alpha_, weeks.a_, weeks.b_), rel=1e-3
    )
    forecast = weeks.expected_purchases(X, horizon=10)
    assert days.expected_purchases(X * [1, 7, 7], horizon=70) == pytest.approx(forecast, rel=1e-3)
    assert days.log_likelihood_ == pytest.approx(weeks.log_likelihood_ - X[:, 0].sum() * np.log(7))


@pytest.mark.parametrize("parameters", [CDNOW, (1.2, 9.0, 0.3, 2.0), (2.0, 30.0, 5.0, 40.0)])
def test_expected_purchases_equal_the_closed_form_of_the_paper(parameters: tuple[float, ...]) -> None:
    X = np.array([[0, 0, 39], [2, 30.4, 38.9], [30, 90, 100], [1, 1, 5]], dtype=float)
    r, alpha, a, b = parameters
    x, recency, age = X.T
    t = 39.0
    grown = ((alpha + age) / (alpha + age + t)) ** (r + x)
    while_alive = 1 - grown * hyp2f1(r + x, b + x, a + b + x - 1, t / (alpha + age + t))
    gone = np.where(x > 0, a / (b + np.maximum(x, 1) - 1) * ((alpha + age) / (alpha + recency)) ** (r + x), 0)
    expected = (a + b + x - 1) / (a - 1) * while_alive / (1 + gone)
    model = with_parameters(*parameters)
    assert model.expected_purchases(X, horizon=t) == pytest.approx(expected, rel=1e-5)
    assert model.probability_alive(X) == pytest.approx(1 / (1 + gone))


def test_discounted_purchases_equal_the_integral_over_time() -> None:
    discount, horizon = np.log(1.1) / 52, 520.0
    for x, age, (r, alpha, a, b) in [(0, 39, CDNOW), (4, 60, CDNOW), (9, 80, (1.2, 9.0, 0.3, 2.0))]:

        def rate(s: float, x: int = x, age: int = age, p: tuple[float, ...] = (r, alpha, a, b)) -> float:
            shape, scale = p[0] + x, p[1] + age
            decayed = hyp2f1(shape + 1, p[2], p[2] + p[3] + x, -s / scale)
            return float(np.exp(-discount * s) * shape / scale * decayed)

        expected = quad(rate, 0, horizon, epsrel=1e-10)[0]
        found = residual_purchases(
            np.array([float(x)]),
            np.array([float(age)]),
            parameters=(r, alpha, a, b),
            horizon=horizon,
            discount=discount,
        )
        assert found[0] == pytest.approx(expected, rel=1e-5)


def test_forecasts_come_true_on_average(simulate: Callable[..., np.ndarray]) -> None:
    # The same customers (same seed) seen for 60 weeks, and what they did in the 40 after.
    model = with_parameters(1.0, 10.0, 0.6, 3.0)
    random = np.random.default_rng(4)
    count = 60_000
    rate, chance = random.gamma(1.0, 0.1, count), random.beta(0.6, 3.0, count)
    seen, recency, later, now = (np.zeros(count) for _ in range(4))
    alive = np.arange(count)
    while len(alive):
        now[alive] += random.exponential(1 / np.maximum(rate[alive], 1e-12))
        alive = alive[now[alive] <= 100]
        early = now[alive] <= 60
        seen[alive[early]] += 1
        recency[alive[early]] = now[alive[early]]
        later[alive[~early]] += 1
        alive = alive[random.random(len(alive)) >= chance[alive]]
    forecast = model.expected_purchases(np.column_stack([seen, recency, np.full(count, 60.0)]), horizon=40)
    for bought in (0, 1, 2, 5):
        rows = seen == bought
        error = later[rows].std() / np.sqrt(rows.sum())
        assert abs(forecast[rows].mean() - later[rows].mean()) < 4 * error


def test_who_waits_longer_than_usual_is_likelier_gone() -> None:
    model = with_parameters(*CDNOW)
    alive = model.probability_alive([[5, 38, 39], [5, 20, 39], [5, 5, 39], [0, 0, 39]])
    assert alive[0] > alive[1] > alive[2]
    assert alive[3] == 1


def test_where_nobody_leaves_the_forecast_is_that_of_rates_alone(simulate: Callable[..., np.ndarray]) -> None:
    X = simulate(2.0, 10.0, 1e-6, 1.0, customers=4000, seed=5)
    model = BetaGeometricModel().fit(X)
    assert model.converged_
    assert model.a_ / (model.a_ + model.b_) < 0.005
    nbd = (model.r_ + X[:, 0]) / (model.alpha_ + X[:, 2]) * 10
    forecast = model.expected_purchases(X, horizon=10)
    assert forecast.sum() == pytest.approx(nbd.sum(), rel=0.02)
    assert np.median(forecast / nbd) == pytest.approx(1, abs=0.01)


@pytest.mark.parametrize(
    ("X", "complaint"),
    [
        ([[1, 5, 4]], "cannot be"),
        ([[-1, 0, 4]], "cannot be"),
        ([[0, 2, 4]], "cannot be"),
        ([[2, 0, 4]], "cannot be"),
        ([[0, 0, 4], [0, 0, 3]], "0 throughout"),
        ([[1, 2], [1, 3]], "3, frequency, recency, age"),
    ],
)
def test_histories_that_cannot_be_are_refused(X: list[list[float]], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        BetaGeometricModel().fit(X)


def test_it_can_be_copied_and_configured_like_any_estimator() -> None:
    check_get_params_invariance("BetaGeometricModel", BetaGeometricModel())
    check_no_attributes_set_in_init("BetaGeometricModel", BetaGeometricModel())
    assert not hasattr(clone(with_parameters(*CDNOW)), "r_")


@pytest.mark.slow
def test_a_million_customers_take_seconds(simulate: Callable[..., np.ndarray]) -> None:
    X = np.ceil(simulate(1.0, 60.0, 0.6, 3.0, customers=1_000_000, seed=6, longest=730.0))
    started = perf_counter()
    model = BetaGeometricModel().fit(X)
    model.expected_purchases(X, horizon=36_525, discount=np.log(1.1) / 365.25)
    assert perf_counter() - started < 30
    assert (model.r_, model.a_) == pytest.approx((1.0, 0.6), rel=0.05)
