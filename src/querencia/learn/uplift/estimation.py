"""What contact does to churn, from one experiment: everything the pipeline asks of this room."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from threadpoolctl import threadpool_limits

from querencia.errors import InputError
from querencia.learn.encoding.encoders import Floats
from querencia.learn.figures.interval import Interval
from querencia.learn.figures.uplift import Power, UpliftFigures
from querencia.learn.folds import NEVER_TRAINED, Folds
from querencia.learn.metrics.average_effect import average_effect
from querencia.learn.metrics.resampling import RESAMPLES
from querencia.learn.uplift.cross_fitting import CrossFit, cross_fit, experiment_folds
from querencia.learn.uplift.dr_learner import DRLearner
from querencia.learn.uplift.evaluation import Experiment, draw_curve, tell_deciles, value_policies
from querencia.learn.uplift.meta_learner import MetaLearner
from querencia.learn.uplift.power import describe_power
from querencia.learn.uplift.randomisation import check_randomisation
from querencia.learn.uplift.ranking import NOBODY, RISK, RankingChoice, choose_ranking
from querencia.learn.uplift.s_learner import SLearner
from querencia.learn.uplift.t_learner import TLearner
from querencia.learn.uplift.x_learner import XLearner

# Each side needs so many who left, and so many who stayed, before a learner is tried.
FEWEST = 10
T_LEARNER = "t_learner"


@dataclass(frozen=True, kw_only=True)
class UpliftModel:
    """The learners of the ranking kept, one per fold; none where no effect on single customers was found."""

    ranking: str
    learners: tuple[MetaLearner, ...] = ()

    def effect(self, features: pd.DataFrame, *, folds: Folds | None = None) -> Floats:
        """Return the fall in churn probability by contact, (n,), by learners that never saw the customer.

        `features` (n, p) has the columns trained on. `folds` (n,) holds the fold in which each customer was trained on,
        or -1 for one who was not: the mean of all learners then. NaN throughout where no effect was found.
        """
        if not self.learners:
            return np.full(len(features), np.nan)
        with threadpool_limits(1):
            effects = np.stack([learner.predict(features) for learner in self.learners])
        if folds is None:
            return np.asarray(effects.mean(axis=0), dtype=np.float64)
        own = effects[np.maximum(folds, 0), np.arange(len(features))]
        return np.where(folds == NEVER_TRAINED, effects.mean(axis=0), own)


@dataclass(frozen=True, kw_only=True)
class Uplift:
    """What was found, the effect on each customer by learners that never saw them, and a model for others.

    `out_of_fold` (n,) are falls in churn probability; NaN where treatment is unknown, and throughout where no ranking
    by effect was found. `folds` (n,) are those of the experiment, -1 where treatment is unknown.
    """

    figures: UpliftFigures
    out_of_fold: Floats
    folds: Folds
    model: UpliftModel


def default_learners(seed: int) -> dict[str, MetaLearner]:
    """Return the learners that are tried: two of straight lines (T, DR) and two of trees (S, X)."""
    return {
        "s_learner": SLearner(random_state=seed),
        T_LEARNER: TLearner(random_state=seed),
        "x_learner": XLearner(random_state=seed),
        "dr_learner": DRLearner(random_state=seed),
    }


def estimate_uplift(
    features: pd.DataFrame,
    outcome: ArrayLike,
    treatment: ArrayLike,
    *,
    risk: ArrayLike,
    folds: int = 5,
    seed: int,
    designed: float | None = None,
    learners: Mapping[str, MetaLearner] | None = None,
    resamples: int = RESAMPLES,
    on_progress: Callable[[int, int], None] | None = None,
) -> Uplift:
    """Return what contact did to churn, whom to contact first, and how sure that is.

    `features` (n, p), ordered by customer id; `outcome` (n,) 1 for a customer who left, else 0; `treatment` (n,) 1 for
    one who was contacted, 0 for one who was not, NaN where unknown, who are left out; `risk` (n,) their churn
    probability out of fold. `designed` is the share that was to be contacted, None if not declared. `learners` are
    those to try, by name (None: `default_learners`); they take `outcome="churn"`. `on_progress` is told steps done and
    in all. InputError for other values, or where nobody or everybody was contacted.
    """
    known, left, contact = _read_experiment(outcome, treatment)
    frame, chance = features.loc[known], np.asarray(risk, dtype=np.float64)[known]
    tried = _usable_learners(default_learners(seed) if learners is None else learners, left, contact)
    steps, tell = len(tried) + 3, on_progress or _tell_nobody
    sound = check_randomisation(frame, contact, designed=designed, n_folds=folds, seed=seed, resamples=resamples)
    tell(1, steps)
    parts = experiment_folds(left, contact, n_folds=folds, seed=seed)
    fits: dict[str, CrossFit] = {}
    for name, learner in tried.items():
        fits[name] = cross_fit(learner, frame, left, contact, folds=parts)
        tell(len(fits) + 1, steps)
    average = average_effect(left, contact, outcome="churn", seed=seed, resamples=resamples)
    scores = {name: fit.effects for name, fit in fits.items()} | {RISK: chance}
    choice = choose_ranking(left, contact, scores, average_effect=average, seed=seed, resamples=resamples)
    experiment = Experiment(left=left, contact=contact, seed=seed, resamples=resamples)
    shown = scores[choice.shown]
    deciles = tell_deciles(experiment, shown, by_effect=choice.shown != RISK)
    choice = _heed(choice, sound=sound.sound, average=average, first=deciles[0].observed)
    tell(steps - 1, steps)
    figures = UpliftFigures(
        rows=len(left),
        contacted=int(contact.sum()),
        average_effect=average,
        randomisation=sound,
        power=_describe_power(experiment),
        trials=choice.trials,
        ranking=choice.ranking,
        found=choice.found,
        shown=choice.shown,
        protocol=_describe_protocol(choice, tried, int(parts.max()) + 1, seed),
        curve=draw_curve(experiment, shown),
        deciles=deciles,
        policy=value_policies(experiment, shown, expected=_expected(fits, frame, parts)),
        resamples=choice.resamples,
    )
    tell(steps, steps)
    return _uplift(figures, known, parts, fits.get(choice.ranking))


def _heed(choice: RankingChoice, *, sound: bool, average: Interval, first: Interval | None) -> RankingChoice:
    """Return the choice as the experiment bears it out.

    Where contact was not random no effect is proven, and risk ranks. A ranking beats contacting at random by its Qini;
    where contact does harm on average that is not enough: those ranked first (`first`, the effect on the highest tenth)
    must be helped, or nobody is to be contacted.
    """
    if not sound:
        return replace(choice, ranking=RISK, found=False)
    if choice.found and average.high < 0 and (first is None or first.low <= 0):
        return replace(choice, ranking=NOBODY, found=False)
    return choice


def _describe_power(experiment: Experiment) -> Power:
    contacted = int(experiment.contact.sum())
    rate = float(experiment.left[experiment.contact == 0].mean())
    return describe_power(base_rate=rate, contacted=contacted, others=len(experiment.contact) - contacted)


def _uplift(figures: UpliftFigures, known: NDArray[np.bool_], parts: Folds, fit: CrossFit | None) -> Uplift:
    out_of_fold, folds = np.full(len(known), np.nan), np.full(len(known), NEVER_TRAINED)
    folds[known] = parts
    if fit is None:
        model = UpliftModel(ranking=figures.ranking)
        return Uplift(figures=figures, out_of_fold=out_of_fold, folds=folds, model=model)
    out_of_fold[known] = fit.effects
    model = UpliftModel(ranking=figures.ranking, learners=fit.learners)
    return Uplift(figures=figures, out_of_fold=out_of_fold, folds=folds, model=model)


def _read_experiment(
    outcome: ArrayLike, treatment: ArrayLike
) -> tuple[NDArray[np.bool_], NDArray[np.int64], NDArray[np.int64]]:
    """Return whose treatment is known, (n,), and their outcome and treatment."""
    values, labels = np.asarray(outcome, dtype=np.float64), np.asarray(treatment, dtype=np.float64)
    known = ~np.isnan(labels)
    for name, column in (("outcome", values[known]), ("treatment", labels[known])):
        wrong = column[~np.isin(column, [0.0, 1.0])]
        if len(wrong):
            raise InputError(f"{name} holds {float(wrong[0])!r}: expected 0 or 1, and for treatment NaN where unknown.")
    left, contact = values[known].astype(np.int64), labels[known].astype(np.int64)
    if not 0 < contact.sum() < len(contact):
        raise InputError(
            f"{int(contact.sum())} of {len(contact)} customers were contacted: what contact changes is learned from "
            "customers who were and customers who were not. Check the treatment column."
        )
    return known, left, contact


def _usable_learners(
    learners: Mapping[str, MetaLearner], left: NDArray[np.int64], contact: NDArray[np.int64]
) -> Mapping[str, MetaLearner]:
    cells = np.bincount(2 * contact + left, minlength=4)
    return learners if cells.min() >= FEWEST else {}


def _tell_nobody(done: int, total: int) -> None:
    """Stand in where nobody asked to be told of progress."""


def _expected(fits: Mapping[str, CrossFit], frame: pd.DataFrame, folds: NDArray[np.int64]) -> Floats | None:
    """Return the churn probability without and with contact, (n, 2), by T-learners that did not see the customer."""
    if T_LEARNER not in fits:
        return None
    expected = np.empty((len(frame), 2))
    with threadpool_limits(1):
        for fold, learner in enumerate(fits[T_LEARNER].learners):
            if not isinstance(learner, TLearner):
                return None
            expected[folds == fold] = learner.predict_outcomes(frame.loc[folds == fold])
    return expected


def _describe_protocol(choice: RankingChoice, tried: Mapping[str, MetaLearner], folds: int, seed: int) -> str:
    if not tried:
        return (
            f"No learner was tried, for a side of the experiment has fewer than {FEWEST} customers who left or who "
            f"stayed; 95 % intervals from {choice.resamples} bootstrap resamples; seed {seed}"
        )
    return (
        f"{folds} folds stratified by outcome and contact, every effect foretold by learners that never saw the "
        f"customer; the best of {len(choice.trials)} rankings by Qini coefficient, kept if its bound over all of them "
        f"at once is above 0; 95 % intervals from {choice.resamples} bootstrap resamples; seed {seed}"
    )
