"""Pearson correlations with the outcome, and among the features that go with it most.

A numeric feature is itself, with the rows that miss it left out of its correlations; each level of a category is a
feature ``COLUMN_level`` of 0 and 1, where a missing cell is 0 in every level and no level of its own. Features without
variation have no correlation and are left out. Values are rounded to six decimals, which hides the order in which
threads add floats.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isnan, sqrt
from typing import Any

import ibis
from ibis import selectors

from querencia.data.tables import OUTCOME
from querencia.explore.figures import CorrelationMatrix

DECIMALS = 6

# Squares of larger values overflow; a number so large, an infinity or NaN counts as missing.
_LARGEST = 1e150


@dataclass(frozen=True, kw_only=True)
class CorrelatedFeature:
    """A feature with its correlation: a numeric column, or one `level` of a category."""

    column: str
    level: str | None
    correlation: float

    @property
    def name(self) -> str:
        """The column's name, or ``COLUMN_level``."""
        return self.column if self.level is None else f"{self.column}_{self.level}"

    def values(self, rows: Any) -> Any:
        """Return the feature as a float column of `rows`."""
        if self.level is None:
            return _finite(rows[self.column])
        return (rows[self.column].cast("string") == self.level).fill_null(False).cast("float64")


def correlate_outcome(
    con: Any, rows: Any, *, numeric: Sequence[str], categorical: Sequence[str], top: int = 10
) -> tuple[CorrelatedFeature, ...]:
    """Return the `top` features by absolute correlation with the outcome, largest first, then by name.

    `rows` is the canonical customer table; rows without an outcome are left out.
    """
    labelled = rows.filter(rows[OUTCOME].notnull())
    found = [*_correlate_numbers(con, labelled, numeric), *_correlate_levels(con, labelled, categorical)]
    return tuple(sorted(found, key=lambda feature: (-abs(feature.correlation), feature.name))[:top])


def correlate_features(con: Any, rows: Any, features: Sequence[CorrelatedFeature]) -> CorrelationMatrix | None:
    """Return the correlations among `features` over the labelled rows (None without any feature).

    Two features that never vary together have correlation 0.
    """
    if not features:
        return None
    labelled = rows.filter(rows[OUTCOME].notnull())
    table = labelled.select(**{f"f{index}": feature.values(labelled) for index, feature in enumerate(features)})
    size = range(len(features))
    pairs = {f"{i} {j}": table[f"f{i}"].corr(table[f"f{j}"], how="pop") for i in size for j in size if i < j}
    row = con.to_pyarrow(table.aggregate(**pairs)).to_pylist()[0] if pairs else {}
    among = {pair: _rounded(value) or 0.0 for pair, value in row.items()}
    values = tuple(tuple(1.0 if i == j else among[f"{min(i, j)} {max(i, j)}"] for j in size) for i in size)
    return CorrelationMatrix(features=tuple(feature.name for feature in features), values=values)


def _correlate_numbers(con: Any, labelled: Any, numeric: Sequence[str]) -> list[CorrelatedFeature]:
    if not numeric:
        return []
    figures = [
        _finite(labelled[column]).corr(labelled[OUTCOME], how="pop").name(str(index))
        for index, column in enumerate(numeric)
    ]
    row = con.to_pyarrow(labelled.aggregate(figures)).to_pylist()[0]
    values = {column: _rounded(row[str(index)]) for index, column in enumerate(numeric)}
    return [
        CorrelatedFeature(column=column, level=None, correlation=value)
        for column, value in values.items()
        if value is not None
    ]


def _correlate_levels(con: Any, labelled: Any, categorical: Sequence[str]) -> list[CorrelatedFeature]:
    """Correlate 0/1 levels from four counts each, exactly."""
    if not categorical:
        return []
    totals = con.to_pyarrow(labelled.aggregate(rows=labelled.count(), left=labelled[OUTCOME].sum())).to_pylist()[0]
    cells = labelled.select(
        OUTCOME, **{str(index): labelled[column].cast("string") for index, column in enumerate(categorical)}
    )
    cells = cells.pivot_longer(~selectors.cols(OUTCOME), names_to="column", values_to="level")
    cells = cells.filter(cells.level.notnull())
    counted = cells.group_by("column", "level").agg(rows=cells.count(), left=cells[OUTCOME].sum())
    found = []
    for level in con.to_pyarrow(counted).to_pylist():
        value = _phi(totals["rows"], int(totals["left"]), level["rows"], int(level["left"]))
        if value is not None:
            column = categorical[int(level["column"])]
            found.append(CorrelatedFeature(column=column, level=level["level"], correlation=value))
    return found


def _phi(rows: int, left: int, level_rows: int, level_left: int) -> float | None:
    """Return Pearson's correlation of two 0/1 features from their counts (the phi coefficient)."""
    spread = level_rows * (rows - level_rows) * left * (rows - left)
    if spread == 0:
        return None
    return round((rows * level_left - level_rows * left) / sqrt(spread), DECIMALS)


def _finite(column: Any) -> Any:
    value = column.cast("float64")
    # NaN is larger than any number to the engine, so one comparison takes out NaN and infinities.
    return ibis.ifelse(value.abs() < _LARGEST, value, ibis.null("float64"))


def _rounded(value: float | None) -> float | None:
    return None if value is None or isnan(value) else round(value, DECIMALS)
