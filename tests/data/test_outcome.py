"""The outcome from behaviour: silence after the cut-off, known only to those seen before it."""

from __future__ import annotations

import gzip
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

import ibis
import pandas as pd
import pyarrow
import pyarrow.parquet
import pytest

from querencia.data.outcome import BehaviourOutcome, derive_outcome
from querencia.data.per_customer import read_per_customer
from querencia.data.tables import EventLog
from querencia.errors import OutcomeError
from querencia.language.notes import LANGUAGES, say

END = datetime(2024, 6, 30, 18, 0)
Visits = list[tuple[int, datetime]]


def write_log(folder: Path, visits: Visits) -> EventLog:
    path = folder / "events.parquet"
    customers, times = zip(*visits, strict=True) if visits else ((), ())
    table = pyarrow.table(
        {
            "customer": pyarrow.array(customers, pyarrow.int64()),
            "session": pyarrow.array([f"{who} {when}" for who, when in visits], pyarrow.string()),
            "item": pyarrow.array(["A"] * len(visits), pyarrow.string()),
            "time": pyarrow.array(times, pyarrow.timestamp("us")),
            "type": pyarrow.array(["clicks"] * len(visits), pyarrow.string()),
        }
    )
    pyarrow.parquet.write_table(table, path)
    return describe_file(path, events=len(visits), types=("clicks",))


def describe_file(path: Path, *, events: int, types: tuple[str, ...], has_prices: bool = False) -> EventLog:
    return EventLog(
        path=path,
        rows_read=events,
        rejected=0,
        ignored=0,
        duplicates=0,
        events=events,
        start="",
        end="",
        types=types,
        has_prices=has_prices,
    )


def days_before(days: float) -> datetime:
    return END - timedelta(days=days)


def derive(log: EventLog, *, days: int) -> tuple[BehaviourOutcome, pd.DataFrame, pd.DataFrame]:
    con = ibis.duckdb.connect()
    outcome = derive_outcome(con, log, days=days, timezone="UTC", into=log.path.parent / "activity")
    tables = (read_per_customer(con, folder) for folder in (outcome.training, outcome.scoring))
    training, scoring = (con.to_pyarrow(table).to_pandas() for table in tables)
    return outcome, training, scoring


def test_silence_after_the_cutoff_is_the_outcome(tmp_path: Path) -> None:
    leavers = [(who, days_before(90)) for who in range(60)]
    stayers = [(who, day) for who in range(100, 110) for day in (days_before(80), days_before(3))]
    # Exactly at the cut-off belongs to the past; a microsecond later to the future.
    edge = [(200, days_before(30)), (201, days_before(60)), (201, days_before(30) + timedelta(microseconds=1))]
    newcomers = [(300, days_before(29)), (301, END)]
    outcome, training, scoring = derive(write_log(tmp_path, leavers + stayers + edge + newcomers), days=30)
    assert (outcome.cutoff, outcome.end) == (days_before(30), END)
    assert (outcome.customers, outcome.churners, outcome.newcomers) == (72, 61, 2)
    assert training["customer"].tolist() == [*range(60), *range(100, 110), 200, 201]
    left = dict(zip(training["customer"], training["outcome"], strict=True))
    assert left == {**dict.fromkeys(range(60), 1), **dict.fromkeys(range(100, 110), 0), 200: 1, 201: 0}
    assert scoring["customer"].tolist() == [*range(60), *range(100, 110), 200, 201, 300, 301]


def test_training_sees_the_past_and_scoring_sees_all(tmp_path: Path) -> None:
    visits = [(who, days_before(90)) for who in range(60)] + [(100, days_before(50)), (100, END)]
    _, training, scoring = derive(write_log(tmp_path, visits), days=30)
    assert [column for column in training.columns if column != "outcome"] == scoring.columns.tolist()
    then, now = (table.set_index("customer").loc[100] for table in (training, scoring))
    assert (then["events_total"], then["recency_days"], then["outcome"]) == (1, 20.0, 0)
    assert (now["events_total"], now["recency_days"], now["sessions_7d"]) == (2, 0.0, 1)


def test_what_follows_the_cutoff_never_reaches_training_features(tmp_path: Path) -> None:
    random = Random(7)
    past = [(who, days_before(random.uniform(30, 120))) for who in range(150) for _ in range(3)] + [(999, END)]
    futures = [
        [(who, days_before(random.uniform(0, 29))) for who in who_stays for _ in range(5)]
        for who_stays in (range(50), range(20, 90))
    ]
    tables = []
    for index, future in enumerate(futures):
        folder = tmp_path / str(index)
        folder.mkdir()
        tables.append(derive(write_log(folder, past + future), days=30)[1])
    assert tables[0].drop(columns="outcome").equals(tables[1].drop(columns="outcome"))
    assert tables[0]["outcome"].sum() == 100
    assert tables[1]["outcome"].sum() == 80


