"""How often a customer will buy: the beta-geometric / negative binomial model (BG/NBD).

P. Fader, B. Hardie and K. Lee, "Counting your customers the easy way: an alternative to the Pareto/NBD model",
Marketing Science 24(2), 2005. A customer buys at random at a rate of their own, which follows a gamma distribution
(shape r, rate alpha) over customers, and after each purchase leaves for good with a chance of their own, which follows
a beta distribution (a, b).
"""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from scipy.special import betaln, digamma, gammaln
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted, validate_data

from querencia.learn.encoding.encoders import Floats
from querencia.learn.value.likelihood import maximise
from querencia.learn.value.residual import residual_purchases

COLUMNS = ("frequency", "recency", "age")


class BetaGeometricModel(BaseEstimator):
    """BG/NBD by maximum likelihood, over the distinct rows, each counted as often as it occurs.

    A customer is three numbers: `frequency`, the purchases after the first; `recency`, the time from the first purchase
    to the last, 0 where there is one only; `age`, the time from the first purchase to now. The unit of time is the
    caller's, and `alpha_` is in it. It is no scikit-learn regressor, for it knows no outcome; its options and learned
    attributes follow the rules all the same.

    Learned: `r_`, `alpha_`, `a_`, `b_`; `log_likelihood_` of all customers; `converged_`; `at_bounds_`, the names of
    parameters that ran away (`likelihood.Optimum`).
    """

    def fit(self, X: Any, y: Any = None) -> Self:
        """Learn the four parameters from customers `X` (n, 3): frequency, recency, age.

        ValueError where a customer's numbers contradict each other, or where nobody bought twice.
        """
        frequency, recency, age = read_histories(self, X, reset=True)
        if not frequency.any():
            raise ValueError("frequency is 0 throughout: expected some customers who bought more than once.")
        scale = float(age.max())
        rows = _count_rows(frequency, recency / scale, age / scale)
        likelihood = _Likelihood(*rows)
        mean = float(frequency.mean())
        top = maximise(likelihood, start=(1.0, 0.5 / max(mean, 0.1), 0.5, 2.0), rows=float(len(frequency)))
        self.r_, alpha, self.a_, self.b_ = (float(value) for value in top.parameters)
        self.alpha_ = alpha * scale
        # The density of a purchase per unit of time is less, the longer the unit.
        self.log_likelihood_ = top.log_likelihood - float(frequency.sum()) * float(np.log(scale))
        self.converged_ = top.converged
        self.at_bounds_ = tuple(("r", "alpha", "a", "b")[position] for position in top.at_bounds)
        return self

    def probability_alive(self, X: Any) -> Floats:
        """Return the chance that each customer has not left for good, (n,); 1 for those who bought once.

        P. Fader, B. Hardie and K. Lee, "Computing P(alive) using the BG/NBD model", 2008.
        """
        check_is_fitted(self)
        frequency, recency, age = read_histories(self, X, reset=False)
        return self._alive(frequency, recency, age)

    def _alive(self, frequency: Floats, recency: Floats, age: Floats) -> Floats:
        again = frequency > 0
        waited = np.log((self.alpha_ + age) / (self.alpha_ + recency))
        odds = np.log(self.a_ / (self.b_ + np.maximum(frequency, 1) - 1)) + (self.r_ + frequency) * waited
        return np.where(again, np.exp(-np.logaddexp(0.0, odds)), 1.0)

    def expected_purchases(self, X: Any, *, horizon: float, discount: float = 0.0) -> Floats:
        """Return how many purchases each customer will make within `horizon`, (n,).

        With a `discount`, continuous and per unit of time, a purchase after time s counts exp(-discount x s). Averages
        over what is still possible of the customer's rate and chance of leaving (`residual_purchases`): without
        discount, equation (10) of the paper of 2005.
        """
        check_is_fitted(self)
        frequency, recency, age = read_histories(self, X, reset=False)
        if not (horizon >= 0 and np.isfinite(horizon)) or not discount >= 0:
            raise ValueError(f"horizon is {horizon!r}, discount {discount!r}: expected finite figures of 0 or more.")
        while_alive = residual_purchases(
            frequency,
            age,
            parameters=(self.r_, self.alpha_, self.a_, self.b_),
            horizon=horizon,
            discount=discount,
        )
        return while_alive * self._alive(frequency, recency, age)

    def score(self, X: Any, y: Any = None) -> float:
        """Return the mean log likelihood of customers `X` (n, 3)."""
        check_is_fitted(self)
        rows = _count_rows(*read_histories(self, X, reset=False))
        value, _ = _Likelihood(*rows)(np.array([self.r_, self.alpha_, self.a_, self.b_]))
        return value / float(rows[-1].sum())


