"""Spark sessions: in this process, on a standalone cluster, or on a Spark Connect server."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from pathlib import Path
from typing import Any

from pyspark import SparkConf, SparkContext, java_gateway
from pyspark.sql import SparkSession

from querencia.data.spark.address import SparkAddress
from querencia.data.spark.backend import SparkBackend, spark_errors
from querencia.errors import SettingsError, WorkError

# Less than this Spark refuses to start with: 1.5 times the 300 MB that it keeps for itself.
LEAST_MEMORY = 471_859_200

# Options of every query: the same figures whatever the cluster's own defaults are.
_QUERY_OPTIONS = {
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.timestampType": "TIMESTAMP_NTZ",
    "spark.sql.ansi.enabled": "true",
    "spark.sql.adaptive.enabled": "true",
    # Each costs time where the log is small (Spark's own 200: twice as much), and memory where it is large and they
    # are few.
    "spark.sql.shuffle.partitions": "64",
    "spark.sql.parquet.compression.codec": "zstd",
}
_QUIET = {"spark.ui.enabled": "false", "spark.ui.showConsoleProgress": "false", "spark.log.level": "WARN"}

_SECONDS_TO_REACH = 5.0
_SECONDS_TO_EXECUTOR = 60.0
_MEBIBYTE = 1 << 20


def connect_spark(address: SparkAddress, *, memory: int, threads: int, scratch: Path) -> SparkBackend:
    """Return an Ibis backend on Spark that works in UTC.

    `memory` (bytes) is the most that Spark may take in this process, or each executor of a cluster; `threads` the cores
    (0: all there are). What Spark says goes to ``spark.log`` in the folder `scratch`. A Spark Connect server has its
    own memory and cores. SettingsError where there is no Java or too little memory, WorkError where the cluster cannot
    be reached or gives no executor.
    """
    _require_reachable(address)
    scratch.mkdir(parents=True, exist_ok=True)
    if address.kind == "connect":
        return _connect_server(address)
    _require_java()
    _require_memory(memory)
    conf = _configure(address, memory=memory, threads=threads, scratch=scratch)
    return _start(address, conf, log=scratch / "spark.log")


class LocalSparkBackend(SparkBackend):
    """A backend that has a Java process of its own, which ends with it."""

    def disconnect(self) -> None:
        """End the session and its Java process."""
        gateway = SparkContext._gateway
        with spark_errors():
            self._session.stop()
        _end_java(gateway)


def _configure(address: SparkAddress, *, memory: int, threads: int, scratch: Path) -> SparkConf:
    conf = SparkConf(loadDefaults=False).setAppName("querencia")
    conf.setAll([*_QUERY_OPTIONS.items(), *_QUIET.items()])
    conf.set("spark.sql.warehouse.dir", f"file://{(scratch / 'warehouse').absolute()}")
    size = f"{memory // _MEBIBYTE}m"
    conf.set("spark.hadoop.mapreduce.fileoutputcommitter.marksuccessfuljobs", "false")
    if address.kind == "local":
        cores = str(threads) if threads and address.cores == "*" else address.cores
        conf.setMaster(f"local[{cores}]").set("spark.driver.memory", size)
        conf.set("spark.local.dir", str(scratch.absolute()))
    else:
        conf.setMaster(address.url).set("spark.executor.memory", size)
        if threads:
            conf.set("spark.cores.max", str(threads))
    if address.is_here:
        # A cluster elsewhere must be able to call back; one on this machine needs no open port.
        conf.set("spark.driver.host", "127.0.0.1").set("spark.driver.bindAddress", "127.0.0.1")
    return conf


def _start(address: SparkAddress, conf: SparkConf, *, log: Path) -> SparkBackend:
    if SparkContext._active_spark_context is not None:
        raise WorkError(
            f"[engine] url = {address.url!r}: a Spark session runs in this process already, and Spark allows one. End "
            "it (spark.stop()) and run again."
        )
    try:
        with spark_errors(), log.open("ab") as sink:
            launch: Any = java_gateway.launch_gateway
            gateway = launch(conf, {"stdout": sink, "stderr": subprocess.STDOUT})
    except WorkError as error:
        raise WorkError(
            f"[engine] url = {address.url!r}: Java does not start Spark. Expected Java 17 or newer, and less memory "
            f"than the machine has: see {str(log)!r}."
        ) from error
    try:
        with spark_errors():
            context = SparkContext(conf=conf, gateway=gateway)
            backend = LocalSparkBackend.on(SparkSession(context))
            _await_executor(address, context)
    except BaseException as error:
        if SparkContext._active_spark_context is not None:
            SparkContext._active_spark_context.stop()
        _end_java(gateway)
        if isinstance(error, WorkError) and address.kind == "cluster":
            raise WorkError(f"[engine] url = {address.url!r}: {error} See {str(log)!r}.") from error
        raise
    return backend


def _await_executor(address: SparkAddress, context: SparkContext) -> None:
    """Wait until the cluster lends its first executor: without one, every query would wait for ever."""
    if address.kind != "cluster":
        return
    until = time.monotonic() + _SECONDS_TO_EXECUTOR
    while context._jsc.sc().getExecutorMemoryStatus().size() < 2:  # the driver is the first
        if time.monotonic() > until:
            raise WorkError(
                f"the cluster gave no executor within {_SECONDS_TO_EXECUTOR:.0f} s. Expected a worker with a free core "
                f"and {context.getConf().get('spark.executor.memory')} of free memory: start one, or give less under "
                "[engine] memory."
            )
        time.sleep(0.1)


def _connect_server(address: SparkAddress) -> SparkBackend:
    try:
        from pyspark.sql.connect.session import SparkSession as RemoteSession
    except ImportError as error:
        raise SettingsError(
            f"[engine] url = {address.url!r}: {error}. Spark Connect needs packages that are not installed: "
            "pip install 'querencia[spark]'."
        ) from error
    with spark_errors():
        session = RemoteSession.builder.remote(address.remote_url).create()
        for name, value in _QUERY_OPTIONS.items():
            session.conf.set(name, value)
        return SparkBackend.on(session)


def _require_reachable(address: SparkAddress) -> None:
    """Try the address itself first: Spark's own attempts go on for minutes."""
    reasons = []
    for host, port in address.hosts:
        try:
            socket.create_connection((host, port), timeout=_SECONDS_TO_REACH).close()
        except OSError as error:
            reasons.append(f"{host}:{port}: {error}")
        else:
            return
    if reasons:
        what = "a Spark Connect server" if address.kind == "connect" else "the master of a standalone Spark cluster"
        raise WorkError(
            f"[engine] url = {address.url!r}: nothing answers there ({'; '.join(reasons)}). Expected {what}: start it, "
            "or correct host and port."
        )


def _require_java() -> None:
    home = os.environ.get("JAVA_HOME")
    if shutil.which("java", path=str(Path(home) / "bin") if home else None) is None:
        where = f"in JAVA_HOME = {home!r}" if home else "on PATH, and JAVA_HOME is not set"
        raise SettingsError(
            f"[engine] url: Spark needs Java, and there is none {where}. Expected Java 17 or newer: install it, or "
            'write url = "duckdb://".'
        )


def _require_memory(memory: int) -> None:
    if memory < LEAST_MEMORY:
        raise SettingsError(
            f"[engine] memory: {memory} bytes are too little for Spark. Expected at least 500MB: give more, or write "
            'url = "duckdb://".'
        )


def _end_java(gateway: Any) -> None:
    """End the Java process of this session: the next one may need another size of memory."""
    SparkContext._gateway = SparkContext._jvm = None
    gateway.shutdown()
    if gateway.proc is not None:
        gateway.proc.stdin.close()
        gateway.proc.wait()
