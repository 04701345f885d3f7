"""Spark as a user would have it: a standalone cluster and a Connect server, started here from the installed package."""

from __future__ import annotations

import gc
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pyarrow
import pyarrow.parquet
import pytest

from querencia.data.engine import connect
from querencia.data.tables import EventLog

HERE = "127.0.0.1"
TYPES = ("clicks", "carts", "orders")
FILES = 40
_SECONDS_TO_START = 90
_EXECUTOR = "600MB"

SCHEMA = pyarrow.schema(
    [
        ("customer", pyarrow.int64()),
        ("session", pyarrow.int64()),
        ("item", pyarrow.int64()),
        ("time", pyarrow.timestamp("us")),
        ("type", pyarrow.string()),
        ("item_name", pyarrow.string()),
        ("quantity", pyarrow.float64()),
        ("price", pyarrow.float64()),
        ("copies", pyarrow.int32()),
    ]
)


def require_spark(*, java: bool = True) -> Path:
    """Skip the test where Spark cannot run; return the folder that it is installed in."""
    pyspark = pytest.importorskip("pyspark", reason="PySpark is not installed: pip install 'querencia[spark]'")
    if java and shutil.which("java") is None:
        pytest.skip("Spark is not tested: there is no Java on PATH")
    return Path(pyspark.__file__).parent


def free_port() -> int:
    with socket.create_server((HERE, 0)) as server:
        return int(server.getsockname()[1])


def wait_until(holds: Callable[[], bool], *, what: str, seconds: float = _SECONDS_TO_START) -> None:
    until = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < until, f"{what}: not within {seconds} s"
        time.sleep(0.05)


def answers(port: int) -> bool:
    try:
        socket.create_connection((HERE, port), timeout=1).close()
    except OSError:
        return False
    return True


@dataclass
class Service:
    """A Spark process, in a process group with all that it starts, and what it says."""

    process: subprocess.Popen[bytes]
    log: Path

    @classmethod
    def start(cls, script: str, *arguments: str | Path, folder: Path, memory: str = "256m") -> Service:
        home = require_spark()
        folder.mkdir(parents=True)
        own = {"SPARK_HOME": str(home), "SPARK_LOCAL_IP": HERE, "SPARK_LOCAL_HOSTNAME": HERE}
        own |= {"SPARK_DAEMON_MEMORY": memory, "SPARK_LOCAL_DIRS": str(folder / "local")}
        log = folder / "log.txt"
        with log.open("wb") as said:
            process = subprocess.Popen(
                [home / "bin" / script, *map(str, arguments)],
                env=os.environ | own,
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=subprocess.STDOUT,
                cwd=folder,
                start_new_session=True,
            )
        return cls(process, log)

    def says(self, words: str) -> int:
        assert self.process.poll() is None, self.log.read_text(errors="replace")[-2000:]
        return self.log.read_text(errors="replace").count(words)

    def kill(self) -> None:
        """End the process and those that it started, at once."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


@dataclass
class Cluster:
    """A master and its workers, of one core each, on loopback."""

    url: str
    folder: Path
    master: Service
    workers: list[Service] = field(default_factory=list)

    def add_workers(self, count: int) -> None:
        """Start workers, and wait until the master knows them."""
        known = self.master.says("Registering worker") + count
        for _ in range(count):
            self._start_worker()
        wait_until(lambda: self.master.says("Registering worker") >= known, what="the master knows the workers")

    def _start_worker(self) -> None:
        folder = self.folder / f"worker-{len(list(self.folder.iterdir()))}"
        options = ("--host", HERE, "--webui-port", "0", "-c", "1", "-m", "700m", "-d", folder / "work")
        worker = Service.start(
            "spark-class", "org.apache.spark.deploy.worker.Worker", *options, self.url, folder=folder
        )
        self.workers.append(worker)

    def end(self) -> None:
        for service in (*self.workers, self.master):
            service.kill()


@pytest.fixture(autouse=True)
def no_leftovers() -> Iterator[None]:
    """PySpark leaves sockets to the garbage collector, which must not find them during the test of somebody else."""
    yield
    gc.collect()


@pytest.fixture(scope="session", autouse=True)
def brief_java() -> Iterator[None]:
    """Java that does not take pains over code which runs for seconds: half the time for tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JDK_JAVA_OPTIONS", "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC")
        yield


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    folder, port = tmp_path_factory.mktemp("cluster"), free_port()
    options = ("--host", HERE, "--port", str(port), "--webui-port", "0")
    master = Service.start("spark-class", "org.apache.spark.deploy.master.Master", *options, folder=folder / "master")
    cluster = Cluster(f"spark://{HERE}:{port}", folder, master)
    try:
        wait_until(lambda: master.says("I have been elected leader") > 0, what="the master is up")
        cluster.add_workers(2)
        yield cluster
    finally:
        cluster.end()


