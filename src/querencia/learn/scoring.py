"""Scores for every customer: the one door through which a run learns."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from querencia.errors import InputError
from querencia.learn.churn.classifier import ChurnClassifier, usable_candidates
from querencia.learn.churn.leakage import find_leaks
from querencia.learn.churn.risk import PROBABILITY_DECIMALS, derive_thresholds, risk_groups
from querencia.learn.encoding.encoders import Floats
from querencia.learn.engagement import EngagementScorer
from querencia.learn.figures.churn import Baseline, ChurnFigures, RiskFigures
from querencia.learn.figures.features import EngagementFigures, PcaFigures
from querencia.learn.figures.model import ModelFigures
from querencia.learn.figures.segments import SegmentFigures
from querencia.learn.figures.value import ValueFigures
from querencia.learn.folds import NEVER_TRAINED, Folds, follow_folds
from querencia.learn.metrics.bootstrap import RESAMPLES, bootstrap_quality
from querencia.learn.metrics.calibration import calibration_bins
from querencia.learn.preparation import prepare_problem
from querencia.learn.problem import AXES, Scores, ScoringOptions, ScoringProblem
from querencia.learn.remarks import remark
from querencia.learn.segments.profiles import profile_segments
from querencia.learn.segments.segmenter import CustomerSegmenter
from querencia.learn.value.lifetime import ValueSource, describe_value, fill_monthly_value, lifetime_value

__all__ = ["Progress", "Scores", "ScoringOptions", "ScoringProblem", "score_customers"]

Progress = Callable[[str, int, int], None]


def score_customers(
    problem: ScoringProblem, *, options: ScoringOptions | None = None, on_progress: Progress | None = None
) -> Scores:
    """Return engagement, churn probability, CLTV, segment and risk group of every customer of `problem.scoring`.

    `on_progress` is told the step ("churn", "quality", "engagement", "segments"), and how much of it is done, of how
    much. InputError for tables that cannot be scored at all, OutcomeError for one class only or fewer than 50 customers
    of either.
    """
    # One thread inside each step: the order of sums does not depend on the machine.
    with threadpool_limits(1):
        return _score(problem, options or ScoringOptions(), on_progress or _say_nothing)


def _score(problem: ScoringProblem, chosen: ScoringOptions, tell: Progress) -> Scores:
    sound, notes = prepare_problem(problem)
    churn = _learn_churn(sound, chosen, tell) if sound.training is not None else None
    folds = np.full((len(sound.scoring), 1), NEVER_TRAINED)
    if churn is not None:
        folds = follow_folds(churn.model.folds_, churn.customers, sound.scoring.index)
    tell("engagement", 0, 1)
    # Engagement is oriented by fold, and one deal of the folds is enough for that.
    scorer = _learn_engagement(sound, chosen, folds[:, 0])
    engagement = np.round(scorer.transform(sound.scoring, folds=folds[:, 0])[:, 0], 2)
    tell("engagement", 1, 1)
    customers = pd.DataFrame({"customer_id": sound.scoring.index.to_numpy(), "engagement": engagement})
    value, filled = _add_churn(customers, sound, chosen, churn, folds)
    segmenter, axes = _segment(customers, sound, chosen, scorer, tell)
    profiles = profile_segments(
        customers,
        sound.scoring,
        encoder=scorer.principal_components_.encoder_,
        name_segment=lambda segment, number: _name(chosen, segment, number),
    )
    customers["segment_name"] = [profiles[segment].segment_name for segment in customers["segment"]]
    risk = _add_risk(customers, chosen, churn)
    model = ModelFigures(
        churn=churn.figures if churn is not None else None,
        pca=PcaFigures(
            components=scorer.principal_components_.n_components_,
            explained_variance=tuple(map(float, scorer.principal_components_.explained_variance_ratio_)),
        ),
        engagement=EngagementFigures(
            weights=tuple(map(float, scorer.weights_)), scale=scorer.scale, orientation=scorer.orientation_
        ),
        risk=risk,
        segments=SegmentFigures(k=segmenter.n_segments_, stability=float(segmenter.stability_), axes=axes),
        value=value,
    )
    notes += remark(model, options=chosen, customers=len(customers), filled=filled)
    return Scores(customers=customers[_COLUMNS], model=model, profiles=profiles, notes=tuple(notes))


_COLUMNS = ["customer_id", "engagement", "churn_probability", "cltv", "segment", "segment_name", "risk_group"]


def _say_nothing(step: str, done: int, total: int) -> None:
    """Take progress and keep it to oneself."""


@dataclass(frozen=True, kw_only=True)
class _Churn:
    """What was learned of churn: the model, the customers trained on (in the order of its folds), and the figures."""

    model: ChurnClassifier
    customers: pd.Index
    figures: ChurnFigures


def _learn_churn(problem: ScoringProblem, options: ScoringOptions, tell: Progress) -> _Churn:
    assert problem.training is not None and problem.outcome is not None
    candidates = usable_candidates()
    model = ChurnClassifier(
        candidates=candidates,
        n_folds=options.folds,
        n_repeats=options.repeats,
        n_jobs=options.n_jobs,
        random_state=options.seed,
    ).fit(
        problem.training,
        problem.outcome.to_numpy(),
        treatment=None if problem.treatment is None else problem.treatment.to_numpy(),
        on_progress=lambda done, total: tell("churn", done, total),
    )
    tell("quality", 0, 1)
    outcome = problem.outcome.to_numpy()
    quality = bootstrap_quality(outcome, model.oof_probability_, seed=options.seed)
    rate = int(outcome.sum()) / len(outcome)
    figures = ChurnFigures(
        rows=len(outcome),
        churners=int(outcome.sum()),
        model=model.model_,
        protocol=_describe_protocol(problem, options, model),
        auc=quality.auc,
        average_precision=quality.average_precision,
        brier=quality.brier,
        brier_skill=quality.brier_skill,
        baseline=Baseline(auc=0.5, average_precision=rate, brier=rate * (1 - rate), brier_skill=0.0),
        candidates=model.candidates_,
        calibration=calibration_bins(outcome, model.oof_probability_),
        leaks=find_leaks(problem.training, outcome, folds=model.folds_[:, 0]),
        folds=model.n_folds_,
        strata=_strata(problem),
        calibration_method=model.calibration_,
        resamples=RESAMPLES,
        seed=options.seed,
        repeats=model.n_repeats_,
        chosen=model.chosen_,
    )
    tell("quality", 1, 1)
    return _Churn(model=model, customers=problem.training.index, figures=figures)


def _strata(problem: ScoringProblem) -> tuple[str, ...]:
    return ("outcome", "contact") if problem.treatment is not None else ("outcome",)


def _describe_protocol(problem: ScoringProblem, options: ScoringOptions, model: ChurnClassifier) -> str:
    strata = " and ".join(_strata(problem))
    origin = f"{problem.protocol_note}; " if problem.protocol_note else ""
    repeats = f", dealt {model.n_repeats_} times" if model.n_repeats_ > 1 else ""
    names = ", ".join(candidate.model for candidate in model.candidates_)
    return (
        f"{origin}{model.n_folds_} folds stratified by {strata}{repeats}, every customer scored by models, and "
        f"calibrated ({model.calibration_}) by curves, that never saw them; number of trees, calibration and choice "
        f"among {names} by nested log loss inside the folds; 95 % intervals from {RESAMPLES} bootstrap resamples; "
        f"seed {options.seed}"
    )


def _learn_engagement(problem: ScoringProblem, options: ScoringOptions, folds: Folds) -> EngagementScorer:
    outcome = None
    if problem.outcome is not None:
        outcome = problem.outcome.reindex(problem.scoring.index).to_numpy()
    return EngagementScorer(
        weights=options.weights,
        scale=options.scale,
        n_components=options.components,
        activity_columns=tuple(name for name in problem.activity_columns if name in problem.scoring.columns),
        random_state=options.seed,
    ).fit(problem.scoring, outcome, folds=folds)


def _add_churn(
    customers: pd.DataFrame, problem: ScoringProblem, options: ScoringOptions, churn: _Churn | None, folds: Folds
) -> tuple[ValueFigures | None, int]:
    """Add `churn_probability` and `cltv` to `customers`, NaN without an outcome.

    Return how value was found, and for how many customers it was filled in.
    """
    customers["churn_probability"] = np.nan
    customers["cltv"] = np.nan
    if churn is None:
        return None, 0
    probability = np.round(churn.model.score_out_of_fold(problem.scoring, folds), PROBABILITY_DECIMALS)
    source = _value_source(problem)
    monthly, filled = fill_monthly_value(
        problem.monthly_value, source=source, declared=options.monthly, rows=len(customers)
    )
    # From the probability as the file shows it: whoever recomputes the column from the file gets the same.
    worth = lifetime_value(monthly, probability, months=options.outcome_months, annual_discount=options.annual_discount)
    customers["churn_probability"], customers["cltv"] = probability, np.round(worth, 2)
    figures = describe_value(
        source=source,
        filled=filled,
        declared=options.monthly,
        annual_discount=options.annual_discount,
        months=options.outcome_months,
    )
    return figures, filled


def _value_source(problem: ScoringProblem) -> ValueSource:
    """Return where value comes from; "declared" where nobody's is known."""
    known = problem.monthly_value is not None and bool(problem.monthly_value.notna().any())
    return problem.value_source if known else "declared"


