"""Engagement: more is more engaged, spread over the whole scale, and it knows nobody's own outcome."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import rankdata, spearmanr
from sklearn.metrics import roc_auc_score

from querencia.learn import engagement as room
from querencia.learn.engagement import EngagementScorer


def make_usage(rows: int, *, seed: int, sign: float = 1.0) -> tuple[pd.DataFrame, np.ndarray]:
    """A table where one hidden habit drives most columns, and the habit."""
    random = np.random.default_rng(seed)
    habit = random.normal(size=rows)
    columns = {f"u{i}": sign * habit + random.normal(scale=0.5, size=rows) for i in range(5)}
    return pd.DataFrame(columns | {"noise": random.normal(size=rows)}), habit


def test_percentiles_are_uniform_although_columns_hold_outliers_of_200_deviations() -> None:
    X, _ = make_usage(4000, seed=1)
    X.iloc[0, 0], X.iloc[1, 1], X.iloc[2, 5] = 220, -244, 500
    engagement = EngagementScorer(activity_columns=["u0"]).fit_transform(X)[:, 0]
    counts, _ = np.histogram(engagement, bins=10, range=(0, 100))
    assert counts.tolist() == [400] * 10
    assert engagement.mean() == pytest.approx(50)


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_activity_says_which_way_is_up(sign: float) -> None:
    X, habit = make_usage(500, seed=2, sign=sign)
    X["logins"] = habit + np.random.default_rng(0).normal(size=500)
    learned = EngagementScorer(weights=(1.0,), activity_columns=["logins"]).fit(X)
    assert learned.orientation_ == "activity"
    assert spearmanr(learned.transform(X)[:, 0], habit).statistic > 0.9


def test_without_activity_those_who_stay_say_which_way_is_up() -> None:
    X, habit = make_usage(500, seed=3)
    left = (habit > 0.5).astype(float)  # here the busy ones leave
    learned = EngagementScorer(weights=(1.0,)).fit(X, left)
    assert learned.orientation_ == "outcome"
    assert spearmanr(learned.transform(X)[:, 0], habit).statistic < -0.9


def test_without_either_more_of_most_columns_is_up() -> None:
    X, habit = make_usage(500, seed=3)
    for outcome in (None, np.full(500, np.nan), np.zeros(500)):
        learned = EngagementScorer(weights=(1.0,)).fit(X, outcome)
        assert learned.orientation_ == "loadings"
        assert spearmanr(learned.transform(X)[:, 0], habit).statistic > 0.9


def test_nobodys_outcome_touches_the_engagement_of_their_own_fold() -> None:
    random = np.random.default_rng(5)
    X = pd.DataFrame(random.normal(size=(600, 8)), columns=list("abcdefgh"))
    folds, y = np.arange(600) % 5, (random.random(600) < 0.3).astype(float)
    mine = folds == 2
    others = y.copy()
    others[mine] = 1 - others[mine]
    before, after = (EngagementScorer().fit(X, outcome, folds=folds) for outcome in (y, others))
    assert (before.signs_[2] == after.signs_[2]).all()
    assert (before.signs_ != after.signs_).any()
    assert (before.transform(X, folds=folds)[mine] == after.transform(X, folds=folds)[mine]).all()


def test_on_noise_engagement_tells_nothing_of_the_outcome() -> None:
    areas, leaky = [], []
    for seed in range(25):
        random = np.random.default_rng(seed)
        X = pd.DataFrame(random.normal(size=(300, 6)), columns=list("abcdef"))
        y, folds = (random.random(300) < 0.3).astype(float), random.permutation(300) % 5
        learned = EngagementScorer().fit(X, y, folds=folds)
        areas.append(roc_auc_score(y, learned.transform(X, folds=folds)[:, 0]))
        leaky.append(roc_auc_score(y, learned.transform(X)[:, 0]))
    assert np.mean(areas) == pytest.approx(0.5, abs=0.02)
    assert np.mean(leaky) < 0.48  # what the folds are there to prevent


def test_one_column_gets_its_own_midranks() -> None:
    values = np.array([3.0, 1.0, 1.0, 2.0, 9.0])
    learned = EngagementScorer().fit(values[:, None])
    assert learned.weights_.tolist() == [1.0]
    assert learned.transform(values[:, None])[:, 0].tolist() == pytest.approx([70, 20, 20, 50, 90])
    assert learned.transform(values[:, None])[:, 0] == pytest.approx(100 * (rankdata(values) - 0.5) / 5)
    # Halfway between two customers: halfway between their scores. Beyond the last: the last.
    assert learned.transform(np.array([[2.5], [99.0], [-99.0]]))[:, 0].tolist() == pytest.approx([60, 90, 20])


def test_the_weighted_sum_on_the_minmax_scale_by_hand() -> None:
    X, _ = make_usage(300, seed=7)
    learned = EngagementScorer(weights=(0.6, 0.2), scale="minmax", activity_columns=["u1"]).fit(X)
    components = learned.principal_components_.transform(X)[:, :2] * learned.signs_[0]
    raw = components @ [0.75, 0.25]
    expected = 100 * (raw - raw.min()) / (raw.max() - raw.min())
    assert learned.transform(X)[:, 0] == pytest.approx(expected, abs=1e-6)
    assert components.std(axis=0) == pytest.approx([1, 1], rel=0.01)


def test_customers_who_do_not_differ_stand_in_the_middle() -> None:
    for scale in ("percentile", "minmax"):
        assert EngagementScorer(scale=scale).fit_transform(np.ones((10, 3))).tolist() == [[50.0]] * 10


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ({"scale": "stars"}, "'stars'"),
        ({"weights": (0.5, -0.1)}, "sum to more than 0"),
        ({"weights": ()}, "sum to more than 0"),
        ({"activity_columns": ["u0", "gone"]}, "'gone'"),
    ],
)
def test_wrong_options_are_refused(options: dict[str, object], complaint: str) -> None:
    X, _ = make_usage(20, seed=1)
    with pytest.raises(ValueError, match=complaint):
        EngagementScorer(**options).fit(X)


@pytest.mark.parametrize("scale", ["percentile", "minmax"])
@pytest.mark.parametrize("source", ["activity", "outcome", "loadings"])
def test_batches_give_the_engagement_of_the_whole(scale: str, source: str) -> None:
    X, habit = make_usage(1500, seed=8)
    y = (habit + np.random.default_rng(1).normal(size=1500) > 1).astype(float)
    y[::5] = np.nan
    folds = np.where(np.isnan(y), -1, np.arange(1500) % 4)
    given = {"y": y, "folds": folds} if source == "outcome" else {}
    columns = ["u0", "u3"] if source == "activity" else ()
    whole = EngagementScorer(scale=scale, activity_columns=columns).fit(X, given.get("y"), folds=given.get("folds"))
    parts = [X.iloc[:700], X.iloc[700:701], X.iloc[701:]]
    streamed = EngagementScorer(scale=scale, activity_columns=columns).fit_batches(lambda: parts, **given)
    assert whole.orientation_ == streamed.orientation_ == source
    assert (whole.signs_ == streamed.signs_).all()
    where = given.get("folds")
    assert streamed.transform(X, folds=where) == pytest.approx(whole.transform(X, folds=where), abs=1e-4)


def test_a_large_reference_is_thinned_out_without_harm(monkeypatch: pytest.MonkeyPatch) -> None:
    X, _ = make_usage(30_000, seed=9)
    X.iloc[:9000] = X.iloc[0]  # a third of the customers are all alike
    whole = EngagementScorer().fit(X)
    monkeypatch.setattr(room, "MOST_REFERENCES", 15_000)
    thin = EngagementScorer().fit(X)
    assert len(whole.reference_[-1][0]) == 21_001
    assert len(thin.reference_[-1][0]) <= 10_000
    gap = np.abs(thin.transform(X) - whole.transform(X))
    assert gap.max() < 0.02
    assert gap[:9000].max() < 1e-9
