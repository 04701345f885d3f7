"""Figures of the event log, against pandas on the whole log at once."""

from __future__ import annotations

import gzip
import json
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import ibis
import pandas as pd
import pyarrow
import pyarrow.parquet
import pytest

from querencia.data.tables import EventLog
from querencia.explore.events import describe_events
from querencia.explore.figures import Bin, EventFigures, ItemCount
from querencia.explore.sessions import EVENT_BINS, SECOND_BINS


def write_frame(folder: Path, events: pd.DataFrame, **counts: int) -> EventLog:
    path = folder / "events.parquet"
    events = events.assign(copies=1)
    kinds = {"time": pyarrow.timestamp("us")}
    columns = {name: pyarrow.array(events[name], kinds.get(name), from_pandas=True) for name in events.columns}
    pyarrow.parquet.write_table(pyarrow.table(columns), path, row_group_size=10_000)
    read = {"rows_read": len(events), "rejected": 0, "ignored": 0, "duplicates": 0} | counts
    return EventLog(
        path=path,
        events=len(events),
        start=events["time"].min().isoformat(),
        end=events["time"].max().isoformat(),
        types=tuple(events["type"].value_counts().index),
        has_item_names="item_name" in events.columns,
        **read,
    )


def describe(log: EventLog, *, timezone: str = "UTC", top: int = 10, threads: int = 2) -> EventFigures:
    return describe_events(ibis.duckdb.connect(threads=threads), log, timezone=timezone, top=top)


def bars(values: pd.Series[float], starts: tuple[int, ...]) -> tuple[Bin, ...]:
    ends = [*starts[1:], None]
    return tuple(
        Bin(
            low=float(low),
            high=None if high is None else float(high),
            sessions=int(((values >= low) & (values < (float("inf") if high is None else high))).sum()),
        )
        for low, high in zip(starts, ends, strict=True)
    )


def assert_agrees(figures: EventFigures, events: pd.DataFrame, *, timezone: str) -> None:
    local = events["time"].dt.tz_localize("UTC").dt.tz_convert(timezone)
    sessions = events.groupby("session")["time"].agg(["min", "max", "size"])
    seconds = (sessions["max"] - sessions["min"]) / pd.Timedelta(seconds=1)
    assert figures.events == len(events)
    assert figures.sessions == events["session"].nunique()
    assert figures.items == events["item"].nunique()
    assert figures.customers == events["customer"].nunique()
    assert figures.types == events["type"].value_counts().to_dict()
    assert figures.by_hour == tuple(local.dt.hour.value_counts().reindex(range(24), fill_value=0))
    assert figures.by_weekday == tuple(local.dt.day_of_week.value_counts().reindex(range(7), fill_value=0))
    days = local.dt.strftime("%Y-%m-%d").value_counts().sort_index()
    assert {day.day: day.events for day in figures.by_day} == days.to_dict()
    assert [day.day for day in figures.by_day] == days.index.tolist()
    counts = events["item"].value_counts()
    ranked = sorted(counts.index, key=lambda item: (-counts[item], item))[:10]
    assert [(found.item, found.events) for found in figures.top_items] == [(item, counts[item]) for item in ranked]
    for found, values in ((figures.session_seconds, seconds), (figures.events_per_session, sessions["size"])):
        assert found.mean == pytest.approx(values.mean(), rel=1e-12)
        assert found.median == pytest.approx(values.median(), rel=1e-12)
        assert found.p90 == pytest.approx(values.quantile(0.9), rel=1e-12)
    assert figures.events_per_session.max == sessions["size"].max()
    assert figures.events_per_session.histogram == bars(sessions["size"], EVENT_BINS)
    assert figures.session_seconds.histogram == bars(seconds, SECOND_BINS)
    assert sum(bar.sessions for bar in figures.session_seconds.histogram) == figures.sessions


def test_the_otto_sample_agrees_with_pandas(tmp_path: Path, shared_data: Path) -> None:
    rows: list[dict[str, Any]] = []
    with (shared_data / "otto_train_sample.jsonl").open(encoding="utf-8") as lines:
        for session in map(json.loads, lines):
            rows += [{"session": session["session"], **event} for event in session["events"]]
    events = pd.DataFrame(rows).rename(columns={"aid": "item"})
    events["customer"], events["time"] = events["session"], pd.to_datetime(events["ts"], unit="ms").astype("M8[us]")
    events = events.drop(columns="ts")
    figures = describe(write_frame(tmp_path, events), timezone="Europe/Berlin")
    assert (figures.events, figures.sessions, figures.items) == (862, 20, 510)
    assert figures.types == {"clicks": 800, "carts": 52, "orders": 10}
    assert_agrees(figures, events, timezone="Europe/Berlin")
    assert all(item.name is None and isinstance(item.item, int) for item in figures.top_items)


