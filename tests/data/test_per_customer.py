"""One row per customer, range by range: the same rows as in one go, in the order of the customers."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from random import Random
from typing import Any

import pyarrow
import pyarrow.parquet
import pytest

from querencia.data import per_customer
from querencia.data.engine import connect
from querencia.data.per_customer import read_per_customer, write_per_customer
from querencia.data.tables import EventLog


def write_log(folder: Path, customers: list[Any]) -> EventLog:
    events = folder / "events"
    events.mkdir()
    half = len(customers) // 2
    for name, part in (("a", customers[:half]), ("b", customers[half:])):
        pyarrow.parquet.write_table(pyarrow.table({"customer": part}), events / f"{name}.parquet")
    return EventLog(
        path=events,
        rows_read=len(customers),
        rejected=0,
        ignored=0,
        duplicates=0,
        events=len(customers),
        start="",
        end="",
        types=(),
    )


def count_events(events: Any) -> Any:
    return events.group_by("customer").agg(events=events.count()).order_by("customer")


@pytest.mark.parametrize("as_text", [False, True])
@pytest.mark.parametrize("at_once", [1, 10, 333, 10_000])
def test_ranges_give_what_one_go_gives(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at_once: int, as_text: bool
) -> None:
    random = Random(3)
    numbers = [int(random.paretovariate(1)) % 60 for _ in range(1000)]
    customers: list[Any] = [f"c{number}" for number in numbers] if as_text else numbers
    monkeypatch.setattr(per_customer, "EVENTS_AT_ONCE", at_once)
    con = connect(memory="500MB", scratch=tmp_path / "scratch")
    write_per_customer(con, write_log(tmp_path, customers), count_events, into=tmp_path / "rows")
    rows = read_per_customer(con, tmp_path / "rows").to_pyarrow().to_pylist()
    assert [(row["customer"], row["events"]) for row in rows] == sorted(Counter(customers).items())
    # As many ranges as the largest customers leave room for.
    written = len(list((tmp_path / "rows").iterdir()))
    assert written == 1 if at_once >= 1000 else 1 < written <= len(set(customers))


def test_rows_of_an_earlier_run_do_not_stay(tmp_path: Path) -> None:
    con = connect(memory="500MB", scratch=tmp_path / "scratch")
    stale = tmp_path / "rows" / "00007.parquet"
    stale.parent.mkdir()
    stale.write_bytes(b"stale")
    write_per_customer(con, write_log(tmp_path, [1, 2, 2]), count_events, into=tmp_path / "rows")
    assert read_per_customer(con, tmp_path / "rows").events.to_pyarrow().to_pylist() == [1, 2]
