"""Customers that stand on Spark, scored batch by batch through the same call as on DuckDB: the same scores."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow
import pyarrow.parquet
import pytest

from querencia.data.batches import read_batches
from querencia.data.tables import CUSTOMER_ID
from querencia.learn.problem import ScoringOptions, ScoringProblem
from querencia.learn.saved.folder import load_model, pack_model
from querencia.learn.saved.rescoring import score_with_model
from querencia.learn.scoring import learn_and_score
from querencia.pipeline.feature_table import FeatureTable

pytestmark = [
    pytest.mark.xdist_group("spark"),
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning"),
    pytest.mark.parametrize("spark", ["local"], indirect=True),
]


def make_features(rows: int) -> pd.DataFrame:
    random = np.random.default_rng(5)
    frame = pd.DataFrame(random.normal(size=(rows, 3)), columns=["a", "b", "c"])
    frame["plan"] = pd.Series(random.choice(["basic", "pro"], rows), dtype="str")
    frame.loc[::9, "b"] = np.nan
    frame.index = pd.Index([f"c{i:05d}" for i in range(rows)], name=CUSTOMER_ID)
    return frame


def test_rows_come_in_the_tables_order(spark: Any, tmp_path: Path) -> None:
    rows = pyarrow.table({"id": [f"c{(7919 * i) % 5000:05}" for i in range(5000)], "x": list(range(5000))})
    pyarrow.parquet.write_table(rows, tmp_path / "t.parquet")
    table = spark.read_parquet(tmp_path / "t.parquet").order_by("id")
    parts = list(read_batches(spark, table, rows=700))
    assert max(map(len, parts)) <= 700
    found = pyarrow.Table.from_batches(parts)
    assert found["id"].to_pylist() == sorted(rows["id"].to_pylist())
    assert sorted(found["x"].to_pylist()) == list(range(5000))


def test_scores_are_those_of_duckdb(spark: Any, duck: Any, tmp_path: Path) -> None:
    frame = make_features(800)
    left = pd.Series((np.random.default_rng(6).random(800) < 1 / (1 + np.exp(1.5 - frame["a"]))).astype(int).to_numpy())
    learned = learn_and_score(
        ScoringProblem(scoring=frame, training=frame, outcome=left), options=ScoringOptions(folds=3, n_jobs=1)
    )
    version, files = pack_model(learned.models, learned.reference, learned.scores.model)
    (tmp_path / version).mkdir()
    for name, content in files.items():
        (tmp_path / version / name).write_bytes(content)
    path = tmp_path / "features.parquet"
    pyarrow.parquet.write_table(pyarrow.Table.from_pandas(frame.reset_index(), preserve_index=False), path)
    scores = {}
    for name, con in (("spark", spark), ("duck", duck)):
        features = FeatureTable(
            con=con, path=path, customers=800, numeric=("a", "b", "c"), categorical=("plan",), activity=()
        )
        scores[name] = score_with_model(load_model(tmp_path / version), ScoringProblem(scoring=features)).customers
    pd.testing.assert_frame_equal(scores["spark"], scores["duck"], check_exact=True)
    expected = learned.scores.customers["churn_probability"]
    assert scores["spark"]["churn_probability"].to_numpy() == pytest.approx(expected.to_numpy())
