"""Event logs: every row is an event, a duplicate, ignored or rejected, and each is counted exactly."""

from __future__ import annotations

import csv
import gzip
import json
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from querencia.data.engine import connect
from querencia.data.events import item_names, read_events
from querencia.data.sources import EventSource
from querencia.data.tables import EventLog
from querencia.errors import (
    ColumnMissingError,
    SourceEmptyError,
    SourceError,
    SourceMissingError,
    TooManyRejectedError,
)

GOOD = '{"session":1,"events":[{"aid":7,"ts":1659304800025,"type":"clicks"}]}'


@pytest.fixture(scope="module")
def con(tmp_path_factory: pytest.TempPathFactory) -> Any:
    return connect(memory="1GB", scratch=tmp_path_factory.mktemp("scratch"))


@pytest.fixture
def read(con: Any, tmp_path: Path) -> Any:
    def run(source: EventSource, *, max_rejected: float = 1.0, timezone: str = "UTC") -> EventLog:
        return read_events(
            con,
            source,
            into=tmp_path / "work" / "events",
            rejected=tmp_path / "rejected",
            max_rejected=max_rejected,
            timezone=timezone,
        )

    return run


def rows_of(con: Any, log: EventLog) -> list[dict[str, Any]]:
    return log.table(con).to_pyarrow().to_pylist()


