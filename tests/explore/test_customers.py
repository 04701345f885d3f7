"""Figures of the customer table, against pandas on the whole table at once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import ibis
import numpy as np
import pandas as pd
import pyarrow
import pyarrow.parquet
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from querencia.data.tables import CustomerTable
from querencia.explore.customers import describe_customers
from querencia.explore.figures import ChurnByContact, CustomerFigures

LARGE = 130_000


def write_customers(
    folder: Path, source: pd.DataFrame, *, left: Any = None, contacted: Any = None, **roles: str
) -> CustomerTable:
    """Write the canonical table of a source; its features are the columns without a role."""
    ids = roles.get("id")
    reserved = {
        "__customer_id": pyarrow.array(
            source[ids].astype(str) if ids else [str(row) for row in range(len(source))], pyarrow.string()
        ),
        "__outcome": pyarrow.array([None] * len(source) if left is None else left, pyarrow.int64()),
        "__treatment": pyarrow.array([None] * len(source) if contacted is None else contacted, pyarrow.int64()),
    }
    columns = {name: pyarrow.Array.from_pandas(source[name]) for name in source.columns}
    path = folder / "customers.parquet"
    pyarrow.parquet.write_table(pyarrow.table({**reserved, **columns}), path)
    features = [name for name in source.columns if name not in roles.values()]
    numeric = tuple(name for name in features if pd.api.types.is_numeric_dtype(source[name]))
    return CustomerTable(
        path=path,
        rows_read=len(source),
        rejected=0,
        rows=len(source),
        columns=tuple(source.columns),
        numeric=numeric,
        categorical=tuple(name for name in features if name not in numeric),
        **roles,
    )


def describe(table: CustomerTable, *, threads: int = 2) -> CustomerFigures:
    return describe_customers(ibis.duckdb.connect(threads=threads), table)


def dummies(features: pd.DataFrame) -> pd.DataFrame:
    encoded = pd.get_dummies(features, dtype=float)
    return encoded.loc[:, encoded.nunique() > 1]


def test_ibm_telco_agrees_with_pandas(tmp_path: Path, shared_data: Path) -> None:
    source = pd.read_csv(shared_data / "ibm_telco_churn.csv")
    source["TotalCharges"] = pd.to_numeric(source["TotalCharges"], errors="coerce")
    left = (source["Churn"] == "Yes").astype(int)
    figures = describe(write_customers(tmp_path, source, left=left, id="customerID", outcome="Churn"))
    assert (figures.rows, figures.columns, figures.missing, figures.duplicates) == (7_043, 21, 11, 0)
    assert figures.missing_by_column == {"TotalCharges": 11}
    assert figures.churn_rate == 1_869 / 7_043
    assert (figures.contact_rate, figures.churn_by_contact) == (None, None)
    assert figures.constant == ()
    two = [name for name in source.columns if source[name].nunique() == 2]
    assert figures.binary == tuple(two)
    assert (figures.numeric_columns, figures.categorical_columns) == (4, 17)

    encoded = dummies(source.drop(columns=["customerID", "Churn"]))
    expected = encoded.corrwith(left)
    order = sorted(expected.index, key=lambda name: (-abs(round(expected[name], 6)), name))[:10]
    assert [found.feature for found in figures.correlations] == order
    assert [found.correlation for found in figures.correlations] == pytest.approx(expected[order].tolist(), abs=1e-6)
    assert figures.correlations[0].feature == "Contract_Month-to-month"
    assert figures.correlation_matrix is not None
    assert figures.correlation_matrix.features == tuple(order)
    matrix = np.array(figures.correlation_matrix.values)
    assert matrix == pytest.approx(encoded[order].corr().to_numpy(), abs=1e-6)


def test_a_table_worked_out_by_hand(tmp_path: Path) -> None:
    source = pd.DataFrame(
        {
            "spend": [1.0, 2.0, 3.0, 4.0, 4.0, None],
            "plan": ["a", "b", "b", None, None, "a"],
            "country": ["ES"] * 5 + [None],
            "empty": pd.Series([None] * 6, dtype=float),
            "y": [0.0, 0.0, 1.0, 1.0, 1.0, None],
            "t": [1.0, 0.0, 1.0, 0.0, 0.0, 1.0],
        }
    )
    left, contacted = [0, 0, 1, 1, 1, None], [1, 0, 1, 0, 0, 1]
    figures = describe(write_customers(tmp_path, source, left=left, contacted=contacted, outcome="y", treatment="t"))
    assert (figures.rows, figures.columns) == (6, 6)
    assert figures.missing_by_column == {"spend": 1, "plan": 2, "country": 1, "empty": 6, "y": 1}
    assert (figures.missing, figures.duplicates) == (11, 1)
    assert figures.constant == ("country", "empty")
    assert figures.binary == ("plan", "y", "t")
    assert (figures.churn_rate, figures.contact_rate) == (3 / 5, 1 / 2)
    assert figures.churn_by_contact == ChurnByContact(contacted=1 / 2, not_contacted=2 / 3)
    # plan b: two of five labelled rows, one of them left; plan a: one row, which stayed.
    found = {feature.feature: feature.correlation for feature in figures.correlations}
    assert found == {
        "spend": round(float(np.corrcoef([1, 2, 3, 4, 4], [0, 0, 1, 1, 1])[0, 1]), 6),
        "plan_a": round((5 * 0 - 1 * 3) / (1 * 4 * 3 * 2) ** 0.5, 6),
        "plan_b": round((5 * 1 - 2 * 3) / (2 * 3 * 3 * 2) ** 0.5, 6),
    }
    assert [feature.feature for feature in figures.correlations] == ["spend", "plan_a", "plan_b"]


def test_outcome_treatment_and_id_are_never_correlated(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    left = rng.integers(0, 2, 200)
    source = pd.DataFrame({"id": np.arange(200.0), "y": left * 1.0, "t": left * 1.0, "x": rng.normal(size=200)})
    table = write_customers(tmp_path, source, left=left, contacted=left, id="id", outcome="y", treatment="t")
    # Even if reading had left them among the features.
    careless = CustomerTable(**{**vars(table), "numeric": ("id", "y", "t", "x")})
    assert [found.feature for found in describe(careless).correlations] == ["x"]


def test_without_an_outcome_there_is_nothing_to_correlate(tmp_path: Path) -> None:
    figures = describe(write_customers(tmp_path, pd.DataFrame({"x": [1.0, 2.0], "z": ["a", "b"]})))
    assert (figures.churn_rate, figures.churn_by_contact) == (None, None)
    assert (figures.correlations, figures.correlation_matrix) == ((), None)


def test_infinite_and_enormous_values_count_as_missing(tmp_path: Path) -> None:
    x = [1.0, 2.0, 3.0, 5.0, float("inf"), -1e300, float("nan")]
    left = [0, 1, 0, 1, 0, 1, 0]
    figures = describe(write_customers(tmp_path, pd.DataFrame({"x": x}), left=left))
    assert figures.correlations[0].correlation == round(float(np.corrcoef(x[:4], left[:4])[0, 1]), 6)


cells = st.lists(
    st.tuples(
        st.sampled_from([0, 1]),
        st.one_of(st.none(), st.floats(-60_000, 60_000, width=16)),
        st.sampled_from(["a", "b", "c d", None]),
        st.sampled_from(["x", "y"]),
    ),
    min_size=3,
    max_size=40,
)


@settings(max_examples=15, deadline=None)
@given(cells)
def test_any_small_table_agrees_with_pandas(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[int, float | None, str | None, str]]
) -> None:
    source = pd.DataFrame(rows, columns=["y", "number", "word", "letter"]).astype({"y": float, "number": float})
    left = source["y"].astype(int)
    figures = describe(write_customers(tmp_path_factory.mktemp("table"), source, left=left, outcome="y"))
    assert figures.missing == source.isna().sum().sum()
    assert figures.duplicates == source.duplicated().sum()
    assert figures.constant == tuple(name for name in source.columns if source[name].nunique() <= 1)
    assert figures.binary == tuple(name for name in source.columns if source[name].nunique() == 2)
    features = dummies(source[["number", "word", "letter"]])
    expected = {}
    for name in features.columns:
        known = features[name].notna()
        values, outcome = features.loc[known, name], left[known]
        if values.nunique() > 1 and outcome.nunique() > 1:
            expected[name] = values.corr(outcome)
    found = {feature.feature: feature.correlation for feature in figures.correlations}
    assert found == pytest.approx(expected, abs=2e-6)


def test_a_large_table_gives_the_same_figures_on_any_number_of_threads(tmp_path: Path) -> None:
    rng = np.random.default_rng(5)
    left = rng.integers(0, 2, LARGE)
    source = pd.DataFrame({f"x{i}": rng.normal(size=LARGE) + left * i / 20 for i in range(12)})
    # Two values among the first thousand rows, three in all.
    source["late"] = [float(row % 2) for row in range(LARGE - 1)] + [2.0]
    table = write_customers(tmp_path, source, left=left)
    one, four = describe(table, threads=1), describe(table, threads=4)
    assert one == four
    assert one.binary == ()
    assert one.correlations[0].feature == "x11"
    assert one.correlations[0].correlation == pytest.approx(source["x11"].corr(pd.Series(left)), abs=1e-6)


def test_negative_zero_is_zero(tmp_path: Path) -> None:
    figures = describe(write_customers(tmp_path, pd.DataFrame({"x": [-0.0, 0.0, 1.0], "z": [0.0, -0.0, 0.0]})))
    assert (figures.binary, figures.constant) == (("x",), ("z",))
