"""Learning churn, and measuring what was learned, in one go: the model, and every figure of its model card."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from querencia.learn.churn.classifier import ChurnClassifier, usable_candidates
from querencia.learn.churn.leakage import find_leaks
from querencia.learn.figures.churn import Baseline, ChurnFigures
from querencia.learn.metrics.bootstrap import RESAMPLES, bootstrap_quality
from querencia.learn.metrics.calibration import calibration_bins
from querencia.learn.preparation import Training
from querencia.learn.problem import ScoringOptions

Tell = Callable[[str, int, int], None]


@dataclass(frozen=True, kw_only=True)
class LearnedChurn:
    """The model, and its figures."""

    model: ChurnClassifier
    figures: ChurnFigures


def learn_churn(training: Training, *, options: ScoringOptions, origin: str, tell: Tell) -> LearnedChurn:
    """Return the churn model of `training` with its figures. `origin` says where the outcome comes from, as a clause.

    `tell` is told the step ("churn", "quality"), and how much of it is done, of how much.
    """
    treatment = None if training.treatment is None else np.nan_to_num(training.treatment, nan=-1.0)
    model = ChurnClassifier(
        candidates=usable_candidates(), n_folds=options.folds, n_jobs=options.n_jobs, random_state=options.seed
    ).fit(
        training.features,
        training.outcome,
        treatment=treatment,
        on_progress=lambda done, total: tell("churn", done, total),
    )
    tell("quality", 0, 1)
    figures = _measure(model, training, options=options, origin=origin)
    tell("quality", 1, 1)
    return LearnedChurn(model=model, figures=figures)


def _measure(model: ChurnClassifier, training: Training, *, options: ScoringOptions, origin: str) -> ChurnFigures:
    outcome = training.outcome
    quality = bootstrap_quality(outcome, model.oof_probability_, seed=options.seed)
    rate = int(outcome.sum()) / len(outcome)
    strata = ("outcome", "contact") if training.treatment is not None else ("outcome",)
    return ChurnFigures(
        rows=len(outcome),
        churners=int(outcome.sum()),
        model=model.model_,
        protocol=_describe_protocol(model, strata, options=options, origin=origin),
        auc=quality.auc,
        average_precision=quality.average_precision,
        brier=quality.brier,
        brier_skill=quality.brier_skill,
        baseline=Baseline(auc=0.5, average_precision=rate, brier=rate * (1 - rate), brier_skill=0.0),
        candidates=model.candidates_,
        calibration=calibration_bins(outcome, model.oof_probability_),
        leaks=find_leaks(training.features, outcome, folds=model.folds_),
        folds=len(model.fold_models_),
        strata=strata,
        calibration_method=model.calibration_,
        resamples=RESAMPLES,
        seed=options.seed,
    )


def _describe_protocol(model: ChurnClassifier, strata: tuple[str, ...], *, options: ScoringOptions, origin: str) -> str:
    return (
        f"{origin + '; ' if origin else ''}{len(model.fold_models_)} folds stratified by {' and '.join(strata)}, every "
        f"customer scored by a model, and calibrated ({model.calibration_}) by a curve, that never saw them; the better "
        f"of {len(model.candidates_)} models by out-of-fold log loss; 95 % intervals from {RESAMPLES} bootstrap resamples; seed {options.seed}"
    )