@pytest.fixture(scope="session")
def connect_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The url of a Spark Connect server."""
    port = free_port()
    options = {
        "spark.connect.grpc.binding.address": HERE,
        "spark.connect.grpc.binding.port": str(port),
        "spark.driver.host": HERE,
        "spark.driver.bindAddress": HERE,
        "spark.ui.enabled": "false",
    }
    listed = [part for name, value in options.items() for part in ("--conf", f"{name}={value}")]
    server = Service.start(
        "spark-submit",
        *("--master", "local[2]", *listed, "--class", "org.apache.spark.sql.connect.service.SparkConnectServer"),
        "spark-internal",
        folder=tmp_path_factory.mktemp("connect") / "server",
        memory="700m",
    )
    try:
        wait_until(lambda: server.says("") > 0 and answers(port), what="the server answers")
        yield f"spark-connect://{HERE}:{port}"
    finally:
        server.kill()


@pytest.fixture(scope="module")
def spark(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """An Ibis backend on a kind of Spark: "cluster", "connect" or "local"."""
    require_spark()
    if request.param == "cluster":
        url = request.getfixturevalue("cluster").url
    else:
        url = "local[2]" if request.param == "local" else request.getfixturevalue("connect_server")
    con = connect(url, memory=_EXECUTOR, scratch=tmp_path_factory.mktemp("scratch"))
    con.raw_sql("SET spark.sql.shuffle.partitions = 4")  # enough for some thousand events, and quicker
    yield con
    con.disconnect()
    del con
    gc.collect()


@pytest.fixture(scope="session")
def duck(tmp_path_factory: pytest.TempPathFactory) -> Any:
    return connect(memory="500MB", threads=2, scratch=tmp_path_factory.mktemp("scratch"))


@pytest.fixture(scope="session")
def log(tmp_path_factory: pytest.TempPathFactory) -> EventLog:
    """Some thousand events with all that is awkward: ties, no prices and absurd ones, silent customers, copies."""
    events = make_events(Random(20240407), customers=400)
    return write_log(tmp_path_factory.mktemp("log"), events)


def make_events(random: Random, *, customers: int) -> list[dict[str, Any]]:
    events = []
    for customer in range(customers):
        for session in range(random.randint(1, 5)):
            # Around the night in which Lord Howe's clocks go back by half an hour.
            time = datetime(2024, 2, 1) + timedelta(microseconds=random.randrange(80 * 86_400 * 10**6))
            for _ in range(min(int(random.paretovariate(0.8)), 300)):
                events.append(
                    {
                        "customer": customer,
                        "session": session,
                        "item": random.randrange(70) ** 2,
                        "time": time,
                        "type": random.choice(("clicks", *TYPES)),
                        "item_name": random.choice([None, "a lamp", "A lamp", "Ñandú"]),
                        "quantity": random.choice([None, 1.0, 3.0]),
                        "price": random.choice([None, 0.0, -1.0, 1.005, 2.35, 19.99, float("nan"), 1e300]),
                        "copies": random.choice([1, 1, 1, 2]),
                    }
                )
                time += timedelta(seconds=random.choice([0, 0.001, 0.9, 30, 900, 30_000, 400_000]))
    random.shuffle(events)
    return events


def write_log(folder: Path, events: list[dict[str, Any]]) -> EventLog:
    for number in range(FILES):
        part = pyarrow.Table.from_pylist(events[number::FILES], SCHEMA)
        pyarrow.parquet.write_table(part, folder / f"{number:02}.parquet")
    times = [event["time"] for event in events]
    copies = sum(event["copies"] for event in events)
    return EventLog(
        path=folder,
        rows_read=copies,
        rejected=0,
        ignored=0,
        duplicates=copies - len(events),
        events=len(events),
        start=min(times).isoformat(),
        end=max(times).isoformat(),
        types=TYPES,
        has_item_names=True,
        has_prices=True,
        declared=TYPES,
    )
