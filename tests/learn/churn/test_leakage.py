"""Leaks are named, and honest features are not accused."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from querencia.learn.churn.leakage import find_leaks


@pytest.fixture
def customers() -> tuple[pd.DataFrame, np.ndarray, np.ndarray]:
    random = np.random.default_rng(1)
    y = (random.random(2000) < 0.1).astype(int)
    X = pd.DataFrame(
        {
            "strong": y * 2 + random.normal(size=2000),
            "ticket": pd.Series([f"T{i}" for i in range(2000)], dtype="str"),
            "city": pd.Series(random.choice(list("ABCDEFGH"), 2000), dtype="str"),
            "empty": np.nan,
            "gaps": np.where(random.random(2000) < 0.5, np.nan, random.normal(size=2000)),
        }
    )
    return X, y, random.permutation(2000) % 5


def test_honest_features_are_not_accused(customers: tuple[pd.DataFrame, np.ndarray, np.ndarray]) -> None:
    X, y, folds = customers
    assert find_leaks(X, y, folds=folds) == ()


def test_every_kind_of_leak_is_named(customers: tuple[pd.DataFrame, np.ndarray, np.ndarray]) -> None:
    X, y, folds = customers
    random = np.random.default_rng(2)
    leaky = X.assign(
        refund=y * 10 + random.random(2000),
        days_active_after=-y * 10 + random.random(2000),
        closing_date=np.where(y == 1, random.normal(size=2000), np.nan),
        status=pd.Series(np.where(y == 1, "closed", random.choice(["open", "trial"], 2000)), dtype="str"),
        reason=pd.Series(np.where(y == 1, "price", None), dtype="object"),
    )
    expected = ("refund", "days_active_after", "closing_date", "status", "reason")
    assert find_leaks(leaky, y, folds=folds) == expected
