"""How well a ranking does in an experiment on churn: its curve, its deciles, and what following it is worth."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from querencia.learn.encoding.encoders import Floats
from querencia.learn.figures.uplift import PolicyWorth, QiniPoint, UpliftDecile
from querencia.learn.metrics.null_band import qini_null_band
from querencia.learn.metrics.policy_value import policy_value_aipw, policy_value_ipw, top_share
from querencia.learn.metrics.qini import qini_curve
from querencia.learn.metrics.uplift_deciles import uplift_by_decile

POINTS = 50
SHARES = (0.0, 0.1, 0.2, 0.3, 0.5, 1.0)


@dataclass(frozen=True, kw_only=True)
class Experiment:
    """Who left (n,), who was contacted (n,), both 0 or 1, and how intervals are drawn."""

    left: NDArray[np.int64]
    contact: NDArray[np.int64]
    seed: int
    resamples: int


def draw_curve(experiment: Experiment, score: Floats) -> tuple[QiniPoint, ...]:
    """Return the Qini curve of `score` (n,) at 50 equal steps from 0, with its null band."""
    at = np.arange(POINTS + 1) / POINTS
    left, contact = experiment.left, experiment.contact
    shares, kept = qini_curve(left, score, contact, outcome="churn")
    low, high = qini_null_band(left, contact, at, outcome="churn", seed=experiment.seed)
    return tuple(
        QiniPoint(share=float(share), kept=float(value), by_chance=float(share * kept[-1]), low=float(a), high=float(b))
        for share, value, a, b in zip(at, np.interp(at, shares, kept), low, high, strict=True)
    )


def tell_deciles(experiment: Experiment, score: Floats, *, by_effect: bool) -> tuple[UpliftDecile, ...]:
    """Return the deciles of `score` (n,); nothing is foretold unless the ranking is `by_effect`."""
    found = uplift_by_decile(
        experiment.left,
        score,
        experiment.contact,
        outcome="churn",
        seed=experiment.seed,
        resamples=experiment.resamples,
    )
    if by_effect:
        return found
    return tuple(
        UpliftDecile(decile=part.decile, customers=part.customers, predicted=None, observed=part.observed)
        for part in found
    )


def value_policies(experiment: Experiment, score: Floats, *, expected: Floats | None) -> tuple[PolicyWorth, ...]:
    """Return the churn rates of contacting some shares of the customers with the highest `score` (n,).

    `expected` (n, 2) is each customer's churn probability without and with contact, by models that did not see them,
    None where there are none.
    """
    left, contact = experiment.left, experiment.contact
    propensity, seed, resamples = float(contact.mean()), experiment.seed, experiment.resamples
    found = []
    for share in SHARES:
        policy = top_share(score, share=share)
        ipw = policy_value_ipw(left, contact, policy, propensity=propensity, seed=seed, resamples=resamples)
        aipw = None
        if expected is not None:
            aipw = policy_value_aipw(
                left, contact, policy, propensity=propensity, expected=expected, seed=seed, resamples=resamples
            )
        found.append(PolicyWorth(share=share, ipw=ipw, aipw=aipw))
    return tuple(found)