def _segment(
    customers: pd.DataFrame, problem: ScoringProblem, options: ScoringOptions, scorer: EngagementScorer, tell: Progress
) -> tuple[CustomerSegmenter, tuple[str, ...]]:
    """Add `segment` to `customers`; return the segmenter and the names of the axes that it used."""
    tell("segments", 0, 1)
    axes = _axes(customers, problem, options, scorer)
    worth = customers["cltv"]
    if worth.isna().any():
        worth = axes["monthly_value"] if "monthly_value" in axes else customers["engagement"]
    segmenter = CustomerSegmenter(n_segments=options.clusters, random_state=options.seed)
    customers["segment"] = segmenter.fit(axes.to_numpy(), value=worth.to_numpy()).labels_
    tell("segments", 1, 1)
    return segmenter, tuple(axes.columns[segmenter.axes_])


def _axes(
    customers: pd.DataFrame, problem: ScoringProblem, options: ScoringOptions, scorer: EngagementScorer
) -> pd.DataFrame:
    """Return the axes that segments are cut on. Money counts by its order of magnitude: log(1 + value)."""
    if options.axes == "components":
        first = scorer.principal_components_.transform(problem.scoring)[:, : len(scorer.weights_)]
        return pd.DataFrame(first, columns=[f"component_{number}" for number in range(1, first.shape[1] + 1)])
    unknown = [axis for axis in options.axes if axis not in AXES]
    if unknown or not options.axes:
        raise InputError(f"axes holds {unknown!r}: expected some of {AXES!r}, or 'components'.")
    axes: dict[str, Floats] = {}
    source = _value_source(problem)
    has_churn = bool(customers["churn_probability"].notna().all())
    for axis in options.axes:
        if axis != "cltv" and (axis == "engagement" or has_churn):
            axes[axis] = customers[axis].to_numpy(dtype=np.float64)
        elif axis == "cltv" and source != "declared" and has_churn:
            axes[axis] = _magnitude(customers[axis].to_numpy(dtype=np.float64))
        elif axis == "cltv" and source != "declared":
            monthly, _ = fill_monthly_value(problem.monthly_value, source=source, declared=0.0, rows=len(customers))
            axes["monthly_value"] = _magnitude(monthly)
    # Every axis asked for may be unknown here, such as churn probability alone without an outcome.
    return pd.DataFrame(axes or {"engagement": customers["engagement"].to_numpy(dtype=np.float64)})


def _magnitude(money: Floats) -> Floats:
    return np.asarray(np.sign(money) * np.log1p(np.abs(money)))


def _name(options: ScoringOptions, segment: int, number: int) -> str:
    names = options.segment_names
    if names is None:
        return ""
    if callable(names):
        return names(segment, number)
    return names[segment] if segment < len(names) else ""


def _add_risk(customers: pd.DataFrame, options: ScoringOptions, churn: _Churn | None) -> RiskFigures | None:
    """Add `risk_group` to `customers`, NA where there is no outcome."""
    if churn is None:
        customers["risk_group"] = pd.array([pd.NA] * len(customers), dtype="Int64")
        return None
    rate = churn.figures.churners / churn.figures.rows
    thresholds = derive_thresholds(rate) if options.thresholds == "auto" else options.thresholds
    groups = risk_groups(customers["churn_probability"].to_numpy(), thresholds)
    customers["risk_group"] = pd.array(groups, dtype="Int64")
    return RiskFigures(thresholds=thresholds, base_rate=rate)
