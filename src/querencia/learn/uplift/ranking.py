"""Which customers to contact first: the ranking that an experiment proves best, or none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from querencia.learn.encoding.encoders import Floats
from querencia.learn.figures.interval import Interval
from querencia.learn.figures.uplift import RankingTrial
from querencia.learn.metrics.auuc import auuc
from querencia.learn.metrics.direction import Outcome
from querencia.learn.metrics.resampling import RESAMPLES
from querencia.learn.uplift.simultaneous import bound_rankings

RISK, NOBODY = "risk", "nobody"


@dataclass(frozen=True, kw_only=True)
class RankingChoice:
    """What was tried, best first, and what was kept.

    `ranking` is what the campaign goes by, `found` whether it is proven to beat chance, `shown` the one kept, or else
    the best that was tried and tells customers apart at all.
    """

    trials: tuple[RankingTrial, ...]
    ranking: str
    found: bool
    shown: str
    resamples: int


def choose_ranking(
    observed: ArrayLike,
    treatment: ArrayLike,
    scores: Mapping[str, Floats],
    *,
    average_effect: Interval,
    outcome: Outcome = "churn",
    seed: int,
    resamples: int = RESAMPLES,
) -> RankingChoice:
    """Return the best of `scores` by out-of-fold Qini coefficient, if it can be told from chance.

    `observed` (n,) 0 or 1, `treatment` (n,) 0 or 1; each of `scores` (n,) ranks customers, out of fold, highest first.
    One is named "risk", and knows nothing of treatment; the others were learned from this experiment. "nobody" is tried
    beside them: contacting nobody wins nothing, a coefficient of 0.

    A ranking is found if its simultaneous bound (see `bound_rankings`) is above 0; of those the one with the highest
    coefficient is kept. If none is, customers are ranked by risk, unless `average_effect` says that contact does harm:
    then nobody is to be contacted. A Qini coefficient is about differences between customers: an effect that is the
    same for all has none to find, and shows in the average effect alone.
    """
    names = list(scores)
    columns = np.column_stack([scores[name] for name in names])
    bounds = bound_rankings(
        observed,
        treatment,
        columns,
        learned=[name != RISK for name in names],
        outcome=outcome,
        seed=seed,
        resamples=resamples,
    )
    trials = [
        RankingTrial(
            name=name,
            qini=bounds.qini[k],
            simultaneous_low=bounds.simultaneous_low[k],
            auuc=auuc(observed, scores[name], treatment, outcome=outcome),
        )
        for k, name in enumerate(names)
    ]
    trials.sort(key=lambda trial: -trial.qini.value)
    proven = [trial.name for trial in trials if trial.simultaneous_low > 0]
    names_by_qini = [trial.name for trial in trials]
    fallback = NOBODY if average_effect.high < 0 else RISK
    nothing = RankingTrial(name=NOBODY, qini=Interval(value=0.0, low=0.0, high=0.0), simultaneous_low=0.0, auuc=0.0)
    return RankingChoice(
        trials=tuple(sorted([*trials, nothing], key=lambda trial: -trial.qini.value)),
        ranking=proven[0] if proven else fallback,
        found=bool(proven),
        shown=proven[0] if proven else next((name for name in names_by_qini if np.ptp(scores[name]) > 0), RISK),
        resamples=bounds.resamples,
    )