@pytest.mark.parametrize("days", [0, -3, 91, 10**9])
def test_days_beyond_the_log_are_refused_with_its_span(tmp_path: Path, days: int) -> None:
    log = write_log(tmp_path, [(1, days_before(90)), (2, END)])
    with pytest.raises(OutcomeError, match=rf"outcome_after_days = {days} .* spans 90 days.*Expected 1 to 90"):
        derive_outcome(ibis.duckdb.connect(), log, days=days, timezone="UTC", into=tmp_path / "activity")


def test_too_few_silent_customers_are_refused_with_their_number(tmp_path: Path) -> None:
    visits = [(who, days_before(40)) for who in range(49)] + [(who, END) for who in range(100, 200)]
    visits += [(who, days_before(40)) for who in range(100, 200)]
    with pytest.raises(OutcomeError, match=r"of 149 customers .*, 49 had none in the 30 days.*at least 50"):
        derive(write_log(tmp_path, visits), days=30)


def test_everybody_silent_is_refused(tmp_path: Path) -> None:
    visits = [(who, days_before(40)) for who in range(80)] + [(500, END)]
    with pytest.raises(OutcomeError, match=r"80 had none .* all of them"):
        derive(write_log(tmp_path, visits), days=30)


def test_an_empty_log_is_refused(tmp_path: Path) -> None:
    with pytest.raises(OutcomeError, match="no event"):
        derive(write_log(tmp_path, []), days=30)


def test_notes_tell_the_counts_in_every_language(tmp_path: Path) -> None:
    visits = [(who, days_before(40)) for who in range(60)]
    visits += [(100, days_before(35)), (100, END), (300, days_before(5))]
    outcome, _, _ = derive(write_log(tmp_path, visits), days=30)
    assert [note.code for note in outcome.notes] == [
        "outcome_from_behaviour",
        "outcome_newcomers",
        "outcome_short_history",
    ]
    for language in LANGUAGES:
        said = [say(note, language=language) for note in outcome.notes]
        day = {"es": "31 de mayo de 2024", "en": "31 May 2024", "pt": "31 de maio de 2024"}[language]
        assert day in said[0]
        assert "61" in said[0]
        assert "60" in said[0]


def test_online_retail_agrees_with_pandas(tmp_path: Path, shared_data: Path) -> None:
    with gzip.open(shared_data / "online_retail.csv.gz") as file:
        lines = pd.read_csv(file, dtype={"CustomerID": "string", "InvoiceNo": "string", "StockCode": "string"})
    lines = lines[lines["CustomerID"].notna() & (lines["Quantity"] >= 0)]
    times = pd.to_datetime(lines["InvoiceDate"]).astype("datetime64[us]")
    path = tmp_path / "retail.parquet"
    pyarrow.parquet.write_table(
        pyarrow.table(
            {
                "customer": pyarrow.array(lines["CustomerID"], pyarrow.string()),
                "session": pyarrow.array(lines["InvoiceNo"], pyarrow.string()),
                "item": pyarrow.array(lines["StockCode"], pyarrow.string()),
                "time": pyarrow.array(times, pyarrow.timestamp("us")),
                "type": pyarrow.array(["orders"] * len(lines), pyarrow.string()),
                "quantity": pyarrow.array(lines["Quantity"], pyarrow.float64()),
                "price": pyarrow.array(lines["UnitPrice"], pyarrow.float64()),
            }
        ),
        path,
    )
    log = describe_file(path, events=len(lines), types=("orders",), has_prices=True)
    outcome, training, scoring = derive(log, days=90)
    cutoff = times.max() - pd.Timedelta(days=90)
    seen = times.groupby(lines["CustomerID"]).agg(["min", "max"])
    assert outcome.cutoff == cutoff
    assert outcome.customers == (seen["min"] <= cutoff).sum() == len(training)
    assert outcome.churners == (seen["max"] <= cutoff).sum() == training["outcome"].sum()
    assert outcome.newcomers == (seen["min"] > cutoff).sum() == len(scoring) - len(training)
    money = (lines["Quantity"] * lines["UnitPrice"]).clip(lower=0)
    recent = times >= times.max() - pd.Timedelta(days=90)
    for column, chosen in (("spend_total", money), ("spend_90d", money[recent])):
        expected = chosen.groupby(lines["CustomerID"]).sum().reindex(scoring["customer"]).fillna(0)
        assert scoring[column].tolist() == pytest.approx(expected.tolist(), abs=0.02)
    invoices = lines.groupby("CustomerID")["InvoiceNo"].nunique().reindex(scoring["customer"])
    assert scoring["sessions_total"].tolist() == invoices.tolist()
    items = lines[times <= cutoff].groupby("CustomerID")["StockCode"].nunique().reindex(training["customer"])
    assert training["distinct_items_total"].tolist() == items.tolist()
