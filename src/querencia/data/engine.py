"""The engines that read and aggregate the tables: Ibis on DuckDB, in this process, or on Spark."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import duckdb
import ibis

from querencia.data.spark.address import is_spark, require_engine, spark_address
from querencia.errors import SettingsError

_MEMORY = re.compile(r"(?P<number>\d+(\.\d+)?)\s*(?P<unit>[KMGT])(?P<binary>i?)B", re.IGNORECASE)


def connect(url: str = "duckdb://", *, memory: str = "8GB", threads: int = 0, scratch: Path) -> Any:
    """Return an Ibis backend that works in UTC, on the engine of `url`, and spills to the folder `scratch`.

    `url` is ``duckdb://``, or for Spark ``local[N]``, ``spark://host:port`` or ``spark-connect://host:port``; `memory`
    a size such as ``"8GB"`` or ``"500 MiB"``; `threads` 0 takes every core. SettingsError for an engine that is none or
    is not installed, or a memory size or number of threads that is none; WorkError for a cluster out of reach.
    """
    require_engine(url)
    size = _MEMORY.fullmatch(memory.strip())
    if size is None:
        raise SettingsError(f'[engine] memory = {memory!r}: expected a size with its unit, such as "8GB" or "500MB".')
    if threads < 0:
        raise SettingsError(f"[engine] threads = {threads!r}: expected a number of threads, or 0 for every core.")
    if is_spark(url):
        return _connect_spark(url, memory=_in_bytes(size), threads=threads, scratch=scratch)
    return _connect_duckdb(memory=memory.strip(), threads=threads, scratch=scratch)


def _connect_duckdb(*, memory: str, threads: int, scratch: Path) -> Any:
    scratch.mkdir(parents=True, exist_ok=True)
    options: dict[str, Any] = {
        "temp_directory": str(scratch),
        "memory_limit": memory,
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
        "allow_community_extensions": False,
        # Staged rows keep the order of their file: the n-th staged row is the n-th row of the source.
        "preserve_insertion_order": True,
    }
    if threads:
        options["threads"] = threads
    try:
        con = ibis.duckdb.connect(**options)
    except duckdb.Error as error:
        raise SettingsError(f"[engine]: DuckDB does not start with these settings: {error}") from error
    con.raw_sql("SET TimeZone = 'UTC'")
    # Counted, for whoever asks how far a query is, and never printed.
    con.raw_sql("SET enable_progress_bar = true")
    con.raw_sql("SET enable_progress_bar_print = false")
    return con


def _connect_spark(url: str, *, memory: int, threads: int, scratch: Path) -> Any:
    address = spark_address(url)
    try:
        from querencia.data.spark.session import connect_spark
    except ImportError as error:
        raise SettingsError(
            f"[engine] url = {url!r} needs Spark's package, which is not installed ({error}). Install it with "
            "pip install 'querencia[spark]', or write url = \"duckdb://\"."
        ) from error
    return connect_spark(address, memory=memory, threads=threads, scratch=scratch)


def _in_bytes(size: re.Match[str]) -> int:
    power = "KMGT".index(size["unit"].upper()) + 1
    return int(float(size["number"]) * (1024 if size["binary"] else 1000) ** power)