def rejected_rows(folder: Path, name: str) -> list[dict[str, str]]:
    with (folder / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def write(path: Path, text: str | bytes) -> Path:
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def table(path: Path, **fields: Any) -> EventSource:
    mapped = {"customer": "c", "item": "i", "time": "t", "type": "'orders'"} | fields
    return EventSource(path=path, **mapped)


# Real data


def test_otto_sample_is_counted_exactly(con: Any, read: Any, shared_data: Path) -> None:
    log = read(EventSource(path=shared_data / "otto_train_sample.jsonl", format="otto"))
    rows = rows_of(con, log)
    assert (log.rows_read, log.events, log.duplicates, log.ignored, log.rejected) == (862, 862, 0, 0, 0)
    assert len({row["session"] for row in rows}) == 20
    assert len({row["item"] for row in rows}) == 510
    assert Counter(row["type"] for row in rows) == {"clicks": 800, "carts": 52, "orders": 10}
    assert log.types == ("clicks", "carts", "orders")
    assert all(row["customer"] == row["session"] for row in rows)
    assert {type(rows[0][name]) for name in ("customer", "session", "item")} == {int}


def test_online_retail_agrees_with_pandas(con: Any, read: Any, shared_data: Path) -> None:
    path = shared_data / "online_retail.csv.gz"
    source = EventSource(
        path=path,
        customer="CustomerID",
        item="StockCode",
        item_name="Description",
        ignore_items=("POST", "M"),
        time="InvoiceDate",
        type="'orders'",
        quantity="Quantity",
        price="UnitPrice",
    )
    log = read(source)
    frame = pd.read_csv(path, dtype=str, keep_default_na=False)
    sound = frame[(frame["CustomerID"] != "") & (frame["Quantity"].astype(int) >= 0)]
    mapped = ["CustomerID", "StockCode", "Description", "InvoiceDate", "Quantity", "UnitPrice"]
    kept = sound.drop_duplicates(mapped)
    assert log.rows_read == len(frame) == 541_909
    assert log.ignored == len(frame) - len(sound)
    assert log.duplicates == len(sound) - len(kept)
    assert log.events == len(kept)
    assert log.rejected == 0
    assert (log.start, log.end) == ("2010-12-01T08:26:00", "2011-12-09T12:50:00")
    events = log.table(con)
    assert events.customer.nunique().to_pyarrow().as_py() == kept["CustomerID"].nunique()
    assert events.quantity.sum().to_pyarrow().as_py() == kept["Quantity"].astype(int).sum()
    assert "17850" in set(events.customer.to_pyarrow().to_pylist())

    named = {row["item"]: row for row in item_names(con, log).to_pyarrow().to_pylist()}
    assert "POST" not in named
    for item in ("85123A", "22423", "21730"):
        own = kept[kept["StockCode"] == item]
        names = Counter(own["Description"].str.strip())
        assert named[item]["name"] == min(names, key=lambda name: (-names[name], name))
        prices = Counter(price for price in own["UnitPrice"].astype(float) if price > 0)
        assert named[item]["price"] == min(prices, key=lambda price: (-prices[price], price))
        assert named[item]["events"] == len(own)


# Against brute force, on planted faults

FAULTY_EVENTS: list[Any] = [
    {"ts": 1659304800, "type": "clicks"},
    {"aid": None, "ts": 1659304800, "type": "clicks"},
    {"aid": "x1", "ts": 1659304800, "type": "clicks"},
    {"aid": 1.7, "ts": 1659304800, "type": "clicks"},
    {"aid": True, "ts": 1659304800, "type": "clicks"},
    {"aid": {"a": 1}, "ts": 1659304800, "type": "clicks"},
    {"aid": 1, "type": "clicks"},
    {"aid": 1, "ts": "yesterday", "type": "clicks"},
    {"aid": 1, "ts": 5, "type": "clicks"},
    {"aid": 1, "ts": 5_000_000_000_000, "type": "clicks"},
    {"aid": 1, "ts": 1659304800},
    {"aid": 1, "ts": 1659304800, "type": 5},
    {"aid": 1, "ts": 1659304800, "type": ["clicks"]},
    {"aid": 1, "ts": 1659304800, "type": "views"},
    None,
    7,
]
FAULTY_TEXTS = {json.dumps(event) for event in FAULTY_EVENTS}
BROKEN_LINES = [
    '{"session":1,"events":[{"aid":',
    "hello",
    "[1,2]",
    "12",
    '{"session":1}',
    '{"session":"abc","events":[]',
    "{}",
]

sound_event = st.builds(
    lambda aid, ts, kind: {"aid": aid, "ts": ts, "type": kind},
    st.integers(1, 3),
    st.sampled_from([1659304800, 1659304800000, 1659304800001, 631152000, 4102444800]),
    st.sampled_from(["clicks", "carts", "orders"]),
)
otto_line = st.one_of(
    st.builds(
        lambda session, events: json.dumps({"session": session, "events": events}),
        st.one_of(st.integers(1, 3), st.none()),
        st.lists(st.one_of(sound_event, sound_event, st.sampled_from(FAULTY_EVENTS)), max_size=6),
    ),
    st.sampled_from([*BROKEN_LINES, "", "  "]),
)


def judge_otto(lines: list[str]) -> tuple[int, int, set[tuple[Any, ...]], int]:
    """Return rejected, ignored, the different sound events, and how many sound ones there are."""
    rejected = ignored = sound = 0
    events = set()
    for line in lines:
        if not line.strip():
            continue
        try:
            value = json.loads(line)
            found = value["events"]
            session = value.get("session")
        except (ValueError, KeyError, TypeError):
            rejected += 1
            continue
        for event in found:
            # As text: to Python, true is 1.
            if json.dumps(event) in FAULTY_TEXTS:
                rejected += 1
            elif session is None:
                ignored += 1
            else:
                sound += 1
                ts = event["ts"]
                milliseconds = ts if ts > 100_000_000_000 else ts * 1000
                events.add((session, event["aid"], milliseconds, event["type"]))
    return rejected, ignored, events, sound


@given(lines=st.lists(otto_line, max_size=12), ends=st.sampled_from(["\n", "\r\n"]))
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_otto_agrees_with_brute_force(con: Any, tmp_path_factory: Any, lines: list[str], ends: str) -> None:
    folder = tmp_path_factory.mktemp("otto")
    # Most of the heads' ids are whole numbers, whatever follows.
    lines = [GOOD.replace('"session":1', f'"session":{n}') for n in range(90, 100)] + lines
    path = write(folder / "log.jsonl", ends.join(lines) + ends)
    log = read_events(
        con,
        EventSource(path=path, format="otto", types=("clicks", "carts", "orders")),
        into=folder / "events",
        rejected=folder / "rejected",
        max_rejected=1.0,
        timezone="UTC",
    )
    rejected, ignored, events, sound = judge_otto(lines)
    assert (log.rejected, log.ignored) == (rejected, ignored)
    assert log.events == len(events)
    assert log.duplicates == sound - len(events)
    assert log.rows_read == log.events + log.duplicates + log.ignored + log.rejected
    kept = {
        (row["customer"], row["item"], round(row["time"].replace(tzinfo=UTC).timestamp() * 1000), row["type"])
        for row in rows_of(con, log)
    }
    assert kept == events
    if rejected:
        listed = rejected_rows(folder / "rejected", "log.jsonl.csv")
        assert len(listed) == rejected
        assert all(lines[int(row["line"]) - 1].strip() for row in listed)
    else:
        assert not (folder / "rejected").exists()


FLAT_CELLS = {
    "customer": ["17850.0", "007", "12", "", "NA", " "],
    "item": ["a", "b", "A,1", "", 'say "x"', "two\nlines"],
    "time": [
        "2020-01-01 10:00:00",
        "2020-01-01T10:00:00Z",
        "1577872800",
        "1577872800000",
        "",
        "soon",
        "1950-01-01",
        "2150-01-01",
    ],
    "type": ["orders", "carts", "views", ""],
    "quantity": ["1", "-1", "2.0", "", "many"],
}
flat_row = st.tuples(*[st.sampled_from(cells) for cells in FLAT_CELLS.values()])


def judge_flat(row: tuple[str, ...]) -> str | tuple[Any, ...]:
    customer, item, time, kind, quantity = (cell.strip() for cell in row)
    if not item or time in ("", "soon", "1950-01-01", "2150-01-01") or kind not in ("orders", "carts"):
        return "rejected"
    if quantity == "many":
        return "rejected"
    if customer in ("", "NA") or quantity == "-1":
        return "ignored"
    return (customer.removesuffix(".0"), item, kind, float(quantity) if quantity else None)


@given(
    rows=st.lists(
        st.one_of(flat_row, st.just(("short", "row")), st.just(("too", "long", "a", "row", "it", "is"))), max_size=15
    ),
    delimiter=st.sampled_from([",", ";", "\t"]),
    ends=st.sampled_from(["\n", "\r\n"]),
    bom=st.booleans(),
    packed=st.booleans(),
)
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_flat_csv_agrees_with_brute_force(
    con: Any, tmp_path_factory: Any, rows: list[tuple[str, ...]], delimiter: str, ends: str, bom: bool, packed: bool
) -> None:
    folder = tmp_path_factory.mktemp("flat")
    rows = [("1", "a", "2021-05-05", "orders", "1"), *rows]
    plain = folder / "plain.csv"
    with plain.open("w", encoding="utf-8-sig" if bom else "utf-8", newline="") as file:
        writer = csv.writer(file, delimiter=delimiter, lineterminator=ends)
        writer.writerow(FLAT_CELLS)
        writer.writerows(rows)
    path = plain
    if packed:
        path = write(folder / "plain.csv.gz", gzip.compress(plain.read_bytes()))
    source = EventSource(
        path=path, customer="customer", item="item", time="time", quantity="quantity", types=("orders", "carts")
    )
    log = read_events(
        con, source, into=folder / "e.parquet", rejected=folder / "rejected", max_rejected=1.0, timezone="UTC"
    )
    verdicts = [judge_flat(row) if len(row) == 5 else "rejected" for row in rows]
    sound = [verdict for verdict in verdicts if isinstance(verdict, tuple)]
    assert log.rows_read == len(rows)
    assert log.rejected == verdicts.count("rejected")
    assert log.ignored == verdicts.count("ignored")
    assert log.events == len(set(sound))
    assert log.duplicates == len(sound) - len(set(sound))
    kept = {(row["customer"], row["item"], row["type"], row["quantity"]) for row in rows_of(con, log)}
    assert kept == set(sound)
    if log.rejected:
        # Where each row begins in the file, its quoted line ends counted.
        begins, line = [], 2
        for row in rows:
            begins.append(line)
            line += 1 + sum(cell.count("\n") for cell in row)
        expected = [begin for begin, verdict in zip(begins, verdicts, strict=True) if verdict == "rejected"]
        assert [int(row["line"]) for row in rejected_rows(folder / "rejected", f"{path.name}.csv")] == expected


# Rejected rows


def test_a_cut_off_line_costs_no_other(con: Any, read: Any, tmp_path: Path) -> None:
    path = write(tmp_path / "log.jsonl", f'{GOOD}\n{{"session":2,"events":[{{"aid":\n{GOOD.replace(":1,", ":3,", 1)}\n')
    log = read(EventSource(path=path, format="otto"))
    assert (log.rows_read, log.rejected) == (3, 1)
    assert sorted(row["customer"] for row in rows_of(con, log)) == [1, 3]
    (row,) = rejected_rows(tmp_path / "rejected", "log.jsonl.csv")
    assert row["line"] == "2"
    assert row["reason"].startswith("not valid JSON")
    assert row["text"] == '{"session":2,"events":[{"aid":'


def test_an_object_over_two_lines_is_two_broken_lines(con: Any, read: Any, tmp_path: Path) -> None:
    path = write(tmp_path / "log.jsonl", f'{GOOD}\n{{"session":2,\n"events":[]}}\n{GOOD.replace(":1,", ":3,", 1)}\n')
    log = read(EventSource(path=path, format="otto"))
    assert (log.rows_read, log.rejected, log.events) == (4, 2, 2)
    assert [row["line"] for row in rejected_rows(tmp_path / "rejected", "log.jsonl.csv")] == ["2", "3"]


def test_a_rejected_event_is_told_from_its_session(read: Any, tmp_path: Path) -> None:
    events = '{"aid":1,"ts":1659304800,"type":"clicks"},{"aid":2,"ts":12,"type":"clicks"}'
    path = write(tmp_path / "log.jsonl", f'\n{GOOD}\n\n{{"session":5,"events":[{events}]}}\n')
    log = read(EventSource(path=path, format="otto"))
    assert (log.events, log.rejected) == (2, 1)
    (row,) = rejected_rows(tmp_path / "rejected", "log.jsonl.csv")
    assert row["line"] == "4"
    assert row["text"] == '{"aid":2,"ts":12,"type":"clicks"}'
    assert "1990 to 2100" in row["reason"]


def test_too_many_rejected_rows_stop_the_run_with_what_to_do(read: Any, tmp_path: Path) -> None:
    path = write(tmp_path / "log.csv", "c,i,t\n1,a,2020-01-01\n2,b,soon\n3,c,2020-01-03\n4,d\n")
    with pytest.raises(TooManyRejectedError) as caught:
        read(table(path), max_rejected=0.49)
    message = str(caught.value)
    assert "2 of 4 rows" in message
    assert "line 3: t 'soon' is not a time" in message
    assert "line 5: 2 columns, expected 3" in message
    assert "max_rejected" in message
    assert str(tmp_path / "rejected" / "log.csv.csv") in message
    assert [row["text"] for row in rejected_rows(tmp_path / "rejected", "log.csv.csv")] == ["2,b,soon", "4,d"]
    # Exactly the share that is allowed passes.
    assert read(table(path), max_rejected=0.5).rejected == 2


def test_each_file_of_a_glob_has_its_own_limit_and_list(read: Any, tmp_path: Path) -> None:
    for name, third in (("a", "2020-01-03"), ("b", "soon")):
        folder = tmp_path / name
        folder.mkdir()
        write(
            folder / "log.csv", f"c,i,t\n{name}1,a,2020-01-01\n{name}2,b,2020-01-02\n{name}3,c,{third}\n{name}4,c,bad\n"
        )
    log = read(table(tmp_path / "*" / "log.csv"), max_rejected=0.5)
    assert (log.rows_read, log.events, log.rejected) == (8, 5, 3)
    assert len(rejected_rows(tmp_path / "rejected", "log.csv.csv")) == 1
    assert len(rejected_rows(tmp_path / "rejected", "log.csv-2.csv")) == 2
    with pytest.raises(TooManyRejectedError, match="2 of 4 rows"):
        read(table(tmp_path / "*" / "log.csv"), max_rejected=0.4)


def test_rejected_text_is_cut(read: Any, tmp_path: Path) -> None:
    path = write(tmp_path / "log.csv", f"c,i,t\n1,a,2020-01-01\n2,{'b' * 5000},soon\n")
    read(table(path))
    (row,) = rejected_rows(tmp_path / "rejected", "log.csv.csv")
    assert len(row["text"]) == 1000


# What a row is


def test_customer_ids_from_float_columns_are_restored_and_leading_zeros_kept(
    con: Any, read: Any, tmp_path: Path
) -> None:
    path = write(tmp_path / "log.csv", "c,i,t\n17850.0,a,2020-01-01\n007,a,2020-01-01\n1.5,a,2020-01-01\n")
    assert [row["customer"] for row in rows_of(con, read(table(path)))] == ["007", "1.5", "17850"]


def test_parquet_keeps_whole_ids_and_reads_times_of_any_type(con: Any, read: Any, tmp_path: Path) -> None:
    moment = datetime(2020, 7, 1, 10, 0)
    frame = pd.DataFrame(
        {"c": [1, 2], "i": [10, 20], "t": pd.to_datetime([moment, None]), "q": [1.0, float("nan")], "p": [2.5, 3.0]}
    )
    path = tmp_path / "log.parquet"
    frame.to_parquet(path)
    log = read(table(path, quantity="q", price="p"), timezone="Europe/Madrid")
    (row,) = rows_of(con, log)
    assert (row["customer"], row["item"], row["time"]) == (1, 10, datetime(2020, 7, 1, 8, 0))
    (listed,) = rejected_rows(tmp_path / "rejected", "log.parquet.csv")
    assert (listed["line"], listed["reason"]) == ("2", "no time (t)")
    assert json.loads(listed["text"])["i"] == 20


def test_parquet_times_with_a_zone_are_moments(con: Any, read: Any, tmp_path: Path) -> None:
    frame = pd.DataFrame({"c": ["x"], "i": ["a"], "t": pd.to_datetime(["2020-07-01T10:00:00+02:00"])})
    frame.to_parquet(tmp_path / "log.parquet")
    (row,) = rows_of(con, read(table(tmp_path / "log.parquet"), timezone="America/Bogota"))
    assert row["time"] == datetime(2020, 7, 1, 8, 0)


def test_json_lines_tables_are_read(con: Any, read: Any, tmp_path: Path) -> None:
    lines = [
        '{"c": "007", "i": "a", "t": 1577872800, "k": "orders", "q": 1}',
        '{"c": "007", "i": "a", "t": 1577872800000, "k": "orders", "q": 1.0}',
        '{"c": null, "i": "a", "t": 1577872800, "k": "orders"}',
        '{"i": "a", "t"',
        '{"c": "8", "t": 1577872800, "k": "orders"}',
    ]
    path = write(tmp_path / "log.ndjson", "\ufeff" + "\r\n".join(lines))
    log = read(table(path, type="k", quantity="q"))
    assert (log.rows_read, log.events, log.duplicates, log.ignored, log.rejected) == (5, 1, 1, 1, 2)
    (row,) = rows_of(con, log)
    assert (row["customer"], row["time"], row["quantity"]) == ("007", datetime(2020, 1, 1, 10, 0), 1.0)
    listed = rejected_rows(tmp_path / "rejected", "log.ndjson.csv")
    assert [row["line"] for row in listed] == ["4", "5"]
    assert listed[0]["reason"].startswith("not valid JSON")
    assert listed[1]["reason"] == "no item (i)"


def test_otto_ids_may_be_strings(con: Any, read: Any, tmp_path: Path) -> None:
    line = '{"session":"s-01","events":[{"aid":"0042","ts":"2022-08-01T00:00:00Z","type":"cl\\u0069cks"}]}'
    (row,) = rows_of(con, read(EventSource(path=write(tmp_path / "o.jsonl", line), format="otto")))
    assert (row["customer"], row["session"], row["item"], row["type"]) == ("s-01", "s-01", "0042", "clicks")
    assert row["time"] == datetime(2022, 8, 1)


def test_one_session_in_two_files_is_one_and_its_duplicates_are_found(con: Any, read: Any, tmp_path: Path) -> None:
    write(tmp_path / "a.jsonl", GOOD + "\n")
    write(tmp_path / "b.jsonl", GOOD.replace('"aid":7', '"aid":8') + "\n" + GOOD + "\n")
    log = read(EventSource(path=tmp_path / "?.jsonl", format="otto"))
    assert (log.rows_read, log.events, log.duplicates) == (3, 2, 1)


def test_sessions_are_cut_after_silence(con: Any, read: Any, tmp_path: Path) -> None:
    times = ["10:00", "10:30", "11:01", "11:02", "23:59"]
    rows = "".join(f"{who},a,2020-01-01 {time}\n" for who in ("x", "y-1") for time in times)
    path = write(tmp_path / "log.csv", "c,i,t\n" + rows + "x,b,2020-01-01 10:30\n")
    found = rows_of(con, read(table(path)))
    sessions = {who: [row["session"] for row in found if row["customer"] == who] for who in ("x", "y-1")}
    assert sessions["x"] == ["x/1", "x/1", "x/1", "x/2", "x/2", "x/3"]
    assert sessions["y-1"] == ["y-1/1", "y-1/1", "y-1/2", "y-1/2", "y-1/3"]
    longer = rows_of(con, read(table(path, session_gap_minutes=31)))
    assert len({row["session"] for row in longer}) == 4


def test_a_session_column_is_kept_and_its_gaps_filled(con: Any, read: Any, tmp_path: Path) -> None:
    path = write(tmp_path / "log.csv", "c,i,t,s\nx,a,2020-01-01,s9\nx,b,2020-01-02,\nx,c,2020-01-03,\n")
    found = rows_of(con, read(table(path, session="s")))
    assert [row["session"] for row in found] == ["s9", "x/1", "x/2"]


def test_same_input_same_bytes(con: Any, read: Any, tmp_path: Path, shared_data: Path) -> None:
    source = EventSource(path=shared_data / "otto_train_sample.jsonl", format="otto")
    (first,) = read(source).path.iterdir()
    before = first.read_bytes()
    (again,) = read(source).path.iterdir()
    assert again.read_bytes() == before


def test_nothing_but_the_log_is_left_behind(read: Any, tmp_path: Path) -> None:
    log = read(table(write(tmp_path / "log.csv", "c,i,t\n1,a,2020-01-01\n")))
    assert [path.name for path in log.path.parent.iterdir()] == ["events"]
    assert [path.name for path in log.path.iterdir()] == ["events.parquet"]
    assert not (tmp_path / "rejected").exists()


# Encodings and separators


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1", "utf-16"])
@pytest.mark.parametrize("ends", ["\n", "\r\n"])
def test_encodings_are_read(con: Any, read: Any, tmp_path: Path, encoding: str, ends: str) -> None:
    text = ends.join(["c;i;t;número", "José;Año nuevo;2020-01-01;1,5", "Ana;Café;2020-01-02;2", ""])
    path = write(tmp_path / "log.csv", text.encode(encoding))
    log = read(table(path, quantity="número"))
    found = rows_of(con, log)
    assert [(row["customer"], row["item"], row["quantity"]) for row in found] == [
        ("Ana", "Café", 2.0),
        ("José", "Año nuevo", 1.5),
    ]
    assert [note.code for note in log.notes] == (["read_as_latin1"] if encoding == "latin-1" else [])


@pytest.mark.parametrize("kind", ["csv", "jsonl"])
def test_latin1_far_from_an_ascii_head_is_found(con: Any, read: Any, tmp_path: Path, kind: str) -> None:
    if kind == "csv":
        rows = [f"{n},item,2020-01-01" for n in range(80_000)]
        text = "c,i,t\n" + "\n".join(rows) + "\nJosé,Año,2020-01-01\n"
    else:
        rows = [f'{{"c":"{n}","i":"item","t":"2020-01-01"}}' for n in range(40_000)]
        text = "\n".join(rows) + '\n{"c":"José","i":"Año","t":"2020-01-01"}\n'
    log = read(table(write(tmp_path / f"log.{kind}", text.encode("latin-1"))))
    assert log.rejected == 0
    assert log.events == len(rows) + 1
    assert "José" in log.table(con).customer.to_pyarrow().to_pylist()
    assert "read_as_latin1" in [note.code for note in log.notes]


def test_a_stray_byte_in_a_utf8_file_costs_its_row_only(con: Any, read: Any, tmp_path: Path) -> None:
    path = write(
        tmp_path / "log.csv", "c,i,t\nJosé,a,2020-01-01\n".encode() + b"Ana,\xff,2020-01-02\nEva,b,2020-01-03\n"
    )
    # The head is no UTF-8 as a whole, so it is Latin-1 to us; far from the head it is a fault.
    assert read(table(path)).events == 3
    filler = "".join(f"{n},x,2020-01-01\n" for n in range(80_000)).encode()
    path = write(tmp_path / "long.csv", "c,i,t\nJosé,a,2020-01-01\n".encode() + filler + b"Ana,\xff,2020-01-02\n")
    log = read(table(path))
    assert (log.events, log.rejected) == (80_001, 1)
    (row,) = rejected_rows(tmp_path / "rejected", "long.csv.csv")
    assert (row["line"], row["reason"]) == ("80003", "not valid UTF-8")


def test_mixed_line_ends_are_read(read: Any, tmp_path: Path) -> None:
    path = write(tmp_path / "log.csv", "c,i,t\n1,a,2020-01-01\r\n2,b,2020-01-02\n3,c,2020-01-03\r\n")
    assert read(table(path)).events == 3
    filler = "".join(f"{n},x,2020-01-01\n" for n in range(80_000))
    path = write(tmp_path / "long.csv", "c,i,t\n" + filler + "1,a,2020-01-02\r\n2,b,2020-01-02\n")
    assert read(table(path)).events == 80_002
    path = write(tmp_path / "log.jsonl", GOOD + "\r\n" + GOOD.replace(":1,", ":2,", 1) + "\n")
    assert read(EventSource(path=path, format="otto")).events == 2


# Input that cannot be read


def test_errors_say_what_and_where(read: Any, tmp_path: Path) -> None:
    write(tmp_path / "log.csv", "customer,item_id,when\n1,a,2020-01-01\n")
    with pytest.raises(SourceMissingError, match=r"\[events\] path = .*lgo.csv.*nearest: 'log.csv'"):
        read(table(tmp_path / "lgo.csv"))
    with pytest.raises(SourceMissingError, match="no file matches this glob"):
        read(table(tmp_path / "*.parquet"))
    with pytest.raises(SourceMissingError, match="is a folder"):
        read(table(tmp_path))
    with pytest.raises(
        ColumnMissingError, match=r"\[events\] customer = 'costumer'.*nearest: 'customer'.*'item_id', 'when'"
    ):
        read(table(tmp_path / "log.csv", customer="costumer"))
    with pytest.raises(SourceError, match=r"extension '\.xlsx'"):
        read(table(write(tmp_path / "log.xlsx", "x")))
    for name, text in (("empty.csv", ""), ("blank.csv", "\n\n"), ("bom.csv", "\ufeff"), ("head.csv", "c,i,t\n")):
        with pytest.raises(SourceEmptyError, match=name):
            read(table(write(tmp_path / name, text)))
    with pytest.raises(SourceEmptyError, match=r"of 1 rows none is left: 1 have no customer id"):
        read(table(write(tmp_path / "nobody.csv", "c,i,t\n,a,2020-01-01\n")))
    with pytest.raises(SourceError, match="JSON array"):
        read(table(write(tmp_path / "array.json", '[{"c": 1}]')))
    with pytest.raises(ColumnMissingError, match=r"format = 'otto'.*\['c', 'i', 't'\]"):
        read(EventSource(path=write(tmp_path / "flat.jsonl", '{"c":1,"i":2,"t":3}'), format="otto"))
    with pytest.raises(SourceError, match=r"broken\.parquet"):
        read(table(write(tmp_path / "broken.parquet", "PAR1 and no more")))


def test_a_packed_file_that_was_cut_off_is_refused(read: Any, tmp_path: Path) -> None:
    rows = "".join(f"{n},a,2020-01-01\n" for n in range(200_000))
    whole = gzip.compress(("c,i,t\n" + rows).encode())
    with pytest.raises(SourceError, match=r"log\.csv\.gz"):
        read(table(write(tmp_path / "log.csv.gz", whole[: len(whole) // 2])))


def test_names_and_prices_of_items_break_ties_the_same_way(con: Any, read: Any, tmp_path: Path) -> None:
    rows = [
        "1,a,2020-01-01,Zeta,2.0",
        "2,a,2020-01-02,Alfa,1.0",
        "3,b,2020-01-03,Beta,0",
        "4,b,2020-01-04,Beta,-1",
        "5,b,2020-01-05,Other,9",
        "6,c,2020-01-06,,1",
        "7,d,2020-01-07,Delta,",
        "8,post,2020-01-08,Postage,1",
    ]
    path = write(tmp_path / "log.csv", "c,i,t,n,p\n" + "\n".join(rows))
    log = read(table(path, item_name="n", price="p", ignore_items=("post",)))
    assert item_names(con, log).to_pyarrow().to_pylist() == [
        {"item": "b", "name": "Beta", "price": 9.0, "events": 3},
        {"item": "a", "name": "Alfa", "price": 1.0, "events": 2},
        {"item": "d", "name": "Delta", "price": None, "events": 1},
    ]


@pytest.mark.parametrize("rows", [50, 200_000])
def test_a_quote_that_is_not_closed_costs_its_own_line(con: Any, read: Any, tmp_path: Path, rows: int) -> None:
    lines = [f"{n},item {n},2020-01-01" for n in range(rows)]
    lines[3] = '3,"two\nlines, ""quoted""",2020-01-01'
    lines[rows // 2] = f'{rows // 2},"never closed,2020-01-01'
    lines[rows - 2] = f'{rows - 2},"closed" and on,2020-01-01'
    log = read(table(write(tmp_path / "log.csv", "c,i,t\n" + "\n".join(lines) + "\n")))
    assert (log.rows_read, log.events, log.rejected) == (rows, rows - 2, 2)
    listed = rejected_rows(tmp_path / "rejected", "log.csv.csv")
    # The header is line 1, and row 3 takes two lines.
    assert [row["line"] for row in listed] == [str(rows // 2 + 3), str(rows - 2 + 3)]
    assert listed[0]["text"] == lines[rows // 2]
    assert "not closed" in listed[0]["reason"]
    assert 'two\nlines, "quoted"' in log.table(con).item.to_pyarrow().to_pylist()


def test_rows_between_two_stray_quotes_are_not_lost(con: Any, read: Any, tmp_path: Path) -> None:
    lines = [f"{n},item {n},2020-01-01" for n in range(60)]
    lines[10] = '10,"stray,2020-01-01'
    lines[40] = '40,stray",2020-01-01,four'
    lines[50] = '50,"one row,\nover two lines"'
    log = read(table(write(tmp_path / "log.csv", "c,i,t\n" + "\n".join(lines) + "\n")))
    assert (log.rows_read, log.events, log.rejected) == (60, 57, 3)
    listed = rejected_rows(tmp_path / "rejected", "log.csv.csv")
    assert [row["line"] for row in listed] == ["12", "42", "52"]
    assert [row["reason"] for row in listed[1:]] == ["4 columns, expected 3", "2 columns, expected 3"]
