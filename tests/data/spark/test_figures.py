"""Every figure on Spark equals DuckDB's: on a cluster, on a Connect server, and when a worker dies."""

from __future__ import annotations

import gzip
import json
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from querencia.data.activity import activity_features, usage_facts
from querencia.data.events import read_events
from querencia.data.outcome import derive_outcome
from querencia.data.per_customer import read_per_customer
from querencia.data.purchases import purchase_histories
from querencia.data.sources import EventSource
from querencia.data.tables import EventLog
from querencia.explore.events import describe_events

from .conftest import TYPES, Cluster, wait_until

pytestmark = [
    pytest.mark.xdist_group("spark"),  # one worker: Spark allows one session in a process
    pytest.mark.slow,
    # PySpark leaves the sockets over which results come to the garbage collector.
    pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning"),
]

# In this order, so that each is started once. In this process it is tested end to end: tests/end_to_end/test_spark.py.
on_clusters = pytest.mark.parametrize("spark", ["cluster", "connect"], indirect=True)
on_one_cluster = pytest.mark.parametrize("spark", ["cluster"], indirect=True)

ZONE = "Australia/Lord_Howe"
AS_OF = datetime(2024, 4, 20, 12, 0, 0, 250_000)


def assert_same(found: Any, expected: Any) -> None:
    """Two Arrow tables: the same columns and types, and the same rows to the last bit, NaN and null told apart."""
    assert found.schema.names == expected.schema.names
    assert found.schema.types == expected.schema.types
    for name in expected.schema.names:
        assert list(map(repr, found[name].to_pylist())) == list(map(repr, expected[name].to_pylist())), name


@on_clusters
def test_every_figure_of_the_log(spark: Any, duck: Any, log: EventLog) -> None:
    found, expected = (asdict(describe_events(con, log, timezone=ZONE)) for con in (spark, duck))
    assert found["events"] > 5_000
    for name, figure in expected.items():
        assert found[name] == figure, name


@on_one_cluster
def test_every_column_of_activity(spark: Any, duck: Any, log: EventLog) -> None:
    def shape(con: Any) -> Any:
        options: dict[str, Any] = {"as_of": AS_OF, "types": TYPES, "timezone": ZONE}
        features = activity_features(log.table(con), has_prices=True, **options)
        facts = usage_facts(log.table(con), **options).rename(known="customer")
        return con.to_pyarrow(features.join(facts, features.customer == facts.known).order_by("customer"))

    found, expected = shape(spark), shape(duck)
    assert found.num_rows > 350
    # A customer without orders has none, not an unknown number of them.
    assert 0 in found["orders_90d"].to_pylist()
    assert_same(found, expected)


@on_one_cluster
def test_every_history_of_purchases(spark: Any, duck: Any, log: EventLog) -> None:
    def shape(con: Any) -> Any:
        earlier = AS_OF - timedelta(days=30)
        table = purchase_histories(log.table(con), as_of=AS_OF, earlier=earlier, types=TYPES, timezone=ZONE)
        return con.to_pyarrow(table)

    found, expected = shape(spark), shape(duck)
    assert found.num_rows > 100
    assert 0 < expected["later_purchases"].null_count < found.num_rows
    assert_same(found, expected)


@on_one_cluster
def test_an_outcome_from_behaviour(spark: Any, duck: Any, log: EventLog, tmp_path: Path) -> None:
    found = derive_outcome(spark, log, days=30, timezone=ZONE, into=tmp_path / "spark")
    expected = derive_outcome(duck, log, days=30, timezone=ZONE, into=tmp_path / "duck")
    assert replace(found, training=expected.training, scoring=expected.scoring) == expected
    for name in ("training", "scoring"):
        # What Spark has written is read here, and in order.
        tables = [duck.to_pyarrow(read_per_customer(duck, getattr(outcome, name))) for outcome in (found, expected)]
        assert_same(*tables)
        assert tables[0]["customer"].to_pylist() == sorted(tables[0]["customer"].to_pylist())


