"""Features of every customer in a file, one row each, that are learned from and scored batch by batch."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ibis
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet

from querencia.data.batches import read_batches
from querencia.data.tables import CUSTOMER_ID, OUTCOME, TREATMENT
from querencia.learn.problem import CustomerBatch
from querencia.pipeline.outputs import replacing

MONTHLY_VALUE = "__monthly_value"


@dataclass(frozen=True, kw_only=True)
class Labelled:
    """Customers whose outcome is known: features by customer id, and, aligned with them, outcome and treatment (NaN
    where unknown).
    """

    features: pd.DataFrame
    outcome: pd.Series
    treatment: pd.Series | None


@dataclass(frozen=True, kw_only=True)
class FeatureTable:
    """A Parquet file of `customers` rows, ordered by customer id: `numeric` and `categorical` features, those of
    behaviour (`activity`) among them, and reserved columns beside.
    """

    con: Any
    path: Path
    customers: int
    numeric: tuple[str, ...]
    categorical: tuple[str, ...]
    activity: tuple[str, ...]

    def __iter__(self) -> Iterator[CustomerBatch]:
        """Yield every customer once, in batches."""
        for batch in read_batches(self.con, self.con.read_parquet(self.path)):
            rows = pa.Table.from_batches([batch])
            value = None
            if MONTHLY_VALUE in rows.column_names:
                value = rows[MONTHLY_VALUE].to_pandas().to_numpy(dtype=np.float64, na_value=np.nan)
            yield CustomerBatch(features=self._frame(rows), monthly_value=value)

    def count_outcomes(self) -> tuple[int, int]:
        """Return how many customers left, and of how many it is known whether they did."""
        table = self.con.read_parquet(self.path)
        row = self.con.to_pyarrow(table.aggregate(left=table[OUTCOME].sum(), known=table[OUTCOME].count()))
        counts = row.to_pylist()[0]
        return int(counts["left"] or 0), int(counts["known"])

    def labelled(self, *, most: int) -> Labelled:
        """Return the customers whose outcome is known: at most `most`, evenly spaced by outcome and id."""
        table = self.con.read_parquet(self.path)
        known = table.filter(table[OUTCOME].notnull())
        step = -(-self.count_outcomes()[1] // most)
        if step > 1:
            place = ibis.row_number().over(order_by=[known[OUTCOME], known[CUSTOMER_ID]])
            known = known.mutate(__place=place)
            known = known.filter(known["__place"] % step == 0).drop("__place")
        rows = self.con.to_pyarrow(known.order_by(CUSTOMER_ID))
        treatment = rows[TREATMENT].to_pandas().astype("float64") if TREATMENT in rows.column_names else None
        return Labelled(
            features=self._frame(rows), outcome=rows[OUTCOME].to_pandas().astype("int64"), treatment=treatment
        )

    def _frame(self, rows: pa.Table) -> pd.DataFrame:
        frame: pd.DataFrame = rows.select([*self.numeric, *self.categorical]).to_pandas()
        frame.index = pd.Index(rows[CUSTOMER_ID].to_pandas().astype("str"), name=CUSTOMER_ID)
        return frame


def store_features(
    con: Any,
    people: Any,
    path: Path,
    *,
    numeric: Sequence[str],
    categorical: Sequence[str],
    activity: Sequence[str],
    monthly_value: Any = None,
    aside: Mapping[str, Any],
) -> FeatureTable:
    """Write the features of `people`, an Ibis table ordered by customer id, to `path`; numbers as floats.

    `monthly_value` and the columns `aside` go with them under reserved names.
    """
    columns: dict[str, Any] = {CUSTOMER_ID: people[CUSTOMER_ID], **aside}
    if monthly_value is not None:
        columns[MONTHLY_VALUE] = monthly_value.cast("float64")
    columns |= {name: _as_float(people[name]) for name in numeric} | {name: people[name] for name in categorical}
    table = people.select(**columns).order_by(CUSTOMER_ID)
    with replacing(path) as temporary:
        table.to_parquet(temporary)
    return FeatureTable(
        con=con,
        path=path,
        customers=pyarrow.parquet.read_metadata(path).num_rows,
        numeric=tuple(numeric),
        categorical=tuple(categorical),
        activity=tuple(activity),
    )


def _as_float(column: Any) -> Any:
    return column if column.type().is_float64() else column.cast("float64")
