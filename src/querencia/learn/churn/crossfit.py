"""Cross-fitting on one deal of the folds: models, calibration and choice, none of which saw the rows they are for.

With K folds each candidate is fitted K (K + 1) / 2 times: without each fold, and without each pair of folds. What is
done for fold i is decided by what the models without i and j say of the rows of j, for every other j: the number of
trees, the calibration, the weights of the blend, and which of the candidates and the blend to keep. Then fold i is
scored by the models without i. So who left in fold i touches no probability of fold i, only how many did in all, and
the figures of the probabilities are honest about the choice too, without a further fit. Where nothing foretells the
other folds better than their base rate does, fold i gets the base rate.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd

from querencia.learn.churn.candidates import BLEND, Recipe, score_rows
from querencia.learn.churn.combining import Combination, FoldModel, base_rate, combine, combine_blindly, nested_losses
from querencia.learn.churn.stopping import choose_trees
from querencia.learn.churn.workers import Workers
from querencia.learn.encoding.encoders import Floats
from querencia.learn.folds import Folds

Pair = tuple[int, int]


@dataclass(frozen=True, kw_only=True)
class CrossFitted:
    """One model per fold; `probability` (n,) by the model of each row's fold, and that of each candidate by name."""

    fold_models: tuple[FoldModel, ...]
    probability: Floats
    of_candidates: dict[str, Floats]


@dataclass(frozen=True, kw_only=True)
class _Decision:
    """What was decided for one fold: the candidates and blend as calibrated, and the one that is kept."""

    combinations: tuple[Combination, ...]
    kept: Combination


class CrossFit:
    """Rows `frame` (n, p), their outcome `target` (n,) and their `folds` (n,), and the `recipes` of the candidates.

    `calibration` is "none", "sigmoid" or "isotonic".
    """

    def __init__(
        self, frame: pd.DataFrame, target: Floats, folds: Folds, *, recipes: Sequence[Recipe], calibration: str
    ) -> None:
        self.frame = frame
        self.target = target
        self.folds = folds
        self.recipes = recipes
        self.calibration = calibration
        self.names = [recipe.name for recipe in recipes]
        self.n_folds = int(folds.max()) + 1

    def run(self, workers: Workers) -> CrossFitted:
        """Fit everything and return the fold models with their out-of-fold probabilities."""
        if self.calibration == "none":
            blind = combine_blindly(self.names)
            kept = next((found for found in blind if found.name == BLEND), blind[0])
            n_trees: dict[str, list[int | None]] = {name: [None] * self.n_folds for name in self.names}
            decisions = [_Decision(combinations=blind, kept=kept)] * self.n_folds
        else:
            pairs = list(combinations(range(self.n_folds), 2))
            jobs = [(recipe, pair) for recipe in self.recipes for pair in pairs]
            models = workers.fit(self._fit_without_pair, jobs)
            by_pair = {(job[0].name, job[1]): model for job, model in zip(jobs, models, strict=True)}
            n_trees = {recipe.name: self._choose_trees(recipe, by_pair) for recipe in self.recipes}
            scores = self._score_pairs(by_pair, n_trees, workers)
            decisions = workers.do(lambda fold: self._decide(fold, scores[fold]), range(self.n_folds))
        return self._finish(n_trees, decisions, workers)

    def _fit_without_pair(self, job: tuple[Recipe, Pair]) -> Any:
        recipe, pair = job
        rest = ~np.isin(self.folds, pair)
        watch = []
        if recipe.stops_early:
            watch = [(self.frame.loc[rows], self.target[rows]) for rows in (self.folds == fold for fold in pair)]
        return recipe.fit(self.frame.loc[rest], self.target[rest], watch=watch)

    def _choose_trees(self, recipe: Recipe, models: dict[tuple[str, Pair], Any]) -> list[int | None]:
        """Return, for each fold i, the trees at which the models without i and j foretell the rows of j best."""
        if not recipe.stops_early:
            return [None] * self.n_folds
        sizes = np.bincount(self.folds, minlength=self.n_folds)
        chosen: list[int | None] = []
        for fold in range(self.n_folds):
            others = [other for other in range(self.n_folds) if other != fold]
            # Of a pair, the first fold is watched as table 0, the second as table 1.
            curves = [models[recipe.name, _pair(fold, other)].curves_[int(other > fold)] for other in others]
            chosen.append(choose_trees(curves, weights=sizes[others]))
        return chosen

    def _score_pairs(
        self, models: dict[tuple[str, Pair], Any], n_trees: dict[str, list[int | None]], workers: Workers
    ) -> Floats:
        """Return (folds, n, m) log odds: at [i, row, c] by candidate c without fold i and the row's; NaN in fold i."""
        scores = np.full((self.n_folds, len(self.target), len(self.names)), np.nan)

        def score(job: tuple[tuple[str, Pair], Any]) -> None:
            # One model, one thread: LightGBM keeps the number of trees to count in the model while it foretells.
            (name, pair), model = job
            for fold, other in (pair, pair[::-1]):
                rows, column = self.folds == other, self.names.index(name)
                scores[fold, rows, column] = score_rows(model, self.frame.loc[rows], n_trees=n_trees[name][fold])

        workers.do(score, list(models.items()))
        return scores

    def _decide(self, fold: int, scores: Floats) -> _Decision:
        """Return what the rows outside `fold` say is best for it; `scores` (n, m) never saw the fold."""
        rows = self.folds != fold
        isotonic = self.calibration == "isotonic"
        known, outcome = scores[rows], self.target[rows]
        found = combine(self.names, known, outcome, isotonic=isotonic, rate=base_rate(self.target))
        losses = nested_losses(self.names, known, outcome, folds=self.folds[rows], isotonic=isotonic)
        best = min(losses, key=lambda name: losses[name])
        return _Decision(combinations=found, kept=next(option for option in found if option.name == best))

    def _finish(
        self, n_trees: dict[str, list[int | None]], decisions: Sequence[_Decision], workers: Workers
    ) -> CrossFitted:
        """Fit each candidate without each fold, and score that fold."""
        jobs = [(recipe, fold) for recipe in self.recipes for fold in range(self.n_folds)]

        def fit(job: tuple[Recipe, int]) -> tuple[Any, Floats]:
            recipe, fold = job
            rest, held = self.folds != fold, self.folds == fold
            model = recipe.fit(self.frame.loc[rest], self.target[rest], n_trees=n_trees[recipe.name][fold])
            return model, score_rows(model, self.frame.loc[held])

        done = dict(zip(((recipe.name, fold) for recipe, fold in jobs), workers.fit(fit, jobs), strict=True))
        probability = np.empty(len(self.target))
        of_candidates = {found.name: np.empty(len(self.target)) for found in decisions[0].combinations}
        fold_models = []
        for fold, decision in enumerate(decisions):
            rows = self.folds == fold
            scores = np.column_stack([done[name, fold][1] for name in self.names])
            for found in decision.combinations:
                of_candidates[found.name][rows] = found.probability(scores)
            kept = decision.kept
            probability[rows] = of_candidates[kept.name][rows]
            used = [i for i, weight in enumerate(kept.weights) if weight > 0]
            fold_models.append(
                FoldModel(
                    name=kept.name,
                    models=tuple(done[self.names[i], fold][0] for i in used),
                    weights=tuple(kept.weights[i] for i in used),
                    calibrator=kept.calibrator,
                )
            )
        return CrossFitted(fold_models=tuple(fold_models), probability=probability, of_candidates=of_candidates)


def _pair(one: int, other: int) -> Pair:
    return (one, other) if one < other else (other, one)
