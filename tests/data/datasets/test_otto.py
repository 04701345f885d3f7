"""OTTO-shaped logs read back as JSON, line by line, with the published shape."""

from __future__ import annotations

import io
import itertools
import json
from pathlib import Path

import duckdb
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from querencia.data.datasets import otto
from querencia.data.datasets.makers import make_otto
from querencia.data.datasets.otto_lines import ITEMS, TYPES, LineWriter, Sessions

SESSIONS = 50_000
WRITER = LineWriter()


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_otto(tmp_path_factory.mktemp("otto") / "log.jsonl", sessions=SESSIONS, seed=1).files[0]


@pytest.fixture(scope="module")
def events(log: Path) -> duckdb.DuckDBPyConnection:
    con = duckdb.connect()
    con.execute(
        """
        create table events as
        select session, position, event.aid, event.ts, event.type
        from (
            select session, unnest(events) as event, generate_subscripts(events, 1) as position
            from read_json(?, format = 'newline_delimited',
                columns = {session: 'BIGINT', events: 'STRUCT(aid BIGINT, ts BIGINT, "type" VARCHAR)[]'})
        )
        """,
        [str(log)],
    )
    return con


def test_every_line_is_ottos_own_json(log: Path) -> None:
    with log.open(encoding="ascii") as file:
        lines = list(itertools.islice(file, 10_050))
    for number, line in enumerate(lines):
        session = json.loads(line)
        assert line == json.dumps(session, separators=(",", ":")) + "\n"
        assert session["session"] == number
        assert [list(event) for event in session["events"]] == [["aid", "ts", "type"]] * len(session["events"])


def test_events_per_session(events: duckdb.DuckDBPyConnection) -> None:
    sizes = np.array(events.sql("select count(*) from events group by session").fetchall()).ravel()
    assert len(sizes) == SESSIONS
    assert sizes.mean() == pytest.approx(16.8, abs=0.5)
    assert np.median(sizes) == 6
    assert np.quantile(sizes, 0.9) == pytest.approx(39, abs=1.5)
    assert sizes.min() == 2
    assert 400 < sizes.max() <= 500


def test_types_and_duplicates(events: duckdb.DuckDBPyConnection) -> None:
    counts = dict(events.sql("select type, count(*) from events group by 1").fetchall())
    total = sum(counts.values())
    assert counts["clicks"] / total == pytest.approx(0.8985, abs=0.006)
    assert counts["carts"] / total == pytest.approx(0.078, abs=0.005)
    assert counts["orders"] / total == pytest.approx(0.0235, abs=0.002)
    ((different,),) = events.sql("select count(*) from (select distinct session, aid, ts, type from events)").fetchall()
    assert (total - different) / total == pytest.approx(0.0015, abs=0.0003)


def test_times(events: duckdb.DuckDBPyConnection) -> None:
    first, last = events.sql("select min(ts), max(ts) from events").fetchall()[0]
    assert first >= otto.FIRST_MS
    assert last < otto.FIRST_MS + otto.SPAN_MS
    back = events.sql(
        "select count(*) from"
        " (select ts < lag(ts) over (partition by session order by position) as b from events) where b"
    ).fetchall()
    assert back == [(0,)]
    mean, median, p90 = events.sql(
        "select avg(s), median(s), quantile_cont(s, 0.9) from"
        " (select (max(ts) - min(ts)) / 1000 as s from events group by session)"
    ).fetchall()[0]
    assert mean == pytest.approx(591_546, rel=0.1)
    assert median == pytest.approx(185_057, rel=0.35)
    assert p90 == pytest.approx(1_825_766, rel=0.1)
    hours = dict(
        events.sql(f"select (ts - {otto.FIRST_MS}) // 3600000 % 24, count(*) from events group by 1").fetchall()
    )
    assert hours[3] < 0.1 * hours[20]


def test_items(events: duckdb.DuckDBPyConnection) -> None:
    counts = [n for (n,) in events.sql("select count(*) as n from events group by aid order by n desc").fetchall()]
    assert 0.0001 < counts[0] / sum(counts) < 0.001
    assert sum(counts[: len(counts) // 10]) > 0.3 * sum(counts)
    low, high = events.sql("select min(aid), max(aid) from events").fetchall()[0]
    assert 0 <= low < high < ITEMS


def test_items_go_together(events: duckdb.DuckDBPyConnection) -> None:
    # Two items of one session meet again elsewhere, far more often than where the same items are dealt out anew.
    meetings = """
        with dealt as (
            select session, position, lead(aid, {rows}) over (order by {order}) as aid
            from events
        ),
        firsts as (select distinct session, aid from dealt where position <= 6 and aid is not null)
        select count(*) from (
            select 1 from firsts a join firsts b on a.session = b.session and a.aid < b.aid
            group by a.aid, b.aid having count(*) >= 2
        )
    """
    ((together,),) = events.sql(meetings.format(order="session, position", rows=0)).fetchall()
    ((chance,),) = events.sql(meetings.format(order="hash(session * 1000 + position)", rows=1)).fetchall()
    assert together > 1000
    assert together > 5 * chance


def test_a_longer_log_begins_with_the_shorter() -> None:
    short, long = io.BytesIO(), io.BytesIO()
    otto.write_otto(short, sessions=otto.BLOCK + 10, seed=9)
    otto.write_otto(long, sessions=otto.BLOCK + 900, seed=9)
    assert long.getvalue().startswith(short.getvalue())
    assert long.getvalue().count(b"\n") == otto.BLOCK + 900


EVENT = st.tuples(
    st.integers(0, ITEMS - 1), st.integers(1_000_000_000_000, 1_000_050_000_000), st.integers(0, len(TYPES) - 1)
)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.lists(EVENT, min_size=1, max_size=5), min_size=1, max_size=12),
    st.sampled_from([0, 4, 9, 95, 99_998, 12_899_770]),
)
def test_lines_are_what_json_would_write(sessions: list[list[tuple[int, int, int]]], first_id: int) -> None:
    flat = np.array([event for session in sessions for event in session], dtype=np.int64)
    block = Sessions(
        first_id=first_id,
        sizes=np.array([len(session) for session in sessions]),
        items=flat[:, 0],
        times=flat[:, 1],
        types=flat[:, 2],
    )
    expected = "".join(
        json.dumps(
            {"session": number, "events": [{"aid": aid, "ts": ts, "type": TYPES[kind]} for aid, ts, kind in session]},
            separators=(",", ":"),
        )
        + "\n"
        for number, session in enumerate(sessions, first_id)
    )
    assert bytes(WRITER.render(block)) == expected.encode()


def test_the_published_sample_comes_out_byte_for_byte(shared_data: Path) -> None:
    # The sample is the first ten sessions and the last ten.
    published = (shared_data / "otto_train_sample.jsonl").read_bytes().splitlines(keepends=True)
    for lines in (published[:10], published[10:]):
        sessions = [json.loads(line) for line in lines]
        events = [event for session in sessions for event in session["events"]]
        block = Sessions(
            first_id=sessions[0]["session"],
            sizes=np.array([len(session["events"]) for session in sessions]),
            items=np.array([event["aid"] for event in events]),
            times=np.array([event["ts"] for event in events]),
            types=np.array([TYPES.index(event["type"]) for event in events]),
        )
        assert bytes(WRITER.render(block)) == b"".join(lines)
