"""Learning churn, and measuring what was learned, in one go: the model, and the figures of its model card."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from querencia.learn.churn.classifier import ChurnClassifier, usable_candidates
from querencia.learn.churn.leakage import find_leaks
from querencia.learn.churn.reasons import explain
from querencia.learn.churn.rival import RecencyFrequencyValue, judge_rival, measure_quality, score_rival
from querencia.learn.churn.time_split import Snapshot, measure_over_time
from querencia.learn.encoding.encoders import Floats
from querencia.learn.figures.churn import Baseline, ChurnFigures, Importance, LiftAt, Quality, Rival
from querencia.learn.figures.interval import Interval
from querencia.learn.metrics.bootstrap import RESAMPLES
from querencia.learn.metrics.calibration import calibration_bins
from querencia.learn.metrics.calibration_line import calibration_line
from querencia.learn.metrics.gain import bootstrap_lift, gain_curve
from querencia.learn.preparation import Training
from querencia.learn.problem import ScoringOptions

Tell = Callable[[str, int, int], None]
LIFT_SHARES = (0.01, 0.05, 0.1, 0.2)
EXPLAINED = 1_000  # customers over whom the importance of features is taken


@dataclass(frozen=True, kw_only=True)
class LearnedChurn:
    """The model, its figures, and what the figures were measured on: `outcome` and `probability` (m,), of customers
    that no model behind them had seen.
    """

    model: ChurnClassifier
    figures: ChurnFigures
    outcome: Floats
    probability: Floats


@dataclass(frozen=True, kw_only=True)
class _Judged:
    """Foretold and observed, and how good that was."""

    outcome: Floats
    probability: Floats
    quality: Quality
    rivals: tuple[Rival, ...]


def learn_churn(
    training: Training,
    *,
    options: ScoringOptions,
    origin: str,
    tell: Tell,
    earlier: Training | None = None,
    rival: RecencyFrequencyValue | None = None,
) -> LearnedChurn:
    """Return the churn model of `training` with its figures. `origin` says where the outcome comes from, as a clause.

    Where customers at an `earlier` date are known, the headline is the quality of a model that learned there, on
    `training`; else it is out of fold. `tell` is told the step ("churn", "time_split", "quality"), and how much of it
    is done, of how much.
    """
    new = ChurnClassifier(
        candidates=usable_candidates(),
        n_folds=options.folds,
        n_repeats=options.repeats,
        n_jobs=options.n_jobs,
        random_state=options.seed,
    )
    model = new.fit(
        training.features,
        training.outcome,
        treatment=training.strata,
        on_progress=lambda done, total: tell("churn", done, total),
    )
    out_of_fold = _judge_out_of_fold(model, training, rival=rival if earlier is None else None, seed=options.seed)
    judged = out_of_fold
    if earlier is not None:
        judged = _judge_over_time(new, earlier, training, rival=rival, seed=options.seed, tell=tell)
    tell("quality", 0, 1)
    figures = _figures(model, training, judged, out_of_fold, options=options, origin=origin)
    tell("quality", 1, 1)
    return LearnedChurn(model=model, figures=figures, outcome=judged.outcome, probability=judged.probability)


def _judge_out_of_fold(
    model: ChurnClassifier, training: Training, *, rival: RecencyFrequencyValue | None, seed: int
) -> _Judged:
    outcome, probability = training.outcome, model.oof_probability_
    rivals = []
    if rival is not None:
        features, folds = training.features, model.folds_
        chance = score_rival(rival, features, outcome, features, folds=folds, later_folds=folds)
        rivals.append(judge_rival(rival.name, outcome, probability, chance, seed=seed))
    quality = measure_quality(outcome, probability, seed=seed)
    return _Judged(outcome=outcome, probability=probability, quality=quality, rivals=tuple(rivals))


def _judge_over_time(
    model: ChurnClassifier,
    earlier: Training,
    later: Training,
    *,
    rival: RecencyFrequencyValue | None,
    seed: int,
    tell: Tell,
) -> _Judged:
    split = measure_over_time(
        model,
        Snapshot(features=earlier.features, outcome=earlier.outcome, treatment=earlier.strata),
        Snapshot(features=later.features, outcome=later.outcome),
        rival=rival,
        seed=seed,
        on_progress=lambda done, total: tell("time_split", done, total),
    )
    return _Judged(outcome=split.outcome, probability=split.probability, quality=split.quality, rivals=split.rivals)


def _figures(
    model: ChurnClassifier,
    training: Training,
    judged: _Judged,
    out_of_fold: _Judged,
    *,
    options: ScoringOptions,
    origin: str,
) -> ChurnFigures:
    outcome, probability, quality = judged.outcome, judged.probability, judged.quality
    rate = int(outcome.sum()) / len(outcome)
    line = calibration_line(outcome, probability, seed=options.seed)
    lifts = bootstrap_lift(outcome, probability, shares=LIFT_SHARES, seed=options.seed)
    over_time = judged is not out_of_fold
    return ChurnFigures(
        rows=len(training.outcome),
        churners=int(training.outcome.sum()),
        model=model.model_,
        protocol=_describe_protocol(model, training, over_time=over_time, seed=options.seed, origin=origin),
        auc=quality.auc,
        average_precision=quality.average_precision,
        brier=quality.brier,
        brier_skill=quality.brier_skill,
        baseline=Baseline(auc=0.5, average_precision=rate, brier=rate * (1 - rate), brier_skill=0.0),
        candidates=model.candidates_,
        calibration=calibration_bins(outcome, probability),
        leaks=find_leaks(training.features, training.outcome, folds=model.folds_[:, 0]),
        folds=model.n_folds_,
        strata=_strata(training),
        calibration_method=model.calibration_,
        resamples=RESAMPLES,
        seed=options.seed,
        headline="time_split" if over_time else "out_of_fold",
        out_of_fold=out_of_fold.quality if over_time else None,
        repeats=model.n_repeats_,
        chosen=model.chosen_,
        calibration_slope=_known(line.slope),
        calibration_intercept=_known(line.intercept),
        gains=gain_curve(outcome, probability),
        lift=tuple(
            LiftAt(share=share, lift=lift) for share, lift in zip(LIFT_SHARES, lifts, strict=True) if _known(lift)
        ),
        rivals=judged.rivals,
        importance=_importance(model, training),
    )


def _known(figure: Interval) -> Interval | None:
    """Return the figure, None where it is not defined, as the slope of a probability that is the same for everybody."""
    return figure if np.isfinite([figure.value, figure.low, figure.high]).all() else None


def _importance(model: ChurnClassifier, training: Training) -> tuple[Importance, ...]:
    step = -(-len(training.outcome) // EXPLAINED)
    return explain(model, training.features.iloc[::step], folds=model.folds_[::step], top=1).importance


def _strata(training: Training) -> tuple[str, ...]:
    return ("outcome", "contact") if training.treatment is not None else ("outcome",)


def _describe_protocol(model: ChurnClassifier, training: Training, *, over_time: bool, seed: int, origin: str) -> str:
    repeats = f", dealt {model.n_repeats_} times" if model.n_repeats_ > 1 else ""
    names = ", ".join(candidate.model for candidate in model.candidates_)
    split = ""
    if over_time:
        split = (
            "; measured over time: learned from the same customers one span earlier, tested on this outcome, nobody by "
            "a model that learned from them"
        )
    strata = " and ".join(_strata(training))
    return (
        f"{origin + '; ' if origin else ''}{model.n_folds_} folds stratified by {strata}{repeats}, every customer "
        f"scored by models, and calibrated ({model.calibration_}) by curves, that never saw them; number of trees, "
        f"calibration and choice among {names} by nested log loss inside the folds{split}; 95 % intervals from "
        f"{RESAMPLES} bootstrap resamples; seed {seed}"
    )
