"""The customer table, described: shape, gaps, churn, and what goes with it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pyarrow.compute

from querencia.data.tables import OUTCOME, TREATMENT, CustomerTable
from querencia.explore.correlations import correlate_features, correlate_outcome
from querencia.explore.figures import ChurnByContact, Correlation, CustomerFigures

# Enough rows to see that a column has more than two values, which most have, before its values are counted.
_GLIMPSE = 1000


def describe_customers(con: Any, table: CustomerTable) -> CustomerFigures:
    """Return the figures of a customer table that has been read; every count is exact.

    `constant` columns have at most one value, `binary` ones two, missing cells aside. `numeric_columns` and
    `categorical_columns` sort the source's columns by what they hold, the outcome and the id among them.
    `missing_by_column` names the columns that miss a cell, in their order. Correlations are of the features with the
    outcome (see `correlations`), never of the id, the treatment, the contact columns or the outcome itself.
    """
    rows = table.table(con)
    missing = _count_missing(con, rows, table.columns)
    few = _count_few_values(con, rows, table.columns)
    rates = _count_outcomes(con, rows)
    strongest = correlate_outcome(
        con, rows, numeric=_features(table.numeric, table), categorical=_features(table.categorical, table)
    )
    numeric = sum(rows.schema()[column].is_numeric() for column in table.columns)
    return CustomerFigures(
        rows=table.rows,
        columns=len(table.columns),
        missing=sum(missing.values()),
        duplicates=table.rows - int(con.to_pyarrow(rows.select(*table.columns).distinct().count()).as_py()),
        constant=tuple(column for column, values in few.items() if values <= 1),
        binary=tuple(column for column, values in few.items() if values == 2),
        churn_rate=_share(rates["left"], rates["labelled"]),
        contact_rate=_share(rates["contacted"], rates["assigned"]),
        churn_by_contact=_compare_contact(rates) if table.treatment and table.outcome else None,
        correlations=tuple(Correlation(feature=feature.name, correlation=feature.correlation) for feature in strongest),
        correlation_matrix=correlate_features(con, rows, strongest),
        numeric_columns=numeric,
        categorical_columns=len(table.columns) - numeric,
        missing_by_column={column: cells for column, cells in missing.items() if cells},
    )


def _features(columns: Sequence[str], table: CustomerTable) -> tuple[str, ...]:
    never = {table.id, table.outcome, table.treatment}
    return tuple(column for column in columns if column not in never)


def _count_missing(con: Any, rows: Any, columns: Sequence[str]) -> dict[str, int]:
    figures = [rows[column].isnull().sum().name(str(index)) for index, column in enumerate(columns)]
    row = con.to_pyarrow(rows.aggregate(figures)).to_pylist()[0]
    # A table without rows has no sum.
    return {column: int(row[str(index)] or 0) for index, column in enumerate(columns)}


def _count_few_values(con: Any, rows: Any, columns: Sequence[str]) -> dict[str, int]:
    """Return how many values each column has, for those with two at most."""
    glimpsed = con.to_pyarrow(rows.select(*columns).limit(_GLIMPSE))
    # One more than two, since Arrow tells -0.0 from 0.0; the engine, which does not, has the last word.
    candidates = [column for column in columns if pyarrow.compute.count_distinct(glimpsed[column]).as_py() <= 3]
    if not candidates:
        return {}
    figures = [rows[column].nunique().name(str(index)) for index, column in enumerate(candidates)]
    row = con.to_pyarrow(rows.aggregate(figures)).to_pylist()[0]
    values = {column: int(row[str(index)]) for index, column in enumerate(candidates)}
    return {column: count for column, count in values.items() if count <= 2}


def _count_outcomes(con: Any, rows: Any) -> dict[str, int]:
    left, contacted, uncontacted = rows[OUTCOME] == 1, rows[TREATMENT] == 1, rows[TREATMENT] == 0
    labelled = rows[OUTCOME].notnull()
    counts = {
        "labelled": labelled,
        "left": left,
        "assigned": contacted | uncontacted,
        "contacted": contacted,
        "contacted_labelled": contacted & labelled,
        "contacted_left": contacted & left,
        "uncontacted_labelled": uncontacted & labelled,
        "uncontacted_left": uncontacted & left,
    }
    figures = {name: rows.count(where=chosen) for name, chosen in counts.items()}
    row: dict[str, int] = con.to_pyarrow(rows.aggregate(**figures)).to_pylist()[0]
    return row


def _compare_contact(rates: dict[str, int]) -> ChurnByContact:
    return ChurnByContact(
        contacted=_share(rates["contacted_left"], rates["contacted_labelled"]),
        not_contacted=_share(rates["uncontacted_left"], rates["uncontacted_labelled"]),
    )


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
