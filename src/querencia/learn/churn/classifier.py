"""Who will leave: two models, each calibrated on rows it did not see, and the better one kept."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import combinations
from typing import Any, Self

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss
from sklearn.pipeline import make_pipeline
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted
from threadpoolctl import threadpool_limits

from querencia.errors import OutcomeError
from querencia.learn.churn.calibrators import Calibrator, IsotonicCalibrator, SigmoidCalibrator
from querencia.learn.churn.trees import BoostedTreesClassifier, has_lightgbm
from querencia.learn.encoding.encoders import Floats, NumericEncoder, TreeEncoder, read_features, split_types
from querencia.learn.figures.churn import Candidate
from querencia.learn.folds import NEVER_TRAINED, Folds, assign_folds
from querencia.learn.metrics.auc import roc_auc
from querencia.learn.metrics.brier import brier_score
from querencia.learn.outcomes import read_outcome

LIGHTGBM, HISTOGRAM, LOGISTIC = "lightgbm", "hist_gradient_boosting", "logistic"


def usable_candidates() -> tuple[str, str]:
    """Return the models to try on this machine: scikit-learn's boosted trees stand in where LightGBM does not load."""
    return (LIGHTGBM if has_lightgbm() else HISTOGRAM, LOGISTIC)


def count_workers(n_jobs: int | None) -> int:
    """Return how many fits run at a time: `n_jobs`, None for one, -1 for one per core, -2 for one core spared …"""
    if n_jobs is None or n_jobs > 0:
        return n_jobs or 1
    return max(1, (os.cpu_count() or 1) + 1 + n_jobs)


@dataclass(frozen=True, kw_only=True)
class FoldModel:
    """A model that never saw one fold, and the calibrator fitted without that fold too."""

    model: Any
    calibrator: Calibrator

    def probability(self, frame: pd.DataFrame) -> Floats:
        """Return the probability of leaving of each row, (n,)."""
        return self.calibrator.calibrate(np.asarray(self.model.decision_function(frame), dtype=np.float64))


