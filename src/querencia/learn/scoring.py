"""Scores for every customer: the one door through which a run learns.

The customers pass by in batches, as often as is needed, so that memory does not grow with them: once or more to learn
engagement, once to be scored, once to be placed in segments. Only the customers with a known outcome, of whom churn is
learned, are held at a time.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from querencia.language.notes import Note
from querencia.learn.axes import axis_values, choose_axes
from querencia.learn.batches import PartsInMemory, sample_features
from querencia.learn.churn.learning import LearnedChurn, learn_churn
from querencia.learn.churn.risk import derive_thresholds
from querencia.learn.customer_models import CustomerModels
from querencia.learn.encoding.components import describe_components
from querencia.learn.encoding.encoders import Floats
from querencia.learn.engagement import EngagementScorer
from querencia.learn.figures.churn import ChurnFigures, RiskFigures
from querencia.learn.figures.features import EngagementFigures
from querencia.learn.figures.model import ModelFigures
from querencia.learn.figures.segments import SegmentFigures
from querencia.learn.metrics.profit import bootstrap_profit
from querencia.learn.passes import Progress, place_parts, profile_parts, score_batches
from querencia.learn.preparation import prepare_batches, prepare_earlier, prepare_training
from querencia.learn.problem import ScoredParts, Scores, ScoringOptions, ScoringProblem
from querencia.learn.remarks import remark
from querencia.learn.saved.reference import DriftReference
from querencia.learn.saved.schema import FeatureSchema
from querencia.learn.seen import SeenCustomers
from querencia.learn.segments.segmenter import EXACT_ROWS, CustomerSegmenter, describe_segments
from querencia.learn.uplift.estimation import Uplift, estimate_uplift
from querencia.learn.value.rule import ValueRule, learn_value

__all__ = ["Learned", "Progress", "Scores", "ScoringOptions", "ScoringProblem", "learn_and_score", "score_customers"]

# What a campaign costs, as shares of what a customer who is kept is worth: W. Verbraken et al. (2013), 10 and 1 of 200.
INCENTIVE_SHARE, CONTACT_SHARE = 0.05, 0.005


@dataclass(frozen=True, kw_only=True)
class Learned:
    """What a run has learned, with the scores that it gave: the models to keep, and the outline of what they fit."""

    scores: Scores
    models: CustomerModels
    reference: DriftReference


def score_customers(
    problem: ScoringProblem, *, options: ScoringOptions | None = None, on_progress: Progress | None = None
) -> Scores:
    """Return engagement, churn probability, CLTV, segment and risk group of every customer of `problem.scoring`.

    As `learn_and_score`, for whoever needs the scores alone, in memory.
    """
    return learn_and_score(problem, options=options, on_progress=on_progress).scores


def learn_and_score(
    problem: ScoringProblem,
    *,
    options: ScoringOptions | None = None,
    on_progress: Progress | None = None,
    parts: ScoredParts | None = None,
) -> Learned:
    """Learn from `problem.training`, and score every customer of `problem.scoring` into `parts` (None: in memory).

    `on_progress` is told the step ("churn", "quality", "uplift", "engagement", "scoring", "segments"), and how much of
    it is done, of how much. InputError for tables that cannot be scored at all, OutcomeError for one class only or
    fewer than 50 customers of either.
    """
    # One thread inside each step: the order of sums does not depend on the machine.
    with threadpool_limits(1):
        work = _Work(problem, options or ScoringOptions(), on_progress or _say_nothing)
        return work.do(PartsInMemory() if parts is None else parts)


def _say_nothing(step: str, done: int, total: int) -> None:
    """Take progress and keep it to oneself."""


class _Work:
    """One problem on its way to scores."""

    def __init__(self, problem: ScoringProblem, options: ScoringOptions, tell: Progress) -> None:
        self.problem, self.options, self.tell = problem, options, tell
        self.batches = prepare_batches(problem)
        self.training = prepare_training(problem)

    def do(self, parts: ScoredParts) -> Learned:
        churn, uplift = self._learn_churn(), None
        if churn is not None:
            uplift = self._learn_uplift(churn)
        value = learn_value(self.batches, source=self.problem.value_source, options=self.options)
        models = self._learn_models(churn, uplift, value.rule)
        parts.write(score_batches(models, self.batches, tell=self.tell, n_jobs=self.options.n_jobs))
        segmenter, figures = self._segment(models, parts)
        models = replace(models, segmenter=segmenter)
        names = self.options.segment_names
        parts.write(place_parts(models, parts, names=names))
        profiles = profile_parts(models, self.batches, parts, names=names)
        model = ModelFigures(
            churn=None if churn is None else self._add_profit(churn, parts, experiment=uplift is not None),
            pca=describe_components(models.engagement.principal_components_),
            engagement=_describe_engagement(models.engagement),
            risk=self._risk(models, churn),
            segments=figures,
            value=value.figures() if models.values_customers else None,
            uplift=None if uplift is None else uplift.figures,
        )
        notes = (
            *self._infinite(),
            *value.notes,
            *remark(model, options=self.options, customers=self.batches.customers),
        )
        scores = Scores(parts=parts, number=self.batches.customers, model=model, profiles=profiles, notes=notes)
        return Learned(scores=scores, models=models, reference=self._outline(churn))

    def _learn_churn(self) -> LearnedChurn | None:
        if self.training is None:
            return None
        return learn_churn(
            self.training,
            options=self.options,
            origin=self.problem.protocol_note,
            tell=self.tell,
            earlier=prepare_earlier(self.problem),
            rival=self.problem.rival,
        )

    def _learn_uplift(self, churn: LearnedChurn) -> Uplift | None:
        """Return what contact changed; None where nobody, or everybody, of the customers learned from was contacted."""
        training = self.training
        if (
            training is None
            or training.treatment is None
            or len(set(training.treatment[~np.isnan(training.treatment)])) < 2
        ):
            return None
        return estimate_uplift(
            training.features,
            training.outcome,
            training.treatment,
            risk=churn.model.oof_probability_,
            folds=self.options.folds,
            seed=self.options.seed,
            designed=self.options.designed_share,
            on_progress=lambda done, total: self.tell("uplift", done, total),
        )

    def _learn_models(self, churn: LearnedChurn | None, uplift: Uplift | None, value: ValueRule) -> CustomerModels:
        self.tell("engagement", 0, 1)
        engagement = self._learn_engagement(churn)
        self.tell("engagement", 1, 1)
        components = min(len(engagement.weights_), engagement.principal_components_.n_components_)
        models = CustomerModels(schema=self._schema(), engagement=engagement, value=value, axes=())
        if churn is not None and self.training is not None:
            ids = self.training.features.index
            models = replace(
                models,
                churn=churn.model,
                seen=SeenCustomers.remember(ids, churn.model.folds_),
                thresholds=self._thresholds(churn),
            )
            if uplift is not None and uplift.figures.found:
                models = replace(
                    models, uplift=uplift.model, contacted=SeenCustomers.remember(ids, uplift.folds[:, None])
                )
        axes = choose_axes(
            self.options.axes,
            source=value.source,
            has_churn=churn is not None,
            has_value=models.values_customers,
            components=components,
        )
        return replace(models, axes=axes)

    def _schema(self) -> FeatureSchema:
        if self.training is not None:
            return FeatureSchema.of(self.training.features)
        return FeatureSchema.of(next(iter(self.batches)).features)

    def _learn_engagement(self, churn: LearnedChurn | None) -> EngagementScorer:
        columns = self._schema().columns
        scorer = EngagementScorer(
            weights=self.options.weights,
            scale=self.options.scale,
            n_components=self.options.components,
            activity_columns=tuple(name for name in self.problem.activity_columns if name in columns),
            random_state=self.options.seed,
        )
        if self.training is None or churn is None:
            return scorer.fit_batches(self._features)
        seen = SeenCustomers.remember(self.training.features.index, churn.model.folds_[:, :1])
        left = SeenCustomers.remember(self.training.features.index, self.training.outcome[:, None].astype(np.int64))
        folds = np.concatenate([seen.find(frame.index)[:, 0] for frame in self._features()])
        known = np.concatenate([left.find(frame.index)[:, 0] for frame in self._features()])
        return scorer.fit_batches(self._features, y=np.where(known < 0, np.nan, known), folds=folds)

    def _features(self) -> Iterator[pd.DataFrame]:
        return (batch.features for batch in self.batches)

    def _thresholds(self, churn: LearnedChurn) -> tuple[float, float]:
        chosen = self.options.thresholds
        return derive_thresholds(churn.figures.churners / churn.figures.rows) if chosen == "auto" else chosen

    def _segment(self, models: CustomerModels, parts: ScoredParts) -> tuple[CustomerSegmenter, SegmentFigures]:
        def axes() -> Iterator[tuple[Floats, Floats]]:
            by = _worth(models)
            return ((axis_values(part, models.axes), part[by].to_numpy(dtype=np.float64)) for part in parts)

        self.tell("segments", 0, 1)
        segmenter = CustomerSegmenter(n_segments=self.options.clusters, random_state=self.options.seed)
        if self.batches.customers > EXACT_ROWS:
            segmenter.fit_batches(axes)
        else:
            points, worth = zip(*axes(), strict=True)
            segmenter.fit(np.concatenate(points), value=np.concatenate(worth))
        self.tell("segments", 1, 1)
        return segmenter, describe_segments(segmenter, models.axes)

    def _risk(self, models: CustomerModels, churn: LearnedChurn | None) -> RiskFigures | None:
        if churn is None or models.thresholds is None:
            return None
        rate = churn.figures.churners / churn.figures.rows
        return RiskFigures(thresholds=models.thresholds, base_rate=rate)

    def _add_profit(self, churn: LearnedChurn, parts: ScoredParts, *, experiment: bool) -> ChurnFigures:
        """Return the figures with the most that a campaign could earn.

        A customer kept is worth the mean CLTV of those who leave: each weighs as much as their probability. How many
        accept is assumed, so that there is no such figure where an experiment measured it.
        """
        worth, leavers = 0.0, 0.0
        for part in parts:
            worth += float((part["churn_probability"] * part["cltv"]).sum())
            leavers += float(part["churn_probability"].sum())
        value = round(worth / leavers, 2) if leavers > 0 else 0.0
        if experiment or not value > 0:
            return churn.figures
        profit = bootstrap_profit(
            churn.outcome,
            churn.probability,
            seed=self.options.seed,
            value=value,
            incentive=round(INCENTIVE_SHARE * value, 2),
            contact=round(CONTACT_SHARE * value, 2),
        )
        return replace(churn.figures, profit=profit)

    def _infinite(self) -> tuple[Note, ...]:
        cells = max(self.batches.infinite, self.training.infinite if self.training is not None else 0)
        return (Note(code="learn_infinite", values={"cells": cells}, level="warning"),) if cells else ()

    def _outline(self, churn: LearnedChurn | None) -> DriftReference:
        if self.training is None or churn is None:
            return DriftReference.of(sample_features(self.batches), probability=None)
        return DriftReference.of(self.training.features, probability=churn.model.oof_probability_)


def _describe_engagement(scorer: EngagementScorer) -> EngagementFigures:
    weights = tuple(map(float, scorer.weights_))
    return EngagementFigures(weights=weights, scale=scorer.scale, orientation=scorer.orientation_)


def _worth(models: CustomerModels) -> str:
    """Return the column that segments are ordered by: the best first."""
    if models.values_customers:
        return "cltv"
    return "monthly_value" if models.value.source != "declared" else "engagement"