def read_histories(estimator: Any, X: Any, *, reset: bool) -> tuple[Floats, Floats, Floats]:
    """Return frequency, recency and age (n,) each. ValueError where they contradict each other."""
    table = validate_data(estimator, X, reset=reset, dtype=np.float64)
    if table.shape[1] != len(COLUMNS):
        raise ValueError(f"X has {table.shape[1]} columns: expected 3, {', '.join(COLUMNS)}.")
    frequency, recency, age = table.T
    if (table < 0).any() or (recency > age).any() or ((frequency == 0) != (recency == 0)).any() or not age.any():
        raise ValueError(
            "X holds customers that cannot be: expected frequency, recency and age of 0 or more, a recency up to the "
            "age, 0 exactly where nobody bought again, and some age above 0."
        )
    return frequency, recency, age


def _count_rows(frequency: Floats, recency: Floats, age: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    """Return the distinct customers, in order, column by column, and how often each occurs."""
    columns = (frequency, recency, age)
    order = np.lexsort(columns)
    ordered = [column[order] for column in columns]
    new = np.zeros(len(order), dtype=bool)
    new[0] = True
    for column in ordered:
        new[1:] |= column[1:] != column[:-1]
    starts = np.flatnonzero(new)
    weight = np.diff(np.append(starts, len(order))).astype(np.float64)
    first, second, third = (column[starts] for column in ordered)
    return first, second, third, weight


class _Likelihood:
    """Equation (6) of the paper in logarithms, with its derivatives.

    What depends on the frequency alone is worked out once per frequency, not per row: gamma functions are dear.
    """

    def __init__(self, frequency: Floats, recency: Floats, age: Floats, weight: Floats) -> None:
        self.x, self.of_row = np.unique(frequency, return_inverse=True)
        self.count: Floats = np.bincount(self.of_row, weights=weight).astype(np.float64)
        self.frequency, self.recency, self.age, self.weight = frequency, recency, age, weight
        self.again = frequency > 0

    def __call__(self, parameters: Floats) -> tuple[float, Floats]:
        r, alpha, a, b = parameters
        x, count = self.x, self.count
        per_frequency = gammaln(r + x) - gammaln(r) + r * np.log(alpha) + betaln(a, b + x) - betaln(a, b)
        # B(a, b + x) / B(a, b) is the chance to stay through x purchases; the paper writes it in gamma functions.
        shape = r + self.frequency
        log_age, log_recency = np.log(alpha + self.age), np.log(alpha + self.recency)
        before = np.maximum(b + x - 1, 1e-300)[self.of_row]
        alive = -shape * log_age
        lost = np.where(self.again, np.log(a) - np.log(before) - shape * log_recency, -np.inf)
        either = np.logaddexp(alive, lost)
        value = float(count @ per_frequency + self.weight @ either)
        left = self.weight * np.exp(lost - either)
        stayed = self.weight - left
        slope_r = count @ (digamma(r + x) - digamma(r) + np.log(alpha)) - stayed @ log_age - left @ log_recency
        slope_alpha = count.sum() * r / alpha
        slope_alpha -= stayed @ (shape / (alpha + self.age)) + left @ (shape / (alpha + self.recency))
        both = digamma(a + b) - digamma(a + b + x)
        # The chance to stay is B(a, b + x) / B(a, b): gamma(b + x) / gamma(a + b + x) over gamma(b) / gamma(a + b).
        slope_a = count @ both + left.sum() / a
        slope_b = count @ (both + digamma(b + x) - digamma(b)) - left @ (1 / before)
        return value, np.array([slope_r, slope_alpha, slope_a, slope_b])
