"""Whom an e-mail wins: querencia's learners beside those of causalml and scikit-uplift, in one run.

Hillstrom's experiment (visit within two weeks; women's e-mail against none), 42,693 customers, the same five folds for
all, out-of-fold Qini coefficients with bootstrap 95 % intervals, and the difference of each to the best of the other
libraries on the same resamples. Without causalml or
scikit-uplift their rows are left out, and said so.
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sklearn.ensemble import HistGradientBoostingClassifier

from querencia.learn.encoding.encoders import NumericEncoder, TreeEncoder
from querencia.learn.folds import Folds
from querencia.learn.metrics.auuc import auuc
from querencia.learn.metrics.qini import bootstrap_qini, qini_coefficient
from querencia.learn.uplift.cross_fitting import cross_fit, experiment_folds
from querencia.learn.uplift.estimation import default_learners

Floats = np.ndarray[Any, Any]
Foretell = Callable[[Floats, Floats, Floats, Floats], Floats]
RESAMPLES = 1000
SEED = 1


def compare_uplift(data: Path) -> None:
    """Print every contender's figures, and by how much our best leads the best of the others."""
    table = pd.read_csv(data / "hillstrom_email_rct.csv.gz")
    table = table[table["segment"] != "Mens E-Mail"].reset_index(drop=True)
    visit = table["visit"].to_numpy()
    mailed = (table["segment"] == "Womens E-Mail").to_numpy().astype(int)
    features = table.drop(columns=["segment", "visit", "conversion", "spend"])
    folds = experiment_folds(visit, mailed, n_folds=5, seed=SEED)
    print(f"{'contender':38} {'Qini x 1000':>24} {'AUUC x 1000':>12} {'seconds':>8}")
    found: dict[str, Floats] = {}
    for name, effects, seconds in _run(features, visit, mailed, folds):
        found[name] = effects
        qini = bootstrap_qini(visit, effects, mailed, outcome="response", seed=SEED, resamples=RESAMPLES)
        area = auuc(visit, effects, mailed, outcome="response")
        shown = f"{1000 * qini.value:7.2f} [{1000 * qini.low:5.2f}, {1000 * qini.high:5.2f}]"
        print(f"{name:38} {shown:>24} {1000 * area:12.2f} {seconds:8.1f}", flush=True)
    _compare(found, visit, mailed)


def _run(features: pd.DataFrame, visit: Floats, mailed: Floats, folds: Folds) -> Iterator[tuple[str, Floats, float]]:
    for name, learner in default_learners(SEED).items():
        began = time.perf_counter()
        learner.set_params(outcome="response")
        effects = cross_fit(learner, features, visit, mailed, folds=folds).effects
        yield f"querencia {name}", effects, time.perf_counter() - began
    for name, foretell in _others().items():
        began = time.perf_counter()
        effects = np.empty(len(visit))
        for fold in np.unique(folds):
            rest = folds != fold
            encoder = (NumericEncoder() if "linear" in name else TreeEncoder()).fit(features.loc[rest])
            seen, unseen = encoder.transform(features.loc[rest]), encoder.transform(features.loc[~rest])
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                effects[~rest] = np.ravel(foretell(seen, visit[rest], mailed[rest], unseen))
        yield name, effects, time.perf_counter() - began


def _trees() -> Any:
    """The same modest trees for every library that takes an estimator."""
    return HistGradientBoostingClassifier(
        max_iter=80, learning_rate=0.05, max_leaf_nodes=6, min_samples_leaf=100, l2_regularization=10, random_state=SEED
    )


def _others() -> dict[str, Foretell]:
    """Return the contenders of the libraries that are installed, and say which are not."""
    found: dict[str, Foretell] = {}
    for name, contenders in (("causalml", _causalml), ("scikit-uplift", _scikit_uplift)):
        try:
            found |= contenders()
        except ImportError:
            print(f"({name} is not installed: run with --with {name})")
    return found