def test_online_retail_agrees_with_pandas(tmp_path: Path, shared_data: Path) -> None:
    with gzip.open(shared_data / "online_retail.csv.gz") as file:
        lines = pd.read_csv(file, dtype={"CustomerID": str, "InvoiceNo": str, "StockCode": str, "Description": str})
    lines = lines[lines["CustomerID"].notna() & (lines["Quantity"] >= 0)].reset_index(drop=True)
    names = {"CustomerID": "customer", "InvoiceNo": "session", "StockCode": "item", "Description": "item_name"}
    events = lines.rename(columns=names)[list(names.values())]
    events["time"] = pd.to_datetime(lines["InvoiceDate"]).astype("M8[us]")
    events["type"] = "orders"
    figures = describe(write_frame(tmp_path, events), timezone="America/Bogota")
    assert_agrees(figures, events, timezone="America/Bogota")
    assert figures.top_items[0].name == "WHITE HANGING HEART T-LIGHT HOLDER"
    for found in figures.top_items:
        counts = events.loc[events["item"] == found.item, "item_name"].value_counts()
        assert found.name == min(counts.index[counts == counts.max()])


def random_events(seed: int, *, sessions: int) -> pd.DataFrame:
    random = Random(seed)
    rows = []
    for session in range(sessions):
        time = datetime(2023, 3, 1) + timedelta(seconds=random.uniform(0, 60 * 86_400))
        for _ in range(min(int(random.paretovariate(0.7)), 700)):
            rows.append((session // 3, session, random.randrange(60) ** 2, time, random.choice(["a", "b", "b"])))
            time += timedelta(seconds=random.choice([0, 0.001, 0.9, 30, 900, 30_000, 400_000]))
    return pd.DataFrame(rows, columns=["customer", "session", "item", "time", "type"]).astype({"time": "M8[us]"})


@pytest.mark.parametrize("timezone", ["Europe/Madrid", "Asia/Kathmandu", "Australia/Lord_Howe"])
def test_any_log_agrees_with_pandas_over_a_change_of_clocks(tmp_path: Path, timezone: str) -> None:
    events = random_events(4, sessions=900)
    figures = describe(write_frame(tmp_path, events), timezone=timezone)
    assert_agrees(figures, events, timezone=timezone)
    for figure in (figures.session_seconds, figures.events_per_session):
        assert sum(bar.sessions > 0 for bar in figure.histogram) >= 7


def test_figures_do_not_depend_on_threads_or_the_order_of_rows(tmp_path: Path) -> None:
    events = random_events(5, sessions=6_000)
    (tmp_path / "shuffled").mkdir()
    shuffled = events.sample(frac=1, random_state=1).reset_index(drop=True)
    one = describe(write_frame(tmp_path, events), threads=1)
    assert len(events) > 20_000
    assert describe(write_frame(tmp_path / "shuffled", shuffled), threads=4) == one


def test_top_items_tie_by_id_and_are_called_by_their_commonest_name(tmp_path: Path) -> None:
    names = [("b", "Bee"), ("b", "Bee"), ("b", "A bee"), ("a", "Z"), ("a", "Y"), ("a", None), ("c", None)]
    events = pd.DataFrame(names, columns=["item", "item_name"])
    events = events.assign(customer="x", session="s", type="t", time=pd.Timestamp("2024-01-01").as_unit("us"))
    log = write_frame(tmp_path, events, rows_read=10, rejected=1, ignored=2, duplicates=0)
    figures = describe(log, top=3)
    assert figures.top_items == (
        ItemCount(item="a", events=3, name="Y"),
        ItemCount(item="b", events=3, name="Bee"),
        ItemCount(item="c", events=1, name=None),
    )
    assert (figures.rows_read, figures.rejected, figures.ignored, figures.duplicates) == (10, 1, 2, 0)
    assert len(describe(log, top=2).top_items) == 2
    assert (describe(log, top=0).top_items, describe(log, top=0).items) == ((), 3)


def test_a_single_event_is_a_session_of_no_length(tmp_path: Path) -> None:
    events = pd.DataFrame({"customer": ["x"], "session": ["s"], "item": ["i"], "type": ["t"]})
    figures = describe(write_frame(tmp_path, events.assign(time=pd.Timestamp("2024-01-01T12:00").as_unit("us"))))
    assert (figures.session_seconds.mean, figures.session_seconds.p90, figures.events_per_session.mean) == (0, 0, 1)
    assert figures.by_weekday == (1, 0, 0, 0, 0, 0, 0)
