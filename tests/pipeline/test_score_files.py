"""Whom the campaign reaches first, as customers.csv has it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import ibis
import pyarrow
import pytest

from querencia.pipeline.score_files import _contact_rank

PEOPLE = {
    "customer_id": ["a", "b", "c", "d"],
    "churn_probability": [0.1, 0.4, 0.4, 0.2],
    "uplift": [0.05, -0.02, 0.0, 0.3],
}


@pytest.mark.parametrize(
    ("uplift", "expected"),
    [
        (None, [4, 1, 2, 3]),
        ({"found": False, "ranking": "risk"}, [4, 1, 2, 3]),
        ({"found": True, "ranking": "risk"}, [4, 1, 2, 3]),
        ({"found": True, "ranking": "x_learner"}, [2, None, None, 1]),
        ({"found": False, "ranking": "nobody"}, [None] * 4),
    ],
)
def test_by_uplift_where_a_learner_was_kept_else_by_risk_and_nobody_where_contact_harms(
    uplift: dict[str, Any] | None, expected: list[int | None]
) -> None:
    people = ibis.memtable(pyarrow.table(PEOPLE))
    figures = None if uplift is None else SimpleNamespace(**uplift)
    scores: Any = SimpleNamespace(model=SimpleNamespace(churn=object(), uplift=figures))
    table = people.select("customer_id", rank=_contact_rank(people, scores)).order_by("customer_id")
    assert ibis.duckdb.connect().to_pyarrow(table)["rank"].to_pylist() == expected
