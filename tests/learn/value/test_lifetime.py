"""Customer lifetime value."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from querencia.learn.figures.value import PurchaseFigures
from querencia.learn.value.lifetime import describe_value, fill_monthly_value, lifetime_value, monthly_rate


def test_the_value_by_hand() -> None:
    # 19 % over two months is 10 % a month; 26.824 % a year is 2 % a month.
    discount = 1.02**12 - 1
    assert lifetime_value(60, [0.19], months=2, annual_discount=discount) == pytest.approx([60 / 0.12])


@given(probability=st.floats(0.01, 0.9), months=st.sampled_from([1.0, 2.0, 3.0]), discount=st.floats(0.0, 0.5))
def test_the_value_is_the_sum_of_the_months_to_come(probability: float, months: float, discount: float) -> None:
    stays = (1 - probability) ** (1 / months)
    t = np.arange(1, 20_001)
    total = np.sum(50 * stays ** (t - 1) / (1 + discount) ** (t / 12))
    assert lifetime_value(50, [probability], months=months, annual_discount=discount)[0] == pytest.approx(total)


def test_the_monthly_rate_adds_up_to_the_probability() -> None:
    rate = monthly_rate([0.0, 0.3, 1.0], months=3)
    assert 1 - (1 - rate) ** 3 == pytest.approx([0.0, 0.3, 1.0])


def test_nobody_is_worth_more_than_a_hundred_years() -> None:
    assert lifetime_value(10, [0.0], months=2, annual_discount=0.0) == pytest.approx([12_000])


def test_unknown_revenue_is_the_median_and_no_spend_is_nothing() -> None:
    known = pd.Series([10.0, np.nan, 30.0, 80.0])
    revenue, filled = fill_monthly_value(known, source="revenue", declared=5, rows=4)
    assert (revenue.tolist(), filled) == ([10, 30, 30, 80], 1)
    prices, filled = fill_monthly_value(known, source="prices", declared=5, rows=4)
    assert (prices.tolist(), filled) == ([10, 0, 30, 80], 0)
    declared, filled = fill_monthly_value(None, source="declared", declared=5, rows=2)
    assert (declared.tolist(), filled) == ([5, 5], 0)
    assert known.isna().sum() == 1


def test_the_assumption_names_the_declared_figure() -> None:
    figures = describe_value(source="declared", filled=0, declared=83.33, annual_discount=0.1, months=2)
    assert "83.33" in figures.assumption
    assert "over 2 months" in figures.assumption
    assert "10.0% a year" in figures.assumption
    assert figures.monthly == 83.33
    revenue = describe_value(source="revenue", filled=7, declared=83.33, annual_discount=0.1, months=2)
    assert "7 customers" in revenue.assumption
    assert "83.33" not in revenue.assumption
    assert revenue.monthly is None
    assert (figures.filled, revenue.filled) == (0, 7)


def test_a_margin_scales_the_value_and_is_named() -> None:
    assert lifetime_value(60, [0.1], months=1, annual_discount=0, margin=0.25) == pytest.approx([150])
    for margin in (0, 1.01, -1):
        with pytest.raises(ValueError, match=rf"margin is {margin}"):
            lifetime_value(60, [0.1], months=1, annual_discount=0, margin=margin)
    whole, part = (
        describe_value(source=source, filled=0, declared=5, annual_discount=0.1, months=2, margin=margin)
        for source, margin in (("revenue", 1.0), ("prices", 0.35))
    )
    assert "no margin was declared" in whole.assumption
    assert "35.0%" in part.assumption
    assert (whole.margin, part.margin) == (1.0, 0.35)


def test_the_assumption_names_the_models_of_purchases_and_their_horizon() -> None:
    purchases = PurchaseFigures(r=1, alpha=2, a=3, b=4, customers=5, p=6, q=7, v=8)
    for horizon, words in ((36, "over 36 months"), (None, "without end")):
        figures = describe_value(
            source="purchases",
            filled=0,
            declared=83.33,
            annual_discount=0.1,
            months=3,
            margin=0.4,
            purchases=purchases,
            horizon_months=horizon,
        )
        for said in ("BG/NBD", "gamma-gamma", "40.0%", "10.0% a year", words):
            assert said in figures.assumption
        assert "83.33" not in figures.assumption
        assert (figures.monthly, figures.outcome_months, figures.purchases) == (None, None, purchases)
        assert figures.horizon_months == horizon


def test_wrong_spans_and_discounts_are_refused() -> None:
    with pytest.raises(ValueError, match="outcome_months is 0"):
        lifetime_value(1, [0.1], months=0, annual_discount=0.1)
    with pytest.raises(ValueError, match=r"annual_discount is -0\.1"):
        lifetime_value(1, [0.1], months=1, annual_discount=-0.1)
