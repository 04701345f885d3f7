"""Purchases still to come from a customer who has not left: the expectation behind BG/NBD forecasts and values."""

from __future__ import annotations

import numpy as np
from scipy.special import betainccinv, betaincinv, expit, gammainccinv, gammaincinv

from querencia.learn.encoding.encoders import Floats

RATES, CHANCES = 24, 48
AT_ONCE = 4096


def residual_purchases(
    frequency: Floats,
    age: Floats,
    *,
    parameters: tuple[float, float, float, float],
    horizon: float,
    discount: float,
) -> Floats:
    """Return the expected discounted purchases (n,) within `horizon` of customers who are alive now.

    A customer with rate l and chance of leaving p, alive, buys at the rate l exp(-l p s) after a time s, so that the
    discounted sum up to the horizon h is l (1 - exp(-(l p + discount) h)) / (l p + discount). Given their history and
    that they are alive, l is gamma(r + frequency, alpha + age) and p beta(a, b + frequency), independently; the mean is
    over both. It depends on frequency and age alone, so it is worked out once for each pair of them.

    The mean is taken by double exponential quadrature over the quantiles of l and p (H. Takahasi and M. Mori, 1974):
    the closed forms need a hypergeometric function that loses all digits where a parameter is large. Relative error
    below 1e-6 for a of 0.2 or more, 1e-3 for a of 0.05.
    """
    r, alpha, a, b = parameters
    found = np.empty(len(frequency))
    for purchases in np.unique(frequency):
        rows = np.flatnonzero(frequency == purchases)
        ages, of_row = np.unique(age[rows], return_inverse=True)
        # l x density(r + x) is (r + x) / (alpha + age) x density(r + x + 1): one singularity less.
        rate, rate_weight = _gamma_nodes(r + purchases + 1)
        chance, chance_weight = _beta_nodes(a, b + purchases)
        product = np.outer(rate, chance)
        means = np.empty(len(ages))
        for start in range(0, len(ages), AT_ONCE // RATES):
            scale = (alpha + ages[start : start + AT_ONCE // RATES])[:, None, None]
            decay = product + discount * scale
            within = _decayed(decay * (horizon / scale)) * (horizon / scale)
            means[start : start + AT_ONCE // RATES] = np.einsum("i,nij,j->n", rate_weight, within, chance_weight)
        found[rows] = (r + purchases) * means[of_row]
    return found


def _decayed(z: Floats) -> Floats:
    """Return (1 - exp(-z)) / z, which is 1 at 0."""
    safe = np.maximum(z, 1e-300)
    return np.asarray(-np.expm1(-safe) / safe)


def _quantiles(count: int) -> tuple[Floats, Floats, Floats]:
    """Return nodes v in (0, 1), 1 - v exactly, and weights that sum to 1."""
    t = np.linspace(-3.2, 3.2, count)
    v, rest = expit(np.pi * np.sinh(t)), expit(-np.pi * np.sinh(t))
    weight = np.cosh(t) * v * rest
    return v, rest, weight / weight.sum()


def _gamma_nodes(shape: float) -> tuple[Floats, Floats]:
    v, rest, weight = _quantiles(RATES)
    return np.where(v < 0.5, gammaincinv(shape, v), gammainccinv(shape, rest)), weight


def _beta_nodes(a: float, b: float) -> tuple[Floats, Floats]:
    v, rest, weight = _quantiles(CHANCES)
    return np.where(v < 0.5, betaincinv(a, b, v), betainccinv(a, b, rest)), weight