class ChurnClassifier(ClassifierMixin, BaseEstimator):
    """Calibrated churn probability from LightGBM or logistic regression, whichever foretells better.

    With K folds each candidate is fitted K (K + 1) / 2 times: without each fold, and without each pair of folds. The
    rows of fold i get the score of the model without i. That score's calibrator is fitted on the scores that the rows
    of every other fold j got from the model without i and j. So no row's outcome touches its own probability, neither
    through the model nor through the calibrator, at fewer fits than cross-validation inside each fold.

    The candidate with the lower out-of-fold log loss is kept. (Choosing between two by the figure that is then
    reported flatters it by far less than its bootstrap interval is wide.)

    `predict_proba` is the mean of the K calibrated fold models: right for rows that none of them saw. For rows that
    were trained on, or later snapshots of the same customers, use `score_out_of_fold`.

    Parameters: `candidates`, of "lightgbm", "hist_gradient_boosting" and "logistic"; `n_folds`; `n_trees` of the
    boosted ones; `C`, the inverse regularisation of the logistic model; `isotonic_from`, churners from which isotonic
    calibration replaces sigmoid;
    `n_jobs`, fits at a time (results do not depend on it); `random_state`.

    Learned: `model_` (name of the candidate kept), `candidates_` (figures of each), `calibration_` ("sigmoid",
    "isotonic", or "none" where there are too few churners to spare any), `oof_probability_` (n,), `folds_` (n,),
    `fold_models_` (one per fold), `classes_`, `n_features_in_`, `feature_names_in_`.
    """

    def __init__(
        self,
        *,
        candidates: Sequence[str] = (LIGHTGBM, LOGISTIC),
        n_folds: int = 5,
        n_trees: int = 150,
        C: float = 0.3,
        isotonic_from: int = 5000,
        n_jobs: int | None = None,
        random_state: Any = None,
    ) -> None:
        self.candidates = candidates
        self.n_folds = n_folds
        self.n_trees = n_trees
        self.C = C
        self.isotonic_from = isotonic_from
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
        OutcomeError (a ValueError) for one class only, or for a class with one row.
        """
        frame = read_features(self, X, y, reset=True)
        self.classes_, target = read_outcome(y, rows=len(frame))
        smaller = int(min(target.sum(), len(target) - target.sum()))
        if smaller < 2:
            raise OutcomeError(
                f"One class of the outcome has {smaller} row of {len(target)}: at least 2 are needed to hold any out. "
                "Give more customers, or observe the outcome over a longer span."
            )
        random = check_random_state(self.random_state)
        n_folds = max(2, min(self.n_folds, smaller))
        self.folds_ = assign_folds(target, strata=treatment, n_folds=n_folds, random=random)
        self.calibration_ = self._choose_calibration(smaller, n_folds)
        text = [frame.columns[i] for i in split_types(frame)[1]]
        frame = frame.astype(dict.fromkeys(text, "category"))  # read once, not at each of the many fits
        models = self._fit_models(frame, target, int(random.randint(2**31 - 1)), on_progress)
        self._keep_best(frame, target, models)
        return self

    def _choose_calibration(self, smaller: int, n_folds: int) -> str:
        if n_folds < 3:
            return "none"
        return "isotonic" if smaller >= self.isotonic_from else "sigmoid"

    def _new_model(self, name: str, seed: int) -> Any:
        if name == LIGHTGBM:
            return BoostedTreesClassifier(n_trees=self.n_trees, random_state=seed)
        if name == LOGISTIC:
            return make_pipeline(NumericEncoder(), LogisticRegression(C=self.C, max_iter=1000))
        if name == HISTOGRAM:
            trees = HistGradientBoostingClassifier(
                max_iter=self.n_trees,
                learning_rate=0.04,
                max_leaf_nodes=6,
                min_samples_leaf=40,
                max_bins=63,
                max_features=0.5,
                l2_regularization=5.0,
                early_stopping=False,
                random_state=seed,
            )
            return make_pipeline(TreeEncoder(), trees)
        raise ValueError(f"candidates holds {name!r}: expected {LIGHTGBM!r}, {HISTOGRAM!r} or {LOGISTIC!r}.")

    def _fit_models(
        self, frame: pd.DataFrame, target: Floats, seed: int, on_progress: Callable[[int, int], None] | None
    ) -> dict[tuple[str, tuple[int, ...]], Any]:
        """Fit each candidate without each fold and, for the calibrators, without each pair of folds."""
        n_folds = int(self.folds_.max()) + 1
        sizes = (1,) if self.calibration_ == "none" else (1, 2)
        left_out = [folds for size in sizes for folds in combinations(range(n_folds), size)]
        jobs = [(name, folds) for name in self.candidates for folds in left_out]

        def fit_one(job: tuple[str, tuple[int, ...]]) -> Any:
            rows = ~np.isin(self.folds_, job[1])
            return self._new_model(job[0], seed).fit(frame.loc[rows], target[rows])

        models = {}
        # One thread inside each fit: the order of sums, and so the result, is the same on any machine's thread count.
        with threadpool_limits(1), ThreadPoolExecutor(count_workers(self.n_jobs)) as pool:
            try:
                for job, model in zip(jobs, pool.map(fit_one, jobs), strict=True):
                    models[job] = model
                    if on_progress is not None:
                        on_progress(len(models), len(jobs))
            finally:
                pool.shutdown(cancel_futures=True)  # whoever interrupts does not wait for the fits not begun
        return models

    def _keep_best(self, frame: pd.DataFrame, target: Floats, models: dict[tuple[str, tuple[int, ...]], Any]) -> None:
        figures = []
        best = np.inf
        with threadpool_limits(1):
            for name in self.candidates:
                fold_models = self._calibrate(frame, target, name, models)
                probability = np.empty(len(target))
                for fold, fold_model in enumerate(fold_models):
                    rows = self.folds_ == fold
                    probability[rows] = fold_model.probability(frame.loc[rows])
                loss = float(log_loss(target, probability, labels=[0.0, 1.0]))
                figures.append(
                    Candidate(
                        model=name,
                        log_loss=loss,
                        auc=roc_auc(target, probability),
                        brier=brier_score(target, probability),
                    )
                )
                if loss < best:
                    best = loss
                    self.model_, self.oof_probability_, self.fold_models_ = name, probability, fold_models
        self.candidates_ = tuple(figures)

    def _calibrate(
        self, frame: pd.DataFrame, target: Floats, name: str, models: dict[tuple[str, tuple[int, ...]], Any]
    ) -> list[FoldModel]:
        n_folds = int(self.folds_.max()) + 1
        if self.calibration_ == "none":
            return [FoldModel(model=models[name, (i,)], calibrator=SigmoidCalibrator()) for i in range(n_folds)]
        # log_odds[i] holds, for each row outside fold i, the score by a model that saw neither fold i nor that row's.
        log_odds = np.full((n_folds, len(target)), np.nan)
        for first, second in combinations(range(n_folds), 2):
            model = models[name, (first, second)]
            for unseen, other in ((first, second), (second, first)):
                rows = self.folds_ == other
                log_odds[unseen, rows] = model.decision_function(frame.loc[rows])
        fold_models = []
        for fold in range(n_folds):
            rows = self.folds_ != fold
            method = IsotonicCalibrator if self.calibration_ == "isotonic" else SigmoidCalibrator
            calibrator = method.fit(log_odds[fold, rows], target[rows])
            fold_models.append(FoldModel(model=models[name, (fold,)], calibrator=calibrator))
        return fold_models

    def predict_proba(self, X: Any) -> Floats:
        """Return the probability of each class, (n, 2), for rows that training never saw."""
        check_is_fitted(self)
        frame = read_features(self, X, reset=False)
        with threadpool_limits(1):
            chance = np.mean([model.probability(frame) for model in self.fold_models_], axis=0)
        return np.column_stack([1 - chance, chance])

    def predict(self, X: Any) -> NDArray[Any]:
        """Return the likelier class, (n,)."""
        likelier = (self.predict_proba(X)[:, 1] > 0.5).astype(np.int64)
        return np.asarray(self.classes_[likelier])

    def score_out_of_fold(self, X: Any, folds: Folds) -> Floats:
        """Return the probability of leaving (n,) by the fold model that never saw the row's customer.

        `folds` (n,) holds the fold of `folds_` that each customer was trained in, or -1 for a customer who was not: the
        mean of all fold models then.
        """
        check_is_fitted(self)
        frame = read_features(self, X, reset=False)
        probability = np.empty(len(frame))
        with threadpool_limits(1):
            for fold in np.unique(folds):
                rows = folds == fold
                if fold == NEVER_TRAINED:
                    probability[rows] = self.predict_proba(frame.loc[rows])[:, 1]
                else:
                    probability[rows] = self.fold_models_[fold].probability(frame.loc[rows])
        return probability

    def __sklearn_tags__(self) -> Any:
        """Two classes only; missing values and text are allowed."""
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_class = False
        tags.input_tags.allow_nan = True
        tags.input_tags.categorical = True
        return tags
