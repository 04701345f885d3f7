"""Who will leave: boosted trees and logistic regression, chosen or blended, calibrated, and never on rows they saw."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any, Literal, Self

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted
from threadpoolctl import threadpool_limits

from querencia.errors import OutcomeError
from querencia.learn.churn.candidates import BASE_RATE, BLEND, HISTOGRAM, LIGHTGBM, LOGISTIC, Recipe, usable_candidates
from querencia.learn.churn.combining import FoldModel, log_losses
from querencia.learn.churn.crossfit import CrossFit, CrossFitted
from querencia.learn.churn.workers import Workers
from querencia.learn.encoding.encoders import Floats, read_features, split_types
from querencia.learn.figures.churn import Candidate
from querencia.learn.folds import NEVER_TRAINED, assign_folds, read_folds, sample_rows
from querencia.learn.metrics.auc import roc_auc
from querencia.learn.metrics.brier import brier_score
from querencia.learn.outcomes import read_outcome

__all__ = [
    "BASE_RATE",
    "BLEND",
    "HISTOGRAM",
    "LIGHTGBM",
    "LOGISTIC",
    "ChurnClassifier",
    "FoldModel",
    "usable_candidates",
]

FEW_CUSTOMERS, REPEATS_OF_FEW = 10_000, 3
MANY_CUSTOMERS, FOLDS_OF_MANY = 500_000, 3


class ChurnClassifier(ClassifierMixin, BaseEstimator):
    """Calibrated churn probability from LightGBM, logistic regression, or a blend, whichever foretells better.

    The folds are dealt `n_repeats` times. For each fold of each, everything is decided without that fold (see
    `crossfit`): the number of trees, the calibration, the weights of the blend, and which to keep. A customer's
    out-of-fold probability is the mean over the repeats; no model behind it saw the customer, no choice their outcome.

    `predict_proba` is the mean of all fold models: right for rows that none of them saw. For rows that were trained on,
    or later snapshots of the same customers, use `score_out_of_fold`.

    Parameters: `candidates`, of "lightgbm", "hist_gradient_boosting" and "logistic"; `n_folds`, of which more than
    500,000 customers get 3 at most; `n_repeats`, "auto" for 3 below 10,000 customers and 1 from there on, and 1 where
    some fold of the first is best served by the base rate; `max_trees` of the boosted ones; `C`, the inverse
    regularisation of the logistic model; `isotonic_from`, churners from which isotonic calibration replaces sigmoid;
    `max_rows`, above which a sample with the same share of each outcome is trained on; `n_jobs`, fits at a time
    (results do not depend on it); `random_state`.

    Learned: `model_` (the candidate, or "blend", or "base_rate" where nothing foretells better than that, kept most
    often), `chosen_` (the one kept for each fold of each repeat), `candidates_` (out-of-fold figures of each, and of
    the blend), `calibration_` ("sigmoid", "isotonic", or "none" where there are too few churners to spare any),
    `oof_probability_` (n,), `folds_` (n, repeats; -1 for rows that were not sampled), `fold_models_` (repeats x folds,
    repeat after repeat), `n_folds_`, `n_repeats_`, `n_rows_` trained on, `classes_`, `n_features_in_`,
    `feature_names_in_`.
    """

    def __init__(
        self,
        *,
        candidates: Sequence[str] = (LIGHTGBM, LOGISTIC),
        n_folds: int = 5,
        n_repeats: int | Literal["auto"] = "auto",
        max_trees: int = 1000,
        C: float = 0.3,
        isotonic_from: int = 5000,
        max_rows: int = 2_000_000,
        n_jobs: int | None = None,
        random_state: Any = None,
    ) -> None:
        self.candidates = candidates
        self.n_folds = n_folds
        self.n_repeats = n_repeats
        self.max_trees = max_trees
        self.C = C
        self.isotonic_from = isotonic_from
        self.max_rows = max_rows
        self.n_jobs = n_jobs
        self.random_state = random_state

    def fit(
        self,
        X: Any,
        y: Any,
        *,
        treatment: ArrayLike | None = None,
        on_progress: Callable[[int, int], None] | None = None,
    ) -> Self:
        """Learn from `X` (n, p) and the two classes `y` (n,), of which the second is leaving.

        `treatment` (n,) only stratifies the folds: it is never a feature. `on_progress` is told fits done and in all.
        OutcomeError (a ValueError) for one class only, or for a class with one row; ValueError for unknown candidates
        or fewer than one repeat.
        """
        frame = read_features(self, X, y, reset=True)
        self.classes_, target = read_outcome(y, rows=len(frame))
        random = check_random_state(self.random_state)
        chosen = sample_rows(target, rows=self.max_rows, random=random)
        sampled, known = frame, target
        if len(chosen) < len(frame):
            sampled, known = frame.iloc[chosen], target[chosen]
        smaller = int(min(known.sum(), len(known) - known.sum()))
        if smaller < 2:
            raise OutcomeError(
                f"One class of the outcome has {smaller} row of {len(known)}: at least 2 are needed to hold any out. "
                "Give more customers, or observe the outcome over a longer span."
            )
        self._plan(len(known), smaller)
        strata = None if treatment is None else np.asarray(treatment)[chosen]
        repeats = self._cross_fit(sampled, known, strata, random, on_progress)
        self.folds_ = np.full((len(frame), self.n_repeats_), NEVER_TRAINED)
        self.folds_[chosen] = np.column_stack([folds for folds, _ in repeats])
        self._keep([found for _, found in repeats], known)
        self.oof_probability_ = np.empty(len(frame))
        self.oof_probability_[chosen] = np.mean([found.probability for _, found in repeats], axis=0)
        rest = np.setdiff1d(np.arange(len(frame)), chosen, assume_unique=True)
        if len(rest):
            self.oof_probability_[rest] = self._score(frame.iloc[rest], self.folds_[rest])
        return self

    def _plan(self, rows: int, smaller: int) -> None:
        """Settle how many folds and repeats there are, and how probabilities are calibrated."""
        self.n_rows_ = rows
        most = FOLDS_OF_MANY if rows > MANY_CUSTOMERS else self.n_folds
        self.n_folds_ = max(2, min(self.n_folds, most, smaller))
        few = REPEATS_OF_FEW if rows < FEW_CUSTOMERS else 1
        self.n_repeats_ = few if self.n_repeats == "auto" else self.n_repeats
        if self.n_repeats_ < 1:
            raise ValueError(f"n_repeats is {self.n_repeats!r}: expected 'auto', or a number of 1 or more.")
        if self.n_folds_ < 3:
            self.calibration_ = "none"
        else:
            self.calibration_ = "isotonic" if smaller >= self.isotonic_from else "sigmoid"

    def _cross_fit(
        self,
        frame: pd.DataFrame,
        target: Floats,
        strata: NDArray[Any] | None,
        random: Any,
        on_progress: Callable[[int, int], None] | None,
    ) -> list[tuple[NDArray[np.int64], CrossFitted]]:
        """Return the folds (n,) of each repeat, and what was fitted on them."""
        text = [frame.columns[i] for i in split_types(frame)[1]]
        frame = frame.astype(dict.fromkeys(text, "category"))  # read once, not at each of the many fits
        pairs = 0 if self.calibration_ == "none" else self.n_folds_ * (self.n_folds_ - 1) // 2
        fits = self.n_repeats_ * len(self.candidates) * (self.n_folds_ + pairs)
        repeats = []
        # One thread inside each fit: the order of sums, and so the result, is the same on any machine's thread count.
        with threadpool_limits(1), Workers(self.n_jobs, fits=fits, on_progress=on_progress) as workers:
            for _ in range(self.n_repeats_):
                folds = assign_folds(target, strata=strata, n_folds=self.n_folds_, random=random)
                seed = int(random.randint(2**31 - 1))
                churners = int(target.sum())
                recipes = [
                    Recipe(name=name, max_trees=self.max_trees, C=self.C, churners=churners, seed=seed)
                    for name in self.candidates
                ]
                fit = CrossFit(frame, target, folds, recipes=recipes, calibration=self.calibration_)
                repeats.append((folds, fit.run(workers)))
                if self.n_repeats == "auto" and self._knows_little(repeats[0][1]):
                    break
        self.n_repeats_ = len(repeats)
        return repeats

    def _knows_little(self, found: CrossFitted) -> bool:
        """Tell whether some fold is best served by the base rate.

        The mean of more models of noise would not be better, but rank backwards: each customer's own outcome is what
        all the models behind their score have in common not to have seen.
        """
        return any(model.name == BASE_RATE for model in found.fold_models)

    def _keep(self, repeats: Sequence[CrossFitted], target: Floats) -> None:
        self.fold_models_ = [model for found in repeats for model in found.fold_models]
        self.chosen_ = tuple(model.name for model in self.fold_models_)
        counts = Counter(self.chosen_)
        figures = []
        for name in (*self.candidates, *([BLEND] if len(self.candidates) > 1 else [])):
            probability = np.mean([found.of_candidates[name] for found in repeats], axis=0)
            figures.append(
                Candidate(
                    model=name,
                    log_loss=float(log_losses(target, probability).mean()),
                    auc=roc_auc(target, probability),
                    brier=brier_score(target, probability),
                )
            )
        self.candidates_ = tuple(figures)
        # Of equals the one listed first, which is the simpler.
        self.model_ = max(repeats[0].of_candidates, key=lambda name: counts[name])

    def predict_proba(self, X: Any) -> Floats:
        """Return the probability of each class, (n, 2), for rows that training never saw."""
        check_is_fitted(self)
        frame = read_features(self, X, reset=False)
        chance = self._score(frame, np.full((len(frame), self.n_repeats_), NEVER_TRAINED))
        return np.column_stack([1 - chance, chance])

    def predict(self, X: Any) -> NDArray[Any]:
        """Return the likelier class, (n,)."""
        likelier = (self.predict_proba(X)[:, 1] > 0.5).astype(np.int64)
        return np.asarray(self.classes_[likelier])

    def score_out_of_fold(self, X: Any, folds: ArrayLike) -> Floats:
        """Return the probability of leaving (n,) by the fold models that never saw the row's customer.

        `folds` (n, repeats), or (n,) where there is one repeat, holds the folds of `folds_` that each customer was
        trained in, or -1 for a customer who was not: the mean of all fold models then.
        """
        check_is_fitted(self)
        frame = read_features(self, X, reset=False)
        return self._score(frame, read_folds(folds, rows=len(frame), repeats=self.n_repeats_))

    def _score(self, frame: pd.DataFrame, folds: NDArray[np.int64]) -> Floats:
        text = [frame.columns[i] for i in split_types(frame)[1]]
        frame = frame.astype(dict.fromkeys(text, "category"))
        total, count = np.zeros(len(frame)), np.zeros(len(frame))
        with threadpool_limits(1):
            for number, model in enumerate(self.fold_models_):
                repeat, fold = divmod(number, self.n_folds_)
                never = folds[:, repeat] == NEVER_TRAINED
                rows = never | (folds[:, repeat] == fold)
                if rows.any():
                    # Every repeat weighs the same, whether one of its models scores a row or all do.
                    weight = np.where(never[rows], 1 / self.n_folds_, 1.0)
                    total[rows] += weight * model.probability(frame.loc[rows])
                    count[rows] += weight
        return np.asarray(total / count)

    def __sklearn_tags__(self) -> Any:
        """Two classes only; missing values and text are allowed."""
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_class = False
        tags.input_tags.allow_nan = True
        tags.input_tags.categorical = True
        return tags
