"""The value of customers by their purchases."""

from __future__ import annotations

from collections.abc import Callable

from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pytest

from querencia.language.notes import LANGUAGES, Note, say
from querencia.learn.value.purchases import BetaGeometricModel
from querencia.learn.value.spend import GammaGammaModel
from querencia.learn.encoding.encoders import Floats
from querencia.learn.figures.value import PurchaseFigures
from querencia.learn.value.transactions import learn_purchases

Simulate = Callable[..., np.ndarray]


class Found(NamedTuple):
    """What was learned, and the value that follows from it."""

    value: Floats | None
    figures: PurchaseFigures | None
    notes: tuple[Note, ...]


def transaction_value(purchases: pd.DataFrame, **options: Any) -> Found:
    learned = learn_purchases(purchases)
    value = None if learned.model is None else learned.model.value(purchases, **options)
    return Found(value, learned.figures, learned.notes)


@pytest.fixture
def purchases(simulate: Simulate) -> pd.DataFrame:
    """4,000 buyers over two years, in days, and two people who never bought."""
    X = np.ceil(simulate(1.0, 60.0, 0.6, 3.0, customers=4000, seed=1, longest=730.0))
    random = np.random.default_rng(2)
    bought = X[:, 0] + 1
    table = pd.DataFrame(X, columns=["frequency", "recency", "age"])
    table["mean_spend"] = random.gamma(6 * bought, 1 / random.gamma(4.0, 1 / 15, len(X))) / bought
    return pd.concat([table, pd.DataFrame({"frequency": [np.nan, np.nan]})], ignore_index=True)


def test_value_is_margin_times_purchases_times_spend(purchases: pd.DataFrame) -> None:
    found = transaction_value(purchases, margin=0.4, annual_discount=0.1, months=36)
    assert found.value is not None and found.figures is not None
    assert found.notes == ()
    buyers = purchases.iloc[:4000]
    histories = buyers[["frequency", "recency", "age"]].to_numpy()
    often = BetaGeometricModel().fit(histories)  # in days
    to_come = often.expected_purchases(histories, horizon=36 * 365.25 / 12, discount=np.log(1.1) / 365.25)
    spend = np.column_stack([buyers["frequency"] + 1, buyers["mean_spend"]])
    much = GammaGammaModel().fit(spend).expected_spend(spend)
    assert found.value[:4000] == pytest.approx(0.4 * to_come * much, rel=1e-3)
    assert found.value[4000:].tolist() == [0, 0]
    assert found.figures.alpha * 7 == pytest.approx(often.alpha_, rel=1e-3)
    assert (found.figures.customers, found.figures.repeat_buyers) == (4000, int((histories[:, 0] > 0).sum()))
    assert found.figures.holdout_days is None


def test_a_margin_scales_a_discount_lessens_and_a_horizon_bounds(purchases: pd.DataFrame) -> None:
    def total(**options: float | None) -> float:
        found = transaction_value(purchases, **({"margin": 1.0, "annual_discount": 0.1, "months": 24} | options))
        assert found.value is not None and (found.value >= 0).all()
        return float(found.value.sum())

    assert total(margin=0.25) == pytest.approx(0.25 * total())
    assert total(annual_discount=0.3) < total() < total(annual_discount=0)
    assert total(months=12) < total() < total(months=120) < total(months=None) < np.inf
    assert total(months=None) == pytest.approx(total(months=1200))


def test_those_who_bought_once_are_worth_something_by_what_they_spent(purchases: pd.DataFrame) -> None:
    table = purchases.copy()
    table.loc[0] = [0, 0, 300, 20.0]
    table.loc[1] = [0, 0, 300, 80.0]
    value = transaction_value(table, margin=1, annual_discount=0.1).value
    assert value is not None
    assert 0 < value[0] < value[1] < 4 * value[0]  # four times the spend, once, is not four times the value


def test_the_last_part_of_the_log_is_foretold_from_the_rest(simulate: Simulate) -> None:
    whole = simulate(1.0, 60.0, 0.6, 3.0, customers=6000, seed=3, longest=730.0)
    model = BetaGeometricModel().fit(whole)
    random = np.random.default_rng(0)
    table = pd.DataFrame(np.ceil(whole), columns=["frequency", "recency", "age"])
    table["mean_spend"] = 20 * random.gamma(5, 0.2, len(table))
    table["earlier_frequency"], table["earlier_recency"], table["earlier_age"] = table[
        ["frequency", "recency", "age"]
    ].T.to_numpy()
    table["age"] += 90
    table["later_purchases"] = random.poisson(model.expected_purchases(whole, horizon=90))
    table.loc[:99, ["earlier_frequency", "earlier_recency", "earlier_age", "later_purchases"]] = np.nan
    figures = transaction_value(table, margin=1, annual_discount=0.1).figures
    assert figures is not None and figures.expected is not None
    later = table["later_purchases"].iloc[100:]
    assert (figures.holdout_days, figures.observed) == (90, pytest.approx(later.mean()))
    assert figures.expected == pytest.approx(later.mean(), rel=0.05)
    own = 90 * table["earlier_frequency"] / table["earlier_age"]
    assert figures.error_of_own_rate == pytest.approx((own - table["later_purchases"]).abs().mean())
    assert figures.error < 0.8 * figures.error_of_own_rate


def test_without_repeat_buyers_there_is_no_value_and_it_is_said(purchases: pd.DataFrame) -> None:
    once = purchases.assign(frequency=0.0, recency=0.0, age=10.0, mean_spend=5.0)
    once.loc[:9, ["frequency", "recency"]] = 1.0
    found = transaction_value(once, margin=1, annual_discount=0.1)
    assert (found.value, found.figures) == (None, None)
    assert [note.code for note in found.notes] == ["learn_few_repeat_buyers"]
    for language in LANGUAGES:
        assert "10" in say(found.notes[0], language=language)


def test_spend_without_a_mean_is_no_value(purchases: pd.DataFrame) -> None:
    wild = purchases.iloc[:4000].copy()
    random = np.random.default_rng(5)
    wild["mean_spend"] = random.pareto(0.5, 4000) + 0.01  # its mean is infinite
    found = transaction_value(wild, margin=1, annual_discount=0.1)
    assert found.value is None
    assert [note.code for note in found.notes] == ["learn_purchases_unfit"]


def test_a_log_in_which_nobody_leaves_is_told_of(simulate: Simulate) -> None:
    table = pd.DataFrame(
        simulate(2.0, 60.0, 1e-6, 1.0, customers=3000, seed=4), columns=["frequency", "recency", "age"]
    )
    table["mean_spend"] = np.random.default_rng(1).gamma(5, 4, 3000)
    found = transaction_value(table, margin=1, annual_discount=0.1, months=12)
    assert found.value is not None
    assert [note.code for note in found.notes] == ["learn_nobody_leaves"]


@pytest.mark.parametrize(
    "options", [{"margin": 0}, {"margin": 1.1}, {"annual_discount": -0.1}, {"months": 0}, {"margin": float("nan")}]
)
def test_wrong_options_are_refused(purchases: pd.DataFrame, options: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=next(iter(options))):
        transaction_value(purchases, **({"margin": 1.0, "annual_discount": 0.1} | options))
