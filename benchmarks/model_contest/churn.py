"""The churn model beside CatBoost, scikit-learn's boosted trees and plain logistic regression, in one run.


Everybody is fitted on the same folds of the same tables, and scores rows that it did not see. What the product does
inside its folds (choice, calibration, number of trees) counts as part of it, in figures and in seconds. Without
CatBoost its row is left out, and said so.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, StandardScaler

from model_contest.churn_tables import Table, make_large, make_orange, read_retail, read_telco
from querencia.learn.churn.classifier import ChurnClassifier
from querencia.learn.churn.rival import RecencyFrequencyValue, measure_lead, score_rival
from querencia.learn.churn.time_split import Snapshot, TimeSplit, measure_over_time
from querencia.learn.churn.trees import BoostedTreesClassifier
from querencia.learn.folds import follow_folds
from querencia.learn.metrics.auc import roc_auc
from querencia.learn.metrics.average_precision import average_precision
from querencia.learn.metrics.brier import brier_skill

SEED = 42
OURS = "querencia"
Score = Callable[[pd.DataFrame, Any, pd.DataFrame], Any]


@dataclass(frozen=True, kw_only=True)
class Row:
    """One contender on one table: its probabilities of rows that it did not see, and what they took."""

    name: str
    probability: Any
    seconds: float


def compare_churn(data: Path, *, tables: tuple[str, ...], repeats: int, rows: int, weights: bool) -> None:
    """Print every contender's figures on each of `tables`: telco, retail, orange, or large with `rows` customers."""
    if not find_spec("catboost"):
        print("CatBoost is not installed: its rows are left out.")
    for name in tables:
        if name == "retail":
            compare_over_time(*read_retail(data))
        elif name == "large":
            measure_size(make_large(customers=rows))
        else:
            table = read_telco(data) if name == "telco" else make_orange(customers=11_896)
            compare_out_of_fold(name, table, repeats=repeats, weights=weights)


def compare_out_of_fold(name: str, table: Table, *, repeats: int, weights: bool) -> None:
    """Print the figures of every contender on the folds that the product dealt."""
    begun = time.perf_counter()
    model = ChurnClassifier(n_repeats=repeats, n_jobs=-1, random_state=SEED)
    model.fit(table.features, table.outcome, treatment=table.treatment)
    rows = [Row(name=OURS, probability=model.oof_probability_, seconds=time.perf_counter() - begun)]
    for rival, score in contenders(weights=weights):
        begun = time.perf_counter()
        chance = np.zeros(len(table.outcome))
        for folds in model.folds_.T:
            for fold in range(model.n_folds_):
                rest, held = folds != fold, folds == fold
                found = score(table.features[rest], table.outcome[rest], table.features[held])
                chance[held] += found / model.n_repeats_
        rows.append(Row(name=rival, probability=chance, seconds=time.perf_counter() - begun))
    shape = f"{len(table.features):,} x {table.features.shape[1]}, {table.outcome.mean():.2%} left"
    print(f"\n{name}: {shape}; out of fold, {model.n_folds_} folds, {model.n_repeats_} repeats; kept {counts(model)}")
    tell(rows, table.outcome)


def compare_over_time(earlier: Table, later: Table) -> None:
    """Print the figures of every contender learned at the earlier cut-off, tested at the later one."""
    columns = RecencyFrequencyValue(recency="recency_days", frequency="sessions_total", value="spend_total")
    begun = time.perf_counter()
    split = measure_over_time(
        ChurnClassifier(n_jobs=-1, random_state=SEED),
        Snapshot(features=earlier.features, outcome=earlier.outcome),
        Snapshot(features=later.features, outcome=later.outcome),
        seed=SEED,
    )
    rows = [Row(name=OURS, probability=split.probability, seconds=time.perf_counter() - begun)]
    folds = split.model.folds_
    later_folds = follow_folds(folds, earlier.features.index, later.features.index)
    begun = time.perf_counter()
    chance = score_rival(
        columns, earlier.features, earlier.outcome, later.features, folds=folds, later_folds=later_folds
    )
    rows.append(Row(name=columns.name, probability=chance, seconds=time.perf_counter() - begun))
    for rival, score in contenders(weights=False):
        begun = time.perf_counter()
        chance = score_later(score, split, earlier, later, later_folds)
        rows.append(Row(name=rival, probability=chance, seconds=time.perf_counter() - begun))
    print(f"\nretail: {len(earlier.features):,} customers learned from, {len(later.features):,} tested 90 days later")
    interval = split.quality.auc
    print(
        f"AUC {interval.value:.4f}, 95 % interval {interval.low:.4f} to {interval.high:.4f}; kept {counts(split.model)}"
    )
    tell(rows, later.outcome)


def score_later(score: Score, split: TimeSplit, earlier: Table, later: Table, later_folds: Any) -> Any:
    """Return a contender's probabilities for `later`, each row by models that never saw its customer."""
    model, chance = split.model, np.zeros(len(later.outcome))
    for trained, scored in zip(model.folds_.T, later_folds.T, strict=True):
        for fold in range(model.n_folds_):
            rows = (scored == fold) | (scored == -1)
            found = score(earlier.features[trained != fold], earlier.outcome[trained != fold], later.features[rows])
            chance[rows] += found * np.where(scored[rows] == -1, 1 / model.n_folds_, 1.0) / model.n_repeats_
    return chance


