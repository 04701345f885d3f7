"""How much a customer spends at a time: the gamma-gamma model.

P. Fader and B. Hardie, "The gamma-gamma model of monetary value", 2013. A customer's amounts follow a gamma
distribution (shape p) with a rate of their own, which follows a gamma distribution (shape q, rate v) over customers.
How much a customer spends is taken to have nothing to do with how often.
"""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from scipy.special import digamma, gammaln
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted, validate_data

from querencia.learn.encoding.encoders import Floats
from querencia.learn.value.likelihood import maximise

COLUMNS = ("purchases", "mean_spend")


class GammaGammaModel(BaseEstimator):
    """Gamma-gamma by maximum likelihood.

    A customer is two numbers: `purchases`, how many were made, and `mean_spend`, the mean amount of them. Those without
    a purchase teach nothing. No scikit-learn regressor, as it knows no outcome.

    Learned: `p_`, `q_`, `v_` (in the currency of the amounts); `log_likelihood_`; `converged_`; `at_bounds_`, the names
    of parameters that ran away (`likelihood.Optimum`).
    """

    def fit(self, X: Any, y: Any = None) -> Self:
        """Learn the three parameters from customers `X` (n, 2). ValueError without two customers who bought."""
        purchases, mean = self._read(X, reset=True)
        bought = purchases > 0
        if bought.sum() < 2:
            raise ValueError(f"{int(bought.sum())} customers bought: expected at least 2 to learn spend from.")
        order = np.lexsort((mean[bought], purchases[bought]))
        purchases, mean = purchases[bought][order], mean[bought][order]
        scale = float(mean.mean())
        top = maximise(_Likelihood(purchases, mean / scale), start=(2.0, 3.0, 2.0), rows=len(mean))
        self.p_, self.q_, v = (float(value) for value in top.parameters)
        self.v_ = v * scale
        self.log_likelihood_ = top.log_likelihood - len(mean) * float(np.log(scale))
        self.converged_ = top.converged
        self.at_bounds_ = tuple(("p", "q", "v")[position] for position in top.at_bounds)
        return self

    def expected_spend(self, X: Any) -> Floats:
        """Return what each customer will spend at a time, (n,): equation (5) of the note.

        p (v + purchases x mean) / (p purchases + q - 1): between their own mean and that of all, nearer to their own
        the more they bought; that of all, p v / (q - 1), without a purchase. ValueError where q is not above 1, for
        the mean of all is infinite then.
        """
        check_is_fitted(self)
        purchases, mean = self._read(X, reset=False)
        if self.q_ <= 1:
            raise ValueError(f"q is {self.q_:.3f}: expected more than 1, for below it spend has no mean.")
        return np.asarray(self.p_ * (self.v_ + purchases * mean) / (self.p_ * purchases + self.q_ - 1))

    def _read(self, X: Any, *, reset: bool) -> tuple[Floats, Floats]:
        table = validate_data(self, X, reset=reset, dtype=np.float64)
        if table.shape[1] != len(COLUMNS):
            raise ValueError(f"X has {table.shape[1]} columns: expected 2, {', '.join(COLUMNS)}.")
        purchases, mean = table.T
        if (table < 0).any() or ((purchases > 0) & (mean == 0)).any():
            raise ValueError("X holds customers that cannot be: expected purchases of 0 or more, of amounts above 0.")
        return purchases, mean


class _Likelihood:
    """Equation (1a) of the note in logarithms, with its derivatives."""

    def __init__(self, purchases: Floats, mean: Floats) -> None:
        self.x, self.of_row = np.unique(purchases, return_inverse=True)
        self.count = np.bincount(self.of_row).astype(np.float64)
        self.purchases, self.total = purchases, purchases * mean
        self.log_total, self.log_mean = np.log(self.total), np.log(mean)

    def __call__(self, parameters: Floats) -> tuple[float, Floats]:
        p, q, v = parameters
        shape = p * self.x
        spread = np.log(self.total + v)
        value = self.count @ (gammaln(shape + q) - gammaln(shape)) - len(self.total) * (gammaln(q) - q * np.log(v))
        value += p * (self.purchases @ (self.log_total - spread)) - self.log_mean.sum() - q * spread.sum()
        slope_p = self.count @ (self.x * (digamma(shape + q) - digamma(shape)))
        slope_p += self.purchases @ (self.log_total - spread)
        slope_q = self.count @ digamma(shape + q) + len(self.total) * (np.log(v) - digamma(q)) - spread.sum()
        slope_v = len(self.total) * q / v - ((p * self.purchases + q) / (self.total + v)).sum()
        return float(value), np.array([slope_p, slope_q, slope_v])