def _causalml() -> dict[str, Foretell]:
    from causalml.inference.meta import (
        BaseDRRegressor,
        BaseSClassifier,
        BaseTClassifier,
        BaseXClassifier,
    )
    from causalml.inference.tree import UpliftRandomForestClassifier
    from sklearn.ensemble import HistGradientBoostingRegressor
    from sklearn.linear_model import LinearRegression, LogisticRegression

    small = HistGradientBoostingRegressor(
        max_iter=80, learning_rate=0.05, max_leaf_nodes=6, min_samples_leaf=100, l2_regularization=10, random_state=SEED
    )

    def meta(make: Callable[[], Any]) -> Foretell:
        def foretell(X: Floats, y: Floats, t: Floats, unseen: Floats) -> Floats:
            model = make()
            share = np.full(len(X), t.mean())
            if hasattr(model, "propensity") or "X" in type(model).__name__ or "DR" in type(model).__name__:
                model.fit(X, treatment=t, y=y, p=share)
                return model.predict(unseen, p=np.full(len(unseen), t.mean()))
            model.fit(X, treatment=t, y=y)
            return model.predict(unseen)

        return foretell

    def forest(X: Floats, y: Floats, t: Floats, unseen: Floats) -> Floats:
        labels = np.where(t == 1, "mail", "control")
        model = UpliftRandomForestClassifier(
            control_name="control", n_estimators=10, max_depth=5, min_samples_leaf=200, n_jobs=1, random_state=SEED
        )
        model.fit(X, treatment=labels, y=y)
        return np.asarray(model.predict(unseen))

    return {
        "causalml S trees": meta(lambda: BaseSClassifier(learner=_trees())),
        "causalml T trees": meta(lambda: BaseTClassifier(learner=_trees())),
        "causalml T linear": meta(lambda: BaseTClassifier(learner=LogisticRegression(max_iter=1000))),
        "causalml X trees": meta(lambda: BaseXClassifier(outcome_learner=_trees(), effect_learner=small)),
        "causalml DR linear": meta(lambda: BaseDRRegressor(learner=LinearRegression())),
        "causalml uplift forest": forest,
    }


def _scikit_uplift() -> dict[str, Foretell]:
    from sklearn.linear_model import LogisticRegression
    from sklift.models import ClassTransformation, SoloModel, TwoModels

    def meta(make: Callable[[], Any]) -> Foretell:
        def foretell(X: Floats, y: Floats, t: Floats, unseen: Floats) -> Floats:
            return np.asarray(make().fit(X, y, t).predict(unseen))

        return foretell

    def logistic() -> Any:
        return LogisticRegression(max_iter=1000)

    return {
        "scikit-uplift solo trees": meta(lambda: SoloModel(_trees())),
        "scikit-uplift solo linear, interactions": meta(lambda: SoloModel(logistic(), method="treatment_interaction")),
        "scikit-uplift two models linear": meta(lambda: TwoModels(logistic(), logistic(), method="vanilla")),
        "scikit-uplift two models trees": meta(lambda: TwoModels(_trees(), _trees(), method="vanilla")),
        "scikit-uplift class transformation": meta(lambda: ClassTransformation(_trees())),
    }


def _compare(found: dict[str, Floats], visit: Floats, mailed: Floats) -> None:
    """Print the paired difference of our best to the best of the others, with its 95 % interval."""
    values = {name: qini_coefficient(visit, effects, mailed, outcome="response") for name, effects in found.items()}
    ours = max((name for name in found if name.startswith("querencia")), key=values.__getitem__)
    others = [name for name in found if not name.startswith("querencia")]
    if not others:
        return
    theirs = max(others, key=values.__getitem__)
    random = np.random.default_rng(SEED)
    gaps = []
    for _ in range(200):
        rows = random.integers(len(visit), size=len(visit))
        pair = (
            qini_coefficient(visit[rows], found[name][rows], mailed[rows], outcome="response")
            for name in (ours, theirs)
        )
        gaps.append(next(pair) - next(pair))
    low, high = np.quantile(gaps, [0.025, 0.975])
    gap = values[ours] - values[theirs]
    print(f"{ours} less {theirs}: {1000 * gap:.2f} [{1000 * low:.2f}, {1000 * high:.2f}] x 0.001")