def measure_size(table: Table) -> None:
    """Print how long the product takes to learn from a large table, and what it keeps."""
    begun = time.perf_counter()
    model = ChurnClassifier(n_jobs=-1, random_state=SEED).fit(table.features, table.outcome)
    rows = [Row(name=OURS, probability=model.oof_probability_, seconds=time.perf_counter() - begun)]
    print(f"\nlarge: {len(table.features):,} x {table.features.shape[1]}; {model.n_folds_} folds; kept {counts(model)}")
    tell(rows, table.outcome)


def counts(model: ChurnClassifier) -> str:
    return ", ".join(f"{name} {model.chosen_.count(name)}" for name in dict.fromkeys(model.chosen_))


def tell(rows: list[Row], outcome: Any) -> None:
    """Print a line per contender; the lead is the product's AUC minus theirs, with its paired bootstrap interval."""
    print(f"{'':<26} {'AUC':>7} {'AP':>7} {'Brier skill':>12} {'seconds':>8}   our lead in AUC")
    for row in rows:
        ranked = f"{roc_auc(outcome, row.probability):7.4f} {average_precision(outcome, row.probability):7.4f}"
        line = f"{row.name:<26} {ranked} {brier_skill(outcome, row.probability):12.4f} {row.seconds:8.1f}"
        if row is not rows[0]:
            lead = measure_lead(outcome, rows[0].probability, row.probability, seed=SEED)
            line += f"   {lead.value:+.4f} ({lead.low:+.4f} to {lead.high:+.4f})"
        print(line, flush=True)


def contenders(*, weights: bool) -> Iterator[tuple[str, Score]]:
    """Yield the names of the others, and how each learns from a table and its outcome and scores another table."""
    if find_spec("catboost"):
        yield "CatBoost", score_catboost
    yield "HistGradientBoosting", score_histogram
    yield "logistic regression", score_logistic
    yield "our trees, 150, alone", score_trees
    if weights:
        yield "our trees, weighted", score_weighted
        yield "the same, odds put right", score_weighted_back
        yield "resampled, odds put right", score_resampled_back


def score_catboost(X: pd.DataFrame, y: Any, other: pd.DataFrame) -> Any:
    from catboost import CatBoostClassifier

    texts = list(X.columns[[not pd.api.types.is_numeric_dtype(kind) for kind in X.dtypes]])
    X, other = (table.assign(**{name: table[name].astype(str) for name in texts}) for table in (X, other))
    model = CatBoostClassifier(
        iterations=500, learning_rate=0.03, depth=6, random_seed=SEED, verbose=False, cat_features=texts,
        allow_writing_files=False, thread_count=2,
    )  # fmt: skip
    return model.fit(X, y).predict_proba(other)[:, 1]


def score_histogram(X: pd.DataFrame, y: Any, other: pd.DataFrame) -> Any:
    encode = make_column_transformer(
        (OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1), texts()), remainder="passthrough"
    )
    trees = HistGradientBoostingClassifier(learning_rate=0.05, early_stopping=True, random_state=SEED)
    return make_pipeline(encode, trees).fit(X, y).predict_proba(other)[:, 1]


def score_logistic(X: pd.DataFrame, y: Any, other: pd.DataFrame) -> Any:
    numbers = make_pipeline(SimpleImputer(strategy="median"), StandardScaler())
    encode = make_column_transformer(
        (numbers, make_column_selector(dtype_include="number")), (OneHotEncoder(handle_unknown="ignore"), texts())
    )
    return make_pipeline(encode, LogisticRegression(max_iter=2000)).fit(X, y).predict_proba(other)[:, 1]


def texts() -> Any:
    return make_column_selector(dtype_exclude="number")


def score_trees(X: pd.DataFrame, y: Any, other: pd.DataFrame) -> Any:
    return BoostedTreesClassifier(random_state=SEED).fit(X, y).predict_proba(other)[:, 1]


def score_weighted(X: pd.DataFrame, y: Any, other: pd.DataFrame) -> Any:
    """Every class weighs the same in training, by repeating churners; nothing is put right afterwards."""
    times = round((y == 0).sum() / (y == 1).sum())
    rows = np.sort(np.concatenate([np.flatnonzero(y == 0), np.repeat(np.flatnonzero(y == 1), times)]))
    return score_trees(X.iloc[rows], y[rows], other)


def score_weighted_back(X: pd.DataFrame, y: Any, other: pd.DataFrame) -> Any:
    """The same, and the odds divided by the weight that churners had been given."""
    return divide_odds(score_weighted(X, y, other), round((y == 0).sum() / (y == 1).sum()))


def score_resampled_back(X: pd.DataFrame, y: Any, other: pd.DataFrame) -> Any:
    """As many stayers as churners are drawn for training, and the odds are divided by the share left out."""
    smaller = min((y == 0).sum(), (y == 1).sum())
    random = np.random.default_rng(SEED)
    rows = np.sort(np.concatenate([random.permutation(np.flatnonzero(y == kind))[:smaller] for kind in (0, 1)]))
    return divide_odds(score_trees(X.iloc[rows], y[rows], other), (y == 0).sum() / (y == 1).sum())


def divide_odds(chance: Any, by: float) -> Any:
    odds = chance / (1 - chance) / by
    return odds / (1 + odds)