@on_clusters
def test_reading_a_log_with_all_sorts_of_faults(spark: Any, duck: Any, tmp_path: Path) -> None:
    source = write_otto(tmp_path)
    logs, rows, rejected = [], [], []
    for name, log_con in (("duck", None), ("spark", spark)):
        folder = tmp_path / name
        options: dict[str, Any] = {"max_rejected": 0.9, "timezone": "UTC", "log_con": log_con}
        log = read_events(duck, source, into=folder / "events", rejected=folder / "rejected", **options)
        table = log.table(duck).select("customer", "session", "item", "time", "type", "copies")
        rows.append(duck.to_pyarrow(table.order_by("customer", "item", "time", "type")))
        rejected.append({path.name: path.read_text("utf-8") for path in (folder / "rejected").iterdir()})
        logs.append(log)
        assert not list(folder.glob("events.parts*"))
    assert logs[1] == replace(logs[0], path=logs[1].path)
    assert (logs[0].rejected, logs[0].duplicates > 20) == (7, True)
    assert_same(rows[1], rows[0])
    assert rejected[1] == rejected[0]
    # The events as Spark wrote them are Spark's to read as well.
    found, expected = (asdict(describe_events(con, logs[1], timezone=ZONE)) for con in (spark, duck))
    assert found == expected


def write_otto(folder: Path) -> EventSource:
    """Five files: plain with many a fault, gzipped, with Windows line ends, with a byte that is no UTF-8, too long."""
    sessions = [
        json.dumps(
            {
                "session": number % 30,
                "events": [
                    {"aid": number * n % 7, "ts": 1_660_822_394_516 + number * 1_000 * (n % 3), "type": TYPES[n % 3]}
                    for n in range(1 + number % 5)
                ],
            },
            separators=(",", ":"),
        ).encode()
        for number in range(60)
    ]
    event = b'{"aid":1,"ts":1660822394516,"type":"clicks"}'
    faults = [
        *(b"", b"  ", b'{"session":77,"events":[' + event + b"]}\r"),
        *(b'{"session":"x","events":[]}', b"not json", b"[1,2]"),
        b'{"session":78,"events":[{"aid":1.5,"ts":1660822394516,"type":"clicks"}]}',
        '{"session":79,"events":[{"aid":1,"ts":1660822394516,"type":"clicks"}]}\u2028'.encode(),
        b'{"session": 80, "events": ['
        + event.replace(b"394516", b"394")
        + b", "
        + event.replace(b"394516", b"394")
        + b"]}",
        # As many events as make Java's patterns run out of stack.
        b'{"session":81,"events":[' + b",".join([event] * 20_000) + b"]}",
        b'{"session":82,"events":[{"aid":1,"ts":16608',
    ]
    (folder / "a.jsonl").write_bytes(b"\xef\xbb\xbf" + b"\n".join([*sessions[:20], *faults]))
    (folder / "b.jsonl.gz").write_bytes(gzip.compress(b"\n".join(sessions[15:40])))
    (folder / "c.jsonl").write_bytes(b"\r\n".join(sessions[40:]) + b"\r\n")
    (folder / "d.jsonl").write_bytes(
        sessions[3] + b'\n{"session":9,"events":[' + event.replace(b"clicks", b"caf\xe9") + b"]}"
    )
    # One line of 3 MB, among others.
    long = b'{"session":10,"events":[' + b",".join([event] * 70_000) + b"]}"
    (folder / "e.jsonl").write_bytes(b"\n".join([sessions[10], long, sessions[11]]))
    return EventSource(path=folder / "*.jsonl*", format="otto")


@on_one_cluster
def test_a_worker_dies_at_work(spark: Any, duck: Any, log: EventLog, cluster: Cluster) -> None:
    context = spark._session.sparkContext
    executors = context._jsc.sc().getExecutorMemoryStatus
    wait_until(lambda: executors().size() == 3, what="driver and two executors are there")
    # Each file by itself: enough tasks that there is a middle of the work.
    spark.raw_sql("SET spark.sql.files.maxPartitionBytes = 4096")

    def under_way() -> bool:
        tracker = context.statusTracker()
        stages = [tracker.getStageInfo(number) for number in tracker.getActiveStageIds()]
        # Both workers are at a task, and both have results that others wait for.
        return any(
            stage.numTasks > 20 and stage.numActiveTasks == 2 and 8 <= stage.numCompletedTasks <= stage.numTasks - 8
            for stage in stages
            if stage is not None
        )

    with ThreadPoolExecutor(1) as pool:
        work = pool.submit(describe_events, spark, log, timezone=ZONE)
        wait_until(lambda: work.done() or under_way(), what="the work is half done")
        assert not work.done()
        began = time.monotonic()
        cluster.workers.pop(0).kill()
        wait_until(lambda: executors().size() == 2, what="the executor is missed")
        assert not work.done()
        found = asdict(work.result(timeout=120))
    assert time.monotonic() - began < 120
    assert found == asdict(describe_events(duck, log, timezone=ZONE))
    spark.raw_sql("RESET spark.sql.files.maxPartitionBytes")
    cluster.add_workers(1)
