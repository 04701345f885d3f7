"""Sessions end where a customer falls silent, whatever the order in which events of one moment are met."""

from __future__ import annotations

from datetime import datetime, timedelta

import ibis
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from querencia.data.reading.sessions import cut_sessions

START = datetime(2025, 1, 1)
GAP = 30


def by_hand(events: list[tuple[str, int]]) -> dict[tuple[str, int], str]:
    """Return the session of each (customer, minute) by walking through each customer's minutes."""
    found = {}
    for customer in {customer for customer, _ in events}:
        number, last = 0, None
        for minute in sorted({minute for owner, minute in events if owner == customer}):
            number += last is None or minute - last > GAP
            found[customer, minute] = f"{customer}/{number}"
            last = minute
    return found


@given(
    st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from([0, 1, 30, 31, 61, 62, 200])), min_size=1, max_size=40)
)
def test_sessions_agree_with_a_walk_through_the_minutes(events: list[tuple[str, int]]) -> None:
    con = ibis.duckdb.connect()
    rows = {
        "customer": [customer for customer, _ in events],
        "time": [START + timedelta(minutes=minute) for _, minute in events],
    }
    cut = con.to_pyarrow(cut_sessions(ibis.memtable(pa.table(rows)), minutes=GAP)).to_pylist()
    expected = by_hand(events)
    for row in cut:
        minute = int((row["time"] - START).total_seconds() // 60)
        assert row["session"] == expected[row["customer"], minute]
    con.disconnect()
