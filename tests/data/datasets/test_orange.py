"""The Orange-shaped table has the published sizes, rates and outliers, and a churn that can be learned."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from lightgbm import LGBMClassifier
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedKFold, cross_val_predict

from querencia.data.datasets.makers import make_orange

LEVELS = [18, 12, 1, 20, 4, 20, 3, 2, 4, 4, 3, 3, 12, 20, 20, 17, 6, 7]


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    return pd.read_csv(make_orange(tmp_path_factory.mktemp("orange") / "orange.csv").files[0])


def test_shape(table: pd.DataFrame) -> None:
    assert table.shape == (11_896, 180)
    assert [f"PC{n}" for n in range(1, 161)] == [name for name in table if name.startswith("PC")]
    assert [table[f"FACTOR{n}"].nunique() for n in range(1, 19)] == LEVELS
    assert table.isna().sum().sum() == 0
    assert table.duplicated().sum() == 0


def test_exact_counts(table: pd.DataFrame) -> None:
    counts = table.groupby(["t", "y"]).size()
    assert counts.to_dict() == {(0, 0): 2781, (0, 1): 105, (1, 0): 8707, (1, 1): 303}


def test_outliers(table: pd.DataFrame) -> None:
    assert (table.PC1.min(), table.PC1.max(), table.PC2.min()) == (-5.9, 220.6, -244.0)
    assert table.PC1.quantile(0.99) < 60


def test_churn_can_be_learned(table: pd.DataFrame) -> None:
    X = table.drop(columns=["y", "t"]).astype({f"FACTOR{n}": "category" for n in range(1, 19)})
    model = LGBMClassifier(
        n_estimators=80, num_leaves=8, learning_rate=0.08, colsample_bytree=0.3, n_jobs=1, verbose=-1
    )
    folds = StratifiedKFold(2, shuffle=True, random_state=0)
    guess = cross_val_predict(model, X, table.y, cv=folds, method="predict_proba")[:, 1]
    assert 0.75 < roc_auc_score(table.y, guess) < 0.88


def test_another_size_keeps_the_rates(tmp_path: Path) -> None:
    table = pd.read_csv(make_orange(tmp_path / "small.csv", customers=3000, seed=5).files[0])
    assert len(table) == 3000
    assert table.y.sum() == round(3000 * 408 / 11_896)
    assert table.t.mean() == pytest.approx(0.7574, abs=0.001)
    assert [table[f"FACTOR{n}"].nunique() for n in range(1, 19)] == LEVELS
